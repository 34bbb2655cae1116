//! One candidate reading on its way through a text: a running sum, and where it was best.
//!
//! Words that the reading makes well formed count for it, words that it spoils count double
//! against it; the stretch with the greatest sum (Kadane) is what it can claim. So a table in
//! TCVN3 inside a Unicode document is found, and chance hits in French never add up.

use super::legacy::{self, Encoding};
use super::letter::Letters;
use super::runs::{self, LONGEST, Says};
use std::ops::Range;

/// A word of three bytes or more that the reading makes well formed, met for the first time.
pub(super) const WORD: i32 = 20;
/// The same, of two bytes: by chance well formed more often.
const SHORT: i32 = 12;
/// Met again: it says little that is new.
pub(super) const AGAIN: i32 = 5;
/// Well formed as it stands too.
const BOTH: i32 = -8;
/// Not well formed in this reading.
pub(super) const SPOILT: i32 = -40;
/// A word of ASCII that is no Vietnamese syllable.
pub(super) const FOREIGN: i32 = -5;

/// A candidate.
#[derive(Clone, Debug)]
pub(super) struct Track {
    /// The encoding it reads.
    pub(super) encoding: Encoding,
    sum: i32,
    start: usize,
    fresh: u32,
    /// The greatest sum.
    pub(super) best: i32,
    /// The stretch that has it.
    pub(super) span: Range<usize>,
    /// Different words that it makes well formed there.
    pub(super) words: u32,
}

impl Track {
    /// A candidate that has seen nothing.
    pub(super) fn new(encoding: Encoding) -> Track {
        Track { encoding, sum: 0, start: 0, fresh: 0, best: 0, span: 0..0, words: 0 }
    }

    /// Counts a word.
    pub(super) fn count(&mut self, weight: i32, fresh: bool, at: &Range<usize>) {
        if self.sum == 0 {
            if weight <= 0 {
                return;
            }
            (self.start, self.fresh) = (at.start, 0);
        }
        self.sum = (self.sum + weight).max(0);
        self.fresh += u32::from(fresh && weight > 0);
        if self.sum > self.best {
            self.best = self.sum;
            self.span = self.start..at.end;
            self.words = self.fresh;
        }
    }

    /// Counts a run of letters and bytes above ASCII.
    pub(super) fn run(&mut self, run: &Run<'_>, fresh: bool) {
        let says = run.says(self.encoding);
        let weight = match (says, run.stands) {
            (Says::Nothing, _) => return,
            (Says::Vietnamese, Says::Vietnamese) => BOTH,
            (Says::Vietnamese, _) if !fresh || !run.is_own(self.encoding) => AGAIN,
            (Says::Vietnamese, _) if run.length < 3 => SHORT,
            (Says::Vietnamese, _) => WORD,
            (Says::Other, _) => SPOILT,
        };
        self.count(weight, fresh && run.is_own(self.encoding), &run.at);
    }
}

/// A run, read once for all candidates.
pub(super) struct Run<'t> {
    /// Where it stands.
    pub(super) at: Range<usize>,
    /// The bytes it was, or nothing where it cannot have been read wrongly.
    bytes: Option<&'t [u8]>,
    letters: Letters,
    stands: Says,
    length: usize,
}

impl<'t> Run<'t> {
    /// The run `word` of a text; `buffer` holds the bytes that it was.
    pub(super) fn new(
        word: &'t [u8],
        at: Range<usize>,
        is_utf8: bool,
        buffer: &'t mut [u8; LONGEST],
    ) -> Run<'t> {
        let letters = runs::as_it_stands(word, is_utf8);
        let stands = runs::says(&letters, false);
        let bytes = if is_utf8 { runs::bytes_before(word, buffer) } else { Some(word) };
        let bytes = bytes.filter(|bytes| bytes.len() <= LONGEST);
        let length = bytes.map_or(0, <[u8]>::len);
        Run { at, bytes, stands, length, letters }
    }

    /// Whether it can say anything: single letters are signs, bullets and initials too often.
    pub(super) fn speaks(&self) -> bool {
        self.bytes.is_none_or(|bytes| bytes.len() > 1)
    }

    /// Whether other languages have no such word. Portuguese in UTF-8 that was read wrongly
    /// (`NÃ£o`) is read right as well as Vietnamese is, but not with letters beyond Latin-1.
    fn is_own(&self, encoding: Encoding) -> bool {
        let text = self.bytes.filter(|_| encoding == Encoding::Utf8);
        let text = text.and_then(|bytes| std::str::from_utf8(bytes).ok());
        text.is_none_or(|text| text.chars().any(|c| c > '\u{ff}'))
    }

    /// What it says in an encoding.
    pub(super) fn says(&self, encoding: Encoding) -> Says {
        let Some(bytes) = self.bytes else {
            // Nobody's mistake: right Unicode here speaks against all, other scripts too.
            return Says::Other;
        };
        let letters = match encoding {
            Encoding::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => Letters::of(text),
                Err(_) => return Says::Other,
            },
            _ => legacy::letters(encoding, bytes),
        };
        if letters.same(&self.letters) {
            return Says::Nothing;
        }
        runs::says(&letters, encoding == Encoding::Tcvn3)
    }
}
