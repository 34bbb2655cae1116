//! Text as words that compare as people do: without case, without diacritics, NFC and NFD alike.
//!
//! What stands between words (blanks, line ends, punctuation) is one blank, and one stands before
//! the first word and behind the last: a phrase is found whole by searching for its bytes. What
//! nobody sees (U+200B, soft hyphens) stands between no letters.

use super::name::is_invisible;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How letters compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Letters {
    /// `ở`, `Ơ` and `o` are one letter, and so are `đ` and `d`.
    #[default]
    Folded,
    /// Only case is no difference; NFC and NFD are none either.
    Exact,
}

/// The ASCII letter or digit behind each code point up to the last letter that Vietnamese has
/// (U+1EF9), in lower case; 0 where there is none.
static PLAIN: LazyLock<Vec<u8>> = LazyLock::new(|| {
    (0u32..0x1f00).map(|code| char::from_u32(code).and_then(plain).unwrap_or(0)).collect()
});

/// `Ở` → `o`, `đ` → `d`; what is no such letter has none.
fn plain(c: char) -> Option<u8> {
    let base = match c {
        'đ' | 'Đ' | 'ð' | 'Ð' => 'd',
        c => std::iter::once(c).nfd().find(|c| !is_combining_mark(*c))?,
    };
    let ascii = base.is_ascii_alphanumeric().then(|| base.to_ascii_lowercase())?;
    u8::try_from(ascii).ok()
}

/// A text on its way to words; may come in pieces.
#[derive(Clone, Debug)]
pub struct Tokens {
    letters: Letters,
    /// Whether the next letter begins a word.
    gap: bool,
    out: String,
}

impl Tokens {
    /// No words yet.
    pub fn new(letters: Letters) -> Tokens {
        Tokens { letters, gap: true, out: String::new() }
    }

    /// The words of one text: ` xo so ` of `Xổ-số`, and nothing of a text without letters.
    pub fn of(letters: Letters, text: &str) -> String {
        let mut words = Tokens::new(letters);
        words.push(text);
        words.finish()
    }

    /// Adds a text; a word may go on in the next one.
    pub fn push(&mut self, text: &str) {
        self.out.reserve(text.len() + 2);
        match self.letters {
            Letters::Folded => text.chars().for_each(|c| self.fold(c)),
            Letters::Exact => text.chars().filter(|c| !is_unseen(*c)).nfc().for_each(|c| {
                match c.is_alphanumeric() || is_combining_mark(c) {
                    true => c.to_lowercase().for_each(|c| self.letter(c)),
                    false => self.gap = true,
                }
            }),
        }
    }

    /// The words.
    pub fn finish(mut self) -> String {
        if !self.out.is_empty() {
            self.out.push(' ');
        }
        self.out
    }

    fn fold(&mut self, c: char) {
        if c.is_ascii() {
            match c.is_ascii_alphanumeric() {
                true => self.letter(c.to_ascii_lowercase()),
                false => self.gap = true,
            }
            return;
        }
        match PLAIN.get(c as usize) {
            Some(&letter) if letter > 0 => self.letter(char::from(letter)),
            _ if is_combining_mark(c) || is_unseen(c) => {}
            // Letters of other widths and shapes (`Ｘ`, `𝐱`) are those that they look like.
            None => std::iter::once(c).nfkd().for_each(|c| match c.is_ascii() {
                true => self.fold(c),
                false => self.other(c),
            }),
            Some(_) => self.other(c),
        }
    }

    fn other(&mut self, c: char) {
        match c.is_alphanumeric() {
            true => c.to_lowercase().for_each(|c| self.letter(c)),
            false => self.gap |= !is_combining_mark(c),
        }
    }

    fn letter(&mut self, c: char) {
        if self.gap {
            self.out.push(' ');
            self.gap = false;
        }
        self.out.push(c);
    }
}

/// Invisible and no line end or tab, which are controls too.
fn is_unseen(c: char) -> bool {
    is_invisible(c) && !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')
}
