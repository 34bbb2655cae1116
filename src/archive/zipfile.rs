//! zip, as every program reads it: by the directory at the end, by the headers in front.
//!
//! The two may disagree, members may overlap, stand twice under one name or be
//! listed nowhere. Each disagreement is a trouble, since some program sees the
//! other side; what either side shows is read all the same.

use super::Why;
use super::drain::Drain;
use super::stream::{self, DICTIONARY_KIB};
use super::ziphead::{self, Names, dictionary, disagreement, span};
use super::{read, unlisted};
use bytes::Bytes;
use std::collections::HashSet;
use std::io::Cursor;
use std::ops::Range;
use zip::CompressionMethod;
use zip::read::{Config, OwnedZipFileEntry, ZipFileEntry, ZipReadOptions};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

/// Takes the members out: those of the directory, then those that it does not list.
pub(super) fn open(bytes: &Bytes, drain: &mut Drain) {
    let mut taken = Vec::new();
    let data: &[u8] = bytes;
    let listed = match ZipIterable::try_new(Cursor::new(data), Config::default()) {
        // Counted by the end record, before any of them is read.
        Ok(archive) if !drain.allows(archive.len() as u64) => return,
        Ok(archive) => directory(archive, data, drain, &mut taken),
        Err(error) => {
            // Some programs recover what they find: so do we, and say that it is damaged.
            drain.trouble(why(&error), None, &error.to_string());
            false
        }
    };
    if listed && taken.is_empty() && data.starts_with(b"PK\x03\x04") {
        // Programs that read from the front, or repair, show what begins here.
        drain.trouble(Why::Unreadable, None, "its directory is empty, and it is not");
    }
    taken.retain(|range| !range.is_empty());
    taken.sort_unstable_by_key(|range| (range.start, range.end));
    if listed && taken.windows(2).any(|pair| matches!(pair, [a, b] if a.end > b.start)) {
        // One stored stream under many names: the way to petabytes (Fifield, WOOT 2019).
        drain.trouble(Why::Unreadable, None, "members overlap");
    }
    if listed && trailing(data) {
        drain.trouble(Why::Unreadable, None, "something stands behind the end");
    }
    if !drain.is_spent() {
        unlisted::open(data, &taken, listed, drain);
    }
}

/// Reads the directory's members. Whether it came to its end.
fn directory(
    mut archive: ZipIterable<Cursor<&[u8]>>,
    data: &[u8],
    drain: &mut Drain,
    taken: &mut Vec<Range<usize>>,
) -> bool {
    let mut names = HashSet::new();
    // Overlapping members would be read over and over, and yield too little for the budget.
    let mut patience = data.len().saturating_mul(2);
    let entries = match archive.files() {
        Ok(entries) => entries,
        Err(error) => {
            drain.trouble(Why::Unreadable, None, &error.to_string());
            return false;
        }
    };
    for entry in entries {
        match entry {
            Ok(entry) => {
                let called = ziphead::names(data, &entry);
                if !names.insert(called.shown.to_lowercase()) {
                    let detail = "two members have this name";
                    drain.trouble(Why::Unreadable, Some(&called.shown), detail);
                }
                let span = span(data, &entry).unwrap_or_default();
                let rest = patience.checked_sub(span.len());
                patience = rest.unwrap_or_default();
                taken.push(span);
                match rest {
                    Some(_) => member(entry, called, data, &mut patience, drain),
                    None if drain.count(&called.shown) => drain.keep_name(called.shown, Vec::new()),
                    None => {}
                }
            }
            Err(error) => {
                drain.trouble(Why::Unreadable, None, &error.to_string());
                return false;
            }
        }
        if drain.is_spent() {
            return false;
        }
    }
    true
}

/// Reads one member.
fn member(
    entry: ZipFileEntry<'_>,
    called: Names,
    data: &[u8],
    patience: &mut usize,
    drain: &mut Drain,
) {
    let Names { shown: name, aliases, differ } = called;
    // Deflate says nothing in two bytes; more than that is content, whatever the sizes claim.
    let empty = entry.size() == 0 && entry.compressed_size() <= 2;
    if name.ends_with(['/', '\\']) && empty || !drain.count(&name) {
        return;
    }
    if differ {
        drain.trouble(Why::Unreadable, Some(&name), "its two headers give different names");
    }
    if let Some(detail) = disagreement(data, &entry) {
        drain.trouble(Why::Unreadable, Some(&name), detail);
        by_local_header(&entry, &name, data, patience, drain);
        if drain.is_spent() {
            return;
        }
    }
    let content = span(data, &entry).and_then(|span| data.get(span)).unwrap_or_default();
    let content = ziphead::header(data, &entry)
        .and_then(|(header, _)| content.get(header.len()..))
        .unwrap_or_default();
    if let Some(measure) = oversized(content, &entry) {
        drain.over_limit(Some(&name), "needs too large a dictionary", measure);
        return drain.keep_name(name, aliases);
    }
    match entry.compression() {
        method if is_read(method) && entry.encrypted() => {
            locked(entry.into(), name, aliases, data, drain);
        }
        method if is_read(method) => plain(entry, name, aliases, data, drain),
        CompressionMethod::ZSTD if !entry.encrypted() => {
            zstandard(content, &entry, name, aliases, drain);
        }
        method => {
            drain.trouble(Why::Unsupported, Some(&name), &format!("{method} is not read"));
            drain.keep_name(name, aliases);
        }
    }
}

