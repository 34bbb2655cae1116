//! Base64 in documents and pages, as lenient as browsers are.
//!
//! Line ends and other foreign characters are dropped, both alphabets are read, padding ends it.

/// The value of a digit, of the usual alphabet or of the one for addresses.
fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// Whether a byte may stand in base64.
pub(super) fn is_digit(byte: u8) -> bool {
    digit(byte).is_some() || byte == b'='
}

/// What the digits stand for.
pub(super) fn decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for value in text.iter().take_while(|byte| **byte != b'=').filter_map(|&byte| digit(byte)) {
        bits = bits << 6 & 0x00ff_ffff | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}
