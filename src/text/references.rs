//! Numeric character references (`&#7879;`) in plain text, where no reader expands them.

/// The longest reference that is one: `&#x10FFFF;`.
const LONGEST: usize = 10;

/// The character of the reference at the start, and its length in bytes.
pub(super) fn reference(text: &str) -> Option<(char, usize)> {
    let body = text.strip_prefix("&#")?;
    let end = body.bytes().take(LONGEST).position(|byte| byte == b';')?;
    let digits = body.get(..end)?;
    let number = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    Some((char::from_u32(number)?, end + 3))
}

/// A text with its references expanded. Controls stay references: they are nobody's letters.
pub fn expand(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest.as_bytes(), b"&#") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        match reference(from) {
            Some((c, len)) if !c.is_control() => {
                out.push(c);
                rest = from.get(len..).unwrap_or_default();
            }
            _ => {
                out.push_str("&#");
                rest = from.get(2..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}
