//! Base64 in documents and pages, as lenient as browsers are.
//!
//! Line ends and other foreign characters are dropped, both alphabets are read, padding ends it.

use mail_parser::Encoding;

/// Whether a byte may stand in base64, of the usual alphabet or of the one for addresses.
pub(super) fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'/' | b'_' | b'=')
}

/// What the digits stand for.
pub(super) fn decode(text: &[u8]) -> Vec<u8> {
    let usual = |byte: &u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => *other,
    };
    let digits = text.iter().take_while(|byte| **byte != b'=').filter(|byte| is_digit(**byte));
    Encoding::Base64.decode(&digits.map(usual).collect::<Vec<u8>>()).into_owned()
}
