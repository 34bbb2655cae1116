//! `rules/README.md`: every finding, what it means, its default, and what each policy does with it.

use super::load::BASE;
use super::policy::Policy;
use super::rule::Rule;
use super::ruleset::RuleSet;
use crate::mail::{Construct, Weight};
use crate::verdict::{Catalogue, Mode};
use std::fmt::Write;

/// The page as it stands in `rules/README.md`.
pub fn markdown(rules: &RuleSet, catalogue: &Catalogue) -> String {
    let mut page = String::from(HEAD);
    for policy in rules.policies() {
        let recipients = match policy.recipients.as_slice() {
            [] => "–".to_owned(),
            some => some.join(", "),
        };
        let Policy { id, title, source, .. } = &**policy;
        let own = settings(policy);
        let _ = writeln!(page, "| `{id}` | {title} | {source} | {recipients} | {own} |");
    }
    page.push_str(FINDINGS);
    let lists = rules.policy(BASE).into_iter().flat_map(|base| base.lists.kinds());
    for kind in catalogue.iter().chain(lists.map(|(kind, _)| kind)) {
        let base = rules.policy(BASE).map(|base| actions(base, kind.name)).unwrap_or_default();
        let others = rules.policies().filter(|policy| policy.id != BASE);
        let own = others.filter_map(|policy| own(policy, kind.name)).collect::<Vec<_>>();
        let (name, about) = (kind.name, kind.about.replace('|', "\\|"));
        let _ = writeln!(page, "| `{name}` | {about} | {base} | {} |", own.join("<br>"));
    }
    page.push_str(CONSTRUCTS);
    for construct in Construct::ALL {
        let grade = match construct.weight() {
            Weight::Sloppy => "sloppy",
            Weight::Odd => "odd",
            Weight::Hiding => "hiding",
        };
        let reason = construct.reason().replace('|', "\\|");
        let _ = writeln!(page, "| `{}` | {grade} | {reason} |", construct.word());
    }
    page
}

/// The settings that a regulation is most about.
fn settings(policy: &Policy) -> String {
    let settings = &policy.settings;
    let limit = settings.limits.attachments.map(|bytes| format!("attachments ≤ {bytes} bytes"));
    let formats = settings.attachments.allow.as_ref().map(|allow| {
        let names: Vec<&str> = allow.iter().map(|format| format.extension.as_str()).collect();
        format!("formats: {}", names.join(", "))
    });
    let all: Vec<String> = limit.into_iter().chain(formats).collect();
    if all.is_empty() { "–".to_owned() } else { all.join("; ") }
}

/// What a policy does with a finding by rules of its own, with their articles.
fn own(policy: &Policy, finding: &str) -> Option<String> {
    let rules = policy.rules_of(finding).filter(|rule| policy.owns(rule));
    let text: Vec<String> = rules.map(|rule| action(rule, true)).collect();
    if text.is_empty() { None } else { Some(format!("`{}`: {}", policy.id, text.join("; "))) }
}

fn actions(policy: &Policy, finding: &str) -> String {
    policy.rules_of(finding).map(|rule| action(rule, false)).collect::<Vec<_>>().join("; ")
}

/// `**reject** (mục III.3)`, with its conditions.
fn action(rule: &Rule, cite: bool) -> String {
    let mut text = format!("**{}**", rule.action.name());
    if rule.mode == Mode::Shadow {
        text.push_str(" in shadow");
    }
    if !rule.when().is_empty() {
        let _ = write!(text, " where {}", rule.when());
    }
    if let Some(article) = rule.article.as_ref().filter(|_| cite) {
        let _ = write!(text, " ({article})");
    }
    text
}

const HEAD: &str = "\
# Rules

One file a policy; `base.toml` holds what all share. This page is generated from the rules and the
checks, and a test keeps it fresh; the form of the files is explained by the comments in them.
For each finding the first rule that matches decides, the policy's own rules before those of
`base.toml`; the gravest action decides about the letter: accept < tag < quarantine < tempfail <
reject. A rule in shadow decides its finding too: that finding is counted and shown, and no rule
behind it acts.

| policy | regulation | number and date | recipients | limits |
|---|---|---|---|---|
";

const FINDINGS: &str = "
| finding | what it means | default (`base`) | policies with a rule of their own |
|---|---|---|---|
";

const CONSTRUCTS: &str = "
What `mime.ambiguous` finds: constructs that mail programs read differently. The message is read in
each of those ways (parts that only another view than the first has are numbered `2~uu`), so this
finding is about the structure alone. `sloppy`: known mailers write it. `odd`: none does, but it
hides nothing by itself. `hiding`: it serves only to deceive.

| construct | grade | why |
|---|---|---|
";
