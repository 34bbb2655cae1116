//! Real archives: how many of each format open wholly, partly, not at all. May only improve.
//!
//! The corpus is no part of the tree: `CONGTHU_CORPUS` says where it is.

use bytes::Bytes;
use congthu::archive::{Opened, Opener, Why, olepackage};
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

/// Of each format: files that open wholly, and files of which at least a part comes out. Files of a
/// fuzzer, cut ones and ones of several volumes are among them, so not all can. Archives with a name
/// of 32,767 bytes (`synthetic/long-name`) are beyond the limit of a name on purpose.
const KEPT: &[(&str, usize, usize)] = &[
    ("apk", 176, 178),
    ("ar", 16, 16),
    ("bz2", 12, 12),
    ("cab", 11, 11),
    ("cpio", 35, 35),
    ("deb", 1, 1),
    ("doc", 104, 104),
    ("docm", 7, 7),
    ("docx", 72, 77),
    ("dotm", 1, 1),
    ("dotx", 3, 4),
    ("epub", 2, 2),
    ("gz", 31, 32),
    ("hwp", 1, 1),
    ("iso", 5, 5),
    ("jar", 15, 15),
    ("lz", 5, 6),
    ("lz4", 14, 15),
    ("lzh", 22, 25),
    ("lzma", 3, 3),
    ("mbox", 1116, 1116),
    ("msg", 17, 17),
    ("msix", 2, 2),
    ("odf", 2, 2),
    ("odg", 1, 1),
    ("odp", 4, 4),
    ("ods", 6, 6),
    ("odt", 17, 17),
    ("ole", 21, 21),
    ("otp", 1, 1),
    ("ots", 2, 2),
    ("p7m", 19, 19),
    ("potx", 2, 2),
    ("ppsx", 3, 3),
    ("ppt", 21, 21),
    ("pptm", 11, 11),
    ("pptx", 26, 26),
    ("rpm", 5, 5),
    ("sxw", 7, 7),
    ("tar", 68, 71),
    ("tnef", 8, 12),
    ("vsd", 4, 4),
    ("vsdx", 14, 15),
    ("xls", 136, 136),
    ("xlsb", 13, 13),
    ("xlsm", 7, 7),
    ("xlsx", 123, 127),
    ("xltm", 2, 2),
    ("xltx", 2, 2),
    ("xpi", 1, 1),
    ("xz", 5, 5),
    ("z", 32, 32),
    ("zip", 189, 259),
    ("zst", 12, 12),
];

/// What became of the archives of one format.
#[derive(Default)]
struct Row {
    whole: usize,
    partly: usize,
    refused: usize,
    why: BTreeMap<String, usize>,
}

/// What an OLE file embeds; a trouble where it cannot be read, nothing where it is none.
fn compound(bytes: &Bytes, budget: &mut Budget) -> Option<Opened> {
    if !bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return None;
    }
    Some(match olepackage::open(bytes) {
        Ok(_) => {
            let embedded = olepackage::embedded(bytes, budget);
            let troubles = [embedded.files.troubles, embedded.components.troubles].concat();
            Opened { troubles, ..embedded.components }
        }
        Err(error) => olepackage::in_trouble(Why::Unreadable, &error.to_string(), budget),
    })
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
        let opened = match kind.is_compound() {
            true => compound(&bytes, &mut budget),
            false => Opener::default().open(kind, Some(&path), &bytes, &mut budget),
        };
        let Some(opened) = opened else { continue };
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
    println!("format wholly partly refused");
    for (format, row) in &table {
        println!("{format:6} {:6} {:6} {:7} {:?}", row.whole, row.partly, row.refused, row.why);
    }
    for (format, whole, some) in KEPT {
        let row = table.get(format).map_or((0, 0), |row| (row.whole, row.whole + row.partly));
        assert!(row.0 >= *whole && row.1 >= *some, "{format}: {row:?} of {whole}, {some}");
    }
}
