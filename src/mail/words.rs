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

/// What each code point up to the last letter that Vietnamese has (U+1EF9) is in a folded text:
/// the ASCII letter or digit behind it, in lower case, or one of the words below.
static PLAIN: LazyLock<Vec<u8>> = LazyLock::new(|| {
    (0u32..0x1f00).map(|code| char::from_u32(code).map_or(STRANGE, plain)).collect()
});

/// Stands between words.
const BETWEEN: u8 = 0;
/// Stands between no letters: marks, and what nobody sees.
const NOTHING: u8 = 1;
/// Neither: see [`Tokens::strange`].
const STRANGE: u8 = 2;

/// `Ở` → `o`, `đ` → `d`.
fn plain(c: char) -> u8 {
    let base = match c {
        'đ' | 'Đ' | 'ð' | 'Ð' => Some('d'),
        c => std::iter::once(c).nfd().find(|c| !is_combining_mark(*c)),
    };
    match base.and_then(|base| u8::try_from(base.to_ascii_lowercase()).ok()) {
        Some(letter) if letter.is_ascii_alphanumeric() => letter,
        _ if is_combining_mark(c) || is_unseen(c) => NOTHING,
        _ if c.is_ascii() => BETWEEN,
        _ => STRANGE,
    }
}

/// A text on its way to words; may come in pieces.
#[derive(Clone, Debug)]
pub struct Tokens {
    letters: Letters,
    /// Whether the next letter begins a word.
    gap: bool,
    out: Vec<u8>,
}

impl Tokens {
    /// No words yet.
    pub fn new(letters: Letters) -> Tokens {
        Tokens { letters, gap: true, out: Vec::new() }
    }

    /// The words of one text: ` xo so ` of `Xổ-số`, and nothing of a text without letters.
    pub fn of(letters: Letters, text: &str) -> Vec<u8> {
        let mut words = Tokens::new(letters);
        words.push(text);
        words.finish()
    }

    /// Adds a text; a word may go on in the next one.
    pub fn push(&mut self, text: &str) {
        self.out.reserve(text.len() + 2);
        match self.letters {
            Letters::Folded => self.fold(text),
            Letters::Exact => text.chars().filter(|c| !is_unseen(*c)).nfc().for_each(|c| {
                match c.is_alphanumeric() || is_combining_mark(c) {
                    true => c.to_lowercase().for_each(|c| self.letter(c)),
                    false => self.gap = true,
                }
            }),
        }
    }

    /// The words, in UTF-8.
    pub fn finish(mut self) -> Vec<u8> {
        if !self.out.is_empty() {
            self.out.push(b' ');
        }
        self.out
    }

    fn fold(&mut self, text: &str) {
        let plain: &[u8] = &PLAIN;
        for c in text.chars() {
            match plain.get(c as usize).copied().unwrap_or(STRANGE) {
                BETWEEN => self.gap = true,
                NOTHING => {}
                STRANGE => self.strange(c),
                letter => self.byte(letter),
            }
        }
    }

    /// Letters of other widths and shapes (`Ｘ`, `𝐱`) are those that they look like; other
    /// scripts are their own.
    fn strange(&mut self, c: char) {
        if is_combining_mark(c) || is_unseen(c) {
            return;
        }
        for c in std::iter::once(c).nfkd() {
            match PLAIN.get(c as usize).copied().unwrap_or(STRANGE) {
                BETWEEN => self.gap = true,
                NOTHING => {}
                STRANGE if c.is_alphanumeric() => c.to_lowercase().for_each(|c| self.letter(c)),
                STRANGE => self.gap |= !is_combining_mark(c),
                letter => self.byte(letter),
            }
        }
    }

    fn letter(&mut self, c: char) {
        let mut bytes = [0; 4];
        for byte in c.encode_utf8(&mut bytes).bytes() {
            self.byte(byte);
        }
    }

    fn byte(&mut self, byte: u8) {
        if self.gap {
            self.out.push(b' ');
            self.gap = false;
        }
        self.out.push(byte);
    }
}

/// Invisible and no line end or tab, which are controls too.
fn is_unseen(c: char) -> bool {
    is_invisible(c) && !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')
}
