//! A saved page (MHT) behind something else: Word looks for it, whatever stands in front.
//!
//! A PDF, a picture or junk before it, named `.doc`: viewers of the first show the first, Word runs
//! the macros of the second ("MalDoc in PDF", JPCERT/CC, August 2023).

/// How far in front of a page something else may stand.
const NEAR: usize = 1 << 20;

/// The page, from its first field; `None` where it begins the file, which is read without this.
pub(super) fn behind(content: &[u8]) -> Option<&[u8]> {
    let near = content.get(..content.len().min(NEAR))?;
    let mut from = 0;
    while let Some(at) = memchr::memchr2(b'\n', b'\r', near.get(from..)?) {
        from += at + 1;
        let line = near.get(from..)?;
        if is_field(line, b"mime-version") || is_field(line, b"content-type") && is_multipart(line)
        {
            return content.get(from..);
        }
    }
    None
}

/// Whether a line begins with this field; blanks before the colon are allowed.
fn is_field(line: &[u8], name: &[u8]) -> bool {
    let Some((head, rest)) = line.split_at_checked(name.len()) else { return false };
    let colon = rest.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
    head.eq_ignore_ascii_case(name) && colon == Some(&b':')
}

fn is_multipart(line: &[u8]) -> bool {
    let value = line.get(..line.len().min(64)).unwrap_or_default();
    value.windows(10).any(|word| word.eq_ignore_ascii_case(b"multipart/"))
}
