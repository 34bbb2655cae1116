//! Vietnamese folded to ASCII, for replies on the wire that promise no UTF-8.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Folds to ASCII: marks are dropped, đ becomes d, the mark of a cut name becomes `~`,
/// whatever else is not ASCII becomes `?`.
///
/// `ơ` and `ư` decompose into letter and horn; `đ` does not decompose, its stroke is no mark.
pub fn fold(text: &str) -> String {
    text.nfd()
        .filter(|&c| !is_combining_mark(c))
        .map(|c| match c {
            'đ' | 'ð' => 'd',
            'Đ' | 'Ð' => 'D',
            '…' => '~',
            c if c.is_ascii() => c,
            _ => '?',
        })
        .collect()
}
