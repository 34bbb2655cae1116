//! All documents of the corpus: each is read without a fault, and those in Unicode raise no alarm.

use super::{attached, letter_with_worker};
use congthu::mail::Family;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const KINDS: &[&str] = &[
    "doc", "docx", "docm", "xls", "xlsx", "xlsm", "ppt", "pptx", "odt", "ods", "odp", "rtf", "pdf",
];

/// Documents that are in a legacy encoding, as their folders say.
fn is_legacy(path: &Path) -> bool {
    let path = path.to_string_lossy();
    ["/tcvn3/", "/vni/", "/synthetic/"].iter().any(|folder| path.contains(folder))
}

#[test]
fn documents_in_unicode_raise_no_alarm() {
    let Some(corpus) = super::corpus() else { return };
    let mut counts: BTreeMap<&str, (usize, usize, usize, usize)> = BTreeMap::new();
    let mut alarms = Vec::new();
    for path in documents(&corpus) {
        let facts = letter_with_worker(&std::fs::read(&path).unwrap());
        let part = attached(&facts);
        if part.detected.family != Family::Document {
            continue;
        }
        let text = part.document();
        let (all, with_text, letters, gaps) = counts.entry(part.detected.extension).or_default();
        *all += 1;
        *with_text += usize::from(!text.is_empty());
        *letters += text.as_str().len();
        *gaps += usize::from(text.gap().is_some());
        if std::env::var_os("CONGTHU_EMPTY").is_some() && (text.is_empty() || text.gap().is_some())
        {
            println!("{:?}, {} bytes: {}", text.gap(), text.as_str().len(), path.display());
        }
        if !is_legacy(&path) {
            let seen = text.legacy().into_iter().map(|seen| {
                format!("{}: {} {:?}", path.display(), seen.reading.name(), seen.reading.shown)
            });
            alarms.extend(seen);
        }
    }
    for (kind, (all, with_text, letters, gaps)) in &counts {
        println!("{kind}: {with_text} of {all} have text, {letters} bytes; {gaps} not wholly read");
    }
    assert!(counts.len() > 8 && alarms.is_empty(), "{}", alarms.join("\n"));
}

/// Files by name, in order.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
            if path.is_dir() {
                folders.push(path);
            } else if extension.is_some_and(|extension| KINDS.contains(&extension.as_str())) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
