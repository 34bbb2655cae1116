//! Government documents of 2001–2009 in TCVN3 and VNI with transcripts: is the encoding named
//! right, and how much of the text comes back.
//!
//! Word 97 and RTF are read by the tests' own small readers, for their letters only; tables of
//! Excel and PDF are not.

use super::word97;
use congthu::text::legacy::Encoding;
use congthu::text::{Sample, judge, to_unicode};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

#[test]
fn government_documents_come_back() {
    let Some(corpus) = super::corpus() else { return };
    let root = corpus.join("viparse-corpus");
    let (mut documents, mut named, mut kept, mut all) = (0, 0, 0, 0);
    for (folder, encoding) in [("tcvn3", Encoding::Tcvn3), ("vni", Encoding::Vni)] {
        for path in sorted(&root.join("corpus/public-domain").join(folder)) {
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            let Ok(want) = std::fs::read_to_string(root.join(format!("ground-truth/{stem}.txt")))
            else {
                continue;
            };
            let bytes = std::fs::read(&path).unwrap();
            let Some(text) =
                word97::doc(&bytes).map(String::into_bytes).or_else(|| word97::rtf(&bytes))
            else {
                continue;
            };
            documents += 1;
            let reading = judge(&Sample::of(&text));
            let right = reading.as_ref().is_some_and(|reading| reading.encoding == encoding);
            named += usize::from(right);
            let got = to_unicode(&Sample::of(&text)).1;
            let (same, letters) = recovered(&got, &want);
            (kept, all) = (kept + same, all + letters);
            let share = 100.0 * same as f64 / letters.max(1) as f64;
            let name = reading.map_or("nothing", |reading| reading.name());
            println!("{folder} {stem}: {name}, {share:.2} % of {letters} letters with diacritics");
        }
    }
    let (share, letters) = (named as f64 / documents as f64, kept as f64 / all as f64);
    println!(
        "{documents} documents: {named} named right ({:.1} %), {kept} of {all} letters with diacritics ({:.2} %)",
        share * 100.0,
        letters * 100.0
    );
    assert!(documents >= 25 && share >= 0.98 && letters >= 0.99);
}

/// How many of the transcript's words with diacritics stand in the text, in letters: words are
/// counted, so that the order of tables and text boxes does not matter.
fn recovered(got: &str, want: &str) -> (usize, usize) {
    let words = |text: &str| {
        let mut counts: HashMap<Vec<char>, usize> = HashMap::new();
        for word in text.split(|c: char| !c.is_alphabetic()) {
            let letters = super::letters_of(word);
            if letters.iter().any(|c| !c.is_ascii()) {
                *counts.entry(letters).or_default() += 1;
            }
        }
        counts
    };
    let marked = |word: &[char]| word.iter().filter(|c| !c.is_ascii()).count();
    let (got, want) = (words(got), words(want));
    let all = want.iter().map(|(word, count)| marked(word) * count).sum();
    let same = want
        .iter()
        .map(|(word, count)| marked(word) * count.min(got.get(word).unwrap_or(&0)))
        .sum();
    (same, all)
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
