//! Vietnamese text: syllables, tables, readings, their figures on real texts.

mod examples;
mod foreign;
mod markup;
mod others;
mod properties;
mod recall;
mod speed;
mod stamps;
mod syllables;
mod tables;

use congthu::text::legacy::{self, Encoding};
use congthu::text::{Letter, Letters};
use std::collections::HashMap;
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

/// Writes text in an encoding, by the inverse of what the decoder says of one and two bytes.
struct Encoder {
    encoding: Encoding,
    bytes: HashMap<char, Vec<u8>>,
}

impl Encoder {
    fn new(encoding: Encoding) -> Encoder {
        let mut bytes = HashMap::new();
        let mut note = |sequence: Vec<u8>| {
            let text = legacy::decode(encoding, &sequence);
            let mut chars = text.chars();
            if let (Some(c), None) = (chars.next(), chars.next())
                && Letter::of(c).char() == Some(c)
            {
                bytes.entry(c).or_insert(sequence);
            }
        };
        let letters: Vec<u8> = (0x80..=0xff).rev().collect();
        let alone = |byte: &u8| !legacy::letters(encoding, &[*byte]).is_broken();
        letters.iter().filter(|byte| alone(byte)).for_each(|byte| note(vec![*byte]));
        for first in b"aeiouyAEIOUY".iter().chain(&letters) {
            letters.iter().for_each(|second| note(vec![*first, *second]));
        }
        Encoder { encoding, bytes }
    }

    /// The text; letters without capitals are written small, as people did.
    fn encode(&self, text: &str) -> Vec<u8> {
        match self.encoding {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            Encoding::Viqr => viqr(text).into_bytes(),
            Encoding::References => text.chars().map(reference).collect::<String>().into_bytes(),
            _ => text.chars().flat_map(|c| self.char(c)).collect(),
        }
    }

    fn char(&self, c: char) -> Vec<u8> {
        let small = c.to_lowercase().next().unwrap();
        match self.bytes.get(&c).or_else(|| self.bytes.get(&small)) {
            _ if c.is_ascii() => vec![c as u8],
            Some(bytes) => bytes.clone(),
            None => vec![legacy::byte_of(c).unwrap_or(b'?')],
        }
    }
}

fn reference(c: char) -> String {
    if c.is_ascii() { c.to_string() } else { format!("&#{};", c as u32) }
}

fn viqr(text: &str) -> String {
    let sign = |c: char| match c {
        '\u{301}' => "'".to_owned(),
        '\u{300}' => "`".to_owned(),
        '\u{309}' => "?".to_owned(),
        '\u{303}' => "~".to_owned(),
        '\u{323}' => ".".to_owned(),
        '\u{302}' => "^".to_owned(),
        '\u{306}' => "(".to_owned(),
        '\u{31b}' => "+".to_owned(),
        'đ' => "dd".to_owned(),
        'Đ' => "DD".to_owned(),
        c => c.to_string(),
    };
    // The quality stands before the tone, whatever the canonical order of Unicode is.
    let mut out = String::new();
    for c in text.nfc() {
        let letter = Letter::of(c);
        let marks: Vec<char> = c.nfd().collect();
        let (mut quality, mut tone) = (String::new(), String::new());
        for mark in marks.iter().skip(1) {
            let to = if matches!(mark, '\u{302}' | '\u{306}' | '\u{31b}') {
                &mut quality
            } else {
                &mut tone
            };
            *to += &sign(*mark);
        }
        match letter.vowel_number() {
            0 => out += &sign(c),
            _ => out += &format!("{}{quality}{tone}", marks[0]),
        }
    }
    out
}

/// As Latin-1 or windows-1252 shows bytes, in UTF-8.
fn misread(bytes: &[u8]) -> Vec<u8> {
    encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned().into_bytes()
}

/// The letters of a text, for comparing texts whose spaces and capitals may differ.
fn letters_of(text: &str) -> Vec<char> {
    let small = text.nfc().flat_map(char::to_lowercase);
    small
        .filter(|c| c.is_alphabetic() && !Letters::of(&c.to_string()).as_slice().is_empty())
        .collect()
}
