//! What of the corpus's bad files and letters is found: a table by class that may only improve.
//!
//! The corpus's classes are guesses from the bytes. What is let in for a known reason stands in
//! [`KNOWN`] and is counted apart; the rest is printed.

use super::{Row, attached, corpus, mail};
use crate::support::gate::{Gate, judge};
use congthu::verdict::{Action, Verdict};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

/// Classes by the beginning of the scan's word or by the source's label, and the findings of which
/// one tells what the class says.
const CLASSES: &[(&str, &[&str])] = &[
    ("archive-with-exe", &["executable.found", "script.found"]),
    (
        "archive-encrypted",
        &["archive.encrypted", "archive.unlocked", "executable.found", "script.found"],
    ),
    (
        "archive-broken",
        &[
            "archive.unreadable",
            "archive.unsupported",
            "archive.over_limit",
            "archive.bomb",
            "archive.encrypted",
        ],
    ),
    ("archive-bomb", &["archive.bomb", "archive.over_limit"]),
    (
        "archive-fuzz",
        &["archive.unreadable", "archive.unsupported", "archive.over_limit", "archive.encrypted"],
    ),
    ("doc:encrypted", &["archive.encrypted"]),
    ("doc:pdf-encrypted", &["archive.encrypted", "active.unscanned"]),
    ("doc:pdf-active", &["active.found", "script.found", "executable.found"]),
    ("doc:ole+embedded-package", &["active.found", "executable.found", "script.found"]),
    ("macro", &["macro.found"]),
    ("exe", &["executable.found", "script.found"]),
    ("ext-exe", &["executable.found", "script.found"]),
    ("script", &["script.found", "executable.found"]),
    ("virus-test", &["virus.found", "executable.found", "script.found", "archive.encrypted"]),
    ("polyglot", &["polyglot.found", "executable.found", "script.found", "type.mismatch"]),
    ("malformed", &["mime.ambiguous", "mime.over_limit", "line.bare"]),
];

/// Let in, and why that is right.
const KNOWN: &[(&str, &str)] = &[
    ("lnkparse3/samples/", "shortcuts written as base64 text"),
    ("goblin/tests/bins/te/", "firmware images (TE), run by no operating system"),
    ("v2-only-empty.apk", "a signature block around an empty zip"),
    (".amr", "sound whose signature begins with #!"),
    ("mitra/input/", "what the tool makes polyglots of: each is one thing only"),
    ("owner_empty.pdf", "opens without a password, and is read"),
    ("zip2-fuzz/in/id-000047,", PADDING),
    ("zip2-fuzz/in/id-000084,", PADDING),
    ("zip2-fuzz/in/id-000344,", PADDING),
    ("zip2-fuzz/in/id-000538,", PADDING),
    ("zip2-fuzz/in/id-000625,", PADDING),
    ("zip2-fuzz/in/id-000636,", PADDING),
    ("zip2-fuzz/in/id-000716,", PADDING),
    ("zip2-fuzz/in/id-000743,", PADDING),
    ("zip2-fuzz/in/id-000859,", PADDING),
];

const PADDING: &str = "a zip that is read; what stands behind its end is NULs and a tab";

/// The classes of a row; a file may be of several.
fn classes(
    row: &Row,
) -> impl Iterator<Item = &'static (&'static str, &'static [&'static str])> + '_ {
    let of = |word: &str, class: &str| {
        word.strip_prefix(class).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '-']))
    };
    CLASSES.iter().filter(move |(class, _)| of(&row.scan, class) || of(&row.label, class))
}

/// Found, kept back for another reason, let in, let in for a known reason.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Count([usize; 4]);

fn count(verdict: &Verdict, finds: &[&str]) -> usize {
    let found = verdict.findings.iter().any(|judged| finds.contains(&judged.finding.kind.name));
    match (found, verdict.action >= Action::Quarantine) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    }
}

const FILE: &str = "fixtures/corpus/table.txt";

#[test]
fn what_is_found_in_bad_files_only_improves() {
    let Some(rows) = corpus() else { return };
    let gate = Gate::with_worker();
    let mut table: BTreeMap<&str, Count> = BTreeMap::new();
    for row in rows.iter().filter(|row| ["message", "attachment"].contains(&row.kind.as_str())) {
        let mut classes = classes(row).peekable();
        if classes.peek().is_none() {
            continue;
        }
        let bytes = if row.kind == "message" { mail(&row.path) } else { attached(&row.path) };
        let verdict = judge(&gate, "base", &bytes);
        for (class, finds) in classes {
            let known = KNOWN.iter().any(|(part, _)| row.name.contains(part));
            let place = match count(&verdict, finds) {
                2 if known => 3,
                place => place,
            };
            table.entry(class).or_default().0[place] += 1;
            if place == 2 {
                println!("let in, {class}: {}", row.path.display());
            }
        }
    }
    let mut text = String::from(
        "class: found, kept back for another reason, let in, let in for a known reason\n",
    );
    for (class, Count([found, kept, let_in, known])) in &table {
        writeln!(text, "{class}: {found} {kept} {let_in} {known}").unwrap();
    }
    println!("{text}");
    if std::env::var_os("CONGTHU_WRITE_EXPECTED").is_some() {
        fs::create_dir_all("fixtures/corpus").unwrap();
        return fs::write(FILE, text).unwrap();
    }
    let kept = fs::read_to_string(FILE).unwrap();
    for line in kept.lines().skip(1) {
        let (class, counts) = line.split_once(": ").unwrap();
        let counts: Vec<usize> = counts.split(' ').map(|word| word.parse().unwrap()).collect();
        let Count(now) = table.get(class).copied().unwrap_or_default();
        assert!(now[0] >= counts[0], "{class}: {} found, {} before", now[0], counts[0]);
        assert!(now[2] <= counts[2], "{class}: {} let in, {} before", now[2], counts[2]);
    }
}
