//! What language a text is in, and whether Vietnamese has lost its diacritics.
//!
//! Undiacritical Vietnamese looks like many languages of short words (pinyin, Tagalog), so that
//! words must not only be possible syllables: some must be such as only Vietnamese writes.

use super::letter::{Letter, Letters};
use super::syllable;
use std::collections::HashSet;

/// Words that are looked at: a letter shows its language on its first page.
const WORDS: usize = 600;
/// Words after which a text that is mostly something else is let go.
const SURE: usize = 16;
/// Syllables that are enough: two lines.
const ENOUGH: usize = 10;
/// Different ones among them.
const DIFFERENT: usize = 8;
/// Different ones that only Vietnamese writes so.
const OWN: usize = 4;

/// Whether a text is Vietnamese written without diacritics: `Kinh gui quy co quan`.
pub fn is_undiacritical(text: &str) -> bool {
    let (mut good, mut other, mut marked, mut own) = (0usize, 0usize, 0usize, 0usize);
    let mut met: HashSet<Vec<u8>> = HashSet::new();
    let mut own_met = 0;
    for word in text.split_whitespace().filter_map(bare).take(WORDS) {
        // Most letters are in another language or have their diacritics, and show it at once.
        let seen = good + other + marked;
        if seen >= SURE && good * 2 < seen {
            return false;
        }
        if !word.is_ascii() {
            marked += 1;
            continue;
        }
        // TP, UBND, KH&CN: abbreviations are nobody's syllables.
        if word.len() < 6 && word.bytes().all(|byte| byte.is_ascii_uppercase()) && !is_bare(word) {
            continue;
        }
        if !is_bare(word) {
            other += 1;
            continue;
        }
        good += 1;
        let lower = word.to_ascii_lowercase().into_bytes();
        let is_own = is_own(&lower);
        own += usize::from(is_own);
        if met.insert(lower) {
            own_met += usize::from(is_own);
        }
    }
    let all = good + other + marked;
    good >= ENOUGH
        && met.len() >= DIFFERENT
        && own_met >= OWN
        && good * 100 >= all * 82
        && own * 100 >= good * 22
        && marked * 100 <= all * 4
}

/// A word without the punctuation around it; nothing for addresses, numbers and code.
fn bare(token: &str) -> Option<&str> {
    let word = token
        .trim_matches(|c: char| c.is_ascii_punctuation() || matches!(c, '“' | '”' | '–' | '…'));
    let technical = |c: char| c.is_ascii_digit() || c.is_ascii_punctuation();
    (!word.is_empty() && word.len() <= 24 && !word.contains(technical)).then_some(word)
}

fn is_bare(word: &str) -> bool {
    let letters = Letters::of(word);
    !letters.is_broken() && syllable::is_bare_syllable(letters.as_slice())
}

/// Syllables that English, French, Indonesian, Tagalog and pinyin do not have as words: they
/// begin with ng, nh, ngh, kh, th, tr, ph, qu, gi before a rime that ends as no English word, or
/// hold uo, ie, uye, oa, uo, ye before a final.
fn is_own(word: &[u8]) -> bool {
    const WORDS_OF_OTHERS: [&[u8]; 22] = [
        b"the", b"than", b"that", b"then", b"thin", b"thing", b"tram", b"trim", b"trip", b"trap",
        b"chat", b"chin", b"chip", b"chop", b"phi", b"gin", b"tie", b"pie", b"chap", b"thu",
        b"tho", b"trung",
    ];
    if WORDS_OF_OTHERS.contains(&word) {
        return false;
    }
    const ONSETS: [&[u8]; 8] = [b"ngh", b"ng", b"nh", b"kh", b"th", b"tr", b"ph", b"qu"];
    const RIMES: [&[u8]; 22] = [
        b"uoc", b"uong", b"uon", b"uot", b"uoi", b"iem", b"ien", b"iet", b"ieu", b"iep", b"uyen",
        b"uyet", b"inh", b"anh", b"oach", b"ach", b"ich", b"uat", b"uan", b"ang", b"ung", b"ong",
    ];
    let onset = ONSETS.iter().any(|onset| word.starts_with(onset));
    let rime = RIMES.iter().any(|rime| word.len() > rime.len() && word.ends_with(rime));
    onset || rime
}

/// Whether Vietnamese letters of a text are taken apart: a combining mark on a vowel that Unicode
/// also has composed. Lawful (TCVN 6909 has both), counted only.
pub fn is_combining(text: &str) -> bool {
    let mut last = Letter::NONE;
    let mut joined = 0;
    for c in text.chars() {
        let letter = Letter::of(c);
        if letter.is_mark() && last.with(letter).is_some() {
            joined += 1;
            // One may be a slip of an input method; three are a habit.
            if joined == 3 {
                return true;
            }
        }
        last = letter;
    }
    false
}

/// The language of a text as ISO 639-3 has it, if that is sure: `vie`, `eng`. Vietnamese in any
/// legacy encoding must be converted before.
pub fn language(text: &str) -> Option<&'static str> {
    if is_undiacritical(text) {
        return Some("vie");
    }
    let info = whatlang::detect(text)?;
    info.is_reliable().then(|| info.lang().code())
}
