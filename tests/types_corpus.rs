//! Real files: what is labelled executable is never taken for harmless, what is ham is.
//!
//! The corpus is no part of the tree: `CONGTHU_CORPUS` says where it is.

#![allow(clippy::unwrap_used)] // A test says by it what it takes for granted.

use bytes::Bytes;
use congthu::archive::Opener;
use congthu::mail::{Budget, Family, FileType, Limits, Trip, name};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn corpus() -> Option<PathBuf> {
    let found = std::env::var_os("CONGTHU_CORPUS").map(PathBuf::from);
    if found.is_none() {
        println!("skipped: no corpus");
    }
    found
}

/// Path and scan class of each file that the manifest lists.
fn manifest(corpus: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(corpus.join("manifest.tsv")).unwrap();
    let rows = text.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    rows.filter_map(|row| Some((row.first()?.to_string(), row.get(5)?.to_string()))).collect()
}

/// Labelled executable, but not by its bytes: a zip without a manifest, whose class is a member.
const EXCEPTIONS: &[&str] = &["commons-compress/src/test/resources/pack200/hw.jar"];

#[test]
fn nothing_executable_is_taken_for_harmless() {
    let Some(corpus) = corpus() else { return };
    let mut missed = Vec::new();
    let mut count = 0;
    for (path, class) in manifest(&corpus) {
        let Ok(bytes) = std::fs::read(corpus.join(&path)) else { continue };
        if !class.starts_with("exe") {
            continue;
        }
        count += 1;
        let found = FileType::detect(&bytes);
        let harmful = matches!(found.family, Family::Executable | Family::Script);
        if !harmful && !EXCEPTIONS.iter().any(|known| path.starts_with(known)) {
            missed.push(format!("{path} {class}: {found:?}"));
        }
    }
    println!("{count} executables");
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn names_and_contents_agree() {
    let Some(corpus) = corpus() else { return };
    const SAMPLES: &[&str] = &["file-format", "file-type", "infer", "goblin", "filetype-py", "poi"];
    let (mut count, mut others) = (0, Vec::new());
    for (path, _) in manifest(&corpus) {
        if !SAMPLES.iter().any(|folder| path.starts_with(&format!("{folder}/"))) {
            continue;
        }
        let Ok(bytes) = std::fs::read(corpus.join(&path)) else { continue };
        let promised = name::extension(&path).and_then(|e| FileType::by_extension(&e));
        let Some(promised) = promised else { continue };
        let found = FileType::detect(&bytes);
        count += 1;
        // A picture of another camera is a picture; what it does is what is judged.
        if found.family != promised.family {
            others.push(format!("{path}: {}", found.mime));
        }
    }
    println!("{count} names, {} that promise otherwise:\n{}", others.len(), others.join("\n"));
    assert!(others.len() * 20 < count, "more than one in twenty");
}

#[test]
fn every_archive_ends_within_its_budget() {
    let Some(corpus) = corpus() else { return };
    let mut troubles: BTreeMap<String, usize> = BTreeMap::new();
    let (mut archives, mut members) = (0, 0);
    for (path, _) in manifest(&corpus) {
        let Ok(bytes) = std::fs::read(corpus.join(&path)).map(Bytes::from) else { continue };
        let mut budget = Budget::new(Limits::default(), bytes.len() as u64, Trip::default());
        let kind = FileType::detect(&bytes);
        let Some(opened) = Opener::default().open(kind, Some(&path), &bytes, &mut budget) else {
            continue;
        };
        archives += 1;
        members += opened.members.len();
        assert!(budget.unpacked() <= (256 << 20) + (64 << 10), "{path}");
        assert!(opened.members.iter().all(|m| m.whole) || !opened.troubles.is_empty(), "{path}");
        for trouble in &opened.troubles {
            let line = format!("{} {:?} {}", kind.extension, trouble.why, trouble.detail);
            *troubles.entry(line).or_default() += 1;
        }
    }
    println!("{archives} archives, {members} members, {troubles:#?}");
}
