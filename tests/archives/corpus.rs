//! Real archives: how many of each format open wholly, partly, not at all. May only improve.
//!
//! The corpus is no part of the tree: `CONGTHU_CORPUS` says where it is.

use bytes::Bytes;
use congthu::archive::Opener;
use congthu::mail::{Budget, FileType, Limits, Trip};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn corpus() -> Option<PathBuf> {
    let found = std::env::var_os("CONGTHU_CORPUS").map(PathBuf::from);
    if found.is_none() {
        println!("skipped: no corpus");
    }
    found
}

/// The paths that the manifest lists.
fn manifest(corpus: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(corpus.join("manifest.tsv")).unwrap();
    text.lines().skip(1).filter_map(|row| row.split('\t').next()).map(str::to_owned).collect()
}

/// What became of the archives of one format.
#[derive(Default)]
struct Row {
    whole: usize,
    partly: usize,
    refused: usize,
    why: BTreeMap<String, usize>,
}

#[test]
fn real_archives_open() {
    let Some(corpus) = corpus() else { return };
    let verbose = std::env::var("CONGTHU_VERBOSE").unwrap_or_default();
    let mut table: BTreeMap<&str, Row> = BTreeMap::new();
    for path in manifest(&corpus) {
        let Ok(bytes) = std::fs::read(corpus.join(&path)).map(Bytes::from) else { continue };
        let mut budget = Budget::new(Limits::default(), bytes.len() as u64, Trip::default());
        let kind = FileType::detect(&bytes);
        let Some(opened) = Opener::default().open(kind, Some(&path), &bytes, &mut budget) else {
            continue;
        };
        let row = table.entry(kind.extension).or_default();
        let some = opened.members.iter().any(|member| !member.bytes.is_empty());
        match (opened.troubles.is_empty(), some) {
            (true, _) => row.whole += 1,
            (false, true) => row.partly += 1,
            (false, false) => row.refused += 1,
        }
        for trouble in &opened.troubles {
            *row.why.entry(format!("{:?}", trouble.why)).or_default() += 1;
        }
        if verbose == kind.extension {
            println!(
                "{path}: {} {:?}",
                opened.members.len(),
                opened.members.iter().take(3).map(|m| (&m.name, m.bytes.len())).collect::<Vec<_>>()
            );
            for t in opened.troubles.iter().take(3) {
                println!("      {:?} {:?} {}", t.why, t.member, t.detail);
            }
        }
    }
    for (format, row) in &table {
        println!("{format:6} {:4} {:4} {:4} {:?}", row.whole, row.partly, row.refused, row.why);
    }
}
