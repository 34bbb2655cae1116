//! cpio: newc, odc and the binary forms of both byte orders; the payload of rpm.
//!
//! An archive ends with a member of a certain name, and not with the file: what
//! stands behind it is another archive or padding.

use super::drain::Drain;
use super::{Why, read};
use bytes::Bytes;

/// The name of the last member, which is none.
const LAST: &[u8] = b"TRAILER!!!";

/// A header, whichever form it has.
struct Header {
    mode: usize,
    /// The length of the name with its NUL.
    name: usize,
    size: usize,
    /// The length of the header itself, and the multiple to which name and content are padded.
    fixed: usize,
    align: usize,
}

/// Takes the members out.
pub(super) fn open(bytes: &Bytes, drain: &mut Drain) {
    let mut here = 0;
    loop {
        let rest = bytes.get(here..).unwrap_or_default();
        let Some(header) = header(rest) else {
            // Several archives may follow each other; tapes are padded.
            if here == 0 || !read::is_padding(rest) {
                drain.trouble(Why::Unreadable, None, "a header is damaged or missing");
            }
            return;
        };
        let Some((name, length)) = member(bytes, here, &header, drain) else { return };
        here = here.saturating_add(length);
        if name == LAST {
            let rest = bytes.get(here..).unwrap_or_default();
            here += rest.iter().take_while(|&&byte| byte == 0).count();
            if here == bytes.len() {
                return;
            }
        }
        if drain.is_spent() || !drain.is_awake() {
            return;
        }
    }
}

/// Takes one member; its name, and the bytes that it takes. `None` where it does not fit.
fn member<'a>(
    bytes: &'a Bytes,
    here: usize,
    header: &Header,
    drain: &mut Drain,
) -> Option<(&'a [u8], usize)> {
    let padded = |length: usize| length.checked_next_multiple_of(header.align);
    let written = read::slice(bytes, here + header.fixed, header.name);
    let content = padded(header.fixed.saturating_add(header.name)).filter(|_| written.is_some());
    let (Some(written), Some(content)) = (written, content) else {
        drain.trouble(Why::Unreadable, None, "the archive ends within a header");
        return None;
    };
    let end = memchr::memchr(0, written).unwrap_or(written.len());
    let raw = written.get(..end).unwrap_or(written);
    let kind = header.mode & 0o170_000;
    if raw != LAST && (kind == 0o100_000 || kind == 0 || header.size > 0) {
        let name = read::latin(raw);
        if !drain.count(&name) {
            return None;
        }
        // Of a symbolic link the content is the name that it leads to.
        if kind == 0o120_000 {
            drain.push(name, Vec::new(), Bytes::new(), true);
            return Some((raw, content.saturating_add(padded(header.size)?)));
        }
        let start = (here + content).min(bytes.len());
        let stop = start.saturating_add(header.size).min(bytes.len());
        let whole = stop - start == header.size;
        if !whole {
            drain.trouble(Why::Unreadable, Some(&name), "the archive ends within this member");
        }
        drain.keep(name, bytes.slice(start..stop), whole);
    }
    Some((raw, content.saturating_add(padded(header.size)?)))
}

/// Reads a header of any form.
fn header(rest: &[u8]) -> Option<Header> {
    match rest.get(..6)? {
        b"070701" | b"070702" => {
            let field = |number: usize| read::digits(rest, 6 + 8 * number, 8, 16);
            let (mode, size, name) = (field(1)?, field(6)?, field(11)?);
            Some(Header { mode, size, name, fixed: 110, align: 4 })
        }
        b"070707" => {
            let field = |at: usize, length: usize| read::digits(rest, at, length, 8);
            let (mode, name, size) = (field(18, 6)?, field(59, 6)?, field(65, 11)?);
            Some(Header { mode, size, name, fixed: 76, align: 1 })
        }
        [0xc7, 0x71, ..] => binary(rest, |at| read::le16(rest, at)),
        [0x71, 0xc7, ..] => binary(rest, |at| read::le16(rest, at).map(u16::swap_bytes)),
        _ => None,
    }
}

/// The old form: thirteen numbers of two bytes; sizes are two of them, the higher first.
fn binary(rest: &[u8], word: impl Fn(usize) -> Option<u16>) -> Option<Header> {
    let wide = |at: usize| Some(usize::from(word(at)?) << 16 | usize::from(word(at + 2)?));
    let (mode, name, size) = (word(6)?, word(20)?, wide(22)?);
    let whole = rest.len() >= 26;
    whole.then_some(Header {
        mode: usize::from(mode),
        name: usize::from(name),
        size,
        fixed: 26,
        align: 2,
    })
}
