//! Files embedded in a OneNote section (MS-ONESTORE): attachments and pictures on a page.
//!
//! A page shows an attachment as an icon that a double click starts, so these are
//! members like those of an archive. Objects are found by their GUID wherever they
//! stand: OneNote repairs damaged indexes, and senders of malware write none.

use super::Why;
use super::drain::Drain;
use crate::mail::{Family, FileType};
use bytes::Bytes;
use memchr::memmem;
use std::collections::HashSet;

/// The header of a FileDataStoreObject (MS-ONESTORE 2.6.13), {BDE316E7-2665-4511-A4C4-8D4D0B7A9EAC}.
const OBJECT: &[u8] = b"\xe7\x16\xe3\xbd\x65\x26\x11\x45\xa4\xc4\x8d\x4d\x0b\x7a\x9e\xac";

/// From the header to the data: the GUID, the length, twelve bytes of no use.
const DATA: usize = 16 + 8 + 12;

/// {638DE92F-A6D4-4BC1-9A36-B3FC2511A5B7} at offset 48: the form in which a server hands sections
/// out (MS-ONESTORE 2.8), whose files lie in pieces of another protocol.
const PACKAGED: &[u8] = b"\x2f\xe9\x8d\x63\xd4\xa6\xc1\x4b\x9a\x36\xb3\xfc\x25\x11\xa5\xb7";

/// Takes the embedded files out, in the order in which they stand.
pub(super) fn open(bytes: &Bytes, drain: &mut Drain) {
    let mut names = file_names(bytes, drain).into_iter();
    let (mut from, mut number, mut pictures) = (0, 0, false);
    while let Some(found) = bytes.get(from..).and_then(|rest| memmem::find(rest, OBJECT)) {
        let start = (from + found + DATA).min(bytes.len());
        let stated = length(bytes, from + found + OBJECT.len());
        let rest = bytes.len() - start;
        let data = bytes.slice(start..start + stated.min(rest));
        number += 1;
        // What lies inside this one belongs to it.
        from = if stated <= rest { start + stated } else { start };
        let kind = FileType::detect(&data);
        let picture = kind.family == Family::Picture && !reads_as_text(&data);
        pictures |= picture;
        // Pictures on a page have no names of their own.
        let named = if picture { None } else { names.next() };
        let extension = if kind.extension.is_empty() { "bin" } else { kind.extension };
        let name = named.map(|name| name.text);
        let name = name.unwrap_or_else(|| format!("embedded-{number}.{extension}"));
        if !object(data, stated <= rest, name, drain) {
            return;
        }
    }
    left_over(names, pictures, bytes.get(48..64) == Some(PACKAGED), drain);
}

/// Names that no file took: of files in a section of a server, and of those that are taken for
/// pictures on the page. Elsewhere such a name may be a line of the page's text.
fn left_over(names: impl Iterator<Item = Name>, pictures: bool, packaged: bool, drain: &mut Drain) {
    for name in names.filter(|name| packaged || pictures && name.of_file) {
        let name = name.text;
        if !drain.count(&name) {
            return;
        }
        if packaged {
            let what = "a file in a section of a server is not read";
            drain.trouble(Why::Unsupported, Some(&name), what);
        }
        drain.keep_name(name, Vec::new());
    }
}

/// Whether a picture reads as text, which scripts begin as one to be taken for: `BM`, `GIF89a`,
/// `<svg`. What a picture packs is noise.
fn reads_as_text(data: &[u8]) -> bool {
    const LOOKED_AT: usize = 4096;
    let head = data.get(..LOOKED_AT).unwrap_or(data);
    let printed = |byte: &&u8| matches!(byte, b'\t' | b'\r' | b'\n' | 0x20..=0x7e);
    head.iter().filter(printed).count() * 8 >= head.len() * 7
}

