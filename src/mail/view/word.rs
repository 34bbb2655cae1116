//! Words of a header in other charsets: encoded words (RFC 2047), percent-encoding (RFC 2231), and
//! the raw bytes that old mailers write.
//!
//! Adjacent encoded words are joined without the blank between them (RFC 2047 §6.2), and before
//! decoding where they share a charset: Outlook cuts characters in half.

use crate::mail::encoded_word::{Piece, Pieces};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1258};

/// A way to read a charset on whose meaning readers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// That of browsers (WHATWG), but that no charset makes letters disappear.
    Usual,
    /// UTF-16 without a mark begins with the high byte (RFC 2781 §4.3), and is none where ASCII has
    /// no NUL beside it; a charset with shifts is what remains without them.
    Other,
}

/// Bytes in a charset as text; raw bytes are UTF-8, else what Windows in Viet Nam had.
pub(super) fn in_charset(charset: &[u8], bytes: &[u8], way: Way) -> String {
    // Browsers have no ISO-2022-KR, ISO-2022-CN, HZ any more, and show one sign for the whole
    // text. Mail programs decode them; ASCII is ASCII there.
    match (Encoding::for_label_no_replacement(charset), way) {
        (Some(encoding), _) if encoding == UTF_8 => raw(bytes),
        (Some(encoding), Way::Other) if encoding == UTF_16LE || encoding == UTF_16BE => {
            let turned = if encoding == UTF_16LE { UTF_16BE } else { UTF_16LE };
            match memchr::memchr(0, bytes) {
                Some(_) => turned.decode_without_bom_handling(bytes).0.into_owned(),
                None => raw(bytes),
            }
        }
        (Some(encoding), _) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
        // UTF-7, which no browser knows any more and mail programs do.
        (None, _) if charset.to_ascii_lowercase().ends_with(b"utf-7") => {
            mail_parser::decoders::charsets::decode(b"utf-7", bytes).into_owned()
        }
        (None, Way::Other) if is_ebcdic(charset) => {
            bytes.iter().map(|byte| from_ebcdic(*byte)).collect()
        }
        (None, Way::Other) if Encoding::for_label(charset).is_some() => raw(&unshifted(bytes)),
        (None, _) => raw(bytes),
    }
}

/// Whether a charset is one of IBM's large machines, which .NET, iconv and what is built on them
/// decode, and no browser.
fn is_ebcdic(charset: &[u8]) -> bool {
    /// Numbers of IBM for European letters.
    const PAGES: &[&str] = &[
        "037", "37", "273", "277", "278", "280", "284", "285", "297", "500", "870", "871", "875",
        "924", "1025", "1026", "1047", "1130", "1140", "1141", "1142", "1143", "1144", "1145",
        "1146", "1147", "1148", "1149",
    ];
    let label = String::from_utf8_lossy(charset).to_ascii_lowercase();
    let number = label.trim_start_matches(|c: char| !c.is_ascii_digit());
    let number = number.trim_end_matches(|c: char| !c.is_ascii_digit());
    let ours = ["cp", "ibm", "x-ibm", "csibm", "ccsid"].iter().any(|name| label.starts_with(name));
    label.contains("ebcdic") || ours && PAGES.contains(&number.trim_start_matches("00"))
}

/// A character of EBCDIC: what all its pages share, as all letters, digits and dots are.
fn from_ebcdic(byte: u8) -> char {
    let from = |first: u8, letter: u8| char::from(letter + (byte - first));
    match byte {
        0x81..=0x89 => from(0x81, b'a'),
        0x91..=0x99 => from(0x91, b'j'),
        0xa2..=0xa9 => from(0xa2, b's'),
        0xc1..=0xc9 => from(0xc1, b'A'),
        0xd1..=0xd9 => from(0xd1, b'J'),
        0xe2..=0xe9 => from(0xe2, b'S'),
        0xf0..=0xf9 => from(0xf0, b'0'),
        0x40 => ' ',
        0x4b => '.',
        0x4d => '(',
        0x5d => ')',
        0x60 => '-',
        0x61 => '/',
        0x6d => '_',
        _ => char::REPLACEMENT_CHARACTER,
    }
}

/// Text without what switches between charsets: ESC and what it selects (ECMA-35 §13.2), SO, SI,
/// and the tildes of HZ (RFC 1843).
fn unshifted(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        match (byte, behind.first()) {
            (0x1b, _) => {
                let between = behind.iter().take_while(|byte| matches!(byte, 0x20..=0x2f)).count();
                rest = behind.get(between + 1..).unwrap_or_default();
            }
            (0x0e | 0x0f, _) => {}
            (b'~', Some(b'{' | b'}' | b'\n')) => rest = behind.get(1..).unwrap_or_default(),
            _ => out.push(byte),
        }
    }
    out
}

/// Raw bytes as text.
pub(super) fn raw(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    // `%C0%AE` is a dot for decoders that take more bytes than a letter needs (RFC 3629 §10).
    match String::from_utf8(longer(bytes)) {
        Ok(text) => text,
        Err(_) => WINDOWS_1258.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// ASCII letters in two bytes as one.
fn longer(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for &byte in bytes {
        match (out.last_mut(), byte) {
            (Some(last @ (0xc0 | 0xc1)), 0x80..=0xbf) => *last = (*last & 1) << 6 | byte & 0x3f,
            _ => out.push(byte),
        }
    }
    out
}

/// Text with its encoded words decoded; `None` where it has none.
pub(super) fn decoded(text: &[u8]) -> Option<String> {
    decoded_as(text, Way::Usual)
}

/// The same in one of the ways.
pub(super) fn decoded_as(text: &[u8], way: Way) -> Option<String> {
    memchr::memmem::find(text, b"=?")?;
    let mut out = String::new();
    let mut run: (&[u8], Vec<u8>) = Default::default();
    let mut any = false;
    for piece in Pieces::of(text) {
        match piece {
            Piece::Text(plain) => {
                flush(&mut run, way, &mut out);
                out.push_str(&raw(plain));
            }
            Piece::Word { charset, bytes } => {
                if !run.0.eq_ignore_ascii_case(charset) {
                    flush(&mut run, way, &mut out);
                }
                run.0 = charset;
                run.1.extend(bytes);
                any = true;
            }
        }
    }
    flush(&mut run, way, &mut out);
    any.then_some(out)
}

/// What was gathered in one charset.
fn flush(run: &mut (&[u8], Vec<u8>), way: Way, out: &mut String) {
    if !run.1.is_empty() {
        out.push_str(&in_charset(run.0, &run.1, way));
        run.1.clear();
    }
}

/// `%41` as bytes (RFC 2231 §4); what is no hex stays.
pub(super) fn percent(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        let digit = |at: usize| behind.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        let hex = (byte == b'%').then(|| Some(digit(0)? * 16 + digit(1)?)).flatten();
        match hex.and_then(|hex| u8::try_from(hex).ok()) {
            Some(hex) => {
                out.push(hex);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                out.push(byte);
                rest = behind;
            }
        }
    }
    out
}
