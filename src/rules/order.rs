//! What depends on the order of rules: which is reached, which lets pass what a later one stops.
//!
//! The first rule that matches decides, so a rule that lets something pass must not rest on words
//! that anybody can write.

use super::compile::{is_hard, is_on};
use super::condition::{Condition, Who};
use super::files::Written;
use super::load::BASE;
use super::own::Own;
use super::policy::Policy;
use super::rule::{Placed, Rule, Texts};
use crate::tomlfile::{Error, Source};
use crate::verdict::{Catalogue, Mode};
use std::collections::HashMap;

/// Lists the rules of each finding, and marks those that let something pass.
pub(super) fn index(policy: &mut Policy) {
    let mut by_finding: HashMap<&'static str, Vec<usize>> = HashMap::new();
    for (at, placed) in policy.rules.iter().enumerate() {
        for finding in &placed.rule.findings {
            by_finding.entry(finding).or_default().push(at);
        }
    }
    for placed in &mut policy.rules {
        placed.lenient = false;
    }
    for places in by_finding.values() {
        // The gravest that the finding may meet behind the rule that is looked at.
        let mut behind = None;
        for at in places.iter().rev() {
            let Some(Placed { rule, lenient }) = policy.rules.get_mut(*at) else { continue };
            *lenient |= behind.is_some_and(|gravest| gravest > rule.effect());
            // What stands behind a rule without conditions is never asked.
            let further = behind.filter(|_| !rule.is_unconditional());
            behind = further.max(Some(rule.effect()));
        }
    }
    policy.by_finding = by_finding;
}

/// Refuses rules that an earlier one of the same file always precedes.
pub(super) fn reachable(written: &Written, own: &[Own], errors: &mut Vec<Error>) {
    let mut earlier: HashMap<&str, Vec<&Own>> = HashMap::new();
    for own in own.iter().filter(|own| is_on(&own.rule)) {
        for finding in &own.rule.findings {
            let before = earlier.entry(finding).or_default();
            let Some(hiding) = before.iter().find(|earlier| hides(&earlier.rule, &own.rule)) else {
                before.push(own);
                continue;
            };
            let Some(rule) = written.file.rule.get(own.at) else { continue };
            let words = rule.get_ref().finding.iter().flat_map(|finding| &finding.words);
            let mut words = words.filter(|word| word.text == **finding);
            let span = words.next().map_or(rule.span(), |word| word.span.clone());
            let message = format!(
                "this rule never matches `{finding}`: the one at {} always decides before it",
                hiding.rule.place
            );
            errors.push(written.source.error(span, message));
        }
    }
}

/// Whether the first rule holds wherever the second does, for ever.
fn hides(earlier: &Rule, later: &Rule) -> bool {
    let unless = earlier.unless.is_none() || earlier.unless == later.unless;
    let lasting = earlier.until.is_none() || earlier.until == later.until;
    // A lenient rule asks every recipient and name, others ask for one of them.
    let same = earlier.r#where == later.r#where || !earlier.r#where.asks_for_several();
    unless && lasting && same && earlier.r#where.covers(&later.r#where)
}

/// Refuses conditions on recipients that no letter under this policy has.
pub(super) fn addressed(policy: &Policy, of: &[(&Written, &Vec<Own>)], errors: &mut Vec<Error>) {
    if policy.recipients.is_empty() {
        return;
    }
    let ours: Vec<Who> = policy.recipients.iter().map(|text| Who::of_recipient(text)).collect();
    let meets = |who: &Who| ours.iter().any(|our| our.covers(who) || who.covers(our));
    for (written, own) in of.iter().flat_map(|(w, own)| own.iter().map(move |own| (w, own))) {
        let wanted = own.rule.r#where.recipient.as_ref();
        if wanted.is_none_or(|wanted| wanted.iter().any(meets)) {
            continue;
        }
        let rule = written.file.rule.get(own.at).map(toml::Spanned::get_ref);
        let words = rule.and_then(|rule| rule.r#where.as_ref()?.get_ref().recipient.as_ref());
        let message = format!(
            "this rule never matches: the policy is for {} alone",
            policy.recipients.join(", ")
        );
        errors.push(written.source.error(words.map_or(0..0, |words| words.span.clone()), message));
    }
}

/// Refuses a base that leaves a finding undecided or a refusal without words: the one place of
/// defaults.
pub(super) fn complete(
    policy: &Policy,
    source: &Source,
    catalogue: &Catalogue,
    errors: &mut Vec<Error>,
) {
    if policy.id != BASE {
        return;
    }
    for kind in catalogue.iter() {
        if !policy.rules_of(kind.name).any(Rule::is_unconditional) {
            let message = format!(
                "`{}` needs a rule without conditions here: it decides where no other does",
                kind.name
            );
            errors.push(Error::whole(source.file(), message));
        }
    }
    let replies = &policy.replies;
    for (name, texts) in [
        ("policy", &replies.policy),
        ("size", &replies.size),
        ("content", &replies.content),
        ("tempfail", &replies.tempfail),
    ] {
        if *texts == Texts::default() {
            let message = format!("[replies.{name}] is missing: what a refused sender is told");
            errors.push(Error::whole(source.file(), message));
        }
    }
}

const MILDER: &str = "this rule is milder than one behind it, for a sender that anybody can write: add \
                      the networks that it writes from, such as client = \"10.0.0.0/8\"";

/// The usual way there: the rule behind it was promoted, and this one was forgotten.
const SHOWN_ONLY: &str = "this rule is only shown (mode = \"shadow\"), and one behind it acts: whoever \
                          writes this sender is exempt; let this one act too, or add the networks that he writes from, such as \
                          client = \"10.0.0.0/8\"";

/// Refuses rules of a policy's own files that let something pass because of a sender that anybody
/// can write, and exceptions from what nothing is excepted from.
pub(super) fn unforgeable(policy: &Policy, of: &[(&Written, &Vec<Own>)], errors: &mut Vec<Error>) {
    // A policy's own rules come first, those that are off left out.
    let own = of.iter().flat_map(|(written, own)| own.iter().map(move |own| (written, own)));
    let on = own.filter(|(_, own)| is_on(&own.rule));
    for ((written, own), Placed { rule, lenient }) in on.zip(&policy.rules) {
        let Some(form) = written.file.rule.get(own.at) else { continue };
        let (form, whole) = (form.get_ref(), form.span());
        let of: &Condition = &rule.r#where;
        let hard = rule.findings.iter().find(|finding| is_hard(finding));
        if !lenient {
            continue;
        }
        let span = form.r#where.as_ref().map_or(whole, |at| at.span());
        if let (Some(hard), Some(until)) = (hard, &form.until) {
            let message = format!("there is no exception for a time from `{hard}`");
            errors.push(written.source.error(until.span(), message));
        } else if hard.is_some() && of.trusts_sender() {
            let message = "this rule lets a virus, an executable or a secret pass for a sender \
                           that anybody can write";
            errors.push(written.source.error(span, message));
        } else if of.is_forgeable() {
            let only = rule.mode == Mode::Shadow;
            let message = if only { SHOWN_ONLY } else { MILDER };
            errors.push(written.source.error(span, message));
        }
    }
}
