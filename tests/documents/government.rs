//! Government documents of 2001–2009 in TCVN3 and VNI with transcripts: is the encoding named
//! right, and how much of the text comes back. With `CONGTHU_VIPARSE`, a folder of what viparse
//! makes of the same files (`viparse -o text FILE > FOLDER/STEM.txt`), counts that beside it.

use super::{attached, letter_with_worker};
use congthu::text::Letters;
use congthu::text::legacy::Encoding;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use unicode_normalization::UnicodeNormalization;

#[test]
fn government_documents_come_back() {
    let Some(corpus) = super::corpus() else { return };
    let root = corpus.join("viparse-corpus");
    let (mut documents, mut named, mut kept, mut all) = (0, 0, 0, 0);
    let (mut right_letters, mut all_letters) = (0, 0);
    let mut formats: HashMap<String, (usize, usize, usize, usize)> = HashMap::new();
    let peer = std::env::var_os("CONGTHU_VIPARSE").map(PathBuf::from);
    let mut theirs: HashMap<String, (usize, usize)> = HashMap::new();
    for (folder, encoding) in [("tcvn3", Encoding::Tcvn3), ("vni", Encoding::Vni)] {
        for path in sorted(&root.join("corpus/public-domain").join(folder)) {
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            let Ok(want) = std::fs::read_to_string(root.join(format!("ground-truth/{stem}.txt")))
            else {
                continue;
            };
            let facts = letter_with_worker(&std::fs::read(&path).unwrap());
            let text = attached(&facts).document();
            documents += 1;
            let seen = text.legacy();
            let right = seen.first().is_some_and(|seen| seen.reading.encoding == encoding);
            named += usize::from(right);
            let got: String = text.lines().iter().flat_map(|line| [&line.text, "\n"]).collect();
            let (same, letters) = recovered(&got, &want, true);
            (kept, all) = (kept + same, all + letters);
            let (same_all, letters_all) = recovered(&got, &want, false);
            (right_letters, all_letters) = (right_letters + same_all, all_letters + letters_all);
            let extension = path.extension().unwrap().to_string_lossy().into_owned();
            if let Some(peer) = &peer {
                let text = std::fs::read(peer.join(format!("{stem}.txt"))).unwrap_or_default();
                let (same, letters) = recovered(&String::from_utf8_lossy(&text), &want, true);
                let (kept, all) = theirs.entry(extension.clone()).or_default();
                (*kept, *all) = (*kept + same, *all + letters);
            }
            let format = formats.entry(extension).or_default();
            *format =
                (format.0 + 1, format.1 + usize::from(right), format.2 + same, format.3 + letters);
            let share = 100.0 * same as f64 / letters.max(1) as f64;
            let name = seen.first().map_or("nothing", |seen| seen.reading.name());
            println!(
                "{}: {name}, {share:.2} % of {letters} letters with diacritics",
                path.file_name().unwrap().display()
            );
        }
    }
    for (format, (documents, named, same, letters)) in formats {
        println!(
            "{format}: {named} of {documents} named, {same} of {letters} letters with diacritics"
        );
    }
    for (format, (same, letters)) in theirs {
        println!("{format}: viparse has {same} of {letters} letters with diacritics");
    }
    let (share, letters) = (named as f64 / documents as f64, kept as f64 / all as f64);
    println!(
        "{documents} documents: {named} named right ({:.1} %), {kept} of {all} letters with diacritics ({:.2} %), {right_letters} of {all_letters} letters ({:.2} %)",
        share * 100.0,
        letters * 100.0,
        right_letters as f64 / all_letters as f64 * 100.0
    );
    assert!(documents >= 53 && share >= 0.98 && letters >= 0.99);
}

/// How many of the transcript's words stand in the text, in letters: words are counted, so that
/// the order of tables and text boxes does not matter. `marked`: only letters with diacritics,
/// of words that have any.
fn recovered(got: &str, want: &str, marked: bool) -> (usize, usize) {
    let words = |text: &str| {
        let mut counts: HashMap<Vec<char>, usize> = HashMap::new();
        for word in text.split(|c: char| !c.is_alphabetic()) {
            let letters = letters_of(word);
            if letters.iter().any(|c| !marked || !c.is_ascii()) {
                *counts.entry(letters).or_default() += 1;
            }
        }
        counts
    };
    let weight = |word: &[char]| word.iter().filter(|c| !marked || !c.is_ascii()).count();
    let (got, want) = (words(got), words(want));
    let all = want.iter().map(|(word, count)| weight(word) * count).sum();
    let same = want
        .iter()
        .map(|(word, count)| weight(word) * count.min(got.get(word).unwrap_or(&0)))
        .sum();
    (same, all)
}

/// The letters of a text, for comparing texts whose capitals may differ.
fn letters_of(text: &str) -> Vec<char> {
    let small = text.nfc().flat_map(char::to_lowercase);
    small
        .filter(|c| c.is_alphabetic() && !Letters::of(&c.to_string()).as_slice().is_empty())
        .collect()
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
