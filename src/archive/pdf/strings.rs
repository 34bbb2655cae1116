//! Strings of a PDF: as bytes between brackets, and as text for people.

use super::names::{digit, is_blank};
use crate::archive::read;

/// The first bytes of the string that stands here, in brackets or hexadecimal; `None` where no
/// string does.
pub(super) fn head(bytes: &[u8], most: usize) -> Option<Vec<u8>> {
    let (open, rest) = bytes.split_first()?;
    match open {
        b'(' => Some(literal(rest, most)),
        b'<' if rest.first() != Some(&b'<') => {
            let digits = rest.iter().take_while(|byte| **byte != b'>').take(most * 4);
            let digits: Vec<u8> = digits.filter_map(|byte| digit(*byte)).take(most * 2).collect();
            let pair = |pair: &[u8]| pair.iter().fold(0u8, |sum, digit| sum << 4 | digit);
            Some(digits.chunks_exact(2).map(pair).collect())
        }
        _ => None,
    }
}

/// ISO 32000-2 §7.3.4.2, without the balance of brackets inside: a head needs none.
fn literal(rest: &[u8], most: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = rest.iter().copied().peekable();
    while let Some(byte) = bytes.next().filter(|byte| *byte != b')' && out.len() < most) {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'\n') => {}
            Some(b'\r') => {
                bytes.next_if_eq(&b'\n');
            }
            Some(first @ b'0'..=b'7') => {
                let mut value = u32::from(first - b'0');
                for _ in 0..2 {
                    let Some(next) = bytes.next_if(|byte| (b'0'..=b'7').contains(byte)) else {
                        break;
                    };
                    value = value * 8 + u32::from(next - b'0');
                }
                // §7.3.4.2: high-order overflow is ignored.
                out.push(u8::try_from(value & 0xff).unwrap_or_default());
            }
            Some(other) => out.push(other),
            None => break,
        }
    }
    out
}

/// A text string (§7.9.2.2): UTF-16 or UTF-8 with a mark, else Latin 1, which PDFDocEncoding is
/// but for a few signs.
pub(super) fn text(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => read::wide(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => read::wide(rest, u16::from_le_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        // Many writers put UTF-8 there without saying so.
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
        },
    }
}

/// Whether an address leads to a file, here or on another machine: `file:`, `\\host\share`.
/// A viewer that follows one tells the host who its user is.
pub(super) fn is_file_address(address: &[u8]) -> bool {
    let start = address.iter().position(|byte| !is_blank(*byte)).unwrap_or_default();
    let address = address.get(start..).unwrap_or_default();
    let head = address.get(..5).unwrap_or_default();
    head.eq_ignore_ascii_case(b"file:")
        || address.get(..4).is_some_and(|head| head.eq_ignore_ascii_case(b"smb:"))
        || address.starts_with(b"\\\\")
        || address.starts_with(b"//")
}
