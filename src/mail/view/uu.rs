//! Uuencode in a text, and the markers of encodings that are named and not opened.
//!
//! A line counts itself, so nothing that a sender writes makes the decoder run past it; the file
//! ends at `end`, at an empty line, or where a line is no uuencode any more.

use mail_parser::Encoding;
use memchr::memchr;
use memchr::memmem::{self, Finder};
use std::sync::LazyLock;

/// A file in a text.
#[derive(Debug)]
pub(in crate::mail) struct File {
    pub(in crate::mail) name: String,
    pub(in crate::mail) bytes: Vec<u8>,
}

/// What a text holds.
#[derive(Debug, Default)]
pub(in crate::mail) struct Files {
    pub(in crate::mail) files: Vec<File>,
    /// There may be more than were looked for.
    pub(in crate::mail) more: bool,
}

/// Files of one text that are opened; a digest of a newsgroup has a few.
const FILES: usize = 64;

/// Beginnings without a file behind them that are looked at: a manual of uuencode has a few.
const OPENINGS: usize = 1000;

/// The word that every file in a text begins with.
pub(super) static BEGIN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"begin"));

/// The files in a text.
pub(in crate::mail) fn files(text: &[u8]) -> Files {
    let mut files = Vec::new();
    let (mut from, mut openings) = (0, 0);
    while let Some(at) = text.get(from..).and_then(|rest| BEGIN.find(rest)) {
        let begin = from + at;
        let rest = text.get(begin..).unwrap_or_default();
        from = begin + 5;
        if begin > 0 && !text.get(begin - 1).is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            continue;
        }
        let Some((name, base64, body)) = opening(rest) else { continue };
        if files.len() == FILES || openings == OPENINGS {
            return Files { files, more: true };
        }
        let (bytes, length) = if base64 { mime_like(body) } else { lines(body) };
        from = begin + (rest.len() - body.len()) + length;
        match bytes.is_empty() {
            true => openings += 1,
            false => files.push(File { name: super::word::raw(name), bytes }),
        }
    }
    Files { files, more: false }
}

/// `begin 644 name`: the name, whether base64 follows, and what is behind the line.
fn opening(rest: &[u8]) -> Option<(&[u8], bool, &[u8])> {
    // A name of more is none; the search for its end stops there.
    let start = rest.get(..rest.len().min(1000))?;
    let end = memchr(b'\n', start)?;
    let line = rest.get(..end)?.trim_ascii_end();
    let body = rest.get(end + 1..).unwrap_or_default();
    let (line, base64) = match line.strip_prefix(b"begin-base64") {
        Some(line) => (line, true),
        None => (line.strip_prefix(b"begin")?, false),
    };
    let line = line.strip_prefix(b" ").or_else(|| line.strip_prefix(b"\t"))?.trim_ascii_start();
    let mode = line.iter().take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    let name = line.get(mode..)?;
    if !(1..=6).contains(&mode) || !name.first().is_none_or(u8::is_ascii_whitespace) {
        return None;
    }
    Some((name.trim_ascii(), base64, body))
}

/// The bytes of uuencoded lines, and the length of the text that they take.
fn lines(body: &[u8]) -> (Vec<u8>, usize) {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(rest) = body.get(at..).filter(|rest| !rest.is_empty()) {
        let next = memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let line = rest.get(..next).unwrap_or_default();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // Gateways put empty lines between.
        if line == b"end" || !(line.is_empty() || decode(line, &mut out)) {
            break;
        }
        at += next;
    }
    (out, at)
}

/// One line: its count, then four characters for three bytes. Gateways cut the blanks at the end,
/// so what is missing is zero.
fn decode(line: &[u8], out: &mut Vec<u8>) -> bool {
    let Some((&count, groups)) = line.split_first() else { return false };
    if !(b' '..=b'`').contains(&count) {
        return false;
    }
    let count = usize::from((count - b' ') & 63);
    let symbols = count.div_ceil(3) * 4;
    if count == 0 {
        return groups.trim_ascii().is_empty();
    }
    // A check-sum may follow; more than that is a text that begins so.
    if groups.len() > symbols + 3 {
        return false;
    }
    let groups = groups.get(..groups.len().min(symbols)).unwrap_or_default();
    if !groups.iter().all(|byte| (b' '..=b'`').contains(byte)) {
        return false;
    }
    let start = out.len();
    let value = |at: usize| groups.get(at).map_or(0, |byte| (byte - b' ') & 63);
    for group in 0..count.div_ceil(3) {
        let [a, b, c, d] = [0, 1, 2, 3].map(|at| value(group * 4 + at));
        out.extend([a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
    }
    out.truncate(start + count);
    true
}

/// Base64 up to `====`.
fn mime_like(body: &[u8]) -> (Vec<u8>, usize) {
    let end = memmem::find(body, b"\n====").unwrap_or(body.len());
    (Encoding::Base64.decode(body.get(..end).unwrap_or_default()).into_owned(), end)
}

/// What stands before BinHex (RFC 1741 §4).
static BINHEX: LazyLock<Finder<'static>> =
    LazyLock::new(|| Finder::new(b"(This file must be converted with BinHex"));

/// What stands before yEnc.
static YENC: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"=ybegin "));

/// An encoding in a text that is not opened.
pub(in crate::mail) fn unread(text: &[u8]) -> Option<&'static str> {
    let starts = |at: usize| at == 0 || text.get(at - 1) == Some(&b'\n');
    if YENC.find_iter(text).any(starts) {
        return Some("yEnc in a text is not read");
    }
    let binhex = BINHEX.find(text).is_some_and(starts);
    binhex.then_some("BinHex in a text is not read")
}
