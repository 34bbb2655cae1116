//! Conditions on time, direction and other findings, and rules that could never match.

use super::{envelope, finding, judge, kind, load, with};
use congthu::mail::{Direction, Envelope};
use congthu::verdict::{Action, Finding};

fn at(time: &str) -> Envelope {
    let mut envelope = envelope("a@x.example", &["b@y.example"]);
    envelope.time = Some(time.parse().unwrap());
    envelope
}

/// Whether a rule of `base` with this condition decides about a locked archive.
fn holds(condition: &str, envelope: &Envelope, also: &[&str]) -> bool {
    let text = format!(
        "[[rule]]\nfinding = \"archive.encrypted\"\naction = \"reject\"\nwhere = {{ {condition} }}"
    );
    let rules = with(&[("local/base.toml", &text)]);
    let mut findings: Vec<Finding> = also.iter().map(|name| finding(name)).collect();
    findings.push(Finding::at(kind("archive.encrypted"), "2", "locked"));
    let verdict = judge(rules.policy("base").unwrap(), findings, envelope);
    let judged = verdict.findings.iter().find(|j| j.finding.kind.name == "archive.encrypted");
    judged.unwrap().action == Action::Reject
}

#[test]
fn hours_and_days_are_those_of_viet_nam() {
    // 2026-11-22 is a Sunday; 17:00 UTC is Monday 00:00 in Việt Nam.
    for (condition, time, wanted) in [
        ("hours = \"07:30-17:00\"", "2026-11-22T00:30:00Z", true),
        ("hours = \"07:30-17:00\"", "2026-11-22T00:29:59Z", false),
        ("hours = \"07:30-17:00\"", "2026-11-22T10:00:00Z", false),
        ("hours = \"22:00-06:00\"", "2026-11-22T15:00:00Z", true),
        ("hours = \"22:00-06:00\"", "2026-11-22T22:59:59Z", true),
        ("hours = \"22:00-06:00\"", "2026-11-22T23:00:00Z", false),
        ("hours = [\"00:00-01:00\", \"18:00-24:00\"]", "2026-11-22T16:59:00Z", true),
        ("weekday = \"sun\"", "2026-11-22T16:59:59Z", true),
        ("weekday = \"sun\"", "2026-11-22T17:00:00Z", false),
        ("weekday = [\"mon\", \"tue\"]", "2026-11-22T17:00:00Z", true),
    ] {
        assert_eq!(holds(condition, &at(time), &[]), wanted, "{condition} at {time}");
    }
    let unknown = envelope("a@x.example", &["b@y.example"]);
    assert!(!holds("hours = \"00:00-23:59\"", &unknown, &[]));
}

#[test]
fn direction_and_other_findings_are_asked_for() {
    let mut out = at("2026-11-22T00:00:00Z");
    out.direction = Direction::Out;
    assert!(holds("direction = \"out\"", &out, &[]));
    assert!(!holds("direction = \"in\"", &out, &[]));
    let here = at("2026-11-22T00:00:00Z");
    assert!(holds("with = \"macro.found\"", &here, &["macro.found"]));
    assert!(holds("with = [\"spam.score\", \"macro.found\"]", &here, &["macro.found"]));
    assert!(!holds("with = \"macro.found\"", &here, &["spam.score"]));
    assert!(!holds("with = \"words.noi-dung-cam\"", &here, &[]));
}

#[test]
fn what_a_sender_can_write_into_a_letter_opens_nothing() {
    let rule = "[[rule]]\nfinding = \"archive.encrypted\"\naction = \"accept\"\n";
    let with = format!("{rule}where = {{ with = \"words.noi-dung-cam\" }}");
    let told = load(&[("local/base.toml", &with)]).map(drop).unwrap_err();
    assert!(told.contains("milder than one behind it"), "{told}");
    let unless =
        format!("{rule}unless = {{ with = \"words.noi-dung-cam\" }}").replace("accept", "reject");
    let told = load(&[("local/base.toml", &unless)]).map(drop).unwrap_err();
    assert!(told.contains("anybody can write any sender"), "{told}");
    let vouched = with.replace(" }", ", client = \"10.0.0.0/8\" }");
    load(&[("local/base.toml", &vouched)]).unwrap();
}

