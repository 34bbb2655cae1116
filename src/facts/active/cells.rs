//! Tables in text as Excel opens them: cells that call another program or a server.

use super::Found;
use super::entity::decoded;
use crate::facts::Deed;
use std::borrow::Cow;

/// A table's text as Excel takes it: references of markup resolved, and no NULs.
pub(super) fn plain(text: &[u8]) -> Cow<'_, [u8]> {
    let bar = |name: &[u8]| memchr::memmem::find(text, name).is_some();
    let written = bar(b"&#") || bar(b"&ver") || bar(b"&Ver") || bar(b"&apos;");
    let nul = memchr::memchr(0, text).is_some();
    if !written && !nul {
        return Cow::Borrowed(text);
    }
    let mut plain = match written {
        true => decoded(&String::from_utf8_lossy(text)).into_bytes(),
        false => text.to_vec(),
    };
    plain.retain(|byte| *byte != 0);
    Cow::Owned(plain)
}

/// DDE in the cells of a table in text: `=cmd|'/c …'!A1`, and requests to a server. Ordinary formulas
/// are none.
pub(super) fn judge(text: &[u8], found: &mut Found) {
    let other = separator(text);
    // Whether a cell is a formula, whether the next letter is a cell's first, and whether a quote is
    // open: line ends within one belong to the cell.
    let (mut formula, mut first, mut quoted) = (false, true, false);
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            _ if other.contains(&byte) => first = true,
            b'\n' | b'\r' => (formula, first) = (formula && quoted, true),
            b'"' => (quoted, first) = (!quoted, true),
            b',' | b';' | b'\t' | b'>' => first = true,
            b' ' => {}
            b'=' | b'+' | b'-' | b'@' if first => (formula, first) = (true, false),
            // A page keeps formulas in an attribute, which needs no quotes.
            b'=' => first = text.get(..at).is_some_and(|before| ends_in(before, b"fmla")),
            b'|' if formula => {
                if found.is_full() {
                    return;
                }
                if let Some((server, topic)) = cell(text, at, quoted) {
                    found.dde(&String::from_utf8_lossy(server), &String::from_utf8_lossy(topic));
                }
            }
            b'(' if formula && text.get(..at).is_some_and(|t| ends_in(t, b"webservice")) => {
                let asked = text.get(at..).unwrap_or_default().iter().take(200);
                let asked: Vec<u8> = asked.copied().take_while(|byte| *byte != b'\n').collect();
                let asked = String::from_utf8_lossy(&asked);
                found.note(Deed::Remote, &format!("formula WEBSERVICE{asked}"));
            }
            _ => first = false,
        }
    }
}

/// The sign that a first line `sep=^` makes the end of cells: its first byte and its last.
fn separator(text: &[u8]) -> Vec<u8> {
    let line = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    let Some((word, sign)) = line.split_at_checked(4) else { return Vec::new() };
    if !word.eq_ignore_ascii_case(b"sep=") {
        return Vec::new();
    }
    // A letter of UTF-8 has four bytes at most; a line end is none.
    let first = sign.iter().take(1).copied();
    let more = sign.iter().skip(1).take(3).copied().take_while(|byte| byte & 0xc0 == 0x80);
    first.filter(|byte| !matches!(byte, b'\r' | b'\n')).chain(more).collect()
}

/// Whether text ends in this word, in any case and with blanks behind.
fn ends_in(text: &[u8], word: &[u8]) -> bool {
    /// Blanks that are looked over.
    const BLANKS: usize = 64;
    let near = text.get(text.len().saturating_sub(word.len() + BLANKS)..).unwrap_or(text);
    let near = near.trim_ascii_end();
    let from = near.len().checked_sub(word.len());
    from.and_then(|from| near.get(from..)).is_some_and(|end| end.eq_ignore_ascii_case(word))
}

/// Server and topic of the formula around a bar: `server|topic!item`, either of the first two in
/// quotes.
fn cell(text: &[u8], bar: usize, quoted: bool) -> Option<(&[u8], &[u8])> {
    /// The longest server before the bar.
    const BEFORE: usize = 120;
    // Blanks around the bar change nothing for Excel; more than these are a line of their own.
    let behind = text.get(bar + 1..)?;
    let blanks = behind.iter().take(64).take_while(|byte| byte.is_ascii_whitespace()).count();
    let topic = topic(behind.get(blanks..)?, quoted)?;
    let before = text.get(bar.saturating_sub(BEFORE)..bar)?.trim_ascii_end();
    let server = match before.split_last() {
        Some((b'\'', quoted)) => quoted.rsplit(|byte| *byte == b'\'').next(),
        // The server is the last word: `=1+cmd|…`, `=-2+3+cmd|…`, `=SUM(1)*cmd|…`.
        _ => before.rsplit(|byte| !in_word(byte)).next(),
    };
    Some((server.filter(|word| !word.is_empty())?, topic))
}

/// The topic behind a bar, in quotes or a word, and with an item behind it; a line ends it unless it
/// stands in a cell in quotes.
fn topic(behind: &[u8], in_quotes: bool) -> Option<&[u8]> {
    /// The longest that is read; one in quotes may be longer.
    const BEHIND: usize = 500;
    let near = behind.get(..BEHIND).unwrap_or(behind);
    let quoted = near.first() == Some(&b'\'');
    let end = match quoted {
        true if in_quotes => memchr::memchr(b'!', near),
        true => memchr::memchr3(b'!', b'\r', b'\n', near),
        false => near.iter().position(|byte| !in_word(byte)),
    };
    let Some(end) = end else { return (quoted && near.len() == BEHIND).then_some(near) };
    let (topic, item) = near.split_at(end);
    let item = item.trim_ascii_start().strip_prefix(b"!")?;
    let named = quoted || !topic.is_empty() && item.first().is_some_and(u8::is_ascii_alphanumeric);
    named.then_some(topic)
}

fn in_word(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._\\:/".contains(byte)
}
