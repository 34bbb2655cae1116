//! The RTF body of an Outlook message, compressed as only Outlook does (MS-OXRTFCP).
//!
//! An LZ77 of 4096 bytes that begins filled with words that every RTF has.

use super::drain::Drain;
use super::{Why, read};
use bytes::Bytes;

/// What the dictionary holds before the first byte.
const FILLED: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

const SIZE: usize = 4096;

/// Keeps a compressed body as a component.
pub(super) fn component(packed: &[u8], drain: &mut Drain) {
    const NAME: &str = "body.rtf";
    if packed.is_empty() || !drain.count(NAME) {
        return;
    }
    let content = packed.get(16..).unwrap_or_default();
    let (out, whole) = match packed.get(8..12) {
        Some(b"MELA") => (content.to_vec(), true),
        Some(b"LZFu") => {
            let stated = read::size(packed, 4).unwrap_or_default();
            let (out, ended) = unpack(content);
            let whole = ended || out.len() >= stated;
            (out, whole)
        }
        _ => (Vec::new(), false),
    };
    if !whole {
        drain.trouble(Why::Unreadable, Some(NAME), "the compressed body is damaged");
    }
    drain.keep(NAME.to_owned(), Bytes::from(out), whole);
    drain.mark(|member| member.component = true);
}

/// Decompresses up to the end mark, or all there is; whether the mark was met (MS-OXRTFCP 3.1.3:
/// the stated length ends nothing). Two bytes make seventeen at most: the input bounds the output.
fn unpack(packed: &[u8]) -> (Vec<u8>, bool) {
    let mut dictionary = [0u8; SIZE];
    for (place, byte) in dictionary.iter_mut().zip(FILLED) {
        *place = *byte;
    }
    let (mut at, mut out) = (FILLED.len(), Vec::new());
    let mut put = |at: &mut usize, dictionary: &mut [u8; SIZE], byte: u8| {
        if let Some(place) = dictionary.get_mut(*at) {
            *place = byte;
        }
        *at = (*at + 1) % SIZE;
        out.push(byte);
    };
    let mut rest = packed.iter().copied();
    while let Some(control) = rest.next() {
        for bit in 0..8 {
            let Some(first) = rest.next() else { return (out, false) };
            if control >> bit & 1 == 0 {
                put(&mut at, &mut dictionary, first);
                continue;
            }
            let Some(second) = rest.next() else { return (out, false) };
            let offset = usize::from(first) << 4 | usize::from(second >> 4);
            if offset == at {
                return (out, true);
            }
            for step in 0..usize::from(second & 15) + 2 {
                let byte = dictionary.get((offset + step) % SIZE).copied().unwrap_or_default();
                put(&mut at, &mut dictionary, byte);
            }
        }
    }
    (out, false)
}
