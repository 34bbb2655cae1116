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
        let inside = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0x80;
        let rest = text.get(at..end)?;
        let start = at + rest.iter().position(inside)?;
        let rest = text.get(start..end)?;
        let len = rest.iter().position(|byte| !inside(byte)).unwrap_or(rest.len());
        at = start + len;
        let is_ascii = text.get(start..at).is_some_and(<[u8]>::is_ascii);
        Some(Word { at: start..at, is_ascii })
    })
}

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
    let all = letters.as_slice();
    if all.iter().all(|letter| letter.is_plain()) {
        return Says::Nothing;
    }
    // NĐ, HĐKC: abbreviations are no syllables in any encoding.
    let vowel = |letter: &Letter| letter.vowel_number() != 0 || *letter == Letter::FOREIGN;
    let mut words =
        all.split(|letter| letter.is_none()).filter(|word| word.iter().any(vowel)).peekable();
    if words.peek().is_none() {
        return Says::Nothing;
    }
    if words.all(|word| is_syllable(word) && case_fits(word, small)) {
        Says::Vietnamese
    } else {
        Says::Other
    }
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

/// The letters of a run as it stands: as UTF-8, or as windows-1252 shows bytes that are none.
pub(super) fn as_it_stands(run: &[u8], is_utf8: bool) -> Letters {
    match std::str::from_utf8(run) {
        Ok(text) if is_utf8 => Letters::of(text),
        _ => legacy::letters(legacy::Encoding::Utf8, run),
    }
}

/// The bytes that a run of UTF-8 was before it was read as Latin-1 or windows-1252.
pub(super) fn bytes_before<'b>(run: &[u8], buffer: &'b mut [u8; LONGEST]) -> Option<&'b [u8]> {
    let text = std::str::from_utf8(run).ok()?;
    let mut len = 0;
    for c in text.chars() {
        *buffer.get_mut(len)? = legacy::byte_of(c)?;
        len += 1;
    }
    buffer.get(..len)
}
