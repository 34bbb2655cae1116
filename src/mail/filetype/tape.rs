//! Headers of tar, by their checksum: older ones than POSIX have no other sign.

/// Whether a block of 512 bytes is a header of tar for some reader: the sum of its bytes stands in
/// it. Old programs summed signed characters, and readers take either sum.
pub fn is_tar_header(bytes: &[u8]) -> bool {
    let Some(header) = bytes.get(..512) else { return false };
    let Some(field) = header.get(SUM).filter(|field| field.iter().any(u8::is_ascii_digit)) else {
        return false;
    };
    // The field itself counts as blanks.
    let counted = || header.iter().enumerate().filter(|(at, _)| !SUM.contains(at));
    let blanks = 8 * i64::from(b' ');
    let sum = blanks + counted().map(|(_, &byte)| i64::from(byte)).sum::<i64>();
    let signed = blanks + counted().map(|(_, &byte)| i64::from(byte.cast_signed())).sum::<i64>();
    stated(field).into_iter().flatten().any(|stated| stated == sum || stated == signed)
}

/// Where the sum stands.
const SUM: std::ops::Range<usize> = 148..156;

/// The sum as readers take it from its field: the digits up to what is none, or all digits.
fn stated(field: &[u8]) -> [Option<i64>; 2] {
    let number = |digits: Vec<u8>| i64::from_str_radix(std::str::from_utf8(&digits).ok()?, 8).ok();
    let start = field.iter().position(u8::is_ascii_digit).unwrap_or(field.len());
    let first = field.get(start..).unwrap_or_default().iter().copied();
    let all = field.iter().copied().filter(u8::is_ascii_digit);
    [number(first.take_while(u8::is_ascii_digit).collect()), number(all.collect())]
}
