//! Whether a letter is in a foreign language: its own words, not those that it quotes.
//!
//! A language is named only where it is sure: a letter of a few words, names or figures is in none.

use super::letter::Letters;
use super::syllable::is_syllable;
use unicode_normalization::UnicodeNormalization;

/// Letters of a text that are looked at.
const LETTERS: usize = 8 << 10;
/// Words of a text below which its language is not known; scripts without blanks count letters.
const WORDS: usize = 20;
const SIGNS: usize = 60;
/// Vietnamese words, in per cent, from which a letter is in two languages and not foreign.
const VIETNAMESE: usize = 12;

/// The language that a letter is in, as ISO 639-3 has it, if it is foreign and that is sure.
pub fn foreign<'t>(lines: impl Iterator<Item = &'t str>) -> Option<&'static str> {
    let text = own_words(lines);
    let (mut words, mut vietnamese, mut signs) = (0, 0, 0);
    for word in text.split_whitespace() {
        if word.chars().filter(|c| c.is_alphabetic()).count() < 2 {
            continue;
        }
        words += 1;
        signs += word.chars().filter(|c| *c > '\u{2000}').count();
        vietnamese += usize::from(is_vietnamese(word));
    }
    let known = words >= WORDS || signs >= SIGNS;
    if !known || vietnamese * 100 > words * VIETNAMESE || super::is_undiacritical(&text) {
        return None;
    }
    let found = whatlang::detect(&text).filter(whatlang::Info::is_reliable)?;
    (found.lang() != whatlang::Lang::Vie).then(|| found.lang().code())
}

/// A word that only Vietnamese writes so: a well-formed syllable with a mark that others lack.
fn is_vietnamese(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphabetic());
    let own = |c: char| {
        matches!(c, 'ă' | 'đ' | 'ơ' | 'ư' | 'Ă' | 'Đ' | 'Ơ' | 'Ư' | '\u{1ea0}'..='\u{1ef9}')
    };
    let letters = Letters::of(word);
    !letters.is_broken() && is_syllable(letters.as_slice()) && word.nfc().any(own)
}

/// The lines that the writer of a letter wrote, without addresses: what is quoted, forwarded or
/// signed does not decide.
fn own_words<'t>(lines: impl Iterator<Item = &'t str>) -> String {
    let mut text = String::new();
    for line in lines {
        let line = line.trim();
        if ends_letter(line) || text.len() >= LETTERS {
            break;
        }
        if line.starts_with(['>', '|']) {
            continue;
        }
        let words = line.split_whitespace().take(2 * LETTERS);
        for word in words.filter(|word| !word.contains(['@', '/', '\\', '_', '='])) {
            text += word;
            text.push(' ');
        }
    }
    text
}

/// Whether a line begins what is not the letter's own: a signature, an answered or forwarded letter.
fn ends_letter(line: &str) -> bool {
    const BEGINS: [&str; 6] = [
        "-----Original",
        "-----Thư gốc",
        "----- Forwarded",
        "---------- Forwarded",
        "________",
        "Begin forwarded",
    ];
    const ENDS: [&str; 4] = ["wrote:", "đã viết:", "viết:", "a écrit :"];
    line == "--"
        || BEGINS.iter().any(|words| line.starts_with(words))
        || ENDS.iter().any(|words| line.ends_with(words))
        || ["From: ", "Từ: "]
            .iter()
            .any(|field| line.strip_prefix(field).is_some_and(|of| of.contains('@')))
}
