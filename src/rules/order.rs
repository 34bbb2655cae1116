//! What depends on the order of rules: which is reached, which lets pass what a later one stops.
//!
//! The first rule that matches decides, so a rule that lets something pass must not rest on words
//! that anybody can write.

use super::compile::{is_hard, is_on};
use super::condition::Condition;
use super::file::File;
use super::load::BASE;
use super::policy::{Policy, Rule, Texts};
use crate::tomlfile::{Error, Source};
use crate::verdict::{Action, Catalogue};
use std::collections::HashMap;

/// Lists the rules of each finding, and marks those that let something pass.
pub(super) fn index(policy: &mut Policy) {
    let mut by_finding: HashMap<&'static str, Vec<usize>> = HashMap::new();
    for (at, rule) in policy.rules.iter().enumerate() {
        for finding in &rule.findings {
            by_finding.entry(finding).or_default().push(at);
        }
    }
    let lenient: Vec<bool> = (0..policy.rules.len())
        .map(|at| {
            let rule = policy.rules.get(at);
            let findings = rule.into_iter().flat_map(|rule| rule.findings.iter());
            let behind = findings.filter_map(|name| gravest_behind(policy, &by_finding, name, at));
            rule.is_some_and(|rule| behind.max().is_some_and(|gravest| gravest > rule.effect()))
        })
        .collect();
    for (rule, lenient) in policy.rules.iter_mut().zip(lenient) {
        rule.lenient = lenient;
    }
    policy.by_finding = by_finding;
}

/// The gravest that a finding may meet behind this rule.
fn gravest_behind(
    policy: &Policy,
    by_finding: &HashMap<&'static str, Vec<usize>>,
    finding: &str,
    at: usize,
) -> Option<Action> {
    let behind = by_finding.get(finding)?.iter().filter(|next| **next > at);
    let mut gravest = None;
    for rule in behind.filter_map(|next| policy.rules.get(*next)) {
        gravest = gravest.max(Some(rule.effect()));
        if rule.is_unconditional() {
            break;
        }
    }
    gravest
}

/// Refuses rules that an earlier one of the same file always precedes.
pub(super) fn reachable(source: &Source, file: &File, rules: &[Rule], errors: &mut Vec<Error>) {
    for (at, rule) in rules.iter().enumerate().filter(|(_, rule)| is_on(rule)) {
        let earlier = rules.iter().take(at).filter(|earlier| is_on(earlier));
        for finding in &rule.findings {
            let hides = |earlier: &&Rule| {
                let same = earlier.r#where == rule.r#where && earlier.unless == rule.unless;
                earlier.findings.contains(finding) && (earlier.is_unconditional() || same)
            };
            let Some(earlier) = earlier.clone().find(hides) else { continue };
            let Some(written) = file.rule.get(at) else { continue };
            let words = &written.get_ref().finding.words;
            let span = words.iter().find(|word| word.text == **finding).map(|w| w.span.clone());
            let message = format!(
                "this rule never matches `{finding}`: the one at {} always decides before it",
                earlier.place
            );
            errors.push(source.error(span.unwrap_or_else(|| written.span()), message));
        }
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

/// Refuses rules of this file that let something pass because of a sender that anybody can write.
pub(super) fn unforgeable(policy: &Policy, source: &Source, file: &File, errors: &mut Vec<Error>) {
    // A policy's own rules come first, those that are off left out.
    let on = file.rule.iter().filter(|rule| rule.get_ref().mode != crate::verdict::Mode::Off);
    for (written, rule) in on.zip(&policy.rules) {
        let of: &Condition = &rule.r#where;
        let hard = rule.findings.iter().any(|finding| is_hard(finding));
        if !rule.lenient || !(of.is_forgeable() || hard && of.trusts_sender()) {
            continue;
        }
        let message = match hard {
            true => {
                "this rule lets a virus, an executable or a secret pass for a sender that \
                     anybody can write"
            }
            false => {
                "this rule is milder than one behind it, for a sender that anybody can \
                      write: add the networks that it writes from, such as client = \"10.0.0.0/8\""
            }
        };
        let span = written.get_ref().r#where.as_ref().map_or(written.span(), |at| at.span());
        errors.push(source.error(span, message));
    }
}
