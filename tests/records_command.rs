//! `congthu records`: one command answers why a letter was refused, and says what it cannot read.

use crate::support::readme;
use congthu::store::records::Record;
use congthu::store::records::record::{Deed, Finding, Gap, Message, Part, Recipient};
use congthu::verdict::{Action, Mode};
use jiff::{SignedDuration, Timestamp};
use std::fs;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A state folder with two days of records.
fn state() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("var/state/records");
    fs::create_dir_all(&folder).unwrap();
    fs::write(dir.path().join("congthu.toml"), "").unwrap();
    let lines = |records: &[Record]| -> String {
        records.iter().map(|record| serde_json::to_string(record).unwrap() + "\n").collect()
    };
    let third = lines(&[refused(), recipient(), relayed()]);
    fs::write(folder.join("2026-03-03.jsonl"), third + "{\"record\":\"mess\n").unwrap();
    let gap =
        Gap { time: "2026-03-04T01:00:00.000Z".into(), missing: 7, cause: "No space left".into() };
    fs::write(folder.join("2026-03-04.jsonl"), lines(&[Record::Gap(gap)])).unwrap();
    fs::write(folder.join("2026-05-01.actions.jsonl"), lines(&[deed()])).unwrap();
    dir
}

pub fn refused() -> Record {
    let finding = Finding {
        name: "executable.found".into(),
        action: Action::Reject,
        mode: Mode::Enforce,
        part: "2/hd.zip/a.exe".into(),
        detail: "Windows program".into(),
        article: Some("mục III.3".into()),
        rule: "binhthuan-2012.toml:31".into(),
        ..Finding::default()
    };
    Record::Message(Box::new(Message {
        time: "2026-03-03T02:12:44.120Z".into(),
        id: "1K0VK0XETFP".into(),
        sender: "a@x.example".into(),
        recipients: vec!["bdt@binhthuan.gov.vn".into()],
        message_id: Some("1@x.example".into()),
        policy: "binhthuan-2012".into(),
        findings: vec![finding],
        parts: vec![Part { sha256: Some("ab12cd".into()), ..Part::default() }],
        verdict: Action::Reject,
        outcome: "refused".into(),
        reply: "550 5.7.1 [1K0VK0XETFP] no\u{1b}[2J".into(),
        bytes: 5678,
        ..Message::default()
    }))
}

fn relayed() -> Record {
    Record::Message(Box::new(Message {
        time: "2026-03-03T04:00:00.000Z".into(),
        id: "1K0VK0XZZZZ".into(),
        sender: "b@y.example".into(),
        recipients: vec!["bdt@binhthuan.gov.vn".into()],
        outcome: "relayed".into(),
        reply: "250 2.0.0 ok".into(),
        ..Message::default()
    }))
}

fn recipient() -> Record {
    Record::Recipient(Recipient {
        time: "2026-03-03T03:00:00.000Z".into(),
        id: "1K0VK0XRCPT".into(),
        sender: "a@x.example".into(),
        recipient: "nobody@binhthuan.gov.vn".into(),
        reply: "550 5.1.1 nobody".into(),
        ..Recipient::default()
    })
}

fn deed() -> Record {
    Record::Action(Deed {
        time: "2026-05-01T00:00:00.000Z".into(),
        id: "1K0VK0XETFP".into(),
        what: "viewed".into(),
        by: "khoa".into(),
        ..Deed::default()
    })
}

