//! Office's ActiveMime: the macros of a document that is saved as MHTML, squeezed by zlib.
//!
//! The offset of the squeezed part stands in the header, but Word looks for the zlib header itself;
//! a stream of the sender's invention in front hides nothing, since each that is an OLE file is taken.

use super::Why;
use super::drain::Drain;
use bytes::Bytes;
use flate2::read::ZlibDecoder;
use memchr::memmem;
use std::io::Read;

/// The header has some fifty bytes; nothing else stands before the squeezed part.
const HEADER: usize = 4096;
/// Squeezed parts of one file; Office writes one.
const MOST: usize = 16;

/// Takes the OLE file out.
pub(super) fn open(bytes: &Bytes, drain: &mut Drain) {
    let begins: Vec<(usize, bool)> = starts(bytes)
        .into_iter()
        .filter_map(|start| Some((start, is_ole(bytes.get(start..)?)?)))
        .collect();
    let mut ole = begins.iter().filter(|(_, ole)| *ole).map(|(start, _)| *start).peekable();
    if ole.peek().is_some() {
        for (number, start) in ole.enumerate() {
            if number >= MOST {
                return drain.trouble(Why::OverLimit, None, "has too many squeezed parts");
            }
            part(bytes, start, drain);
        }
        return;
    }
    match begins.first() {
        Some((start, _)) => part(bytes, *start, drain),
        None => drain.trouble(Why::Unreadable, None, "has no squeezed part"),
    }
}

/// Where a squeezed part may begin: at any zlib header near the start, or where the header says
/// (46 bytes behind the number in it).
fn starts(bytes: &[u8]) -> Vec<usize> {
    let levels: [&[u8]; 4] = [b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"];
    let head = bytes.get(..HEADER).unwrap_or(bytes);
    let mut starts: Vec<usize> =
        levels.iter().flat_map(|level| memmem::find_iter(head, level)).collect();
    if let Some([low, high]) = bytes.get(0x1e..0x20) {
        starts.push(usize::from(u16::from_le_bytes([*low, *high])) + 46);
    }
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// Whether what is squeezed is an OLE file; `None` where nothing is.
fn is_ole(squeezed: &[u8]) -> Option<bool> {
    let mut first = [0; 8];
    ZlibDecoder::new(squeezed).read_exact(&mut first).ok()?;
    Some(first == *b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
}

/// Takes one part out.
fn part(bytes: &Bytes, start: usize, drain: &mut Drain) {
    let name = "macros.ole".to_owned();
    if drain.is_spent() || !drain.count(&name) {
        return;
    }
    let mut out = Vec::new();
    let mut reader = ZlibDecoder::new(bytes.get(start..).unwrap_or_default());
    let whole = drain.read(&name, &mut reader, &mut out);
    drain.push(name, Vec::new(), Bytes::from(out), whole);
}
