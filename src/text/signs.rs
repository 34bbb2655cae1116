//! Readings of ASCII alone: VIQR and numeric references make letters of signs.
//!
//! The same signs stand in source code and addresses, so a token with anything technical in it
//! says nothing.

use super::legacy::{self, Encoding};
use super::letter::Letters;
use super::reading::{FLOOR, REMEMBERED, Reading, SHARE, SHOWN, Sample};
use super::references;
use super::runs::{self, LONGEST, Says};
use super::track::{self, Track};
use std::collections::HashSet;
use std::ops::Range;

/// Judges by VIQR or by references: signs of ASCII that make letters of other letters.
pub(super) fn by_signs(
    sample: &Sample<'_>,
    encoding: Encoding,
    ranges: &[Range<usize>],
) -> Option<Reading> {
    if ranges.is_empty() {
        return None;
    }
    let mut tally = Tally::new(encoding);
    for word in ranges.iter().flat_map(|range| signs(sample.text, range.clone())) {
        tally.count(sample.text.get(word.at.clone()).unwrap_or_default(), &word.at);
    }
    let named = sample.label.and_then(Encoding::of_label) == Some(encoding);
    let share = f64::from(tally.good) / f64::from(tally.words.max(1));
    let floor = if named { 2 * track::WORD } else { FLOOR };
    // Signs are in source code and addresses too: the whole must be right, not only a stretch.
    if tally.track.best < floor || share < SHARE {
        return None;
    }
    let mut reading = Reading {
        encoding,
        misread: false,
        share,
        words: tally.words as usize,
        shown: Vec::new(),
        span: tally.track.span,
    };
    tally.shown.iter().for_each(|word| reading.show(word));
    Some(reading)
}

/// What the tokens of a text say.
struct Tally<'t> {
    track: Track,
    met: HashSet<&'t [u8]>,
    shown: Vec<&'t [u8]>,
    good: u32,
    words: u32,
}

impl<'t> Tally<'t> {
    fn new(encoding: Encoding) -> Tally<'t> {
        let track = Track::new(encoding);
        Tally { track, met: HashSet::new(), shown: Vec::new(), good: 0, words: 0 }
    }

    fn count(&mut self, token: &'t [u8], at: &Range<usize>) {
        let (counts, well) = match self.track.encoding {
            Encoding::Viqr => in_viqr(token),
            _ => in_references(token),
        };
        if !counts {
            if !well {
                self.track.count(track::FOREIGN, false, at);
            }
            return;
        }
        self.words += 1;
        let fresh = self.met.len() < REMEMBERED && self.met.insert(token);
        if !well {
            return self.track.count(track::SPOILT, fresh, at);
        }
        self.good += 1;
        if fresh && self.shown.len() < SHOWN {
            self.shown.push(token);
        }
        self.track.count(if fresh { track::WORD } else { track::AGAIN }, fresh, at);
    }
}

/// What stands between blanks.
fn signs(text: &[u8], within: Range<usize>) -> impl Iterator<Item = runs::Word> + '_ {
    let mut at = within.start;
    std::iter::from_fn(move || {
        let rest = text.get(at..within.end)?;
        let start = at + rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        let rest = text.get(start..within.end)?;
        let len = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
        at = start + len;
        Some(runs::Word { at: start..at, is_ascii: true })
    })
}

/// Whether a token has marks of VIQR, and whether all of it is well formed.
fn in_viqr(token: &[u8]) -> (bool, bool) {
    let technical = |byte: &u8| {
        matches!(byte, b'@' | b'/' | b'_' | b'=' | b'<' | b'>' | b'0'..=b'9' | b'{' | b'$')
    };
    if token.iter().any(technical) || token.len() > LONGEST {
        return (false, true);
    }
    let (mut marks, mut good, mut at) = (0, true, 0);
    while let Some(skip) =
        token.get(at..).and_then(|rest| rest.iter().position(u8::is_ascii_alphabetic))
    {
        let word = legacy::viqr_token(token.get(at + skip..).unwrap_or_default());
        marks += word.marks;
        good &= word.good;
        at += skip + word.len;
    }
    let letters = token.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    (marks > 0, good || marks == 0 && letters < 2)
}

/// Whether a token has references to letters, and whether all of it is well formed with them.
fn in_references(token: &[u8]) -> (bool, bool) {
    let text = String::from_utf8_lossy(token);
    if !text.contains("&#") || token.len() > 8 * LONGEST {
        return (false, true);
    }
    let letters = Letters::of(&references::expand(&text));
    match runs::says(&letters, false) {
        Says::Nothing => (false, true),
        says => (true, says == Says::Vietnamese),
    }
}
