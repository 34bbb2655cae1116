//! Character references of HTML: `&lt;`, `&#60;`, `&#x3c`, as far as markup and script need them.
//!
//! HTML has a name for each sign of ASCII, so `javascript&colon;alert&lpar;1&rpar;` runs.

use crate::text::named_reference;

/// A text with its references resolved, once; what is none stays.
pub(super) fn decoded(value: &str) -> String {
    if !value.contains('&') {
        return value.to_owned();
    }
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, behind)) = rest.split_once('&') {
        out.push_str(before);
        match reference(behind) {
            Some((c, after)) => {
                out.push(c);
                rest = after;
            }
            None => {
                out.push('&');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The reference that begins behind a `&`, and what follows it.
fn reference(behind: &str) -> Option<(char, &str)> {
    /// Longer than any name above; a number may have leading zeros.
    const LONGEST: usize = 32;
    let part = |c: char| c.is_ascii_alphanumeric() || c == '#';
    let length = behind.bytes().take(LONGEST).take_while(|byte| part(char::from(*byte))).count();
    let (name, after) = behind.split_at_checked(length)?;
    let c = match name.strip_prefix('#') {
        Some(digits) => {
            let (radix, digits) = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => (16, hex),
                None => (10, digits),
            };
            // What follows without a semicolon ends the number.
            let count = digits.chars().take_while(|c| c.is_digit(radix)).count();
            let (number, _) = digits.split_at_checked(count)?;
            let after = behind.get(length - (digits.len() - count)..)?;
            let c = u32::from_str_radix(number, radix).ok().and_then(char::from_u32)?;
            return Some((c, after.strip_prefix(';').unwrap_or(after)));
        }
        None => named_reference(name)?,
    };
    Some((c, after.strip_prefix(';').unwrap_or(after)))
}
