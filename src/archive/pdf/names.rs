//! Names in the bytes of a PDF: `/JavaScript`, also written `/J#61vaScript` (ISO 32000-2 §7.3.5).
//!
//! All bytes are searched, those of packed streams too: what is a stream and what is not is the
//! first thing that a sender would lie about. A name of eight letters does not happen by chance.

use memchr::memchr_iter;
use std::borrow::Cow;

/// No name that matters is longer, even with every letter escaped.
const LONGEST: usize = 64;

/// A name in some bytes.
pub(super) struct Name<'a> {
    /// Where its slash stands.
    pub(super) at: usize,
    /// Its letters, without escapes.
    pub(super) letters: Cow<'a, [u8]>,
}

impl Name<'_> {
    /// Whether it was written with an escape, which none of those that matter needs.
    pub(super) fn is_escaped(&self) -> bool {
        matches!(self.letters, Cow::Owned(_))
    }
}

/// All names in `bytes`.
pub(super) fn all(bytes: &[u8]) -> impl Iterator<Item = Name<'_>> {
    memchr_iter(b'/', bytes).filter_map(|at| {
        let rest = bytes.get(at + 1..)?;
        let rest = rest.get(..LONGEST).unwrap_or(rest);
        let length = rest.iter().position(|byte| !is_regular(*byte)).unwrap_or(rest.len());
        Some(Name { at, letters: decode(rest.get(..length)?) })
    })
}

/// A name without its escapes.
fn decode(name: &[u8]) -> Cow<'_, [u8]> {
    if !name.contains(&b'#') {
        return Cow::Borrowed(name);
    }
    let mut decoded = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        let escaped = match (byte, behind) {
            (b'#', &[high, low, ref behind @ ..]) => digit(high).zip(digit(low)).map(|(h, l)| {
                rest = behind;
                h << 4 | l
            }),
            _ => None,
        };
        decoded.push(escaped.unwrap_or(byte));
    }
    Cow::Owned(decoded)
}

/// The value of a hexadecimal digit.
pub(super) fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Whether a byte is neither white space nor a delimiter (§7.2.3).
fn is_regular(byte: u8) -> bool {
    !is_blank(byte) && !b"()<>[]{}/%".contains(&byte)
}

/// Whether a byte is white space.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

/// What stands behind white space.
pub(super) fn behind_blanks(bytes: &[u8]) -> &[u8] {
    let blanks = bytes.iter().take_while(|byte| is_blank(**byte)).count();
    bytes.get(blanks..).unwrap_or_default()
}
