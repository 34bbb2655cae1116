//! What only the head of a document has: the motto of the State, its number, its place and date,
//! and what stands beside a stamp.

use super::{NEAR, readings, sieve};
use crate::mail::fold;

/// Whether something near the line at `start` shows the head of a document. The motto may be right
/// Unicode beside a stamp in an old font, so each line is read in every encoding.
pub(super) fn is_near(text: &[u8], start: usize) -> bool {
    let shown = |line: sieve::Line<'_>| {
        readings::first(line.bytes, |words| is_anchor(words).then_some(())).is_some()
    };
    // A stamp may share its line with the motto in the other column.
    let own = std::iter::once(sieve::Line::at(text, start));
    own.chain(sieve::around(text, start, NEAR)).any(shown)
}

/// Whether a line stands in the head of a document.
pub(super) fn is_anchor(line: &str) -> bool {
    let line = fold(line).to_ascii_uppercase();
    let letters: String = line.chars().filter(char::is_ascii_alphanumeric).collect();
    const WORDS: [&str; 4] = [
        "CONGHOAXAHOICHUNGHIAVIETNAM",
        "DOCLAPTUDOHANHPHUC",
        "CHINGUOICOTENMOIDUOCBOCBI",
        "THOIHANBAOVEBIMATNHANUOC",
    ];
    WORDS.iter().any(|words| letters.contains(words))
        || is_number(&line)
        || is_date(&line)
        || is_copy(&letters)
}

/// `Số: 12/BC-UBND`, also with the number left open.
pub(super) fn is_number(folded: &str) -> bool {
    let Some(rest) = folded.trim_start().strip_prefix("SO") else { return false };
    let open = |c: char| c.is_ascii_digit() || matches!(c, ' ' | ':' | '.' | '_' | '~' | '-');
    let rest = rest.trim_start_matches(open);
    let Some(sign) = rest.strip_prefix('/') else { return false };
    sign.trim_start().starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '~' | '.'))
}

/// `Tân An, ngày 5 tháng 6 năm 2026` at the end of a line.
fn is_date(folded: &str) -> bool {
    let Some((place, rest)) = folded.rsplit_once(", NGAY") else { return false };
    let Some((day, rest)) = rest.split_once("THANG") else { return false };
    let Some((month, year)) = rest.split_once("NAM") else { return false };
    let open = |c: char| c.is_ascii_digit() || c.is_ascii_whitespace() || "._~-*/".contains(c);
    let parts = [day, month, year];
    place.len() <= 120 && parts.iter().all(|part| part.len() <= 40 && part.chars().all(open))
}

/// `Bản số: 03`
fn is_copy(letters: &str) -> bool {
    letters
        .strip_prefix("BANSO")
        .is_some_and(|rest| rest.len() <= 4 && rest.bytes().all(|byte| byte.is_ascii_digit()))
}
