//! Vietnamese names taken apart: words, initials, and what of them stands in an address.

use crate::mail::fold;
use unicode_normalization::UnicodeNormalization;

/// The words of a name, in NFC; blanks and punctuation part them (`Kế hoạch - Tài chính`,
/// `TT&TT`, `K'Brít`).
pub(super) fn words(name: &str) -> Vec<String> {
    let name: String = name.nfc().collect();
    let parts = name.split(|c: char| !c.is_alphanumeric() && !is_mark(c));
    let words: Vec<String> = parts.filter(|part| !part.is_empty()).map(str::to_owned).collect();
    // A name that stands wholly in capitals has no abbreviations that one could tell.
    let shouted = words.len() > 1 && words.iter().all(|word| is_capital(word));
    if shouted && words.iter().any(|word| !word.is_ascii()) {
        return words.iter().map(|word| word.to_lowercase()).collect();
    }
    words
}

/// Marks that have no precomposed letter stay with theirs.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

fn is_capital(word: &str) -> bool {
    word.chars().any(char::is_alphabetic) && !word.chars().any(char::is_lowercase)
}

/// A word as an address has it: `[a-z0-9]`.
pub(super) fn plain(word: &str) -> String {
    fold(word).to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect()
}

/// All words as one.
pub(super) fn joined(words: &[String]) -> String {
    words.iter().map(|word| plain(word)).collect()
}

/// The first letter of each word, without "và"; abbreviations and numbers are kept whole.
pub(super) fn initials(words: &[String]) -> String {
    words.iter().filter(|word| word.to_lowercase() != "và").map(|word| initial(word)).collect()
}

fn initial(word: &str) -> String {
    let plain = plain(word);
    let whole =
        is_capital(word) && word.chars().count() > 1 || word.starts_with(|c: char| c.is_numeric());
    if whole { plain } else { first(&plain) }
}

/// The first letter.
pub(super) fn first(plain: &str) -> String {
    plain.chars().take(1).collect()
}

/// A text in lower case, without diacritics, its words parted by single blanks: two spellings of
/// one name are equal.
pub(in crate::directory) fn plain_words(text: &str) -> String {
    let words = words(text);
    words.iter().map(|word| plain(word)).collect::<Vec<_>>().join(" ")
}
