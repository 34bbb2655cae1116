//! Judging: the gravest enforced action decides, whatever the order of arrival.

use super::{catalogue, envelope, finding, judge, kind};
use congthu::mail::Address;
use congthu::rules::RuleSet;
use congthu::verdict::{Action, Cause, Finding, Grade, Mode};

fn base() -> std::sync::Arc<congthu::rules::Policy> {
    let rules = RuleSet::builtin(&catalogue()).unwrap_or_else(|errors| panic!("{errors}"));
    rules.pick(&Address::new("a@x.example")).clone()
}

#[test]
fn nothing_found_is_accepted_without_words() {
    let verdict = judge(&base(), vec![], &envelope("", &[]));
    assert_eq!(verdict.action, Action::Accept);
    assert_eq!((verdict.reply.code.basic, verdict.reply.text.as_str()), (250, ""));
    assert_eq!(verdict.policy, "base");
}

#[test]
fn the_gravest_decides_and_order_of_arrival_does_not() {
    let all = vec![
        finding("line.long"),
        finding("archive.encrypted"),
        Finding::at(kind("executable.found"), "2/a.exe", "PE").named("a.exe"),
        Finding::at(kind("executable.found"), "2/b.exe", "PE").named("b.exe"),
        finding("virus.unscanned").because(Cause::EngineDown),
        finding("size.attachments").measured(9e7, 5.2e7),
    ];
    let to = envelope("a@x.example", &["b@y.example"]);
    let first = judge(&base(), all.clone(), &to);
    assert_eq!(first.action, Action::Reject);
    assert_eq!((first.reply.code.basic, first.reply.code.enhanced), (550, "5.7.1"));
    assert!(first.reply.text.contains("a.exe"), "{}", first.reply.text);
    for turn in 0..all.len() {
        let mut turned = all.clone();
        turned.rotate_left(turn);
        let verdict = judge(&base(), turned, &to);
        let order = |v: &congthu::verdict::Verdict| {
            v.findings
                .iter()
                .map(|j| (j.finding.kind.name, j.finding.part.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(order(&verdict), order(&first));
        assert_eq!(verdict.reply, first.reply);
    }
}

#[test]
fn causes_grades_values_and_roles_choose_the_rule() {
    let cases = [
        (finding("virus.unscanned").because(Cause::EngineDown), Action::Tempfail),
        (finding("virus.unscanned").because(Cause::Timeout), Action::Tempfail),
        (finding("virus.unscanned").because(Cause::Panic), Action::Tempfail),
        (finding("virus.unscanned").because(Cause::EngineLimit), Action::Quarantine),
        (finding("spam.unscanned").because(Cause::EngineDown), Action::Accept),
        (finding("spam.unscanned").because(Cause::Panic), Action::Tempfail),
        (finding("mime.ambiguous").graded(Grade::Hiding), Action::Reject),
        (finding("mime.ambiguous").graded(Grade::Odd), Action::Tag),
        (finding("mime.ambiguous").graded(Grade::Sloppy), Action::Accept),
        (finding("spam.score").measured(4.9, 5.0), Action::Accept),
        (finding("spam.score").measured(5.0, 5.0), Action::Tag),
        (finding("spam.score").measured(14.9, 5.0), Action::Tag),
        (finding("spam.score").measured(15.0, 5.0), Action::Quarantine),
        (Finding::at(kind("encoding.legacy"), "1", "TCVN3"), Action::Tag),
        (Finding::at(kind("encoding.legacy"), "2", "TCVN3"), Action::Accept),
    ];
    for (finding, action) in cases {
        let name = format!("{finding:?}");
        let verdict = judge(&base(), vec![finding], &envelope("", &[]));
        assert_eq!(verdict.action, action, "{name}");
    }
}

#[test]
fn what_is_in_shadow_is_shown_and_does_not_act() {
    let legacy = Finding::at(kind("encoding.legacy"), "2", "TCVN3");
    let verdict = judge(&base(), vec![legacy], &envelope("", &[]));
    assert_eq!(verdict.action, Action::Accept);
    let judged = &verdict.findings[0];
    assert_eq!((judged.action, judged.mode), (Action::Tag, Mode::Shadow));
    assert!(judged.rule.starts_with("base.toml:"), "{}", judged.rule);
    let line: usize = judged.rule["base.toml:".len()..].parse().unwrap();
    let text = include_str!("../../rules/base.toml");
    assert_eq!(text.lines().nth(line - 1), Some("[[rule]]"));
}

#[test]
fn observing_only_viruses_and_executables_act() {
    let rules = RuleSet::builtin(&catalogue()).unwrap().observing();
    let base = rules.policy("base").unwrap();
    for (name, action) in [
        ("virus.found", Action::Reject),
        ("executable.found", Action::Reject),
        ("script.found", Action::Accept),
        ("size.message", Action::Accept),
        ("line.bare", Action::Accept),
    ] {
        let verdict = judge(base, vec![finding(name)], &envelope("", &[]));
        assert_eq!(verdict.action, action, "{name}");
        assert_eq!(verdict.findings.len(), 1);
    }
}
