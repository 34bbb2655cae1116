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

/// Files that really are two things, or begin with a line in front of a zip.
const TWO: &[&str] = &[
    "clamav-testfiles/clam.pdf",
    "clamav-unit-tests/clamav_hdb_scanfiles/clam.exe.webapp-export.one",
    "clamav-unit-tests/clamav_hdb_scanfiles/clam.pdf",
    "commons-compress/src/test/resources/COMPRESS-621.zip",
    "libzip/data/junk-at-start.zip",
    "rarfile/rar5-crc.sfx",
];

#[test]
fn nothing_ordinary_is_two_things() {
    let Some(corpus) = corpus() else { return };
    let (mut count, mut two) = (0, Vec::new());
    for (path, class) in manifest(&corpus) {
        let Ok(bytes) = std::fs::read(corpus.join(&path)) else { continue };
        count += 1;
        let first = FileType::detect(&bytes);
        let programs = matches!(first.family, Family::Executable | Family::Script);
        for other in first.others(&bytes) {
            // A program that unpacks itself is one thing.
            let unpacks = programs && other.kind.family == Family::Archive;
            if !unpacks && !TWO.contains(&path.as_str()) {
                two.push(format!("{path} {class}: {} and {}", first.mime, other.kind.mime));
            }
        }
    }
    println!("{count} files");
    assert!(two.is_empty(), "{}", two.join("\n"));
}

#[test]
fn texts_are_no_scripts() {
    let Some(corpus) = corpus() else { return };
    let (mut count, mut wrong) = (0, Vec::new());
    for (path, class) in manifest(&corpus) {
        let Ok(bytes) = std::fs::read(corpus.join(&path)) else { continue };
        if class != "text" {
            continue;
        }
        count += 1;
        let found = FileType::detect(&bytes);
        let promised = name::extension(&path).and_then(|e| FileType::by_extension(&e));
        let script = |kind: FileType| matches!(kind.family, Family::Executable | Family::Script);
        if script(found) && !promised.is_some_and(script) {
            wrong.push(format!("{path}: {}", found.mime));
        }
    }
    println!("{count} texts, {} taken for scripts: {wrong:#?}", wrong.len());
    assert!(wrong.len() <= SCRIPTS, "more than {SCRIPTS}");
}

/// Stubs of a few bytes for machines that nobody has here: an Amiga disk, an Xbox and a Switch
/// program. The number may only fall.
const SCRIPTS: usize = 3;

/// Every sample of a format as the head, and each thing that a reader finds behind it.
#[test]
fn what_is_put_behind_a_sample_is_found() {
    let Some(corpus) = corpus() else { return };
    let read = |path: &str| std::fs::read(corpus.join(path)).unwrap();
    let hidden = [
        (std::fs::read("fixtures/files/exe.zip").unwrap(), "zip"),
        (read("mitra/input/rar5.rar"), "rar"),
        (read("mitra/input/7-zip.7z"), "7z"),
        (read("mitra/input/pe32.exe"), "exe"),
    ];
    let (mut count, mut missed) = (0, Vec::new());
    for (path, _) in manifest(&corpus) {
        let Some(name) = path.strip_prefix("mitra/input/") else { continue };
        let Ok(host) = std::fs::read(corpus.join(&path)) else { continue };
        let first = FileType::detect(&host);
        for (behind, extension) in &hidden {
            if matches!(first.family, Family::Executable | Family::Archive) {
                continue;
            }
            count += 1;
            let bytes = [host.as_slice(), behind].concat();
            let first = FileType::detect(&bytes);
            let others = first.others(&bytes);
            let kinds = others.iter().map(|other| other.kind).chain([first]);
            if !{ kinds }.any(|kind| kind.extension == *extension) {
                missed.push(format!("{name} + {extension}: {}", first.mime));
            }
        }
    }
    println!("{count} pairs, missed {missed:#?}");
    assert!(missed.len() <= MISSED, "more than {MISSED}");
}

/// Programs behind what is no type at all: nothing but a tool of the sender's own starts those.
/// The number may only fall.
const MISSED: usize = 5;
