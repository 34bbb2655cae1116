//! ISO-2022-JP: a page that is another one for browsers, which find the encoding by its escapes.
//!
//! An escape inside a tag is nothing there (`<scri␛(Bpt>`), and `<!--` between two escapes is two
//! kanji and no comment. Under another label the escapes are mere controls, so both readings count.

use encoding_rs::ISO_2022_JP;
use memchr::memchr_iter;

/// The page in ISO-2022-JP, where it has escapes of that.
pub(super) fn other(bytes: &[u8]) -> Option<Vec<u8>> {
    let escape = |at: usize| {
        let selects = bytes.get(at + 1..at + 3);
        matches!(selects, Some([b'(', b'B' | b'J' | b'I'] | [b'$', b'@' | b'B']))
    };
    let found = memchr_iter(0x1b, bytes).any(escape);
    found.then(|| ISO_2022_JP.decode_without_bom_handling(bytes).0.into_owned().into_bytes())
}
