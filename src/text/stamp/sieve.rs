//! The first look: which lines of a text may hold a stamp, in whatever encoding.
//!
//! It sees every byte of every letter, so it stops at few of them: `m`, what may be an `ậ` in some
//! encoding, `t`; and the ASCII that the restricted marks have in all encodings.

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::{memchr, memchr2_iter, memrchr};
use std::sync::LazyLock;

/// Bytes of a line that are read: a stamp is short, and what is before it on its line is too.
const LONG: usize = 400;
/// Bytes between m and t: `Ậ` is seven as a reference, six where UTF-8 was misread, and spaces.
const VOWEL: usize = 20;

/// A line of a text.
pub(super) struct Line<'t> {
    /// Where it begins.
    pub(super) start: usize,
    /// What stands in it, at most [`LONG`] bytes.
    pub(super) bytes: &'t [u8],
    /// Whether that is all of it.
    pub(super) whole: bool,
}

impl<'t> Line<'t> {
    /// The line that begins at `start`.
    pub(super) fn at(text: &'t [u8], start: usize) -> Line<'t> {
        let rest = text.get(start..).unwrap_or_default();
        let head = rest.get(..rest.len().min(LONG)).unwrap_or_default();
        let end = head.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let whole = end.is_some() || rest.len() <= LONG;
        Line { start, bytes: head.get(..end.unwrap_or(head.len())).unwrap_or_default(), whole }
    }
}

/// Whether any line of a text may hold a stamp: a look at every byte, and at few of them twice.
pub fn may_be_stamped(text: &[u8]) -> bool {
    !lines(text, 1).0.is_empty()
}

/// Where the lines begin that may hold a stamp, in order; and whether there were more than `most`.
pub(super) fn lines(text: &[u8], most: usize) -> (Vec<usize>, bool) {
    let grades =
        memchr2_iter(b'm', b'M', text).filter(|at| is_grade(text, *at) || is_sign(text, *at));
    let mut lines: Vec<usize> = Vec::new();
    let mut cut = collect(text, grades, most, &mut lines);
    if let Some(others) = &*OTHERS {
        let places = others.find_iter(text).filter(|found| {
            // The first three are the middle of LƯU HÀNH NỘI BỘ.
            found.pattern().as_usize() > 2 || is_inside(text, found.end())
        });
        cut |= collect(text, places.map(|found| found.start()), most, &mut lines);
    }
    lines.sort_unstable();
    lines.dedup();
    (lines, cut)
}

/// Adds the lines of these places, which come in order, each once; whether there were more than
/// `most`. A line in which a place is far from the start holds no stamp there.
fn collect(
    text: &[u8],
    places: impl Iterator<Item = usize>,
    most: usize,
    lines: &mut Vec<usize>,
) -> bool {
    let before = lines.len();
    let (mut start, mut seen) = (0, 0);
    for at in places {
        let between = text.get(seen..at).unwrap_or_default();
        let end = between.iter().rposition(|byte| matches!(byte, b'\n' | b'\r'));
        start = end.map_or(start, |end| seen + end + 1);
        seen = at;
        let known = lines.get(before..).and_then(<[usize]>::last) == Some(&start);
        if known || at - start > LONG {
            continue;
        }
        if lines.len() - before >= most {
            return true;
        }
        lines.push(start);
    }
    false
}

/// Whether an m begins what may be MẬT in some encoding, also spaced out.
fn is_grade(text: &[u8], at: usize) -> bool {
    let rest = text.get(at + 1..).unwrap_or_default();
    let rest = rest.get(..rest.len().min(VOWEL)).unwrap_or_default();
    let Some(end) = rest.iter().position(|byte| !is_vowel_or_gap(*byte)) else { return false };
    let (between, behind) = rest.split_at(end);
    if !matches!(behind.first(), Some(b't' | b'T')) {
        return false;
    }
    let next = behind.get(1).or_else(|| text.get(at + 2 + end));
    if next.is_some_and(u8::is_ascii_alphabetic) {
        return false;
    }
    match between {
        // một, mặt, mất, mắt: every second line of Vietnamese has one of them.
        [0xe1, 0xba | 0xbb, _] => matches!(between, [_, 0xba, 0xac | 0xad]),
        _ if between.is_ascii() => {
            let before = at.checked_sub(1).and_then(|at| text.get(at));
            let is_viqr = between.contains(&b'^') || between.contains(&b'&');
            is_viqr
                || between.iter().any(|byte| matches!(byte, b'a' | b'A'))
                    && !before.is_some_and(u8::is_ascii_alphabetic)
        }
        _ => true,
    }
}

fn is_vowel_or_gap(byte: u8) -> bool {
    matches!(byte, 0x80..|b'a'| b'A' | b'^' | b'&' | b'#' | b';' | b'x' | b'~' | b'0'..=b'9')
        || matches!(byte, b' ' | b'\t' | b'-' | b'.' | b'*' | b'_' | b'|' | b'/')
}

/// Whether an M is the sign of a number, `(M)`.
fn is_sign(text: &[u8], at: usize) -> bool {
    at.checked_sub(1).and_then(|before| text.get(before..at + 2)) == Some(b"(M)")
}

/// What the other marks have in every encoding: LƯU HÀ`NH N`ỘI BỘ, XEM `XONG TR`Ả LẠI, TÀI
/// LIỆ`U THU H`ỒI. Seven words and a fixed automaton: there is nothing that could fail.
static OTHERS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    const WORDS: [&str; 7] = ["NH N", "nh n", "nh N", "XONG TR", "xong tr", "U THU H", "u thu h"];
    AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(WORDS).ok()
});

