//! A multipart cut at its delimiters, as strict and as lenient readers do it.
//!
//! The first view follows RFC 2046 closely; here every place is noted where the boundary stands
//! behind two hyphens in a line, with what is odd about it.

use memchr::memmem::{self, Finder};
use memchr::{memchr, memrchr};
use std::ops::Range;
use std::sync::LazyLock;

/// What is behind the boundary, or before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Nothing: a delimiter for everybody.
    Plain,
    /// Blanks and then more.
    Text,
    /// More, at once: another boundary, or this one for readers that compare the beginning.
    Longer,
    /// Blanks or a lone CR stand before it.
    Indented,
}

/// A place where the boundary stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    /// Where its line begins.
    pub(super) at: usize,
    /// Where the next line begins.
    pub(super) next: usize,
    /// Whether two hyphens follow.
    pub(super) close: bool,
    pub(super) look: Look,
}

/// All places of a boundary, at most `limit`.
pub(super) fn marks(body: &[u8], boundary: &[u8], limit: usize) -> Vec<Mark> {
    delimiters(body, &[b"--", boundary].concat(), limit)
}

/// Places of one boundary, or lines of one text, that are looked at: ten for each part that a
/// message may have. Each costs more than the bytes that make it.
const TRIES: usize = 100_000;

/// All places of a delimiter, at most `limit`.
pub(super) fn delimiters(body: &[u8], needle: &[u8], limit: usize) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    let mut behind = 0;
    let end = Mark { at: body.len(), next: body.len(), close: true, look: Look::Indented };
    for (tries, at) in memmem::find_iter(body, needle).enumerate() {
        if marks.len() >= limit || tries >= TRIES {
            // Beyond this nothing is known, which is odd enough to be told.
            marks.push(end);
            break;
        }
        if at < behind {
            continue;
        }
        let Some((start, indented)) = line_start(body, at) else { continue };
        let tail = body.get(at + needle.len()..).unwrap_or_default();
        let line = memchr(b'\n', tail).map_or(tail.len(), |end| end + 1);
        let next = at + needle.len() + line;
        let tail = tail.get(..line).unwrap_or_default().trim_ascii_end();
        let (close, rest) = match tail.strip_prefix(b"--") {
            Some(rest) => (true, rest),
            None => (false, tail),
        };
        let look = match rest.first() {
            _ if indented => Look::Indented,
            None => Look::Plain,
            Some(b' ' | b'\t') => Look::Text,
            Some(b'\r') => Look::Indented,
            Some(_) if close => Look::Text,
            Some(_) => Look::Longer,
        };
        marks.push(Mark { at: start, next, close, look });
        behind = next;
    }
    marks
}

/// Where the line of a delimiter begins, if one may begin there, and whether it is indented.
fn line_start(body: &[u8], at: usize) -> Option<(usize, bool)> {
    // As many blanks as a lenient reader skips; a run of them is no line to search.
    const BLANKS: usize = 16;
    let before = body.get(at.saturating_sub(BLANKS)..at).unwrap_or_default();
    let blanks = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let start = at - blanks;
    match start.checked_sub(1).and_then(|last| body.get(last)) {
        None | Some(b'\n') => Some((start, blanks > 0)),
        Some(b'\r') => Some((start, true)),
        Some(_) => None,
    }
}

/// The parts between these marks.
pub(super) fn parts(body: &[u8], marks: &[Mark]) -> Vec<Range<usize>> {
    let ends = marks.iter().skip(1).map(|mark| mark.at).chain([body.len()]);
    let parts = marks.iter().zip(ends).filter(|(mark, _)| !mark.close);
    parts.map(|(mark, end)| mark.next.min(end)..trimmed(body, mark.next.min(end), end)).collect()
}

/// The end of a part without the line break before the delimiter, which belongs to that.
fn trimmed(body: &[u8], start: usize, end: usize) -> usize {
    let part = body.get(start..end).unwrap_or_default();
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    start + part.strip_suffix(b"\r").unwrap_or(part).len()
}

/// Whether a text has more lines like delimiters, or with MIME fields, than are looked at.
pub(super) fn too_many(text: &[u8]) -> bool {
    let many = |finder: &Finder<'_>| finder.find_iter(text).nth(TRIES).is_some();
    text.len() > TRIES && (many(&DASHES) || many(&FIELD))
}

/// Where a line begins with a MIME field.
static FIELD: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\nContent-"));

/// Where a line begins as a delimiter does.
static DASHES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\n--"));

/// A delimiter that nobody declared: a line before a line with a MIME field, hyphens or not.
pub(super) fn guess(body: &[u8]) -> Option<&[u8]> {
    dashed(body).next().or_else(|| undashed(body))
}

/// A line without hyphens before a line with a MIME field.
fn undashed(body: &[u8]) -> Option<&[u8]> {
    let before = |at: usize| {
        let from = at.saturating_sub(256);
        let start = memrchr(b'\n', body.get(from..at)?).map_or(from, |last| from + last + 1);
        candidate(body, start)
    };
    FIELD.find_iter(body).take(TRIES).find_map(before)
}

/// All delimiters that nobody declared, at most `limit`: any of them may be the one that a reader
/// makes out of the boundary.
pub(super) fn guesses(body: &[u8], limit: usize) -> Vec<&[u8]> {
    let mut found: Vec<&[u8]> = Vec::new();
    for delimiter in dashed(body) {
        if found.len() < limit && !found.contains(&delimiter) {
            found.push(delimiter);
        }
    }
    match found.is_empty() {
        true => undashed(body).into_iter().collect(),
        false => found,
    }
}

/// The lines of two hyphens and more before a line with a MIME field.
fn dashed(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let first = body.starts_with(b"--").then_some(0);
    let others = DASHES.find_iter(body).take(TRIES).map(|at| at + 1);
    first.into_iter().chain(others).filter_map(|at| candidate(body, at))
}

/// The line that begins here, if a MIME field stands in the next one.
fn candidate(body: &[u8], at: usize) -> Option<&[u8]> {
    let rest = body.get(at..)?;
    let end = memchr(b'\n', rest.get(..rest.len().min(256))?)?;
    let behind = rest.get(end + 1..)?;
    let line = rest.get(..end)?.trim_ascii_end();
    (!line.is_empty() && super::field::begins_with_field(behind)).then_some(line)
}
