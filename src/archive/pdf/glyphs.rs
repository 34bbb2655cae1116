//! Fonts of PDF (ISO 32000-2 §9.10): bytes to text, and how wide they are.

use super::content::{Operand, walk};
use super::text::unpacked;
use lopdf::{Dictionary, Document, Encoding, Object};
use std::collections::HashMap;

/// Bytes that a font's table of characters may unpack to.
const TABLE: usize = 4 << 20;
/// Characters of such a table, and characters that one code may stand for: ligatures have three.
const CODES: usize = 1 << 17;
const LONGEST: usize = 8;
/// The width of a letter of which nothing is said, in thousandths of its size.
const USUAL: f64 = 500.0;

/// A font.
pub(super) struct Font<'d> {
    /// Its name, without the tag of a subset and without its style.
    pub(super) name: String,
    /// The table that serves copying.
    table: HashMap<u32, String>,
    /// How codes are read that it does not have; nothing where they are letters of windows-1252.
    encoding: Option<Encoding<'d>>,
    first: usize,
    widths: Vec<f64>,
    /// Whether a code has two bytes.
    wide: bool,
    /// Whether its letters are those of a Vietnamese encoding, by its name.
    is_old: bool,
}

impl<'d> Font<'d> {
    pub(super) fn new(document: &'d Document, font: &'d Dictionary) -> Font<'d> {
        let name = font.get_deref(b"BaseFont", document).and_then(Object::as_name);
        let number = |object: &Object| object.as_float().map(f64::from).unwrap_or(USUAL);
        let widths = font.get_deref(b"Widths", document).and_then(Object::as_array);
        let first = font.get_deref(b"FirstChar", document).and_then(Object::as_i64);
        let name = bare(&String::from_utf8_lossy(name.unwrap_or_default()));
        Font {
            is_old: name
                .trim_start_matches('.')
                .get(..2)
                .is_some_and(|v| v.eq_ignore_ascii_case("vn")),
            name,
            table: table(document, font),
            encoding: encoding(document, font),
            first: first.ok().and_then(|first| usize::try_from(first).ok()).unwrap_or_default(),
            widths: widths.map(|all| all.iter().map(number).collect()).unwrap_or_default(),
            wide: font.get(b"Subtype").and_then(Object::as_name).is_ok_and(|kind| kind == b"Type0"),
        }
    }

    /// The text of a string.
    pub(super) fn text(&self, bytes: &[u8]) -> String {
        let mut text = String::new();
        for code in bytes.chunks(if self.wide { 2 } else { 1 }) {
            let number = code.iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
            match self.table.get(&number) {
                Some(known) => text += known,
                None => text += &self.without_table(code),
            }
        }
        if self.is_old { text.chars().map(letter).collect() } else { text }
    }

    fn without_table(&self, code: &[u8]) -> String {
        let encoding = self.encoding.as_ref();
        let decoded = encoding.and_then(|encoding| encoding.bytes_to_string(code).ok());
        decoded.unwrap_or_else(|| match self.wide {
            // Numbers of glyphs, which nothing makes letters.
            true => String::new(),
            false => encoding_rs::WINDOWS_1252.decode_without_bom_handling(code).0.into_owned(),
        })
    }

    /// How many codes a string has.
    pub(super) fn count(&self, bytes: &[u8]) -> usize {
        if self.wide { bytes.len() / 2 } else { bytes.len() }
    }

    /// How wide a string is, in thousandths of the font's size.
    pub(super) fn width(&self, bytes: &[u8]) -> f64 {
        if self.wide {
            return USUAL * (bytes.len() / 2) as f64;
        }
        let width = |byte: &u8| {
            let at = usize::from(*byte).checked_sub(self.first);
            at.and_then(|at| self.widths.get(at)).copied().unwrap_or(USUAL)
        };
        bytes.iter().map(width).sum()
    }
}

