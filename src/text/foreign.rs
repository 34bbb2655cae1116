//! Whether a letter is in a foreign language: its own words, not those that it quotes.
//!
//! A language is named only where it is sure: a letter of a few words, names or figures is in none.

use super::letter::Letters;
use super::syllable::{is_bare_syllable, is_syllable};
use unicode_normalization::UnicodeNormalization;

/// Letters of a text that are looked at.
const LETTERS: usize = 8 << 10;
/// Words of a text below which its language is not known; scripts without blanks count letters.
const WORDS: usize = 20;
const SIGNS: usize = 60;
/// Words that only Vietnamese writes, in per cent, from which a letter is in two languages and not foreign.
const VIETNAMESE: usize = 12;
/// The same of words in a row that are Vietnamese together: `và tự do` has one of the others' kind.
const IN_ROWS: usize = 25;
/// Words that are syllables, with marks or without, in per cent, from which it is Vietnamese that has
/// lost its diacritics, if not so much of it that this is sure. English has a third.
const SYLLABLES: usize = 70;

/// The language that a letter is in, as ISO 639-3 has it, if it is foreign and that is sure.
pub fn foreign<'t>(lines: impl Iterator<Item = &'t str>) -> Option<&'static str> {
    let text = own_words(lines);
    let seen = Seen::of(&text);
    if !seen.is_enough() || seen.is_vietnamese() || super::is_undiacritical(&text) {
        return None;
    }
    let found = whatlang::detect(&text).filter(whatlang::Info::is_reliable)?;
    (found.lang() != whatlang::Lang::Vie).then(|| found.lang().code())
}

/// The words of a letter, by what they may be.
#[derive(Default)]
struct Seen {
    words: usize,
    /// Letters of scripts without blanks, and other signs.
    signs: usize,
    /// Those that only Vietnamese writes so.
    own: usize,
    /// Those in a row of syllables in which such a one is.
    in_rows: usize,
    syllables: usize,
}

impl Seen {
    fn of(text: &str) -> Seen {
        let mut seen = Seen::default();
        let (mut row, mut has_own) = (0, false);
        // Forms have words between dots: `Họ và tên:......Tuổi......`.
        for word in text.split(|c: char| c.is_whitespace() || is_no_letter(c)) {
            if word.chars().filter(|c| c.is_alphabetic()).count() < 2 {
                continue;
            }
            seen.words += 1;
            seen.signs += word.chars().filter(|c| *c > '\u{2000}').count();
            let (syllable, own) = vietnamese(word);
            seen.syllables += usize::from(syllable);
            seen.own += usize::from(own);
            if !syllable {
                seen.in_rows += if has_own { row } else { 0 };
                (row, has_own) = (0, false);
                continue;
            }
            (row, has_own) = (row + 1, has_own || own);
        }
        seen.in_rows += if has_own { row } else { 0 };
        seen
    }

    fn is_enough(&self) -> bool {
        self.words >= WORDS || self.signs >= SIGNS
    }

    fn is_vietnamese(&self) -> bool {
        let share = |count: usize| count * 100 / self.words.max(1);
        share(self.own) > VIETNAMESE
            || share(self.in_rows) >= IN_ROWS
            || share(self.syllables) >= SYLLABLES
    }
}

fn is_no_letter(c: char) -> bool {
    c.is_ascii() && !c.is_ascii_alphabetic() && !matches!(c, '\'' | '-')
}

/// Whether a word is a syllable, and whether with a mark that other languages lack.
fn vietnamese(word: &str) -> (bool, bool) {
    let word = word.trim_matches(|c: char| !c.is_alphabetic());
    let own = |c: char| {
        matches!(c, 'ă' | 'đ' | 'ơ' | 'ư' | 'Ă' | 'Đ' | 'Ơ' | 'Ư' | '\u{1ea0}'..='\u{1ef9}')
    };
    let letters = Letters::of(word);
    let is_word = is_syllable(letters.as_slice()) || is_bare_syllable(letters.as_slice());
    let is_word = is_word && !letters.is_broken();
    (is_word, is_word && word.nfc().any(own))
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
