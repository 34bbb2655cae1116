//! Text or not: UTF-8, UTF-16, or one of the 8-bit encodings of Việt Nam and elsewhere.
//!
//! VISCII and VPS put letters into the control characters, so a few of those do
//! not make a file binary; a NUL does.

use super::{FileType, HEAD, at, known, script, tail};

/// The type of a text; `None` where the bytes are none.
pub(super) fn detect(bytes: &[u8]) -> Option<FileType> {
    if !is_text(bytes) {
        return None;
    }
    let mut head = decoded(bytes.get(..HEAD * 2).unwrap_or(bytes));
    // All marks are ASCII, and no interpreter takes the Kelvin sign for a K.
    head.make_ascii_lowercase();
    script::detect(&head).or_else(|| known("txt"))
}

/// A script whose first line alone is text: a kernel reads no more of it, and a shell runs line
/// after line until it exits, whatever comes behind.
pub(super) fn interpreted(bytes: &[u8]) -> Option<FileType> {
    // As much as Linux reads (BINPRM_BUF_SIZE).
    const LINE: usize = 256;
    let head = bytes.get(..LINE).unwrap_or(bytes);
    let line = head.get(..memchr::memchr(b'\n', head)?)?;
    let whole = is_script(line) && plausible(line);
    whole.then(|| decoded(line).to_ascii_lowercase()).and_then(|line| script::detect(&line))
}

/// Whether head and tail hold text.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    if is_wide(head) {
        return true;
    }
    plausible(head) && (bytes.len() <= HEAD || plausible(tail(bytes, 1024)) || is_script(head))
}

/// A script may carry anything behind its first lines: shell archives do.
fn is_script(head: &[u8]) -> bool {
    at(head, 0, b"#!")
}

/// UTF-16: with its mark, or ASCII with a NUL in every second place.
fn is_wide(head: &[u8]) -> bool {
    let marked = at(head, 0, b"\xff\xfe") || at(head, 0, b"\xfe\xff");
    let pairs = head.chunks_exact(2);
    let count = pairs.len();
    let units = |little: bool| {
        pairs.clone().filter_map(move |pair| {
            let pair: [u8; 2] = pair.try_into().ok()?;
            Some(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
        })
    };
    let control = |unit: &u16| *unit < 0x20 && !matches!(unit, 9 | 10 | 12 | 13);
    // Half of ASCII in UTF-16 are NULs; most texts have none and need no second look.
    if !marked && memchr::memchr(0, head).is_none() {
        return false;
    }
    if marked {
        return units(at(head, 0, b"\xff\xfe")).filter(control).count() * 50 <= count;
    }
    let ascii = |unit: &u16| matches!(unit, 9 | 10 | 13 | 0x20..=0x7e);
    count >= 8
        && [true, false].iter().any(|&little| units(little).filter(ascii).count() * 10 >= count * 9)
}

/// No NUL, and no more control characters than the letters that VISCII and VPS put there.
fn plausible(sample: &[u8]) -> bool {
    // Counted in lanes of bytes, so that the compiler can look at many at once.
    const LANE: usize = 128;
    let rare =
        |&byte: &u8| u8::from(matches!(byte, 1..=8 | 0x0b | 0x0e..=0x19 | 0x1c..=0x1f | 0x7f));
    let lanes = sample.chunks(LANE);
    let controls: usize =
        lanes.map(|lane| usize::from(lane.iter().map(rare).fold(0, u8::wrapping_add))).sum();
    let allowed = if sample.len() < 200 { 0 } else { sample.len() / 25 };
    controls <= allowed && memchr::memchr(0, sample).is_none()
}

/// The head as characters; bytes that are no UTF-8 stand for themselves (Latin 1).
fn decoded(head: &[u8]) -> String {
    let wide = |unit: fn([u8; 2]) -> u16| {
        let units = head.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(unit));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    let text: String = if at(head, 0, b"\xff\xfe") || is_wide(head) && head.get(1) == Some(&0) {
        wide(u16::from_le_bytes)
    } else if is_wide(head) {
        wide(u16::from_be_bytes)
    } else {
        match simdutf8::basic::from_utf8(head) {
            Ok(text) => text.to_owned(),
            Err(_) => head.iter().map(|&byte| char::from(byte)).collect(),
        }
    };
    text.trim_start_matches('\u{feff}').to_owned()
}
