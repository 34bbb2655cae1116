//! Every 7z, RAR and PDF of the corpus: what is read today is read tomorrow.
//!
//! `CONGTHU_WRITE_EXPECTED=1` writes the table; without it a line may only get better.

use bytes::Bytes;
use congthu::archive::worker::Format;
use congthu::archive::{Opened, Opener};
use congthu::mail::{Budget, FileType, Limits, Trip};
use std::collections::BTreeMap;
use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

const TABLE: &str = "fixtures/worker/corpus.tsv";

/// Better comes later.
const OUTCOMES: &[&str] = &["refused", "partly", "opened"];

#[test]
fn the_corpus_is_read_no_worse_than_before() {
    let Some(corpus) = env::var_os("CONGTHU_CORPUS").map(PathBuf::from) else {
        println!("skipped: no corpus");
        return;
    };
    let opener = super::opener(&["password", "test"]);
    let mut lines = BTreeMap::new();
    files(&corpus, &mut |path, bytes| {
        let kind = FileType::detect(&bytes);
        if Format::of(kind).is_some() {
            let name = path.strip_prefix(&corpus).unwrap().display().to_string();
            lines.insert(name, outcome(&opener, kind, &bytes));
        }
    });
    if env::var_os("CONGTHU_WRITE_EXPECTED").is_some() {
        let mut text = String::new();
        for (name, (outcome, reasons)) in &lines {
            writeln!(text, "{name}\t{outcome}\t{reasons}").unwrap();
        }
        return fs::write(TABLE, text).unwrap();
    }
    let rank = |word: &str| OUTCOMES.iter().position(|known| *known == word).unwrap();
    let table = fs::read_to_string(TABLE).unwrap();
    let mut compared = 0;
    for line in table.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let Some((outcome, reasons)) = lines.get(fields[0]) else { continue };
        compared += 1;
        assert!(rank(outcome) >= rank(fields[1]), "{}: {outcome}, {reasons}", fields[0]);
    }
    assert!(compared * 2 > table.lines().count(), "only {compared} files of the table are there");
}

/// How far a file was read, and the distinct reasons why not farther.
fn outcome(opener: &Opener, kind: FileType, bytes: &Bytes) -> (&'static str, String) {
    let mut budget = Budget::new(Limits::default(), 1 << 30, Trip::default());
    let opened = opener.open(kind, None, bytes, &mut budget).unwrap();
    let got = opened.members.iter().any(|member| member.whole) || !opened.active.is_empty();
    let outcome = match (opened.troubles.is_empty(), got) {
        (true, _) => "opened",
        (false, true) => "partly",
        (false, false) => "refused",
    };
    (outcome, reasons(&opened))
}

fn reasons(opened: &Opened) -> String {
    let mut reasons: Vec<String> = opened
        .troubles
        .iter()
        .map(|trouble| format!("{:?}: {}", trouble.why, trouble.detail.escape_debug()))
        .chain(opened.active.iter().map(|active| active.detail.escape_debug().to_string()))
        .collect();
    reasons.sort();
    reasons.dedup();
    format!("{} members; {}", opened.members.len(), reasons.join("; "))
}

fn files(dir: &Path, each: &mut dyn FnMut(&Path, Bytes)) {
    let mut entries: Vec<_> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_symlink() {
            continue;
        } else if path.is_dir() {
            files(&path, each);
        } else {
            each(&path, fs::read(&path).unwrap().into());
        }
    }
}
