//! Text of real documents for the tests: Word 97 (its piece table) and RTF, as far as letters go.

use std::io::{Cursor, Read};

/// The text of a Word 97 document ([MS-DOC] 2.4.1): pieces of one byte a character, as
/// windows-1252 shows them, or of UTF-16. `None` for what is no such document.
pub fn doc(bytes: &[u8]) -> Option<String> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).ok()?;
    let mut stream = |name: &str| {
        let mut all = Vec::new();
        file.open_stream(name).ok()?.read_to_end(&mut all).ok()?;
        Some(all)
    };
    let main = stream("/WordDocument")?;
    let flags = u16::from_le_bytes(main.get(10..12)?.try_into().ok()?);
    let table = stream(if flags & 0x200 != 0 { "/1Table" } else { "/0Table" })?;
    let (at, len) = (number(&main, 0x1a2)?, number(&main, 0x1a6)?);
    let clx = table.get(at..at + len)?;
    let mut text = String::new();
    let mut at = 0;
    // Properties (1) come before the table of pieces (2).
    while clx.get(at) == Some(&1) {
        at += 3 + usize::from(u16::from_le_bytes(clx.get(at + 1..at + 3)?.try_into().ok()?));
    }
    let plc = clx.get(at + 5..)?;
    let count = (number(clx, at + 1)? - 4) / 12;
    for piece in 0..count {
        let (from, to) = (number(plc, piece * 4)?, number(plc, piece * 4 + 4)?);
        let place = number(plc, (count + 1) * 4 + piece * 8 + 2)?;
        let length = to - from;
        if place & 0x4000_0000 != 0 {
            let start = (place & 0x3fff_ffff) / 2;
            text += &encoding_rs::WINDOWS_1252
                .decode_without_bom_handling(main.get(start..start + length)?)
                .0;
        } else {
            text += &encoding_rs::UTF_16LE
                .decode_without_bom_handling(main.get(place..place + 2 * length)?)
                .0;
        }
    }
    Some(clean(&text))
}

/// Controls of Word as blanks; the instructions of fields (`\x13 … \x14`) are no text.
fn clean(text: &str) -> String {
    let mut out = String::new();
    let mut hidden = 0i32;
    for c in text.chars() {
        match c {
            '\x13' => hidden += 1,
            '\x14' | '\x15' => hidden = 0i32.max(hidden - 1),
            _ if hidden > 0 => {}
            // Symbol fonts stand at U+F000.
            '\u{f020}'..='\u{f0ff}' => out.extend(char::from_u32(c as u32 - 0xf000)),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize)
}

/// The text of RTF: `\'hh` are bytes, `\uN` characters, groups of destinations are skipped.
pub fn rtf(bytes: &[u8]) -> Option<Vec<u8>> {
    if !bytes.starts_with(b"{\\rtf") {
        return None;
    }
    let mut out = Vec::new();
    let (mut at, mut depth, mut skip) = (0, 0u32, u32::MAX);
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth < skip {
                    skip = u32::MAX;
                }
            }
            b'\\' => at = word(bytes, at, depth, &mut skip, &mut out),
            b'\r' | b'\n' => {}
            byte if skip == u32::MAX => out.push(byte),
            _ => {}
        }
    }
    Some(out)
}

fn word(bytes: &[u8], mut at: usize, depth: u32, skip: &mut u32, out: &mut Vec<u8>) -> usize {
    let rest = &bytes[at.min(bytes.len())..];
    match rest.first() {
        Some(b'\'') => {
            let hex = rest.get(1..3).and_then(|hex| std::str::from_utf8(hex).ok());
            if *skip == u32::MAX {
                out.extend(hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()));
            }
            at + 3
        }
        Some(byte) if byte.is_ascii_alphabetic() => {
            let name: Vec<u8> = rest.iter().copied().take_while(u8::is_ascii_alphabetic).collect();
            at += name.len();
            let digits =
                bytes[at..].iter().take_while(|b| b.is_ascii_digit() || **b == b'-').count();
            at += digits + usize::from(bytes.get(at + digits) == Some(&b' '));
            match name.as_slice() {
                b"fonttbl" | b"stylesheet" | b"info" | b"pict" | b"colortbl" | b"fldinst"
                | b"header" | b"footer" => {
                    *skip = (*skip).min(depth);
                }
                b"par" | b"line" | b"tab" | b"cell" | b"row" | b"sect" if *skip == u32::MAX => {
                    out.push(b' ')
                }
                _ => {}
            }
            at
        }
        Some(b'*') => {
            *skip = (*skip).min(depth);
            at + 1
        }
        _ => at + 1,
    }
}
