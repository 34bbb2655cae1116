//! The header block of a message, field by field, as it stands.

use bytes::Bytes;

/// Bytes of a header block that are kept; the longest of real mail has some 60 KB.
pub const HEADER_MAX: usize = 256 << 10;

/// The block at the start of a message, up to the first empty line; whether that is all of it.
pub fn block(raw: &Bytes) -> (Bytes, bool) {
    let window = raw.get(..raw.len().min(HEADER_MAX)).unwrap_or_default();
    match memchr::memmem::find(window, b"\r\n\r\n") {
        Some(end) => (raw.slice(..end + 2), true),
        None => (raw.slice(..window.len()), window.len() == raw.len()),
    }
}

/// The values of the fields of this name, compared without case; folding is left in.
pub fn values<'h>(block: &'h [u8], name: &str) -> impl Iterator<Item = &'h [u8]> {
    fields(block)
        .filter(move |(label, _)| label.eq_ignore_ascii_case(name.as_bytes()))
        .map(|(_, value)| value)
}

/// Names and values of all fields; folding is left in. What has no colon is none.
pub fn fields(block: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = block;
    let fields = std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (field, behind) = rest.split_at(end(rest));
        rest = behind;
        Some(field)
    });
    fields.filter_map(|field| {
        let colon = memchr::memchr(b':', field)?;
        let (label, value) = (field.get(..colon)?, field.get(colon + 1..)?);
        Some((label.trim_ascii_end(), value.trim_ascii()))
    })
}

/// Where the first field ends: at a line end that no blank follows (RFC 5322 §2.2.3).
fn end(block: &[u8]) -> usize {
    for at in memchr::memchr_iter(b'\n', block) {
        if !matches!(block.get(at + 1), Some(b' ' | b'\t')) {
            return at + 1;
        }
    }
    block.len()
}
