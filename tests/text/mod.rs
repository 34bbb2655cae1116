//! Vietnamese text: syllables, tables, readings, their figures on real texts.

mod examples;
mod foreign;
mod markup;
mod mixed;
mod names;
mod noise;
mod others;
mod places;
mod properties;
mod recall;
mod replies;
mod short;
mod stamps;
mod syllables;
mod tables;

use crate::support::{Encoder, misread};
use congthu::text::Letters;
use std::path::PathBuf;
use unicode_normalization::UnicodeNormalization;

/// The corpus, or nothing where there is none.
fn corpus() -> Option<PathBuf> {
    let corpus = std::env::var_os("CONGTHU_CORPUS").map(PathBuf::from);
    if corpus.is_none() {
        println!("skipped: no corpus");
    }
    corpus
}

/// Vietnamese texts of the corpus, right Unicode, in words.
fn vietnamese(corpus: &std::path::Path) -> Vec<String> {
    let mut files: Vec<PathBuf> = ["derived-vn-encodings", "viparse-corpus/ground-truth"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(corpus.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.to_string_lossy();
            name.contains("ground-truth") || name.ends_with(".utf8.txt")
        })
        .collect();
    files.push(corpus.join("nltk-udhr/vie.udhr2.txt"));
    files.sort();
    let text = |path: &PathBuf| std::fs::read_to_string(path).unwrap().nfc().collect::<String>();
    files
        .iter()
        .flat_map(|path| text(path).split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// The letters of a text, for comparing texts whose spaces and capitals may differ.
fn letters_of(text: &str) -> Vec<char> {
    let small = text.nfc().flat_map(char::to_lowercase);
    small
        .filter(|c| c.is_alphabetic() && !Letters::of(&c.to_string()).as_slice().is_empty())
        .collect()
}
