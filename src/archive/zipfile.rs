//! zip, as every program reads it: by the directory at the end, by the headers in front.
//!
//! The two may disagree, members may overlap, stand twice under one name or be
//! listed nowhere. Each disagreement is a trouble, since some program sees the
//! other side; what either side shows is read all the same.

use super::Why;
use super::drain::Drain;
use super::stream::DICTIONARY_KIB;
use super::unlisted;
use bytes::Bytes;
use std::collections::HashSet;
use std::io::Cursor;
use std::ops::Range;
use zip::CompressionMethod;
use zip::read::{Config, ZipFileEntry, ZipReadOptions};
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
            drain.trouble(Why::Unreadable, None, &error.to_string());
            false
        }
    };
    taken.retain(|range| !range.is_empty());
    taken.sort_unstable_by_key(|range| (range.start, range.end));
    if listed && taken.windows(2).any(|pair| matches!(pair, [a, b] if a.end > b.start)) {
        // One stored stream under many names: the way to petabytes (Fifield, WOOT 2019).
        drain.trouble(Why::Unreadable, None, "members overlap");
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
                let name = name(&entry);
                if !names.insert(name.to_lowercase()) {
                    drain.trouble(Why::Unreadable, Some(&name), "two members have this name");
                }
                let span = span(data, &entry).unwrap_or_default();
                let rest = patience.checked_sub(span.len());
                patience = rest.unwrap_or_default();
                taken.push(span);
                match rest {
                    Some(_) => member(entry, name, data, drain),
                    None if drain.count(&name) => drain.keep_name(name, Vec::new()),
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
fn member(entry: ZipFileEntry<'_>, name: String, data: &[u8], drain: &mut Drain) {
    let folder = name.ends_with(['/', '\\']) && entry.size() == 0;
    if folder || !drain.count(&name) {
        return;
    }
    let (encrypted, method) = (entry.encrypted(), entry.compression());
    let local = local_name(data, &entry);
    let aliases: Vec<String> = local.into_iter().collect();
    if !aliases.is_empty() {
        drain.trouble(Why::Unreadable, Some(&name), "its two headers give different names");
    }
    if encrypted {
        drain.trouble(Why::Encrypted, Some(&name), "a password protects this member");
        return drain.keep_name(name, aliases);
    }
    if !is_read(method) {
        drain.trouble(Why::Unsupported, Some(&name), &format!("{method} is not read"));
        return drain.keep_name(name, aliases);
    }
    let content = span(data, &entry).and_then(|span| data.get(span)).unwrap_or_default();
    let content = header(data, &entry)
        .and_then(|(header, _)| content.get(header.len()..))
        .unwrap_or_default();
    if let Some(kib) = dictionary(content, method).filter(|&kib| kib > DICTIONARY_KIB) {
        let measure = (u64::from(kib) << 10, u64::from(DICTIONARY_KIB) << 10);
        drain.over_limit(Some(&name), "needs too large a dictionary", measure);
        return drain.keep_name(name, aliases);
    }
    let mut reader = Cursor::new(data);
    match entry.with_reader(&mut reader, ZipReadOptions::new()) {
        Ok(mut file) => {
            let mut out = Vec::new();
            let whole = drain.read(&name, &mut file, &mut out);
            drain.push(name, aliases, Bytes::from(out), whole);
        }
        Err(error) => {
            drain.trouble(why(&error), Some(&name), &error.to_string());
            drain.keep_name(name, aliases);
        }
    }
}

/// Whether the library reads a method. Its own list forgets lzma, which it reads but cannot write.
fn is_read(method: CompressionMethod) -> bool {
    zip::SUPPORTED_COMPRESSION_METHODS.contains(&method) || method == CompressionMethod::Lzma
}

/// What an error of the zip library means to us.
pub(super) fn why(error: &ZipError) -> Why {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Why::Encrypted,
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            Why::Unsupported
        }
        _ => Why::Unreadable,
    }
}

/// UTF-8 whatever the flag says: macOS writes it without. Else code page 437.
fn name(entry: &ZipFileEntry<'_>) -> String {
    match (std::str::from_utf8(entry.name_raw()), entry.name()) {
        (Ok(name), _) => name.to_owned(),
        (Err(_), Ok(name)) => name.into_owned(),
        (Err(_), Err(_)) => String::from_utf8_lossy(entry.name_raw()).into_owned(),
    }
}

/// The name in the local header, where its bytes are not those of the directory: a Unicode name
/// in the extra fields (APPNOTE 4.6.9) is beside both.
fn local_name(data: &[u8], entry: &ZipFileEntry<'_>) -> Option<String> {
    let (header, length) = header(data, entry)?;
    let local = data.get(header.start + unlisted::FIXED..)?.get(..length)?;
    let central = data.get(usize::try_from(entry.central_header_start()).ok()?..)?;
    let &[low, high] = central.get(28..30)? else { return None };
    let central = central.get(46..)?.get(..usize::from(u16::from_le_bytes([low, high])))?;
    (local != central).then(|| String::from_utf8_lossy(local).into_owned())
}

/// The local header with its variable fields, and the length of its name.
fn header(data: &[u8], entry: &ZipFileEntry<'_>) -> Option<(Range<usize>, usize)> {
    let start = usize::try_from(entry.header_start()).ok()?;
    let lengths = data.get(start..)?.get(26..30)?;
    let &[a, b, c, d] = lengths else { return None };
    let (name, extra) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
    let end = start + unlisted::FIXED + usize::from(name) + usize::from(extra);
    Some((start..end, usize::from(name)))
}

/// The bytes that a member takes, header included.
fn span(data: &[u8], entry: &ZipFileEntry<'_>) -> Option<Range<usize>> {
    let (header, _) = header(data, entry)?;
    let length = usize::try_from(entry.compressed_size()).ok()?;
    Some(header.start..header.end.saturating_add(length).min(data.len()))
}

/// The dictionary that a decoder of this content would allocate, in KiB; `None` for methods
/// that have none. Up to 4 GiB stand in a header of a few bytes.
pub(super) fn dictionary(content: &[u8], method: CompressionMethod) -> Option<u32> {
    match method {
        // Version, length of the properties, then properties and dictionary (APPNOTE 5.8.8).
        CompressionMethod::Lzma => {
            let size: [u8; 4] = content.get(5..9)?.try_into().ok()?;
            Some(u32::from_le_bytes(size) >> 10)
        }
        // Blocks name their own and may stand anywhere: the largest that could be one decides.
        CompressionMethod::Xz => memchr::memmem::find_iter(content, b"\x21\x01")
            .filter_map(|at| content.get(at + 2))
            .filter(|bits| **bits <= 40)
            .map(|&bits| lzma2_kib(bits))
            .max(),
        _ => None,
    }
}

/// LZMA2's dictionary, from its one byte (xz file format 5.3.1).
fn lzma2_kib(bits: u8) -> u32 {
    match bits {
        0..=39 => (2 | u32::from(bits & 1)) << (bits / 2 + 1),
        40 => u32::MAX,
        _ => 0,
    }
}
