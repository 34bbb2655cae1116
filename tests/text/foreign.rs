//! The language of a letter: other languages by the number of their words, Vietnamese never.

use super::corpus;
use congthu::text::foreign;
use std::collections::BTreeMap;

/// Pieces of so many words.
fn pieces(text: &str, words: usize) -> Vec<String> {
    let all: Vec<&str> = text.split_whitespace().collect();
    all.chunks(words).filter(|piece| piece.len() == words).map(|piece| piece.join(" ")).collect()
}

#[test]
fn languages_are_told_and_vietnamese_is_none() {
    let Some(corpus) = corpus() else { return };
    let mut table: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    for entry in std::fs::read_dir(corpus.join("nltk-udhr")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(language) = name.strip_suffix(".udhr2.txt") else { continue };
        let text = std::fs::read_to_string(&path).unwrap();
        for words in [10, 20, 40, 80] {
            let pieces = pieces(&text, words);
            let found: Vec<&str> =
                pieces.iter().filter_map(|piece| foreign(piece.lines())).collect();
            if language == "vie" {
                assert_eq!(found, Vec::<&str>::new());
            }
            let right = found.iter().filter(|found| **found == language).count();
            table.entry(language.to_owned()).or_default().push((right, pieces.len()));
        }
    }
    for (language, counts) in &table {
        let cells = counts.iter().map(|(right, all)| format!("{right} of {all}"));
        println!("| {language} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    assert_eq!(table["eng"][2].0, table["eng"][2].1);
}

/// Vietnamese of every kind: government texts, NFC and NFD, without diacritics.
#[test]
fn vietnamese_texts_are_never_foreign() {
    let Some(corpus) = corpus() else { return };
    let mut ran = 0;
    for folder in ["derived-vn-encodings", "viparse-corpus/ground-truth"] {
        for entry in std::fs::read_dir(corpus.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.to_string_lossy().into_owned();
            let right = ["utf8.txt", "utf8-nfc", "utf8-nfd", "undiacritical.txt"];
            if !name.contains("ground-truth") && !right.iter().any(|form| name.contains(form)) {
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            if name.ends_with(".eml") {
                continue;
            }
            for words in [20, 40, 80, 400] {
                for piece in pieces(&text, words) {
                    ran += 1;
                    let found = foreign(piece.lines());
                    assert_eq!(found, None, "{name}: {piece}");
                }
            }
        }
    }
    println!("{ran} pieces");
    assert!(ran > 1000);
}
