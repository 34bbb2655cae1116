//! Walks the articles of the four policies: clause → rule → a mail that triggers it → action and article.

use crate::rules::{catalogue, envelope, judge, spelled};
use crate::support::gate::Gate;
use crate::support::{EICAR, GTUBE, base64};
use bytes::Bytes;
use congthu::mail::Envelope;
use congthu::rules::RuleSet;
use congthu::verdict::{Finding, Judged, Mode, Verdict};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A row of `rules.table`.
struct Row<'a> {
    line: &'a str,
    policy: &'a str,
    finding: &'a str,
    from: &'a str,
    action: &'a str,
    article: &'a str,
}

fn rows(table: &str) -> Vec<Row<'_>> {
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [policy, _, _, finding, from, action, article] = cells[..] else {
                panic!("seven cells: {line}")
            };
            Row { line, policy, finding, from, action, article }
        })
        .collect()
}

fn table() -> String {
    fs::read_to_string("fixtures/clauses/rules.table").unwrap()
}

/// A mail of `mails/`, its placeholders filled, as the wire has it.
fn mail(name: &str) -> Vec<u8> {
    let text = fs::read_to_string(Path::new("fixtures/clauses/mails").join(name)).unwrap();
    let (before, rest) = match text.split_once("{{") {
        Some((before, rest)) => (before, rest.split_once("}}").unwrap()),
        None => (text.as_str(), ("", "")),
    };
    let filling = match rest.0.split_once(['|', ' ', '/']).unwrap_or((rest.0, "")) {
        ("eicar", _) => EICAR.to_owned(),
        ("gtube", _) => GTUBE.to_owned(),
        ("zeros", count) => base64(&vec![0; count.parse().unwrap()]),
        ("text", text) => base64(text.as_bytes()),
        ("", _) => String::new(),
        _ => {
            let path = rest.0.strip_suffix("|base64").unwrap();
            base64(&fs::read(Path::new("fixtures").join(path)).unwrap())
        }
    };
    [before, &filling, rest.1].concat().replace('\n', "\r\n").into_bytes()
}

/// The verdict on a mail from a State body.
fn verdict(gate: &Gate, policy: &str, mail: &[u8]) -> Verdict {
    let policy = gate.rules.policy(policy).unwrap().clone();
    gate.runtime.block_on(async {
        let to = envelope("vanthu@sonoivu.gov.vn", &["nguoinhan@mail.example"]);
        let envelope = Envelope { id: "clause".to_owned(), ..to };
        let mut intake = gate.pipeline.begin(envelope, policy, "test").unwrap();
        intake.feed(Bytes::copy_from_slice(mail)).await;
        intake.finish().await.release().0
    })
}

/// A finding by `= cause`, `= grade` or `= value`.
fn made(row: &Row<'_>) -> Option<Finding> {
    let word = row.from.strip_prefix('=')?.trim();
    let sign = match word.parse::<f64>() {
        Ok(_) => ">",
        Err(_) if word.is_empty() => "",
        Err(_) => ":",
    };
    Some(spelled(&format!("{}{sign}{word}", row.finding)))
}

fn action(judged: &Judged) -> String {
    match judged.mode {
        Mode::Enforce => judged.action.name().to_owned(),
        mode => format!("{} {}", judged.action.name(), mode.name()),
    }
}

#[test]
fn each_clause_has_a_rule_and_a_mail_that_triggers_it() {
    let (gate, table) = (Gate::with_builtin_rules(), table());
    let mut wrong = Vec::new();
    let rows = rows(&table);
    for row in &rows {
        let verdict = match made(row) {
            Some(finding) => {
                let policy = gate.rules.policy(row.policy).unwrap();
                let to = envelope("vanthu@sonoivu.gov.vn", &["nguoinhan@mail.example"]);
                judge(policy, vec![finding], &to)
            }
            None => verdict(&gate, row.policy, &mail(row.from)),
        };
        let found = verdict.findings.iter().find(|judged| judged.finding.kind.name == row.finding);
        let told = found.map(|judged| (action(judged), judged.article.clone().unwrap_or_default()));
        let as_written = told
            .as_ref()
            .is_some_and(|told| (told.0.as_str(), told.1.as_str()) == (row.action, row.article));
        let own =
            found.is_some_and(|judged| judged.rule.starts_with(&format!("{}.toml:", row.policy)));
        // What the rule says is what the letter gets, unless it is only shown.
        let enacted = row.action.contains(' ') || row.action == verdict.action.name();
        if !(as_written && own && enacted) {
            wrong.push(format!("{}\n  got {told:?}, verdict {}", row.line, verdict.action.name()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows.len() >= 70, "{}", rows.len());
}

#[test]
fn an_ordinary_letter_triggers_no_clause() {
    let gate = Gate::with_builtin_rules();
    for policy in ["tiengiang-2016", "tiengiang-2009", "binhthuan-2012", "angiang-2016"] {
        let verdict = verdict(&gate, policy, &mail("ordinary.eml"));
        assert!(verdict.findings.is_empty(), "{policy}: {:?}", verdict.findings);
    }
}

#[test]
fn every_rule_of_the_policies_stands_in_the_table() {
    let (rules, table) = (RuleSet::builtin(&catalogue()).unwrap(), table());
    let known: BTreeSet<(&str, &str, &str, &str)> =
        rows(&table).iter().map(|row| (row.policy, row.finding, row.action, row.article)).collect();
    let mut missing = Vec::new();
    for policy in rules.policies().filter(|policy| policy.id != "base") {
        let file = format!("{}.toml:", policy.id);
        for rule in policy.rules().filter(|rule| rule.place.starts_with(&file)) {
            let mode = if rule.mode == Mode::Enforce {
                String::new()
            } else {
                format!(" {}", rule.mode.name())
            };
            let action = format!("{}{mode}", rule.action.name());
            let article = rule.article.clone().unwrap_or_default();
            for finding in &rule.findings {
                if !known.contains(&(policy.id.as_str(), *finding, &action, &article)) {
                    missing.push(format!(
                        "{} | … | … | {finding} | … | {action} | {article}",
                        rule.place
                    ));
                }
            }
            assert!(!article.is_empty(), "{}: a policy's rule cites its article", rule.place);
        }
    }
    assert!(missing.is_empty(), "not in the table:\n{}", missing.join("\n"));
}

#[test]
fn what_needs_no_rule_is_held_by_a_test_that_exists() {
    let tests = sources(Path::new("tests"));
    let table = fs::read_to_string("fixtures/clauses/kept.table").unwrap();
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let how = line.rsplit('|').next().unwrap().trim();
        let said = how == "people" || how.starts_with("not yet");
        assert!(said || tests.contains(&format!("fn {how}(")), "{line}");
    }
}

/// All tests as one text.
fn sources(dir: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => text += &sources(&path),
            false => text += &fs::read_to_string(&path).unwrap_or_default(),
        }
    }
    text
}
