//! Hostile messages: each gets its verdict, in bounded time, without a crash.

use crate::support::base64;
use crate::support::gate::{Gate, judge, judge_in_chunks};
use congthu::mail::Budget;
use congthu::verdict::{Action, Verdict};
use std::fs;

fn names(verdict: &Verdict) -> Vec<&'static str> {
    verdict.findings.iter().map(|judged| judged.finding.kind.name).collect()
}

fn with_attachment(name: &str, bytes: &[u8]) -> Vec<u8> {
    let content = base64(bytes).replace('\n', "\r\n");
    format!(
        "Subject: thu\r\nContent-Type: application/octet-stream\r\n\
         Content-Disposition: attachment; filename=\"{name}\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{content}\r\n"
    )
    .into_bytes()
}

#[test]
fn nothing_at_all_is_accepted() {
    let gate = Gate::with_builtin_rules();
    for mail in [&b""[..], b"\r\n", b"Subject: only a header\r\n", b"Subject: a\r\n\r\n"] {
        assert_eq!(judge(&gate, "base", mail).action, Action::Accept, "{mail:?}");
    }
}

#[test]
fn more_parts_than_the_limit_are_kept_for_a_person() {
    let gate = Gate::with_builtin_rules();
    let mut mail = String::from("Content-Type: multipart/mixed; boundary=b\r\n\r\n");
    for _ in 0..100_000 {
        mail += "--b\r\n\r\nx\r\n";
    }
    mail += "--b--\r\n";
    let verdict = judge(&gate, "base", mail.as_bytes());
    assert_eq!(verdict.action, Action::Quarantine);
    assert!(names(&verdict).contains(&"mime.over_limit"), "{:?}", names(&verdict));
}

#[test]
fn headers_beyond_the_limit_are_kept_for_a_person() {
    let gate = Gate::with_builtin_rules();
    let judged = |lines: u64| {
        let fields = "X-A: b\r\n".repeat(lines as usize - 1);
        judge(&gate, "base", format!("Subject: a\r\n{fields}\r\nx\r\n").as_bytes())
    };
    assert_eq!(judged(Budget::HEADER_LINES).action, Action::Accept);
    let verdict = judged(Budget::HEADER_LINES + 1);
    assert_eq!(verdict.action, Action::Quarantine);
    assert_eq!(names(&verdict), ["mime.over_limit"]);
}

#[test]
fn files_for_children_beyond_the_limit_are_kept_for_a_person() {
    let gate = Gate::with_worker();
    let part = "--b\r\nContent-Type: a/b; name=a.7z\r\n\r\n7z\u{bc}\u{af}'\u{1c}\0\u{4}\r\n";
    let part: Vec<u8> = part.chars().map(|c| c as u8).collect();
    let mut mail = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_vec();
    mail.extend(part.repeat(Budget::ERRANDS as usize + 1));
    mail.extend(b"--b--\r\n");
    let verdict = judge(&gate, "base", &mail);
    let told: Vec<&str> = verdict
        .findings
        .iter()
        .filter(|judged| judged.finding.kind.name == "archive.over_limit")
        .map(|judged| judged.finding.detail.as_str())
        .collect();
    assert_eq!(told.len(), 1, "{:?}", verdict.findings.first());
    assert!(told[0].contains("too many"), "{told:?}");
}

#[test]
fn nesting_without_end_is_kept_for_a_person() {
    let gate = Gate::with_builtin_rules();
    let mut multiparts = String::new();
    for level in 0..500 {
        multiparts +=
            &format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n");
    }
    let mails = "Content-Type: message/rfc822\r\n\r\n".repeat(60_000);
    for mail in [multiparts, mails] {
        let verdict = judge(&gate, "base", mail.as_bytes());
        assert_eq!(verdict.action, Action::Quarantine, "{:?}", names(&verdict));
        assert!(names(&verdict).contains(&"mime.over_limit"), "{:?}", names(&verdict));
    }
}

#[test]
fn a_bomb_of_ten_layers_is_refused() {
    let gate = Gate::with_builtin_rules();
    let bomb = fs::read("fixtures/files/ten-layers.zip").unwrap();
    let verdict = judge(&gate, "base", &with_attachment("a.zip", &bomb));
    assert_eq!(verdict.action, Action::Reject, "{:?}", names(&verdict));
    assert_eq!(names(&verdict)[0], "archive.bomb");
}

#[test]
fn broken_and_locked_archives_are_kept_for_a_person() {
    let gate = Gate::with_builtin_rules();
    for (file, finding) in
        [("cut-off.zip", "archive.unreadable"), ("encrypted.zip", "archive.encrypted")]
    {
        let bytes = fs::read(format!("fixtures/files/{file}")).unwrap();
        let verdict = judge(&gate, "base", &with_attachment(file, &bytes));
        assert_eq!(verdict.action, Action::Quarantine, "{file}: {:?}", names(&verdict));
        assert!(names(&verdict).contains(&finding), "{file}: {:?}", names(&verdict));
    }
}

#[test]
fn a_message_over_the_limit_is_refused_at_the_same_byte_however_it_arrives() {
    let gate = Gate::with_builtin_rules();
    let mut mail = b"Subject: a\r\n\r\n".to_vec();
    let line = [&[b'x'; 76][..], b"\r\n"].concat();
    while mail.len() < 76_000_100 {
        mail.extend_from_slice(&line);
    }
    for chunk in [64 << 10, 1_000_003, mail.len()] {
        let (verdict, _) = judge_in_chunks(&gate, "base", &mail, chunk);
        assert_eq!((verdict.reply.code.basic, verdict.reply.code.enhanced), (552, "5.3.4"));
        assert_eq!(verdict.findings.len(), 1, "{:?}", names(&verdict));
        assert_eq!(verdict.findings[0].finding.value, Some(76_000_001.0));
    }
}
