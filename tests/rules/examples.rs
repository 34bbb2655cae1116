//! Each shipped rule shows by a mail what it does, or a list says why no mail can.

use super::catalogue;
use congthu::rules::{Rule, RuleSet};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

/// Lines of the list; it may only become shorter.
const MOST: usize = 38;

#[test]
fn the_examples_of_the_shipped_rules_are_right() {
    let output = Command::new(env!("CARGO_BIN_EXE_congthu")).args(["rules", "test"]).output();
    let output = output.unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    let (count, rest) = said.trim_end().split_once(' ').unwrap();
    assert_eq!((output.status.code(), rest), (Some(0), "examples, 0 wrong"), "{said}");
    assert!(count.parse::<usize>().unwrap() >= 88, "{said}");
}

/// `base: spam.score at least 5`
fn name(policy: &str, rule: &Rule) -> String {
    let name = format!("{policy}: {} {}", rule.findings.join(" "), rule.when());
    name.trim_end().to_owned()
}

#[test]
fn every_shipped_rule_has_an_example_or_a_reason() {
    let rules = RuleSet::builtin(&catalogue()).unwrap();
    let text = fs::read_to_string("fixtures/rules/without-example.txt").unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let reasons: Vec<(&str, &str)> = lines.map(|line| line.split_once(" | ").unwrap()).collect();
    let listed: BTreeSet<String> = reasons.iter().map(|(name, _)| (*name).to_owned()).collect();
    let without: BTreeSet<String> = rules
        .policies()
        .flat_map(|policy| policy.rules().map(move |rule| (policy, rule)))
        .filter(|(policy, rule)| policy.owns(rule) && rule.examples.is_empty())
        // What a list finds is counted where no rule speaks of it; nobody wrote that rule.
        .filter(|(_, rule)| rule.place.contains(".toml:") && !is_counted(rule))
        .map(|(policy, rule)| name(&policy.id, rule))
        .collect();
    let missing: Vec<_> = without.difference(&listed).collect();
    assert!(missing.is_empty(), "an example, or a line with a reason: {missing:#?}");
    let needless: Vec<_> = listed.difference(&without).collect();
    assert!(needless.is_empty(), "they have an example, or are gone: {needless:#?}");
    assert!(reasons.iter().all(|(_, why)| why.len() > 10) && reasons.len() <= MOST);
}

/// The rule that the gate itself puts behind a list.
fn is_counted(rule: &Rule) -> bool {
    rule.findings
        .iter()
        .all(|finding| finding.starts_with("words.") && *finding != "words.unscanned")
        && rule.id.is_none()
}

#[test]
fn every_mail_is_the_example_of_a_rule() {
    let rules = RuleSet::builtin(&catalogue()).unwrap();
    let used: BTreeSet<String> = rules
        .policies()
        .flat_map(|policy| policy.rules())
        .flat_map(|rule| &rule.examples)
        .map(|example| example.mail.rsplit('/').next().unwrap().to_owned())
        .collect();
    let there = fs::read_dir("fixtures/rules/examples").unwrap();
    let there = there.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(there.collect::<BTreeSet<_>>(), used);
}