/// Reads a member by the header in front of it, as programs do that read a zip as a stream.
fn by_local_header(
    entry: &ZipFileEntry<'_>,
    name: &str,
    data: &[u8],
    patience: &mut usize,
    drain: &mut Drain,
) {
    let start = ziphead::header(data, entry).map(|(header, _)| header.start);
    let rest = start.and_then(|at| data.get(at..)).unwrap_or_default();
    // A thousand members may point to one header: what it may take is paid for each time.
    let streamed = rest.get(6).is_some_and(|flags| flags & 8 != 0);
    let most = read::size(rest, 18).filter(|_| !streamed).unwrap_or(rest.len());
    if let Some(left) = patience.checked_sub(most.min(rest.len())) {
        *patience = left;
        unlisted::again(rest, name, drain);
    }
}

/// Reads a member that is not locked.
fn plain(
    entry: ZipFileEntry<'_>,
    name: String,
    aliases: Vec<String>,
    data: &[u8],
    drain: &mut Drain,
) {
    let mut reader = Cursor::new(data);
    let (packed, size) = (entry.compressed_size(), entry.size());
    match entry.with_reader(&mut reader, ZipReadOptions::new()) {
        Ok(mut file) => {
            let mut out = drain.room(packed.min(data.len() as u64), size);
            let whole = drain.read(&name, &mut file, &mut out);
            drain.push(name, aliases, Bytes::from(out), whole);
        }
        Err(error) => {
            drain.trouble(why(&error), Some(&name), &error.to_string());
            drain.keep_name(name, aliases);
        }
    }
}

/// Tries the passwords on a locked member. One check byte of the old cipher lets every 256th
/// wrong password through, so only a content with the right checksum counts.
fn locked(
    entry: OwnedZipFileEntry,
    name: String,
    aliases: Vec<String>,
    data: &[u8],
    drain: &mut Drain,
) {
    let greedy = is_greedy(entry.compression());
    for password in drain.passwords() {
        if greedy || !drain.attempt() {
            break;
        }
        let options = ZipReadOptions::new().password(Some(password.as_bytes()));
        let mut reader = Cursor::new(data);
        let Ok(mut file) = entry.as_ref().with_reader(&mut reader, options) else { continue };
        let mut out = Vec::new();
        match drain.probe(&name, &mut file, &mut out) {
            Err(_) => continue,
            Ok(whole) => {
                drain.unlocked(password);
                drain.push(name, aliases, Bytes::from(out), whole);
                return drain.mark(|member| member.unlocked = true);
            }
        }
    }
    drain.trouble(Why::Encrypted, Some(&name), "a password protects this member");
    drain.keep_name(name, aliases);
}

/// Reads a member in zstd, which the library reads only through the C library.
fn zstandard(
    content: &[u8],
    entry: &ZipFileEntry<'_>,
    name: String,
    aliases: Vec<String>,
    drain: &mut Drain,
) {
    let mut out = Vec::new();
    let mut rest = content;
    let mut whole = stream::zstd_frame(&mut rest, &name, &mut out, drain);
    let mut crc = flate2::Crc::new();
    crc.update(&out);
    if whole && (crc.sum() != entry.crc32() || out.len() as u64 != entry.size()) {
        drain.trouble(Why::Unreadable, Some(&name), "its checksum or its size is wrong");
        whole = false;
    }
    drain.push(name, aliases, Bytes::from(out), whole);
}

/// Whether some header says that its member is locked.
pub(super) fn is_locked(data: &[u8]) -> bool {
    let locked = |magic: &[u8], flags: usize| {
        memchr::memmem::find_iter(data, magic)
            .any(|at| data.get(at + flags).is_some_and(|flags| flags & 1 != 0))
    };
    locked(b"PK\x01\x02", 8) || locked(b"PK\x03\x04", 6)
}

/// Whether anything but padding stands behind the last end record and its comment.
fn trailing(data: &[u8]) -> bool {
    let Some(end) = memchr::memmem::rfind(data, b"PK\x05\x06") else { return false };
    let comment = read::le16(data, end + 20).map(usize::from).unwrap_or_default();
    let behind = data.get(end + 22 + comment..).unwrap_or_default();
    !read::is_padding(behind)
}

/// Whether the library reads a method. Its own list forgets those that it cannot write.
fn is_read(method: CompressionMethod) -> bool {
    use CompressionMethod::{Aes, Implode, Lzma, Reduce, Shrink};
    zip::SUPPORTED_COMPRESSION_METHODS.contains(&method)
        || matches!(method, Aes | Implode | Lzma | Reduce(_) | Shrink)
}

/// What the methods of 1990 may declare: the library unpacks them in one piece.
pub(super) const OLD: u64 = 64 << 20;

/// What stands against a member whose decoder would take too much memory: the measure.
fn oversized(content: &[u8], entry: &ZipFileEntry<'_>) -> Option<(u64, u64)> {
    use CompressionMethod::{Implode, Reduce, Shrink};
    let method = entry.compression();
    if matches!(method, Implode | Reduce(_) | Shrink) {
        return (entry.size() > OLD).then_some((entry.size(), OLD));
    }
    // Of a locked member nothing can be told; those methods are not tried on one.
    let kib = dictionary(content, method).filter(|_| !entry.encrypted())?;
    (kib > DICTIONARY_KIB).then_some((u64::from(kib) << 10, u64::from(DICTIONARY_KIB) << 10))
}

/// Whether a decoder allocates what its input asks for, and the input cannot be seen beforehand.
fn is_greedy(method: CompressionMethod) -> bool {
    matches!(method, CompressionMethod::Lzma | CompressionMethod::Xz | CompressionMethod::Ppmd)
}

/// What an error of the zip library means to us.
pub(super) fn why(error: &ZipError) -> Why {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Why::Encrypted,
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            Why::Unsupported
        }
        // One volume of several: the others are not in this letter's hands.
        ZipError::InvalidArchive(detail) if detail.contains("ulti-disk") => Why::Unsupported,
        _ => Why::Unreadable,
    }
}