#[test]
fn conditions_that_never_hold_are_errors() {
    let rule = "[[rule]]\nfinding = \"spam.score\"\naction = \"tag\"\n";
    for (text, says) in [
        (
            format!("{rule}where = {{ hours = \"08:00-08:00\" }}"),
            "local/base.toml:4:19: `08:00-08:00` begins and ends",
        ),
        (format!("{rule}where = {{ hours = \"8h\" }}"), "write it as `07:30-17:00`"),
        (format!("{rule}where = {{ weekday = \"t2\" }}"), "unknown day `t2`; days are `mon`"),
        (
            format!("{rule}where = {{ direction = \"inn\" }}"),
            "unknown direction `inn`; did you mean `in`?",
        ),
        (format!("{rule}where = {{ with = \"spam.scor\" }}"), "did you mean `spam.score`?"),
        (
            format!("{rule}where = {{ grade = \"odd\" }}"),
            "local/base.toml:4:19: `spam.score` has no grade, so `grade` never holds; ask for `over`, `at_least`, or for",
        ),
        (
            format!("{rule}where = {{ over = 5 }}\nunless = {{ name = \"*.zip\" }}"),
            "local/base.toml:5:19: `spam.score` has no part (it is about the whole letter), so `name` never holds",
        ),
        (
            rule.replace("spam.score", "message.poison") + "where = { what = \"x\" }",
            "`message.poison` has no word of its own, so `what` never holds; ask for `client`,",
        ),
        (
            rule.replace("\"spam.score\"", "[\"archive.encrypted\", \"virus.found\"]")
                + "where = { over = 5 }",
            "local/base.toml:4:18: `virus.found` has no measured value",
        ),
        (
            format!("{rule}where = {{ at_least = 9 }}\nunless = {{ over = 5 }}"),
            "local/base.toml:5:10: what `where` asks for, `unless` excludes",
        ),
        (
            format!("{rule}where = {{ at_least = 5 }}\n{rule}where = {{ at_least = 15 }}"),
            "local/base.toml:6:11: this rule never matches `spam.score`: the one at local/base.toml:1",
        ),
        (
            format!(
                "{rule}where = {{ client = \"10.0.0.0/8\" }}\n{rule}where = {{ client = \"10.1.0.0/16\", over = 3 }}"
            ),
            "this rule never matches",
        ),
        (
            format!(
                "{rule}where = {{ sender = \"x.example\" }}\n{rule}where = {{ sender = \"a@b.x.example\" }}"
            ),
            "this rule never matches",
        ),
    ] {
        let told = load(&[("local/base.toml", &text)]).map(drop).unwrap_err();
        assert!(told.contains(says), "{text}: {told}");
    }
    let text = format!("{rule}where = {{ recipient = \"tiengiang.gov.vn\" }}");
    let told = load(&[("local/angiang-2016.toml", &text)]).map(drop).unwrap_err();
    assert!(
        told.contains("this rule never matches: the policy is for angiang.gov.vn alone"),
        "{told}"
    );
}

#[test]
fn conditions_that_may_hold_are_none() {
    let rule = "[[rule]]\nfinding = \"spam.score\"\naction = \"tag\"\n";
    for (first, second) in [
        ("at_least = 15", "at_least = 5"),
        ("over = 5", "at_least = 5"),
        ("client = \"10.1.0.0/16\"", "client = \"10.0.0.0/8\""),
        ("weekday = \"mon\"", "weekday = [\"mon\", \"tue\"]"),
        ("recipient = \"x.example\"", "recipient = \"a@x.example\""),
        ("client = \"10.0.0.0/8\", over = 5", "client = \"10.0.0.0/8\""),
    ] {
        let text = format!("{rule}where = {{ {first} }}\n{rule}where = {{ {second} }}");
        load(&[("local/base.toml", &text)]).unwrap_or_else(|told| panic!("{text}: {told}"));
    }
}
