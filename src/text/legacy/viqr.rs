//! VIQR (RFC 1456): `Tie^'ng Vie^.t`, marks as ASCII punctuation behind their vowel.
//!
//! The same signs end sentences: `ba.` is nặng or a full stop, and only other words tell which.
//! A sign at the end of a word that may be punctuation is read as a tone only if what comes out
//! is a syllable and the text is VIQR at all.

use super::super::letter::{Letter, Letters, Quality};
use super::super::syllable;

/// A word of VIQR, and what speaks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// Bytes it takes.
    pub len: usize,
    /// Marks that are more than punctuation behind a word: inside it, or `^`, `+`, `(`, `~`.
    pub marks: u8,
    /// `^`, `(`, `+` and dd: what English text does not have behind these letters.
    pub strong: u8,
    /// Whether it is a well-formed syllable.
    pub good: bool,
}

/// Reads the word that stands at the start; it begins with an ASCII letter.
pub fn token(bytes: &[u8]) -> Token {
    let mut letters = Letters::new();
    let mut token = Token::default();
    // A word longer than any syllable with its marks ends here and is none.
    let limit = bytes.len().min(24);
    let mut at = 0;
    let mut ambiguous = None;
    while at < limit {
        let (taken, letter, mark) = step(bytes.get(at..limit).unwrap_or_default(), &letters);
        if taken == 0 {
            break;
        }
        let inside = bytes.get(at + taken).is_some_and(u8::is_ascii_alphabetic);
        match mark {
            Mark::Tone if !inside && bytes.get(at) != Some(&b'~') => ambiguous = Some((at, letter)),
            Mark::Tone => token.marks += 1,
            Mark::Quality => (token.marks, token.strong) = (token.marks + 1, token.strong + 1),
            Mark::Letter => {}
        }
        if ambiguous.is_none() {
            letters.push(letter);
        }
        at += taken;
        if ambiguous.is_some() {
            break;
        }
    }
    token.len = at.max(1);
    let mut with = letters;
    if let Some((before, mark)) = ambiguous {
        with.push(mark);
        if syllable::is_syllable(with.as_slice()) && !with.is_broken() {
            letters = with;
        } else {
            token.len = before.max(1);
        }
    }
    token.good = !letters.is_broken() && syllable::is_syllable(letters.as_slice());
    token
}

enum Mark {
    Letter,
    Tone,
    Quality,
}

/// The next letter or mark, and how many bytes it takes; 0 at the end of the word.
fn step(bytes: &[u8], before: &Letters) -> (usize, Letter, Mark) {
    let Some(&byte) = bytes.first() else { return (0, Letter::NONE, Mark::Letter) };
    let next = bytes.get(1).copied().unwrap_or_default();
    if matches!((byte, next), (b'd' | b'D', b'd' | b'D')) {
        let stroke = Letter::of(if byte == b'D' { 'Đ' } else { 'đ' });
        return (2, stroke, Mark::Quality);
    }
    if byte.is_ascii_alphabetic() {
        return (1, Letter::of(char::from(byte)), Mark::Letter);
    }
    let vowel = before.as_slice().last().copied().unwrap_or_default();
    let (mark, kind) = match byte {
        b'\'' => (Letter::mark(Quality::None, 1), Mark::Tone),
        b'`' => (Letter::mark(Quality::None, 2), Mark::Tone),
        b'?' => (Letter::mark(Quality::None, 3), Mark::Tone),
        b'~' => (Letter::mark(Quality::None, 4), Mark::Tone),
        b'.' => (Letter::mark(Quality::None, 5), Mark::Tone),
        b'^' => (Letter::mark(Quality::Hat, 0), Mark::Quality),
        b'(' => (Letter::mark(Quality::Breve, 0), Mark::Quality),
        b'+' | b'*' => (Letter::mark(Quality::Horn, 0), Mark::Quality),
        _ => return (0, Letter::NONE, Mark::Letter),
    };
    // A sign that the letter before does not bear is punctuation, and the word ends before it.
    if vowel.with(mark).is_some() { (1, mark, kind) } else { (0, Letter::NONE, Mark::Letter) }
}

/// The text of VIQR. A backslash makes the sign behind it a sign.
pub fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'\\' && bytes.get(at + 1).is_some_and(u8::is_ascii_punctuation) {
            text.push(char::from(bytes.get(at + 1).copied().unwrap_or(b'\\')));
            at += 2;
        } else if byte.is_ascii_alphabetic() {
            let token = token(bytes.get(at..).unwrap_or_default());
            let word = bytes.get(at..at + token.len).unwrap_or_default();
            push_word(&mut text, word, token);
            at += token.len;
        } else {
            // A whole run of other bytes at once, so that text beyond ASCII stays what it is.
            let rest = bytes.get(at..).unwrap_or_default();
            let end = rest.iter().skip(1).position(|b| b.is_ascii_alphabetic() || *b == b'\\');
            let end = end.map_or(rest.len(), |end| end + 1);
            text.push_str(&String::from_utf8_lossy(rest.get(..end).unwrap_or_default()));
            at += end;
        }
    }
    text
}

/// A word, read where reading makes a syllable of it, where its marks leave no doubt, or where it
/// is an abbreviation (NDD-CP); else as it stands.
fn push_word(text: &mut String, word: &[u8], token: Token) {
    let mut letters = Letters::new();
    let mut at = 0;
    while at < word.len() {
        let (taken, letter, _) = step(word.get(at..).unwrap_or_default(), &letters);
        if taken == 0 {
            break;
        }
        letters.push(letter);
        at += taken;
    }
    let all = letters.as_slice();
    let is_abbreviation = all.iter().all(|letter| letter.is_capital() && letter.consonant() != 0);
    let sure = token.good
        || is_abbreviation
        || token.strong > 0 && word.iter().any(u8::is_ascii_punctuation);
    match sure && at == word.len() && !letters.is_broken() {
        true => text.extend(all.iter().filter_map(|letter| letter.char())),
        false => text.push_str(&String::from_utf8_lossy(word)),
    }
}
