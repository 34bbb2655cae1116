//! One candidate reading on its way through a text: a running sum, and where it was best.
//!
//! Words that the reading makes well formed count for it, words that it spoils count double
//! against it; the stretch with the greatest sum (Kadane) is what it can claim. So a table in
//! TCVN3 inside a Unicode document is found, and chance hits in French never add up.

use super::legacy::{self, Encoding};
use super::letter::{Letter, Letters};
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
    pub(super) fn run(&mut self, heard: Heard, at: &Range<usize>, fresh: bool) {
        let fresh = fresh && (heard.own || self.encoding != Encoding::Utf8);
        let weight = match (heard.says(self.encoding), heard.stands) {
            (Says::Nothing, _) => return,
            (Says::Vietnamese, true) => BOTH,
            (Says::Vietnamese, false) if !fresh => AGAIN,
            (Says::Vietnamese, false) if heard.short => SHORT,
            (Says::Vietnamese, false) => WORD,
            (Says::Other, _) => SPOILT,
        };
        self.count(weight, fresh, at);
    }
}

/// What a run says in all encodings that were asked: a text repeats most of its words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard {
    /// Two bits an encoding.
    says: u32,
    /// Whether it is well formed as it stands.
    stands: bool,
    short: bool,
    /// Whether it is no word of other languages, if it is UTF-8 that was read wrongly.
    own: bool,
}

impl Heard {
    /// What it says in an encoding that was asked.
    pub(super) fn says(self, encoding: Encoding) -> Says {
        match self.says >> (2 * encoding as u32) & 3 {
            says if says == Says::Vietnamese as u32 => Says::Vietnamese,
            says if says == Says::Other as u32 => Says::Other,
            _ => Says::Nothing,
        }
    }
}

/// Reads run after run into the same letters, since most of the time would go into copying them.
pub(super) struct Ear {
    is_utf8: bool,
    /// The run as it stands.
    stands: Letters,
    /// The run in the encoding that was asked last.
    read: Letters,
    /// The bytes it was, so many; none where it cannot have been read wrongly.
    bytes: [u8; LONGEST],
    length: usize,
    /// The encodings in which all of them are letters.
    possible: u8,
}

impl Ear {
    /// For the runs of a text that is UTF-8 or is not.
    pub(super) fn new(is_utf8: bool) -> Ear {
        let (stands, read) = (Letters::new(), Letters::new());
        Ear { is_utf8, stands, read, bytes: [0; LONGEST], length: 0, possible: 0 }
    }

    /// Takes a run; whether it can say anything: single letters are signs, bullets and initials too
    /// often.
    pub(super) fn take(&mut self, word: &[u8]) -> bool {
        let length = match std::str::from_utf8(if self.is_utf8 { word } else { &[] }) {
            Ok(text) if self.is_utf8 => {
                self.stands.read(text.chars().map(Letter::of));
                runs::bytes_before(text, &mut self.bytes)
            }
            // As windows-1252 shows bytes that are no UTF-8.
            _ => {
                legacy::read(Encoding::Utf8, word, &mut self.stands);
                runs::bytes_of(word, &mut self.bytes).filter(|_| !self.is_utf8)
            }
        };
        self.length = length.unwrap_or_default();
        self.possible = legacy::possible(self.bytes());
        self.length != 1
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// What the run says in all encodings that are still candidates.
    pub(super) fn heard(&mut self, tracks: &[Track]) -> Heard {
        let says = tracks.iter().fold(0, |says, track| {
            says | (self.says(track.encoding) as u32) << (2 * track.encoding as u32)
        });
        let stands = runs::says(&self.stands, false) == Says::Vietnamese;
        let shared = tracks.iter().any(|track| track.encoding == Encoding::Utf8);
        Heard { says, stands, short: self.length < 3, own: !shared || self.is_own() }
    }

    /// Whether other languages have no such word. Portuguese in UTF-8 that was read wrongly
    /// (`NÃ£o`) is read right as well as Vietnamese is, but not with letters beyond Latin-1.
    fn is_own(&self) -> bool {
        let text = std::str::from_utf8(self.bytes());
        text.is_ok_and(|text| text.is_empty() || text.chars().any(|c| c > '\u{ff}'))
    }

    /// What the run says in an encoding.
    pub(super) fn says(&mut self, encoding: Encoding) -> Says {
        // Nobody's mistake: right Unicode here speaks against all, other scripts too.
        if self.length == 0 {
            return Says::Other;
        }
        let bytes = self.bytes.get(..self.length).unwrap_or_default();
        match encoding {
            Encoding::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => self.read.read(text.chars().map(Letter::of)),
                Err(_) => return Says::Other,
            },
            _ if self.possible >> encoding as u32 & 1 == 0 => return Says::Other,
            _ => legacy::read(encoding, bytes, &mut self.read),
        }
        if self.read.same(&self.stands) {
            return Says::Nothing;
        }
        runs::says(&self.read, encoding == Encoding::Tcvn3)
    }
}