/// One embedded file. Whether the budget allows another.
fn object(data: Bytes, whole: bool, name: String, drain: &mut Drain) -> bool {
    if !drain.count(&name) {
        return false;
    }
    if !whole {
        drain.trouble(Why::Unreadable, Some(&name), "is cut off");
    }
    drain.keep(name, data, whole);
    !drain.is_spent()
}

/// What reads as the name of an embedded file.
struct Name {
    text: String,
    /// Whether the property that names a file stands in front of it.
    of_file: bool,
}

/// The length of an object's data as it is stated, or more than any file has.
fn length(bytes: &[u8], at: usize) -> usize {
    let field = bytes.get(at..at + 8).and_then(|field| field.try_into().ok());
    field.and_then(|f| usize::try_from(u64::from_le_bytes(f)).ok()).unwrap_or(usize::MAX)
}

/// The names of embedded files (EmbeddedFileName, MS-ONE 2.2.33): UTF-16 behind its length in
/// bytes, ending in an extension that runs. Others need no name: their content tells.
fn file_names(bytes: &[u8], drain: &mut Drain) -> Vec<Name> {
    // More extensions than this: each costs a look at the 255 characters in front of it.
    const TRIED: usize = 200_000;
    let (mut names, mut seen) = (Vec::new(), HashSet::new());
    let mut tried = 0;
    for dot in memmem::find_iter(bytes, b".\0") {
        let Some(end) = end_of_extension(bytes, dot) else { continue };
        tried += 1;
        if tried > TRIED || names.len() as u64 > u64::from(drain.members()) {
            drain.over_limit(None, "has too many file names", (tried as u64, TRIED as u64));
            break;
        }
        let Some((text, start)) = name_around(bytes, dot, end) else { continue };
        if seen.insert(text.clone()) {
            names.push(Name { text, of_file: is_property(bytes, start) });
        }
    }
    names
}

/// Where an extension that runs ends, with the NUL behind it, if one begins at this dot.
fn end_of_extension(bytes: &[u8], dot: usize) -> Option<usize> {
    // `settingcontent-ms` and its dot.
    const LONGEST: usize = 18;
    let end = (1..=LONGEST).map(|step| dot + step * 2).find(|&at| unit(bytes, at) == Some(0))?;
    let extension = utf16(bytes, dot + 2, end).to_ascii_lowercase();
    let kind = FileType::by_extension(&extension)?;
    matches!(kind.family, Family::Executable | Family::Script).then_some(end)
}

/// Whether the set of properties in front of a text names a file (EmbeddedFileName, or
/// SourceFilepath, its path on the writer's disk).
fn is_property(bytes: &[u8], start: usize) -> bool {
    const SET: usize = 512;
    let before = bytes.get(start.saturating_sub(SET)..start).unwrap_or_default();
    [b"\x9c\x1d\0\x1c", b"\x9d\x1d\0\x1c"].iter().any(|id| memmem::find(before, *id).is_some())
}

/// The name that ends here and where its text begins, if its length in bytes stands in front of it, its NUL counted or not.
fn name_around(bytes: &[u8], dot: usize, end: usize) -> Option<(String, usize)> {
    // Windows takes no longer names.
    const LONGEST: usize = 255;
    let starts = (1..=LONGEST).map_while(|step| dot.checked_sub(step * 2));
    let start = { starts }.find(|&at| {
        let stated = at.checked_sub(4).and_then(|from| bytes.get(from..at)?.try_into().ok());
        let long = (end - at) as u32;
        stated.map(u32::from_le_bytes).is_some_and(|stated| stated == long || stated == long + 2)
    })?;
    // The path on the writer's disk is kept beside the name.
    let written = utf16(bytes, start, end);
    Some((written.rsplit('\\').next().unwrap_or_default().to_owned(), start))
}

fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn utf16(bytes: &[u8], start: usize, end: usize) -> String {
    let units: Vec<u16> = (start..end).step_by(2).filter_map(|at| unit(bytes, at)).collect();
    String::from_utf16_lossy(&units)
}
