//! Runs of a text: what stands between spaces, digits and ASCII punctuation.
//!
//! A run is cut by bytes alone, before anybody knows their encoding: every byte above ASCII may
//! be a letter of some encoding, also the quotation marks of windows-1252.

use super::legacy;
use super::letter::{Letter, Letters};
use super::syllable::is_syllable;
use std::ops::Range;

/// Longer runs are no words of any reading: other scripts, binary data.
pub(super) const LONGEST: usize = 64;

/// A run of letters and bytes above ASCII.
#[derive(Clone, Debug)]
pub(super) struct Word {
    /// Where it stands.
    pub(super) at: Range<usize>,
    /// Whether all of it is ASCII.
    pub(super) is_ascii: bool,
}

/// The runs of a range of a text.
pub(super) fn words(text: &[u8], within: Range<usize>) -> impl Iterator<Item = Word> + '_ {
    let end = within.end.min(text.len());
    let mut at = within.start;
    std::iter::from_fn(move || {
        let start = at + text.get(at..end)?.iter().position(|byte| class(*byte) != 0)?;
        let (mut len, mut seen) = (0, 0);
        for byte in text.get(start..end)? {
            let class = class(*byte);
            if class == 0 {
                break;
            }
            seen |= class;
            len += 1;
        }
        at = start + len;
        Some(Word { at: start..at, is_ascii: seen & BEYOND == 0 })
    })
}

/// What a byte is to a run: nothing of it, a letter of ASCII, a byte above.
fn class(byte: u8) -> u8 {
    const BY_BYTE: [u8; 256] = {
        let mut classes = [0; 256];
        let mut byte = 0u8;
        loop {
            classes[byte as usize] =
                if byte >= 0x80 { BEYOND } else { byte.is_ascii_alphabetic() as u8 };
            if byte == 0xff {
                break classes;
            }
            byte += 1;
        }
    };
    BY_BYTE.get(usize::from(byte)).copied().unwrap_or_default()
}

const BEYOND: u8 = 2;

/// What a run says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// Vietnamese words, well formed.
    Vietnamese,
    /// Letters that are no Vietnamese words.
    Other,
    /// No letters but ASCII, or an abbreviation: nothing either way.
    Nothing,
}

/// What the letters of a run say. Capitals inside a word are a sign of a wrong reading; where
/// the encoding has no capitals (`small`), its letters are small among capitals.
pub(super) fn says(letters: &Letters, small: bool) -> Says {
    if letters.is_broken() {
        return Says::Other;
    }
    // NĐ, HĐKC: abbreviations are no syllables in any encoding.
    if letters.is_plain() || !letters.has_vowel() {
        return Says::Nothing;
    }
    let all = letters.as_slice();
    if !letters.has_gaps() {
        return word(all, small);
    }
    let vowel = |letter: &Letter| letter.vowel_number() != 0;
    let mut words = all.split(|letter| letter.is_none()).filter(|word| word.iter().any(vowel));
    if words.all(|letters| word(letters, small) == Says::Vietnamese) {
        Says::Vietnamese
    } else {
        Says::Other
    }
}

fn word(letters: &[Letter], small: bool) -> Says {
    let fits = is_syllable(letters) && case_fits(letters, small);
    if fits { Says::Vietnamese } else { Says::Other }
}

/// Small, capital, or capitalised.
fn case_fits(word: &[Letter], small: bool) -> bool {
    let counted = |letter: &&Letter| !small || letter.is_plain();
    let capitals = word.iter().filter(counted).filter(|letter| letter.is_capital()).count();
    let all = word.iter().filter(counted).count();
    capitals == 0
        || capitals == all
        || capitals == 1 && word.iter().find(counted).is_some_and(|l| l.is_capital())
}

/// The bytes that a run of UTF-8 was before it was read as Latin-1 or windows-1252, and how many.
pub(super) fn bytes_before(run: &str, buffer: &mut [u8; LONGEST]) -> Option<usize> {
    let mut len = 0;
    for c in run.chars() {
        *buffer.get_mut(len)? = legacy::byte_of(c)?;
        len += 1;
    }
    Some(len)
}

/// The bytes of a run that is no UTF-8, if it is a word.
pub(super) fn bytes_of(run: &[u8], buffer: &mut [u8; LONGEST]) -> Option<usize> {
    buffer.get_mut(..run.len())?.copy_from_slice(run);
    Some(run.len())
}
