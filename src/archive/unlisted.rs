//! Members of a zip that its directory does not list, or that have lost their directory.
//!
//! Programs that read a zip as a stream see them, and so do those that repair.
//! Bytes that belong to listed members are not searched: a stored zip inside a
//! zip is that member's own matter.

use super::Why;
use super::drain::Drain;
use super::stream::DICTIONARY_KIB;
use super::zipfile::why;
use super::ziphead::dictionary;
use bytes::Bytes;
use std::io::Read;
use std::ops::Range;
use zip::CompressionMethod;
use zip::read::{ZipReadOptions, read_zipfile_from_stream_with_options};

/// Bytes of a local header before its name (APPNOTE 4.3.7).
pub(super) const FIXED: usize = 30;

/// What a member without a name is called here.
const UNNAMED: &str = "content";

/// Looks for headers between the ranges that are taken. `listed`: there is a whole directory.
pub(super) fn open(data: &[u8], taken: &[Range<usize>], listed: bool, drain: &mut Drain) {
    let mut here = 0;
    for range in taken.iter().cloned().chain(std::iter::once(data.len()..data.len())) {
        if range.start > here {
            gap(data, here..range.start, listed, drain);
        }
        here = here.max(range.end);
        if drain.is_spent() {
            return;
        }
    }
}

/// Reads every member that begins in this gap.
fn gap(data: &[u8], gap: Range<usize>, listed: bool, drain: &mut Drain) {
    let mut here = gap.start;
    while let Some(rest) = data.get(here..gap.end) {
        let Some(found) = memchr::memmem::find(rest, b"PK\x03\x04") else { return };
        let rest = rest.get(found..).unwrap_or_default();
        here += found + 4;
        if !drain.is_awake() {
            return;
        }
        if let Some(name) = plausible(rest) {
            if listed {
                drain.trouble(Why::Unreadable, Some(&name), "the directory does not list it");
            }
            here += member(rest, name, drain).saturating_sub(4);
        }
        if drain.is_spent() {
            return;
        }
    }
}

/// The name, if this is a header and not four bytes that look like one.
///
/// Numbers first: a megabyte of signatures holds 150,000, each before 64 KiB that may be a name.
fn plausible(rest: &[u8]) -> Option<String> {
    // No name is longer than a path may be.
    const LONGEST: usize = 1024;
    let &[version, _] = rest.get(4..6)? else { return None };
    let &[method, zero] = rest.get(8..10)? else { return None };
    let length = super::read::le16(rest, 26).map(usize::from)?;
    let known = version <= 63 && zero == 0 && (method <= 20 || (93..=99).contains(&method));
    if !known || length > LONGEST {
        return None;
    }
    let name = super::read::slice(rest, FIXED, length)?;
    // No name holds a NUL. One without a name is unpacked all the same, by programs that make one up.
    let named = memchr::memchr(0, name).is_none();
    let shown = if name.is_empty() { UNNAMED.into() } else { String::from_utf8_lossy(name) };
    named.then(|| shown.into_owned())
}

/// Reads a listed member once more, as its local header has it.
pub(super) fn again(rest: &[u8], name: &str, drain: &mut Drain) {
    if rest.starts_with(b"PK\x03\x04") {
        member(rest, name.to_owned(), drain);
    }
}

/// Reads one member; how many bytes it took at least.
fn member(rest: &[u8], name: String, drain: &mut Drain) -> usize {
    // A folder with content is a file for some program.
    let folder = name.ends_with('/') && super::read::le32(rest, 18).is_some_and(|size| size <= 2);
    if folder || !drain.count(&name) {
        return FIXED;
    }
    if let Some(kib) = oversized(rest) {
        let measure = (u64::from(kib) << 10, u64::from(DICTIONARY_KIB) << 10);
        drain.over_limit(Some(&name), "needs too large a dictionary", measure);
        drain.keep_name(name, Vec::new());
        return FIXED;
    }
    let mut source = rest;
    let read = match read_zipfile_from_stream_with_options(&mut source, options(rest)) {
        Ok(Some(mut file)) => {
            let mut out = Vec::new();
            let whole = drain.read(&name, &mut file.by_ref(), &mut out);
            Ok((out, whole))
        }
        Ok(None) => return FIXED,
        Err(error) => Err((why(&error), error.to_string())),
    };
    match read {
        Ok((out, whole)) => drain.push(name, Vec::new(), Bytes::from(out), whole),
        Err((why, detail)) => {
            drain.trouble(why, Some(&name), &detail);
            drain.keep_name(name, Vec::new());
        }
    }
    // Decoders read ahead; what they surely consumed is not searched again, or a file of
    // headers within headers would be inflated from each of them to its end.
    (rest.len() - source.len()).saturating_sub(READ_AHEAD).max(FIXED)
}

/// More than any decoder reads ahead.
const READ_AHEAD: usize = 32 << 10;

/// How the member is to be read: where its sizes stand behind it, deflate knows its own end.
fn options(rest: &[u8]) -> ZipReadOptions<'static> {
    let streamed = rest.get(6).is_some_and(|flags| flags & 8 != 0);
    if !streamed {
        return ZipReadOptions::new();
    }
    let stored = rest.get(8) == Some(&0);
    // What is stored ends at the next header or descriptor: nothing else tells.
    let body = rest.get(FIXED..).unwrap_or_default();
    let until = |body: &[u8], magic| memchr::memmem::find(body, magic).unwrap_or(body.len());
    let next = || body.get(..until(body, b"PK\x03\x04")).unwrap_or_default();
    let size = if stored { until(next(), b"PK\x07\x08") } else { rest.len() };
    ZipReadOptions::new().override_compressed_size(size as u64).ignore_crc32(true)
}

/// The dictionary of a member that needs too large a one, in KiB. xz names it anywhere in the
/// stream, whose end is unknown here: it is not read.
fn oversized(rest: &[u8]) -> Option<u32> {
    let &[a, b, c, d] = rest.get(26..30)? else { return None };
    let fields = usize::from(u16::from_le_bytes([a, b])) + usize::from(u16::from_le_bytes([c, d]));
    let content = rest.get(FIXED + fields..)?;
    match rest.get(8)? {
        1..=6 => {
            let size = super::read::le32(rest, 22)?;
            (u64::from(size) > super::zipfile::OLD).then_some(size >> 10)
        }
        14 => dictionary(content, CompressionMethod::Lzma).filter(|&kib| kib > DICTIONARY_KIB),
        98 => dictionary(content, CompressionMethod::Ppmd).filter(|&kib| kib > DICTIONARY_KIB),
        95 => Some(u32::MAX >> 10),
        _ => None,
    }
}