/// The table from codes to text (§9.10.3), which the font's names of glyphs need not agree with.
/// The library's own reader takes no table that is written a little wrong.
fn table(document: &Document, font: &Dictionary) -> HashMap<u32, String> {
    let mut table = HashMap::new();
    let stream = font.get_deref(b"ToUnicode", document).and_then(Object::as_stream);
    let content = stream.map(|stream| unpacked(stream, TABLE).0).unwrap_or_default();
    walk(&content, |operator, operands| {
        match operator {
            b"endbfchar" => {
                for pair in operands.chunks_exact(2) {
                    if let [Operand::Text(code), Operand::Text(text)] = pair {
                        table.insert(number(code), utf16(text, 0));
                    }
                }
            }
            b"endbfrange" => ranges(operands, &mut table),
            _ => {}
        }
        table.len() < CODES
    });
    table
}

/// Ranges of codes: their first and last, then the first text or an array of texts.
fn ranges(operands: &[Operand], table: &mut HashMap<u32, String>) {
    let mut rest = operands.iter();
    while let (Some(Operand::Text(first)), Some(Operand::Text(last)), Some(target)) =
        (rest.next(), rest.next(), rest.next())
    {
        let codes = number(first)..=number(last);
        let room = CODES.saturating_sub(table.len());
        match target {
            Operand::Text(text) => {
                let more = codes.take(room.min(0x1_0000)).zip(0u16..);
                table.extend(more.map(|(code, more)| (code, utf16(text, more))));
            }
            Operand::Open => {
                let texts = rest.by_ref().map_while(|operand| match operand {
                    Operand::Text(text) => Some(utf16(text, 0)),
                    _ => None,
                });
                table.extend(codes.zip(texts).take(room));
            }
            _ => return,
        }
    }
}

fn number(code: &[u8]) -> u32 {
    code.iter().take(4).fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// UTF-16, big end first, with its last unit so much further.
fn utf16(text: &[u8], more: u16) -> String {
    let units = text.chunks_exact(2).filter_map(|pair| pair.try_into().ok());
    let mut units: Vec<u16> = units.map(u16::from_be_bytes).take(LONGEST).collect();
    if let Some(last) = units.last_mut() {
        *last = last.saturating_add(more);
    }
    String::from_utf16_lossy(&units)
}

/// Letters that a font for windows-1252 has under two names, as its bytes have them: ư of TCVN3 is
/// at the soft hyphen, which tables call a minus.
fn letter(c: char) -> char {
    match c {
        '\u{2212}' | '\u{2010}' => '\u{ad}',
        '\u{2219}' => '\u{b7}',
        '\u{3bc}' => '\u{b5}',
        '\u{2c9}' => '\u{af}',
        c => c,
    }
}

/// How codes are read by the names of their glyphs.
fn encoding<'d>(document: &'d Document, font: &'d Dictionary) -> Option<Encoding<'d>> {
    // WinAnsi is windows-1252, but has a hyphen at 0xAD, where TCVN3 has ư.
    let named = font.get_deref(b"Encoding", document).ok()?;
    if named.as_name().is_ok_and(|name| name == b"WinAnsiEncoding") {
        return None;
    }
    // The table was read above.
    if named.as_name().is_ok_and(|name| name.starts_with(b"Identity")) {
        return None;
    }
    let encoding = font.get_font_encoding_with_limit(document, TABLE).ok()?;
    // What the library falls back to where it does not know a glyph's name.
    let fallback = named.as_dict().is_ok() && matches!(encoding, Encoding::OneByteEncoding(_));
    (!fallback).then_some(encoding)
}

/// `ABCDEF+.VnTime,Bold` is .VnTime.
fn bare(name: &str) -> String {
    let name = match name.split_once('+') {
        Some((tag, name)) if tag.len() == 6 => name,
        _ => name,
    };
    name.split(',').next().unwrap_or_default().to_owned()
}
