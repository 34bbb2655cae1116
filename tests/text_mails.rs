//! Whole mails through the gate: legacy encodings are found where they stand, and in real mail
//! of others never.

use crate::support::as_sent;
use crate::support::gate::{Gate, judge};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

fn corpus() -> Option<PathBuf> {
    let corpus = std::env::var_os("CONGTHU_CORPUS").map(PathBuf::from);
    if corpus.is_none() {
        println!("skipped: no corpus");
    }
    corpus
}

/// What of this check's findings a mail has.
fn found(gate: &Gate, mail: &[u8]) -> Vec<String> {
    let verdict = judge(gate, "base", mail);
    let names = verdict.findings.iter().map(|judged| judged.finding.kind.name);
    names
        .filter(|name| name.starts_with("encoding.") || name.starts_with("text."))
        .map(str::to_owned)
        .collect()
}

#[test]
fn no_real_mail_is_found_and_english_under_a_vietnamese_label_neither() {
    let Some(corpus) = corpus() else { return };
    let gate = Gate::with_builtin_rules();
    let manifest = std::fs::read_to_string(corpus.join("manifest.tsv")).unwrap();
    let (mut mails, mut ham, mut alarms) = (0, 0, Vec::new());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in manifest.lines().map(|line| line.split('\t').collect::<Vec<_>>()) {
        if row[3] != "message" || row[0].starts_with("derived-vn") {
            continue;
        }
        let bytes = std::fs::read(corpus.join(row[0])).unwrap();
        mails += 1;
        ham += usize::from(row[4] == "ham");
        for name in found(&gate, &as_sent(&bytes)) {
            if matches!(
                name.as_str(),
                "encoding.legacy" | "text.undiacritical" | "encoding.unscanned"
            ) {
                alarms.push(format!("{}: {name}", row[0]));
            }
            *counts.entry(name).or_default() += 1;
        }
    }
    println!("{mails} mails, {ham} ham: {counts:?}");
    assert!(ham > 800 && alarms.is_empty(), "{}", alarms.join("\n"));
}

/// Made mails: a text in each encoding, under right and wrong labels, in HTML, in the subject.
#[test]
fn derived_mails_are_found() {
    let Some(corpus) = corpus() else { return };
    let gate = Gate::with_builtin_rules();
    let mut table: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(corpus.join("derived-vn-encodings")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(form) =
            name.strip_suffix(".eml").and_then(|name| name.split_once('.')).map(|(_, form)| form)
        else {
            continue;
        };
        let got = found(&gate, &std::fs::read(&path).unwrap());
        let want = match form {
            "undiacritical" => Some("text.undiacritical"),
            "utf8-nfd" => Some("text.combining"),
            "utf8-nfc" | "utf16" => None,
            _ => Some("encoding.legacy"),
        };
        let right = match want {
            Some(want) => got.iter().any(|name| name == want),
            None => got.is_empty(),
        };
        let (all, good) = table.entry(form.to_owned()).or_default();
        (*all, *good) = (*all + 1, *good + usize::from(right));
        if !right {
            wrong.push(format!("{name}: {got:?}"));
        }
    }
    for (form, (all, good)) in &table {
        println!("| {form} | {good} of {all} |");
    }
    assert!(table.len() > 20 && wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `congthu text` prints the text in Unicode, and says on standard error what it was.
#[test]
fn the_command_converts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cu.txt");
    std::fs::write(&file, b"K\xddnh g\xf6i qu\xfd c\xac quan, \xae\xd2 ngh\xde xem x\xd0t")
        .unwrap();
    let page = folder.path().join("cu.html");
    std::fs::write(&page, b"<p><font face=.VnTimeH>\xf1y ban nh\xa9n d\xa9n x\xb7</font></p>")
        .unwrap();
    let run = |paths: &[&std::path::Path]| {
        let out =
            Command::new(env!("CARGO_BIN_EXE_congthu")).arg("text").args(paths).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (out.status.code(), text(&out.stdout), text(&out.stderr))
    };
    let (code, text, seen) = run(&[&file]);
    assert_eq!((code, text.as_str()), (Some(0), "Kính gửi quý cơ quan, đề nghị xem xét"));
    assert!(seen.contains("TCVN3 (ABC)") && seen.contains("göi → gửi"), "{seen}");
    let (code, text, seen) = run(&[&page]);
    assert_eq!((code, text.trim()), (Some(0), "ỦY BAN NHÂN DÂN XÃ"));
    assert!(seen.contains("font .VnTimeH"), "{seen}");
    let document = folder.path().join("cu.rtf");
    std::fs::write(
        &document,
        br"{\rtf1{\fonttbl{\f0 .VnTime;}}\f0 K\'ddnh g\'f6i qu\'fd c\'ac quan\par}",
    )
    .unwrap();
    let (code, text, seen) = run(&[&document]);
    assert_eq!((code, text.trim()), (Some(0), "Kính gửi quý cơ quan"));
    assert!(seen.contains("cu.rtf: TCVN3 (ABC)") && seen.contains("font .VnTime"), "{seen}");
    assert_eq!(run(&[&folder.path().join("none")]).0, Some(66));
}

/// A kept letter as it is: the header and each part, in Unicode.
#[test]
fn the_command_converts_letters() {
    let table = std::fs::read_to_string("fixtures/text/replies.table").unwrap();
    for row in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let path = format!("fixtures/text/letters/{}.eml", cells[0]);
        let program = env!("CARGO_BIN_EXE_congthu");
        let out = Command::new(program).args(["text", &path]).output().unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        let seen = String::from_utf8(out.stderr).unwrap();
        assert!(text.starts_with("Subject: ") || text.starts_with("From: "), "{path}: {text}");
        assert!(text.contains("Kính gửi"), "{path}: {text}");
        let encoding = cells[1].split(" đọc").next().unwrap();
        assert!(seen.contains(&format!("{path}: 1: {encoding}")), "{path}: {seen}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.eml");
    let subject = b"From: \"Ph\xdfng Th\xe8ng k\xaa huy\xd6n Ch\xee G\xb9o\" <a@b.example>\nSubject: B\xb8o c\xb8o s\xe8 li\xd6u d\xa9n s\xe8\nMIME-Version: 1.0\nMessage-ID: <1@b.example>\n\nxin gui\n";
    std::fs::write(&path, subject).unwrap();
    let program = env!("CARGO_BIN_EXE_congthu");
    let out = Command::new(program).arg("text").arg(&path).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.contains("From: \"Phòng Thống kê huyện Chợ Gạo\" <a@b.example>"), "{text}");
    assert!(text.contains("Subject: Báo cáo số liệu dân số"), "{text}");
    assert!(String::from_utf8(out.stderr).unwrap().contains("Subject: TCVN3 (ABC)"));
}
