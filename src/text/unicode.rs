//! Bytes as UTF-8, where they are some other form of Unicode.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// UTF-16 as UTF-8, by its byte order mark or its label; a mark of UTF-8 is taken off. All else
/// comes back as it is.
pub fn unicode<'t>(bytes: &'t [u8], label: Option<&str>) -> Cow<'t, [u8]> {
    let encoding = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => return Cow::Borrowed(rest),
        [0xff, 0xfe, ..] => UTF_16LE,
        [0xfe, 0xff, ..] => UTF_16BE,
        _ => match label {
            Some("utf-16le") => UTF_16LE,
            // RFC 2781 §4.3: without a mark UTF-16 is big-endian.
            Some("utf-16" | "utf-16be") => UTF_16BE,
            _ => UTF_8,
        },
    };
    if encoding == UTF_8 {
        return Cow::Borrowed(bytes);
    }
    match encoding.decode_with_bom_removal(bytes).0 {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}
