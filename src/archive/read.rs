//! Numbers and texts at offsets of a sender's bytes; `None` past the end.

/// `length` bytes at an offset.
pub(super) fn slice(bytes: &[u8], at: usize, length: usize) -> Option<&[u8]> {
    bytes.get(at..at.checked_add(length)?)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    slice(bytes, at, N)?.try_into().ok()
}

/// Little-endian, 16 bits.
pub(super) fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

/// Little-endian, 32 bits.
pub(super) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// Big-endian, 32 bits.
pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_be_bytes)
}

/// A little-endian number that is an offset or a length.
pub(super) fn size(bytes: &[u8], at: usize) -> Option<usize> {
    le32(bytes, at).and_then(|number| usize::try_from(number).ok())
}

/// A number in digits, as old archives have it; blanks and NULs around it do not count.
pub(super) fn digits(bytes: &[u8], at: usize, length: usize, radix: u32) -> Option<usize> {
    let text = std::str::from_utf8(slice(bytes, at, length)?).ok()?;
    usize::from_str_radix(text.trim_matches([' ', '\0']), radix).ok()
}

/// A name as old systems wrote it: up to its NUL; UTF-8, else Latin 1.
pub(super) fn name(bytes: &[u8]) -> String {
    let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
    latin(bytes.get(..end).unwrap_or(bytes))
}

/// UTF-8, else Latin 1.
pub(super) fn latin(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// UTF-16 from pairs of bytes; what is none is replaced.
pub(super) fn wide(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(unit));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Whether there is nothing but what stands behind files by accident: tapes are padded with NULs,
/// modems with 0x1a, a file in quoted-printable ends in the end of a line, servers add blanks.
pub(super) fn is_padding(behind: &[u8]) -> bool {
    behind.iter().all(|byte| matches!(byte, 0 | 0x1a | b' ' | b'\t' | b'\r' | b'\n'))
}
