//! Linked objects of OLE (MS-OLEDS 2.3.3): monikers say where from.
//!
//! A link holds several, one for each way to its source, and one moniker may be put together of
//! others: each is looked for by its class, wherever it stands.

use super::fields::{Away, away};
use super::{Found, number};
use crate::facts::Deed;

/// Classes that name a source: an address, and a path.
const URL: &[u8] = b"\xe0\xc9\xea\x79\xf9\xba\xce\x11\x8c\x82\0\xaa\0\x4b\xa9\x0b";
const FILE: &[u8] = b"\x03\x03\0\0\0\0\0\0\xc0\0\0\0\0\0\0\x46";

/// Classes that serve attackers alone: they run what they name (CVE-2017-8570, CVE-2017-8759).
const RUNNING: &[(&[u8], &str)] = &[
    (b"\xd2\x0b\x29\x06\xaa\x48\xd2\x11", "scriptlet moniker"),
    (b"\xc7\xb0\xab\xec\x19\x7f\xd2\x11\x97\x8e\0\0\xf8\x75\x7e\x2a", "SOAP moniker"),
];

/// Monikers of one class that are read.
const MOST: usize = 64;

/// Looks at the stream of a link.
pub(super) fn link(stream: &[u8], found: &mut Found) {
    for (class, name) in RUNNING {
        if memchr::memmem::find(stream, class).is_some() {
            found.note(Deed::Exploit, name);
        }
    }
    let behind = |class: &'static [u8]| {
        let places = memchr::memmem::find_iter(stream, class).take(MOST);
        places.filter_map(move |at| stream.get(at + class.len()..))
    };
    let addresses = behind(URL).map(|rest| wide(rest.get(4..).unwrap_or_default()));
    for target in addresses.chain(behind(FILE).flat_map(paths)) {
        match away(&target) {
            Away::Local => {}
            Away::Share => found.note(Deed::Remote, &format!("object linked to {target}")),
            Away::Web | Away::Handler => {
                found.note(Deed::Template, &format!("object linked to {target}"));
            }
        }
    }
}

/// The paths of a file moniker (MS-OLEDS 2.3.3.1 has it serialized): in the code page, and behind
/// it in UTF-16.
fn paths(rest: &[u8]) -> Vec<String> {
    // Steps to go up, then the length of the path with its NUL.
    let length = number::le32(rest, 2).and_then(|length| usize::try_from(length).ok());
    let length = length.unwrap_or_default();
    let narrow = rest.get(6..).unwrap_or_default();
    let narrow = narrow.get(..length.min(narrow.len())).unwrap_or_default();
    let end = memchr::memchr(0, narrow).unwrap_or(narrow.len()).min(LONGEST);
    let mut paths = vec![narrow.iter().take(end).map(|byte| char::from(*byte)).collect()];
    // Versions and room (24 bytes), a length, and where there is one another and a key.
    let second = length.saturating_add(6 + 24);
    if number::le32(rest, second).is_some_and(|length| length > 0) {
        let size = number::le32(rest, second + 4).and_then(|length| usize::try_from(length).ok());
        let text = rest.get(second + 10..).unwrap_or_default();
        paths.push(wide(text.get(..size.unwrap_or_default().min(text.len())).unwrap_or_default()));
    }
    paths
}

/// More characters than an address has that anybody reads.
const LONGEST: usize = 300;

/// A text in UTF-16, up to its NUL.
fn wide(text: &[u8]) -> String {
    let text = text.get(..text.len().min(LONGEST * 2)).unwrap_or_default();
    let (text, _) = encoding_rs::UTF_16LE.decode_without_bom_handling(text);
    text.split('\0').next().unwrap_or_default().to_owned()
}
