//! Real mails and files of others, where `CONGTHU_CORPUS` says they are: nothing breaks, no
//! ordinary letter is refused, and no program that is labelled as one is let in.

mod classes;
mod ham;
mod ordinary;
mod refused;

use crate::support::base64;
use crate::support::gate::{Gate, judge};
use crate::wire::client::{Client, Code};
use crate::wire::gate::Setup;
use crate::wire::next_hop::{NextHop, Script};
use congthu::verdict::{Action, Cause, Verdict};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Labelled as programs, and none that a reader's system would run.
const NO_PROGRAMS: &[(&str, &str)] = &[
    ("lnkparse3/samples/", "shortcuts written as base64 text"),
    ("goblin/tests/bins/te/", "firmware images (TE), run by no operating system"),
    ("v2-only-empty.apk", "a signature block around an empty zip"),
];

/// A row of the corpus's manifest.
pub struct Row {
    pub path: PathBuf,
    /// The path as the manifest has it.
    name: String,
    pub kind: String,
    /// What the source says.
    label: String,
    /// What the corpus's makers guessed from the bytes.
    scan: String,
}

/// The rows, or nothing where there is no corpus.
pub fn corpus() -> Option<Vec<Row>> {
    let Some(root) = env::var_os("CONGTHU_CORPUS").map(PathBuf::from) else {
        println!("skipped: no corpus");
        return None;
    };
    let manifest = fs::read_to_string(root.join("manifest.tsv")).unwrap();
    let rows = manifest.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [name, kind, label, scan] = [0, 3, 4, 5].map(|cell| cells[cell].to_owned());
        Row { path: root.join(&name), name, kind, label, scan }
    });
    Some(rows.collect())
}

/// A mail as `check` takes it: LF becomes CRLF where there is no CRLF.
pub fn mail(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    match memchr::memmem::find(&bytes, b"\r\n") {
        Some(_) => bytes,
        None => bytes.split_inclusive(|b| *b == b'\n').fold(Vec::new(), |mut out, line| {
            match line.strip_suffix(b"\n") {
                Some(line) => out.extend([line, b"\r\n"].concat()),
                None => out.extend(line),
            }
            out
        }),
    }
}

/// A file as somebody would attach it.
fn attached(path: &Path) -> Vec<u8> {
    let content = base64(&fs::read(path).unwrap()).replace('\n', "\r\n");
    // The corpus's own names, so that only what the file is can give it away.
    let head = "Subject: a\r\nContent-Type: application/octet-stream\r\n\
        Content-Disposition: attachment; filename=\"tep\"\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    [head.as_bytes(), content.as_bytes(), b"\r\n"].concat()
}

fn panicked(verdict: &Verdict) -> bool {
    verdict.findings.iter().any(|judged| judged.finding.cause == Some(Cause::Panic))
}

#[test]
fn every_mail_gets_a_verdict_and_no_ham_is_refused_under_base() {
    let Some(rows) = corpus() else { return };
    let gate = Gate::with_builtin_rules();
    let mut table: BTreeMap<(String, &str), usize> = BTreeMap::new();
    let mut refused = Vec::new();
    let (mut ham, mut line_ends) = (0, 0);
    for row in rows.iter().filter(|row| row.kind == "message") {
        let verdict = judge(&gate, "base", &mail(&row.path));
        assert!(!panicked(&verdict), "{}", row.path.display());
        *table.entry((row.label.clone(), verdict.action.name())).or_default() += 1;
        if row.label != "ham" {
            continue;
        }
        ham += 1;
        let first = verdict.findings.first().map(|judged| &judged.finding);
        match (verdict.action, first) {
            // Stored with mixed line ends: what they were on the wire cannot be known.
            (Action::Reject, Some(finding)) if finding.kind.name == "line.bare" => line_ends += 1,
            (Action::Reject | Action::Quarantine | Action::Tempfail, Some(finding)) => {
                refused.push(format!(
                    "{}: {} {}",
                    row.path.display(),
                    finding.kind.name,
                    finding.detail
                ));
            }
            _ => {}
        }
    }
    println!("{table:#?}\n{line_ends} of {ham} ham have mixed line ends");
    println!("{}", refused.join("\n"));
    assert!(ham > 800, "only {ham} ham");
    assert!(refused.len() * 1000 <= ham, "{} of {ham} ham refused", refused.len());
}

#[test]
fn every_file_gets_a_verdict_and_programs_are_refused() {
    let Some(rows) = corpus() else { return };
    let gate = Gate::with_builtin_rules();
    let mut let_in = Vec::new();
    let mut programs = 0;
    for row in rows.iter().filter(|row| row.kind == "attachment") {
        let verdict = judge(&gate, "base", &attached(&row.path));
        assert!(!panicked(&verdict), "{}", row.path.display());
        if row.label == "exe" || row.label.starts_with("exe:") {
            programs += 1;
            let path = row.path.display().to_string();
            let known = NO_PROGRAMS.iter().any(|(part, _)| path.contains(part));
            if verdict.action < Action::Quarantine && !known {
                let_in.push(path);
            }
        }
    }
    println!("{} of {programs} programs let in:\n{}", let_in.len(), let_in.join("\n"));
    assert!(programs > 200, "only {programs} programs");
    assert!(let_in.is_empty(), "{} programs let in:\n{}", let_in.len(), let_in.join("\n"));
}

#[tokio::test]
async fn every_mail_that_is_let_through_arrives_as_it_was_sent() {
    let Some(rows) = corpus() else { return };
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).observing().start().await;
    let mut client = Client::hello(gate.address).await;
    let mut relayed = 0;
    for row in rows.iter().filter(|row| row.kind == "message") {
        let sent = mail(&row.path);
        client.ask("MAIL FROM:<>").await.expect_code("250");
        client.ask("RCPT TO:<b@here.example>").await.expect_code("250");
        let reply = client.data(&sent).await;
        if !reply.starts_with("250") {
            // Bare line ends, viruses and programs: refused, and so not relayed.
            assert!(reply.starts_with("55"), "{}: {reply}", row.path.display());
            // Refusals count as errors of their session.
            client = Client::hello(gate.address).await;
            continue;
        }
        relayed += 1;
        let taken = next.messages().pop().unwrap();
        // One missing final CRLF is added; nothing else is touched.
        let whole = taken == sent || taken.strip_suffix(b"\r\n") == Some(&sent[..]);
        assert!(whole, "{}: {} bytes in, {} out", row.path.display(), sent.len(), taken.len());
    }
    assert_eq!(next.messages().len(), relayed);
    assert!(relayed > 2000, "only {relayed} mails were relayed");
}
