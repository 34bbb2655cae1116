//! The two headers of a zip's member, one in front of it and one in the directory.
//!
//! Some programs read the one, some the other, and nothing makes a writer fill both
//! alike: what differs is shown as a name or a content of its own.

use super::{read, unlisted};
use std::ops::Range;
use zip::CompressionMethod;
use zip::read::ZipFileEntry;

/// The local header with its variable fields, and the length of its name.
pub(super) fn header(data: &[u8], entry: &ZipFileEntry<'_>) -> Option<(Range<usize>, usize)> {
    let start = usize::try_from(entry.header_start()).ok()?;
    let name = read::le16(data, start + 26)?;
    let extra = read::le16(data, start + 28)?;
    let end = start + unlisted::FIXED + usize::from(name) + usize::from(extra);
    Some((start..end, usize::from(name)))
}

/// The bytes that a member takes, header included.
pub(super) fn span(data: &[u8], entry: &ZipFileEntry<'_>) -> Option<Range<usize>> {
    let (header, _) = header(data, entry)?;
    let length = usize::try_from(entry.compressed_size()).ok()?;
    Some(header.start..header.end.saturating_add(length).min(data.len()))
}

/// What a member is called, and what else some program calls it.
pub(super) struct Names {
    pub(super) shown: String,
    pub(super) aliases: Vec<String>,
    /// Whether two headers differ, or the name ends for some programs before it ends.
    pub(super) differ: bool,
}

/// Reads all names of a member.
pub(super) fn names(data: &[u8], entry: &ZipFileEntry<'_>) -> Names {
    let central = usize::try_from(entry.central_header_start()).ok();
    let listed = central.and_then(|at| fields(data, at, 46, 28));
    let start = header(data, entry).map(|(header, _)| header.start);
    let local = start.and_then(|at| fields(data, at, unlisted::FIXED, 26));
    let shown = shown(entry);
    let mut names = Names { differ: shown.contains('\0'), shown, aliases: Vec::new() };
    for (raw, extra) in listed.iter().chain(&local) {
        let same = listed.is_some_and(|(listed, _)| listed == *raw);
        for other in alias(raw, same).into_iter().chain(unicode(extra)) {
            names.add(other);
        }
    }
    names.differ |= matches!((&listed, &local), (Some((a, _)), Some((b, _))) if a != b);
    // Programs in C end a name at its NUL.
    for name in std::iter::once(names.shown.clone()).chain(names.aliases.clone()) {
        if let Some((before, _)) = name.split_once('\0') {
            names.add(before.to_owned());
        }
    }
    names
}

impl Names {
    fn add(&mut self, name: String) {
        if name != self.shown && !name.is_empty() && !self.aliases.contains(&name) {
            self.aliases.push(name);
        }
    }
}

/// UTF-8 whatever the flag says: macOS writes it without. Else code page 437.
fn shown(entry: &ZipFileEntry<'_>) -> String {
    match (std::str::from_utf8(entry.name_raw()), entry.name()) {
        (Ok(name), _) => name.to_owned(),
        (Err(_), Ok(name)) => name.into_owned(),
        (Err(_), Err(_)) => read::latin(entry.name_raw()),
    }
}

/// A header's name where it says something that the shown one does not: bytes of an old code
/// page are what the shown one was decoded from.
fn alias(raw: &[u8], same: bool) -> Option<String> {
    // One header may be that of ten thousand members: of a name that no path can have, the end.
    const LONGEST: usize = 4096;
    let end = raw.get(raw.len().saturating_sub(LONGEST)..).unwrap_or(raw);
    (!same || std::str::from_utf8(raw).is_ok()).then(|| read::latin(end))
}

/// Name and extra fields behind a header of a fixed size.
fn fields(data: &[u8], at: usize, fixed: usize, lengths: usize) -> Option<(&[u8], &[u8])> {
    let name = usize::from(read::le16(data, at + lengths)?);
    let extra = usize::from(read::le16(data, at + lengths + 2)?);
    let name = read::slice(data, at + fixed, name)?;
    Some((name, read::slice(data, at + fixed + name.len(), extra).unwrap_or_default()))
}

/// The names in Unicode of the extra fields: Info-ZIP's (APPNOTE 4.6.9: version, checksum, name) and
/// Xceed's (`NUCX`, the length of the name, in a directory that of the comment, the name in UTF-16).
/// Of each kind the first counts.
fn unicode(extra: &[u8]) -> impl Iterator<Item = String> {
    let (mut zip, mut xceed) = (None, None);
    let mut rest = extra;
    // Fields have four bytes at least, and all of them fit into 64 KiB.
    while let (Some(kind), Some(size)) = (read::le16(rest, 0), read::le16(rest, 2)) {
        let field = read::slice(rest, 4, usize::from(size)).unwrap_or_default();
        match kind {
            0x7075 if zip.is_none() => zip = field.get(5..).map(read::latin),
            0x554e if xceed.is_none() => xceed = by_xceed(field),
            _ => {}
        }
        rest = rest.get(usize::from(size) + 4..).unwrap_or_default();
    }
    zip.into_iter().chain(xceed)
}

fn by_xceed(field: &[u8]) -> Option<String> {
    let length = 2 * usize::from(read::le16(field.strip_prefix(b"NUCX")?, 0)?);
    let start = if field.len() == 6 + length { 6 } else { 8 };
    Some(read::wide(read::slice(field, start, length)?, u16::from_le_bytes))
}

/// How the two headers disagree about the content; `None` where they do not, or where the local
/// one leaves it to the descriptor behind the member.
pub(super) fn disagreement(data: &[u8], entry: &ZipFileEntry<'_>) -> Option<&'static str> {
    let (header, _) = header(data, entry)?;
    let at = header.start;
    let local = |offset: usize| read::le32(data, at + offset).map(u64::from);
    let (flags, method) = (read::le16(data, at + 6)?, read::le16(data, at + 8)?);
    let central = usize::try_from(entry.central_header_start()).ok()?;
    // What the directory says, not what the library makes of it: AES has a method of its own.
    if read::le16(data, central + 10) != Some(method) {
        return Some("its two headers give different methods");
    }
    if read::le16(data, central + 8).is_some_and(|other| (other ^ flags) & 1 != 0) {
        return Some("only one of its two headers says that it is encrypted");
    }
    let sizes = [(18, entry.compressed_size()), (22, entry.size())];
    let wide = |size: u64| size == u64::from(u32::MAX);
    let differs = |&(offset, size): &(usize, u64)| {
        local(offset).is_some_and(|other| other != size && !wide(other))
    };
    // Sizes that stand behind the member are zero here, or right.
    let streamed = flags & 8 != 0 && local(18) == Some(0);
    if !streamed && sizes.iter().any(differs) {
        return Some("its two headers give different sizes");
    }
    None
}

/// The dictionary that a decoder of this content would allocate, in KiB; `None` for methods
/// that have none. Up to 4 GiB stand in a header of a few bytes.
pub(super) fn dictionary(content: &[u8], method: CompressionMethod) -> Option<u32> {
    match method {
        // Version, length of the properties, then properties and dictionary (APPNOTE 5.8.8).
        CompressionMethod::Lzma => read::le32(content, 5).map(|size| size >> 10),
        // Order, megabytes less one, and what to do when they are full, in 16 bits (5.10).
        CompressionMethod::Ppmd => {
            read::le16(content, 0).map(|bits| ((u32::from(bits) >> 4 & 0xff) + 1) << 10)
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
