//! ar, and what is packed in it or like it: Debian packages, and the head of an rpm.
//!
//! Names longer than sixteen bytes stand elsewhere: in a member of their own (GNU)
//! or in front of the content (BSD).

use super::drain::Drain;
use super::{Why, read};
use bytes::Bytes;

/// Bytes of a header: name, times and owners, size in digits, two signs.
const HEADER: usize = 60;

/// Takes the members out.
pub(super) fn open(bytes: &Bytes, drain: &mut Drain) {
    let mut here = 8;
    let mut long: &[u8] = &[];
    while let Some(header) = read::slice(bytes, here, HEADER) {
        let size = read::digits(header, 48, 10, 10).filter(|_| header.ends_with(b"`\n"));
        let Some(size) = size else {
            return drain.trouble(Why::Unreadable, None, "a header is damaged");
        };
        let start = here + HEADER;
        let end = start.saturating_add(size);
        let content = start..end.min(bytes.len());
        let field = header.get(..16).unwrap_or_default();
        if field.starts_with(b"//") {
            long = bytes.get(content).unwrap_or_default();
        } else {
            let (name, skipped) = name(field, long, bytes.get(content.clone()).unwrap_or_default());
            if !drain.count(&name) {
                return;
            }
            if end > bytes.len() {
                drain.trouble(Why::Unreadable, Some(&name), "the archive ends within this member");
            }
            let from = (content.start + skipped).min(content.end);
            drain.keep(name, bytes.slice(from..content.end), end <= bytes.len());
        }
        here = end.saturating_add(size % 2);
        if drain.is_spent() || !drain.is_awake() {
            return;
        }
    }
    if bytes.get(here..).is_some_and(|rest| !rest.is_empty()) {
        drain.trouble(Why::Unreadable, None, "something else follows the archive");
    }
}

/// The name, and how many bytes of the content are the name.
fn name(field: &[u8], long: &[u8], content: &[u8]) -> (String, usize) {
    let text = String::from_utf8_lossy(field);
    let text = text.trim_end_matches([' ', '\0']);
    if let Some(length) = text.strip_prefix("#1/").and_then(|digits| digits.parse().ok()) {
        let name = content.get(..length).unwrap_or(content);
        return (read::name(name), name.len());
    }
    let offset = text.strip_prefix('/').and_then(|digits| digits.parse::<usize>().ok());
    if let Some(found) = offset.and_then(|offset| long.get(offset..)) {
        // No path is longer; a table without line ends would be the name of every member.
        let found = found.get(..4096).unwrap_or(found);
        let end = memchr::memchr2(b'\n', 0, found).unwrap_or(found.len());
        let found = read::latin(found.get(..end).unwrap_or(found));
        return (found.strip_suffix('/').unwrap_or(&found).to_owned(), 0);
    }
    // A lone slash is the table of symbols.
    let bare = text.strip_suffix('/').filter(|bare| !bare.is_empty());
    (bare.unwrap_or(text).to_owned(), 0)
}

/// An rpm: a lead of 96 bytes, two headers, then a compressed cpio.
pub(super) fn rpm(bytes: &Bytes, drain: &mut Drain) {
    const LEAD: usize = 96;
    // The signature is padded to eight bytes, the main header is not.
    let payload = header(bytes, LEAD)
        .map(|end| end.next_multiple_of(8))
        .and_then(|start| header(bytes, start))
        .filter(|&start| start <= bytes.len());
    match payload {
        Some(start) if drain.count("payload") => {
            drain.keep("payload".to_owned(), bytes.slice(start..), true);
        }
        Some(_) => {}
        None => drain.trouble(Why::Unreadable, None, "its headers are damaged"),
    }
}

/// Where a header ends that begins here: sixteen bytes, an index, a store.
fn header(bytes: &[u8], at: usize) -> Option<usize> {
    let magic = read::slice(bytes, at, 4)? == b"\x8e\xad\xe8\x01";
    let index = usize::try_from(read::be32(bytes, at + 8)?).ok()?.checked_mul(16)?;
    let store = usize::try_from(read::be32(bytes, at + 12)?).ok()?;
    at.checked_add(16)?.checked_add(index)?.checked_add(store).filter(|_| magic)
}
