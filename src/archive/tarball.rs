//! tar: members stand in it as they are, so they are cut out of it and not copied.

use super::drain::Drain;
use super::{Why, read};
use bytes::Bytes;
use std::io::Cursor;
use tar::EntryType;

/// Takes the members out.
pub(super) fn open(bytes: &Bytes, drain: &mut Drain) {
    let mut archive = tar::Archive::new(Cursor::new(bytes.as_ref()));
    let entries = match archive.entries_with_seek() {
        Ok(entries) => entries,
        Err(error) => return drain.trouble(Why::Unreadable, None, &error.to_string()),
    };
    let mut end = 0u64;
    for entry in entries {
        match entry {
            Ok(mut entry) => {
                let sparse = entry.header().entry_type().is_gnu_sparse();
                // What a sparse file takes in the archive stands in its header alone.
                let taken = entry.header().entry_size().unwrap_or_default();
                let size = if sparse { taken } else { entry.size() };
                end = end.max(entry.raw_file_position().saturating_add(size));
                member(&mut entry, bytes, drain);
            }
            // Behind a damaged header nothing tells where the next one is.
            Err(error) => return drain.trouble(Why::Unreadable, None, &error.to_string()),
        }
        if drain.is_spent() {
            return;
        }
    }
    if is_followed(bytes, end) {
        drain.trouble(Why::Unreadable, None, "something stands behind the end");
    }
}

/// Whether anything follows the archive that some program may show. Two empty blocks end it, but
/// programs may be told to go on behind them; what fills the last record (twenty blocks) is what
/// the writer's memory happened to hold.
fn is_followed(bytes: &[u8], end: u64) -> bool {
    const RECORD: u64 = 20 * 512;
    let behind = |unit: u64| {
        let end = end.checked_next_multiple_of(unit).and_then(|end| usize::try_from(end).ok());
        end.and_then(|end| bytes.get(end..)).unwrap_or_default()
    };
    let header = || memchr::memmem::find(behind(512), b"ustar").is_some();
    !read::is_padding(behind(RECORD)) || header()
}

/// Takes one entry; folders, links and devices have no content of their own.
fn member(entry: &mut tar::Entry<'_, Cursor<&[u8]>>, bytes: &Bytes, drain: &mut Drain) {
    let name = read::latin(&entry.path_bytes());
    let kind = entry.header().entry_type();
    let file = kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse();
    let other = matches!(
        kind,
        EntryType::Link
            | EntryType::Symlink
            | EntryType::Char
            | EntryType::Block
            | EntryType::Directory
            | EntryType::Fifo
            | EntryType::XHeader
            | EntryType::XGlobalHeader
            | EntryType::GNULongName
            | EntryType::GNULongLink
    );
    let start = usize::try_from(entry.raw_file_position()).unwrap_or(usize::MAX).min(bytes.len());
    let length = usize::try_from(entry.size()).unwrap_or(usize::MAX);
    if kind.is_pax_global_extensions() && bytes.len() - start < length {
        // Where the next header is depends on whom one asks: some programs pass over this one.
        drain.trouble(Why::Unreadable, None, "the archive ends within a header");
    }
    // Programs extract types that they do not know as files.
    if (other && !file) || name.ends_with('/') && entry.size() == 0 || !drain.count(&name) {
        return;
    }
    if kind.is_gnu_sparse() {
        let mut out = Vec::new();
        let whole = drain.read(&name, entry, &mut out);
        return drain.push(name, Vec::new(), Bytes::from(out), whole);
    }
    let end = start.saturating_add(length).min(bytes.len());
    let whole = end - start == length;
    if !whole {
        drain.trouble(Why::Unreadable, Some(&name), "the archive ends within this member");
    }
    drain.keep(name, bytes.slice(start..end), whole);
}
