//! One line in each encoding that it may be in: a stamp is too short for a judgement by spelling,
//! and long enough to be none by chance.

use super::super::legacy::{self, Encoding};
use super::super::references;
use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, is_nfc_quick};

/// How a line is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As UTF-8.
    AsItStands,
    /// In a legacy encoding.
    Legacy(Encoding),
    /// As what it was before it was taken for windows-1252 and made UTF-8.
    Misread(Encoding),
}

impl Reading {
    /// Whether it is Unicode as it should be.
    pub(super) fn is_right(self) -> bool {
        self == Reading::AsItStands
    }

    /// A line in this reading, composed; nothing where it cannot be read so.
    pub(super) fn of(self, line: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Reading::AsItStands => composed(Cow::Borrowed(std::str::from_utf8(line).ok()?)),
            Reading::Legacy(Encoding::References) => {
                composed(Cow::Owned(references::expand(std::str::from_utf8(line).ok()?)))
            }
            Reading::Legacy(encoding) => composed(Cow::Owned(legacy::decode(encoding, line))),
            Reading::Misread(encoding) => {
                let bytes = legacy::bytes_of(std::str::from_utf8(line).ok()?)?;
                match encoding {
                    Encoding::Utf8 => composed(Cow::Owned(String::from_utf8(bytes).ok()?)),
                    _ => composed(Cow::Owned(legacy::decode(encoding, &bytes))),
                }
            }
        }
    }
}

fn composed(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    match is_nfc_quick(text.chars()) {
        unicode_normalization::IsNormalized::Yes => Some(text),
        _ => Some(Cow::Owned(text.nfc().collect())),
    }
}

/// The first reading of a line that says something, and what.
pub(super) fn first<T>(
    line: &[u8],
    mut says: impl FnMut(&str) -> Option<T>,
) -> Option<(Reading, T)> {
    candidates(line).find_map(|reading| Some((reading, says(&reading.of(line)?)?)))
}

/// In what a line may be, the likeliest first.
fn candidates(line: &[u8]) -> impl Iterator<Item = Reading> {
    let is_utf8 = simdutf8::basic::from_utf8(line).is_ok();
    let has = |byte: u8| memchr::memchr(byte, line).is_some();
    let marks = line.is_ascii() && line.iter().any(|byte| b"^(+`?~'.".contains(byte));
    let viqr = marks.then_some(Reading::Legacy(Encoding::Viqr));
    let references = has(b'&').then_some(Reading::Legacy(Encoding::References));
    let eight = |on: bool, of: fn(Encoding) -> Reading| {
        Encoding::EIGHT_BIT.into_iter().filter(move |_| on).map(of)
    };
    let odd = is_utf8 && !line.is_ascii();
    let as_it_stands = is_utf8.then_some(Reading::AsItStands);
    as_it_stands
        .into_iter()
        .chain(viqr)
        .chain(references)
        .chain(odd.then_some(Reading::Misread(Encoding::Utf8)))
        .chain(eight(odd, Reading::Misread))
        .chain(eight(!is_utf8, Reading::Legacy))
}
