//! Subjects and file names: never a stamp, but a hint that there is one.

use super::line::{alone, bracketed, grade, letters};
use super::{Form, Secrecy, readings, sieve};

/// The grade that a subject shows: alone, in brackets before or behind the rest, or as
/// `TỐI MẬT: …`. `subject` is in the bytes of its charset.
pub fn in_subject(subject: &[u8]) -> Option<Secrecy> {
    let subject = subject.get(..subject.len().min(LONGEST)).unwrap_or_default();
    first(subject, of_subject)
}

/// Bytes of a subject or name that are read.
const LONGEST: usize = 1000;

/// The grade in the first reading that has one.
fn first(text: &[u8], says: fn(&str) -> Option<Secrecy>) -> Option<Secrecy> {
    if !sieve::may_hold(text) {
        return None;
    }
    readings::first(text, says).map(|(_, grade)| grade)
}

fn of_subject(subject: &str) -> Option<Secrecy> {
    let mut rest = subject.trim();
    // Answers and forwards: Re:, Fwd:, TL:, Chuyển tiếp:
    while let Some((prefix, behind)) = rest.split_once(':') {
        let prefix = prefix.to_lowercase();
        if !["re", "fw", "fwd", "tr", "tl", "trả lời", "chuyển tiếp"].contains(&prefix.as_str())
        {
            break;
        }
        rest = behind.trim_start();
    }
    if let Some(found) = alone(rest, true) {
        return (found.mark(Form::Head, true)).map(|_| found.grade).filter(|_| is_marked(rest));
    }
    let opened = bracketed(rest).map(|(inner, _)| inner);
    let closed = rest
        .trim_end()
        .strip_suffix([')', ']'])
        .and_then(|rest| rest.rsplit_once(['(', '[']).map(|(_, inner)| inner));
    let titled = rest.split_once([':', '–']).and_then(|(head, rest)| {
        // All in capitals is shouting, not a stamp.
        rest.chars().any(char::is_lowercase).then_some(head)
    });
    [opened, closed, titled].into_iter().flatten().find_map(of_words)
}

/// The grade of a few words in capitals.
fn of_words(words: &str) -> Option<Secrecy> {
    let words = words.to_owned();
    let named = words.rsplit_once(':').filter(|(name, _)| super::label::is_name(name));
    let words = named.map_or(words.as_str(), |(_, value)| value);
    let found = letters(words)?;
    let (grade, bare) = grade(&found.upper)?;
    let sure = !bare || grade != Secrecy::Mat;
    (sure && (found.capital || named.is_some())).then_some(grade)
}

/// Whether a subject that is a grade alone shows it as a mark does: in capitals, with diacritics.
fn is_marked(subject: &str) -> bool {
    letters(subject).is_some_and(|letters| letters.capital && !letters.upper.is_ascii())
}

/// The grade that a file name shows: `[MẬT] …`, `… (TỐI MẬT)`, `12-BC_TOI_MAT`, `12-BC-UBND (M)`.
pub fn in_name(name: &[u8]) -> Option<Secrecy> {
    let name = name.get(..name.len().min(LONGEST)).unwrap_or_default();
    first(name, of_name)
}

fn of_name(name: &str) -> Option<Secrecy> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).trim();
    let opened = bracketed(stem).map(|(inner, _)| inner);
    let closed = stem.strip_suffix([')', ']']).and_then(|stem| stem.rsplit_once(['(', '[']));
    if let Some((number, "M")) = closed {
        let signed = number.contains(['-', '_']) && number.contains(|c: char| c.is_ascii_digit());
        return signed.then_some(Secrecy::Mat);
    }
    let inner = opened.into_iter().chain(closed.map(|(_, inner)| inner)).find_map(of_brackets);
    inner.or_else(|| of_pieces(stem))
}

/// In brackets any case will do: nobody puts honey there.
fn of_brackets(inner: &str) -> Option<Secrecy> {
    let found = letters(inner)?;
    let (grade, bare) = grade(&found.upper)?;
    (!bare || found.capital).then_some(grade)
}

/// A name in pieces: `KH_TỐI_MẬT`, `TOI MAT - ke hoach`. Words of other meaning stand beside `mật`
/// everywhere (bảo mật, mật khẩu, mặt bằng), so MẬT alone is read in brackets only.
fn of_pieces(stem: &str) -> Option<Secrecy> {
    let is_gap = |c: char| c.is_whitespace() || matches!(c, '_' | '-' | '–' | '.' | ',');
    let words: Vec<&str> = stem.split(is_gap).filter(|word| !word.is_empty()).take(40).collect();
    words.windows(2).find_map(|pair| {
        let [first, second] = pair else { return None };
        let both = letters(&format!("{first}{second}"))?;
        let (grade, _) = grade(&both.upper)?;
        (both.capital && grade != Secrecy::Mat).then_some(grade)
    })
}
