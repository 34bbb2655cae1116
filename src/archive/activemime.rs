//! Office's ActiveMime: the macros of a document that is saved as MHTML, squeezed by zlib.
//!
//! The offset of the squeezed part stands in the header, but Word looks for the
//! zlib header itself, so a header of the sender's invention hides nothing.

use super::Why;
use super::drain::Drain;
use bytes::Bytes;
use memchr::memmem;
use std::io::Read;

/// Takes the OLE file out.
pub(super) fn open(bytes: &Bytes, drain: &mut Drain) {
    // The header has some fifty bytes; nothing else stands before the squeezed part.
    const HEADER: usize = 4096;
    let head = bytes.get(..HEADER).unwrap_or(bytes);
    let levels: [&[u8]; 4] = [b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"];
    let inflates = |&at: &usize| {
        let mut first = [0; 8];
        let squeezed = bytes.get(at..).unwrap_or_default();
        flate2::read::ZlibDecoder::new(squeezed).read_exact(&mut first).is_ok()
    };
    let mut starts: Vec<usize> =
        levels.iter().flat_map(|level| memmem::find_iter(head, level).take(8)).collect();
    starts.sort_unstable();
    let Some(start) = starts.into_iter().find(inflates) else {
        return drain.trouble(Why::Unreadable, None, "has no squeezed part");
    };
    let name = "macros.ole".to_owned();
    if !drain.count(&name) {
        return;
    }
    let mut out = Vec::new();
    let mut reader = flate2::read::ZlibDecoder::new(bytes.get(start..).unwrap_or_default());
    let whole = drain.read(&name, &mut reader, &mut out);
    drain.push(name, Vec::new(), Bytes::from(out), whole);
}
