//! Vietnamese text in old encodings, and as it looks when they are taken for Latin-1.

use congthu::text::Letter;
use congthu::text::legacy::{self, Encoding};
use std::collections::HashMap;
use unicode_normalization::UnicodeNormalization;

/// Writes text in an encoding, by the inverse of what the decoder says of one and two bytes.
pub struct Encoder {
    encoding: Encoding,
    bytes: HashMap<char, Vec<u8>>,
}

impl Encoder {
    pub fn new(encoding: Encoding) -> Encoder {
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
    pub fn encode(&self, text: &str) -> Vec<u8> {
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
pub fn misread(bytes: &[u8]) -> Vec<u8> {
    encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned().into_bytes()
}