fn ask(dir: &TempDir, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_congthu"));
    command.arg("records").args(args).current_dir(dir.path()).env("TZ", "UTC");
    command.output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn why_was_this_refused_on_the_third_of_march() {
    let dir = state();
    let output = ask(&dir, &["--day", "2026-03-03", "--sender", "a@X"]);
    let text = text(&output);
    for words in [
        "2026-03-03 02:12:44 +0000  1K0VK0XETFP  reject → refused  [binhthuan-2012]",
        "<a@x.example> from - () to bdt@binhthuan.gov.vn; 5678 bytes",
        "executable.found → reject  2/hd.zip/a.exe: Windows program  mục III.3  binhthuan-2012.toml:31",
        "1K0VK0XRCPT  recipient refused",
        "answer: 550 5.1.1 nobody",
        // Done two months later, and shown with the letter.
        "viewed by khoa",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    assert!(!text.contains('\u{1b}') && !text.contains("ZZZZ"), "{text}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("1 line") && told.contains("2026-03-03.jsonl:4"), "{told}");
}

#[test]
fn each_question_finds_what_fits() {
    let dir = state();
    for (args, wanted) in [
        (vec!["--id", "1K0VK0XETFP"], vec!["viewed by", "reject → refused"]),
        (vec!["--message-id", "<1@x.example>"], vec!["1K0VK0XETFP", "viewed by"]),
        (vec!["--sha256", "AB12"], vec!["1K0VK0XETFP"]),
        (vec!["--finding", "executable"], vec!["1K0VK0XETFP"]),
        // What is missing might have fitted.
        (vec!["--finding", "exec"], vec!["7 records are missing"]),
        (vec!["--outcome", "relayed"], vec!["1K0VK0XZZZZ"]),
        (vec!["--recipient", "NOBODY@"], vec!["1K0VK0XRCPT"]),
        (
            vec!["--since", "2026-03-04", "--until", "2026-03-04"],
            vec!["7 records are missing: No space left"],
        ),
        (vec!["--since", "7d"], vec!["no record fits"]),
    ] {
        let text = text(&ask(&dir, &args));
        wanted
            .iter()
            .for_each(|wanted| assert!(text.contains(wanted), "{args:?}: {wanted}\n{text}"));
    }
    let json = text(&ask(&dir, &["--json", "--outcome", "relayed"]));
    let first = json.lines().next().unwrap();
    assert_eq!(serde_json::from_str::<Record>(first).unwrap(), relayed());
}

#[test]
fn the_readmes_question_about_viruses_is_answered_by_the_week() {
    let dir = state();
    let (now, long_ago) = (Timestamp::now(), Timestamp::now() - SignedDuration::from_hours(24 * 8));
    let found = |time: Timestamp, id: &str, name: &str| {
        let Record::Message(message) = refused() else { panic!("a message") };
        let finding = Finding { name: name.into(), ..message.findings[0].clone() };
        let (time, id) = (format!("{time:.3}"), id.to_owned());
        Record::Message(Box::new(Message { time, id, findings: vec![finding], ..*message }))
    };
    for (time, id, name) in [
        (now, "1K0VK0XNEW1", "virus.found"),
        (now, "1K0VK0XNEW2", "executable.found"),
        (long_ago, "1K0VK0XOLD1", "virus.found"),
    ] {
        let day = time.to_zoned(jiff::tz::TimeZone::UTC).date();
        let path = dir.path().join(format!("var/state/records/{day}.jsonl"));
        let mut file = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        let line = serde_json::to_string(&found(time, id, name)).unwrap();
        std::io::Write::write_all(&mut file, format!("{line}\n").as_bytes()).unwrap();
    }
    let line = readme::command("congthu records --since 7d --finding virus --json");
    let (code, said) = readme::run(dir.path(), &line);
    let ids: Vec<String> = said
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|record| record["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((code, ids), (Some(0), vec!["1K0VK0XNEW1".to_owned()]), "{said}");
}

#[test]
fn a_time_that_is_none_is_told() {
    let output = ask(&state(), &["--since", "soon"]);
    assert_eq!(output.status.code(), Some(64));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("`soon` is no time; write it as 7d, 12h, 2026-03-03"), "{told}");
}

#[test]
fn before_the_first_letter_nothing_fits() {
    let dir = tempfile::tempdir().unwrap();
    let output = ask(&dir, &[]);
    assert_eq!((text(&output).as_str(), output.status.code()), ("no record fits\n", Some(0)));
}
