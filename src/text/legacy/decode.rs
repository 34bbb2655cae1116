//! Bytes of an eight-bit encoding to letters, and to text.
//!
//! A mark that follows no vowel that bears it is shown as windows-1252 has the byte: nothing is
//! ever lost by reading.

use super::super::letter::{Letter, Letters};
use super::tables::{self, byte_of};
use super::{Encoding, viqr};

/// The letters of a run of bytes, for judging; broken from the first that is no part of a word.
pub fn letters(encoding: Encoding, bytes: &[u8]) -> Letters {
    let mut letters = Letters::new();
    read(encoding, bytes, &mut letters);
    letters
}

/// The same, into letters that are there already.
pub(in crate::text) fn read(encoding: Encoding, bytes: &[u8], letters: &mut Letters) {
    let table = tables::table(encoding);
    let letter = |byte: &u8| table.get(usize::from(*byte)).copied().unwrap_or_default();
    letters.read(bytes.iter().map(letter));
}

/// The text of bytes in an encoding. Total: what the encoding does not have stays as
/// windows-1252 has it.
pub fn decode(encoding: Encoding, bytes: &[u8]) -> String {
    match encoding {
        Encoding::Viqr => viqr::decode(bytes),
        Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Encoding::References => super::super::references::expand(&String::from_utf8_lossy(bytes)),
        _ => eight_bit(encoding, bytes),
    }
}

fn eight_bit(encoding: Encoding, bytes: &[u8]) -> String {
    let table = tables::table(encoding);
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 2);
    let mut held = Letter::NONE;
    for byte in bytes {
        let letter = table.get(usize::from(*byte)).copied().unwrap_or_default();
        if letter.is_mark()
            && let Some(joined) = held.with(letter)
        {
            held = joined;
            continue;
        }
        text.extend(held.char());
        held = Letter::NONE;
        if letter.vowel_number() != 0 {
            held = letter;
        } else if let Some(c) = letter.char() {
            text.push(c);
        } else {
            text.push(tables::windows_1252(*byte));
        }
    }
    text.extend(held.char());
    if matches!(encoding, Encoding::Tcvn3) { capitals(&text) } else { text }
}

/// TCVN3 has no capitals with tones: `QUYÕT §ÞNH` is small letters in a font of capitals, among
/// capitals. A word whose other letters are capitals is a word of capitals.
fn capitals(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c: char| !c.is_alphabetic()) {
        let ascii = |up: bool| {
            piece.chars().any(|c| if up { c.is_ascii_uppercase() } else { c.is_ascii_lowercase() })
        };
        let long = piece.chars().filter(|c| c.is_alphabetic()).count() > 1;
        if long && ascii(true) && !ascii(false) && !is_name(piece) {
            out.extend(piece.chars().flat_map(char::to_uppercase));
        } else {
            out.push_str(piece);
        }
    }
    out
}

/// `Tõ` is a capital and a small vowel: a name or the first word of a sentence, not capitals.
fn is_name(piece: &str) -> bool {
    let mut letters = piece.chars().filter(|c| c.is_alphabetic());
    letters.next();
    letters.all(|c| !c.is_ascii())
}

/// The bytes of a text that was read as Latin-1 or windows-1252, where all of it can be.
pub fn bytes_of(text: &str) -> Option<Vec<u8>> {
    text.chars().map(byte_of).collect()
}

/// Bytes as windows-1252 shows them.
pub fn as_windows_1252(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| tables::windows_1252(*byte)).collect()
}
