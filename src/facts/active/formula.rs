//! Formulas that ask others: a server, or another program.
//!
//! Excel writes names of functions in capitals, LibreOffice and files made by hand as they please:
//! all read them in any case, and with blanks in front of the bracket.

use super::Found;
use crate::facts::Deed;

/// A formula that asks a server and tells it what stands in the cells, or another program
/// (OpenFormula §6.13).
pub(super) fn judge(formula: &str, found: &mut Found) {
    if arguments(formula, "WEBSERVICE").is_some() {
        found.note(Deed::Remote, &format!("formula {formula}"));
    }
    if let Some(arguments) = arguments(formula, "DDE") {
        let mut arguments =
            arguments.split([';', ',']).map(|argument| argument.trim().trim_matches('"'));
        let mut next = || arguments.next().unwrap_or_default();
        found.dde(next(), next());
    }
}

/// What stands behind the bracket of the first call of a function.
fn arguments<'a>(formula: &'a str, function: &str) -> Option<&'a str> {
    let bytes = formula.as_bytes();
    let mut brackets = memchr::memchr_iter(b'(', bytes);
    brackets.find_map(|bracket| {
        let before = bytes.get(..bracket)?.trim_ascii_end();
        let (before, name) = before.split_at_checked(before.len().checked_sub(function.len())?)?;
        let whole = !before.last().is_some_and(|byte| byte.is_ascii_alphanumeric());
        let called = whole && name.eq_ignore_ascii_case(function.as_bytes());
        called.then(|| formula.get(bracket + 1..)).flatten()
    })
}
