//! Runs `fixtures/checks/<check>.test`: mails, and what must be found in them.
//!
//! A case begins with `=== title`; lines `policy ID`, `from ADDRESS`, `rcpt ADDRESS` and `expect FINDING@PART ACTION` follow,
//! then an empty line and the mail. LF becomes CRLF unless the case says `raw`, where the
//! escapes `\r`, `\n`, `\0`, `\xNN` and `\\` stand for themselves and line ends are dropped.
//! `{{path|base64}}` inserts a file of `fixtures/` in base64.

use crate::support::gate::{Gate, judge_as};
use congthu::mail::{Address, Envelope};
use congthu::verdict::{Facet, Finding};
use std::fs;

struct Case {
    title: String,
    policy: String,
    envelope: Envelope,
    expect: Vec<String>,
    mail: Vec<u8>,
}

#[test]
fn every_check_finds_what_its_fixtures_say() {
    let gate = Gate::with_builtin_rules();
    let mut ran = 0;
    let mut wrong = Vec::new();
    let mut files: Vec<_> =
        fs::read_dir("fixtures/checks").unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        for case in cases(&fs::read_to_string(&file).unwrap()) {
            let verdict = judge_as(&gate, &case.policy, case.envelope, &case.mail);
            let found: Vec<String> = verdict
                .findings
                .iter()
                .map(|judged| {
                    let finding = &judged.finding;
                    format!("{}@{} {}", finding.kind.name, finding.part, judged.action.name())
                })
                .collect();
            for judged in &verdict.findings {
                carries_what_its_kind_says(&judged.finding);
            }
            if found != case.expect {
                let (file, title) = (file.display(), &case.title);
                let want = &case.expect;
                wrong.push(format!("{file}: {title}\n   want {want:?}\n  found {found:?}"));
            }
            ran += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(ran > 20, "only {ran} cases ran");
}

/// A condition that asks for more is refused at load, so a rule could not speak of it.
fn carries_what_its_kind_says(finding: &Finding) {
    let Some(facets) = finding.kind.facets() else { panic!("{}: unknown", finding.kind.name) };
    for (has, facet) in [
        (!finding.part.is_empty(), Facet::Part),
        (finding.cause.is_some(), Facet::Cause),
        (finding.grade.is_some(), Facet::Grade),
        (finding.what.is_some(), Facet::What),
        (finding.value.is_some(), Facet::Value),
    ] {
        assert!(!has || facets.contains(&facet), "{facet:?}: {finding:?}");
    }
}

#[test]
fn of_each_kind_it_is_known_what_can_be_asked() {
    for kind in congthu::checks::catalogue().iter() {
        assert!(kind.facets().is_some(), "{}: verdict/facet.rs", kind.name);
    }
}

/// The cases of one file.
fn cases(text: &str) -> Vec<Case> {
    let chunks = text.split("\n=== ").map(|chunk| chunk.trim_start_matches("=== "));
    chunks.filter(|chunk| !chunk.trim().is_empty()).map(case).collect()
}

fn case(chunk: &str) -> Case {
    let (title, rest) = chunk.split_once('\n').expect("a title line");
    let (head, mail) = match rest.strip_prefix('\n') {
        Some(mail) => ("", mail),
        None => rest.split_once("\n\n").expect("an empty line before the mail"),
    };
    let mut case = Case {
        title: title.to_owned(),
        policy: "base".to_owned(),
        envelope: Envelope { id: "test".to_owned(), ..Envelope::default() },
        expect: Vec::new(),
        mail: Vec::new(),
    };
    let mut raw = false;
    for line in head.lines() {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("policy", id) => case.policy = id.to_owned(),
            ("expect", finding) => case.expect.push(finding.to_owned()),
            ("from", sender) => case.envelope.sender = Address::new(sender),
            ("rcpt", recipient) => case.envelope.recipients.push(Address::new(recipient)),
            ("raw", _) => raw = true,
            _ => panic!("{title}: what is `{line}`?"),
        }
    }
    let mail = insert_files(mail);
    case.mail = if raw { unescape(&mail) } else { mail.replace('\n', "\r\n").into_bytes() };
    case
}

/// Replaces `{{path|base64}}`.
fn insert_files(mail: &str) -> String {
    let mut out = String::new();
    let mut rest = mail;
    while let Some((before, after)) = rest.split_once("{{") {
        let (what, after) = after.split_once("}}").expect("}} after {{");
        let path = what.strip_suffix("|base64").expect("{{path|base64}}");
        let bytes = fs::read(format!("fixtures/{path}")).expect(path);
        out += before;
        out += &crate::support::base64(&bytes);
        rest = after;
    }
    out + rest
}

/// Bytes of a `raw` case.
fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut chars = text.chars().filter(|c| *c != '\n');
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('r') => out.push(b'\r'),
                Some('n') => out.push(b'\n'),
                Some('0') => out.push(0),
                Some('x') => {
                    let hex: String = chars.by_ref().take(2).collect();
                    out.push(u8::from_str_radix(&hex, 16).expect("two hex digits"));
                }
                _ => out.push(b'\\'),
            },
            other => out.extend(other.to_string().as_bytes()),
        }
    }
    out
}
