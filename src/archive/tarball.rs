//! tar: members stand in it as they are, so they are cut out of it and not copied.

use super::drain::Drain;
use super::{Why, read};
use bytes::Bytes;
use std::collections::HashMap;
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
    let mut seen = Seen::default();
    for entry in entries {
        match entry {
            Ok(mut entry) => {
                let sparse = entry.header().entry_type().is_gnu_sparse();
                // What a sparse file takes in the archive stands in its header alone.
                let taken = entry.header().entry_size().unwrap_or_default();
                let size = if sparse { taken } else { entry.size() };
                end = end.max(entry.raw_file_position().saturating_add(size));
                member(&mut entry, bytes, &mut seen, drain);
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

/// What entries before say about the next.
#[derive(Default)]
struct Seen {
    /// The number of each member by its name.
    members: HashMap<String, usize>,
    /// The name that a global header gives to all that follow it (POSIX pax): few programs obey.
    called: Option<String>,
}

impl Seen {
    /// Takes a link: a name for another member, and what some programs extract from behind it.
    fn link(
        &self,
        entry: &tar::Entry<'_, Cursor<&[u8]>>,
        name: String,
        content: Bytes,
        drain: &mut Drain,
    ) {
        let target = entry.link_name_bytes().map(|target| read::latin(&target));
        let known = target.and_then(|target| self.members.get(plain(&target)));
        if let Some(number) = known {
            drain.alias(*number, &name);
        }
        // GNU's tar takes no data for a link's, and reads on there: what it sees then is in here.
        match read::is_padding(&content) {
            true if known.is_some() => {}
            true => drain.push(name, Vec::new(), Bytes::new(), true),
            false => drain.keep(name, content, true),
        }
    }
}

/// Takes one entry; folders and devices have no content.
fn member(
    entry: &mut tar::Entry<'_, Cursor<&[u8]>>,
    bytes: &Bytes,
    seen: &mut Seen,
    drain: &mut Drain,
) {
    let name = read::latin(&entry.path_bytes());
    let kind = entry.header().entry_type();
    let start = usize::try_from(entry.raw_file_position()).unwrap_or(usize::MAX).min(bytes.len());
    let length = usize::try_from(entry.size()).unwrap_or(usize::MAX);
    let content = bytes.slice(start..start.saturating_add(length).min(bytes.len()));
    if kind.is_pax_global_extensions() {
        seen.called = global_name(&content).or(seen.called.take());
        if content.len() < length {
            // Where the next header is depends on whom one asks: some programs pass over this one.
            drain.trouble(Why::Unreadable, None, "the archive ends within a header");
        }
    }
    let is_link = kind.is_hard_link() || kind.is_symlink();
    if is_without_content(kind)
        || name.ends_with('/') && length == 0 && !is_link
        || !drain.count(&name)
    {
        return;
    }
    if is_link {
        return seen.link(entry, name, content, drain);
    }
    let number = drain.kept();
    seen.members.insert(plain(&name).to_owned(), number);
    if kind.is_gnu_sparse() {
        let mut out = Vec::new();
        let whole = drain.read(&name, entry, &mut out);
        drain.push(name, Vec::new(), Bytes::from(out), whole);
    } else {
        let whole = content.len() == length;
        if !whole {
            drain.trouble(Why::Unreadable, Some(&name), "the archive ends within this member");
        }
        drain.keep(name, content, whole);
    }
    if let Some(called) = &seen.called {
        drain.alias(number, called);
    }
}

/// The name in a global header.
fn global_name(content: &[u8]) -> Option<String> {
    let records = tar::PaxExtensions::new(content).flatten();
    let named = records.filter(|record| record.key_bytes() == b"path").last()?;
    Some(read::latin(named.value_bytes()))
}

/// Whether entries of this kind are no files. Programs extract kinds that they do not know as files.
fn is_without_content(kind: EntryType) -> bool {
    matches!(
        kind,
        EntryType::Char
            | EntryType::Block
            | EntryType::Directory
            | EntryType::Fifo
            | EntryType::XHeader
            | EntryType::XGlobalHeader
            | EntryType::GNULongName
            | EntryType::GNULongLink
    )
}

/// A name as links call it, with or without the folder that all stand in.
fn plain(name: &str) -> &str {
    name.trim_start_matches("./")
}