/// Whether a short text, a subject or a name, may hold a grade or the sign `(M)`.
pub(super) fn may_hold(text: &[u8]) -> bool {
    memchr2_iter(b'm', b'M', text).any(|at| {
        let behind = text.get(at + 1..).unwrap_or_default();
        let near = behind.get(..behind.len().min(VOWEL + 1)).unwrap_or_default();
        near.iter().any(|byte| matches!(byte, b't' | b'T')) || near.starts_with(b")")
    })
}

/// NỘI BỘ
fn is_inside(text: &[u8], at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    let rest = rest.get(..rest.len().min(14)).unwrap_or_default();
    rest.windows(3).any(|three| three.eq_ignore_ascii_case(b"i b"))
}

/// The lines with words before and behind the one at `start`, nearest first, so many each way.
pub(super) fn around(text: &[u8], start: usize, most: usize) -> impl Iterator<Item = Line<'_>> {
    before(text, start).take(most).chain(behind(text, start).take(most))
}

/// How many lines with words lie between two lines; many where it is more than are worth counting.
pub(super) fn between(text: &[u8], one: usize, other: usize) -> usize {
    let (from, to) = (one.min(other), one.max(other));
    if to.saturating_sub(from) > LONG * 32 {
        return usize::MAX;
    }
    behind(text, from).take_while(|line| line.start < to).count()
}

/// The lines with words before the one at `start`, nearest first.
pub(super) fn before(text: &[u8], start: usize) -> impl Iterator<Item = Line<'_>> {
    let mut end = start;
    let lines = std::iter::from_fn(move || {
        // The line end before `end` closes the line that is wanted.
        let stop = end.checked_sub(1)?;
        let from = stop.saturating_sub(4 * LONG);
        let window = text.get(from..stop)?;
        end = memrchr(b'\n', window).map_or(from, |at| from + at + 1);
        Some(Line::at(text, end))
    });
    lines.take(MOST).filter(has_words)
}

fn behind(text: &[u8], start: usize) -> impl Iterator<Item = Line<'_>> {
    let mut at = start;
    let lines = std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let rest = rest.get(..rest.len().min(4 * LONG))?;
        at += memchr(b'\n', rest)? + 1;
        Some(Line::at(text, at))
    });
    lines.take(MOST).filter(has_words)
}

/// Lines that are stepped over, empty ones too.
const MOST: usize = 64;

fn has_words(line: &Line<'_>) -> bool {
    line.bytes.iter().any(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80)
}
