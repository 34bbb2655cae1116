//! Microsoft cabinets: stored, MSZIP, Quantum (not read), LZX.
//!
//! The library finds members by name and unpacks a folder anew for each of them.
//! Here it is shown a directory of our own, with one file as long as each folder,
//! so that every folder is unpacked once and equal names do not hide each other.

use super::drain::Drain;
use super::{Why, read};
use bytes::Bytes;
use std::io::{Cursor, Read};

/// Bytes of the header before its optional fields, of a folder, and of a file before its name.
const HEADER: usize = 36;
const FOLDER: usize = 8;
const FILE: usize = 16;

/// A file of the directory.
struct Entry {
    name: String,
    folder: usize,
    start: usize,
    size: usize,
}

/// What the header says.
struct Header {
    folders: usize,
    entries: Vec<Entry>,
    spanned: bool,
}

/// Takes the members out.
pub(super) fn open(bytes: &Bytes, drain: &mut Drain) {
    if !bytes.starts_with(b"MSCF") {
        return drain.trouble(Why::Unsupported, None, "cabinets of InstallShield are not read");
    }
    let Some(header) = header(bytes, drain) else {
        return drain.trouble(Why::Unreadable, None, "the directory is damaged");
    };
    if header.spanned {
        drain.trouble(Why::Unsupported, None, "it is one of several volumes");
    }
    let (mut here, elsewhere): (Vec<_>, Vec<_>) =
        header.entries.into_iter().partition(|entry| entry.folder < header.folders);
    here.sort_by_key(|entry| (entry.folder, entry.start));
    let folders: Vec<&[Entry]> = here.chunk_by(|a, b| a.folder == b.folder).collect();
    match cab::Cabinet::new(Cursor::new(relisted(bytes, &folders))) {
        Ok(mut cabinet) => {
            for files in folders {
                unpack(&mut cabinet, files, drain);
                if drain.is_spent() || !drain.is_awake() {
                    return;
                }
            }
        }
        Err(error) => drain.trouble(Why::Unreadable, None, &error.to_string()),
    }
    for entry in elsewhere {
        if !drain.count(&entry.name) {
            return;
        }
        drain.trouble(Why::Unsupported, Some(&entry.name), "it lies in another volume");
        drain.keep_name(entry.name, Vec::new());
    }
}

/// Unpacks one folder as far as its files reach, and cuts them out.
fn unpack(cabinet: &mut cab::Cabinet<Cursor<Vec<u8>>>, files: &[Entry], drain: &mut Drain) {
    let Some(first) = files.first() else { return };
    let reach = files.iter().map(|entry| entry.start.saturating_add(entry.size)).max();
    let mut content = Vec::new();
    match cabinet.read_file(&first.folder.to_string()) {
        Ok(reader) => {
            let mut reader = reader.take(reach.unwrap_or_default() as u64);
            drain.read(&first.name, &mut reader, &mut content);
        }
        Err(error) => {
            let quantum = error.to_string().contains("Quantum");
            let why = if quantum { Why::Unsupported } else { Why::Unreadable };
            drain.trouble(why, Some(&first.name), &error.to_string());
        }
    }
    let content = Bytes::from(content);
    let mut taken = 0;
    for entry in files {
        if drain.is_spent() || !drain.count(&entry.name) {
            return;
        }
        let start = entry.start.min(content.len());
        let end = entry.start.saturating_add(entry.size).min(content.len());
        let whole = end - start == entry.size;
        if !whole {
            drain.trouble(Why::Unreadable, Some(&entry.name), "the folder ends before it");
        }
        let bytes = content.slice(start..end);
        match start < taken {
            // Files over each other cost as much as if each were packed alone.
            true => drain.keep(entry.name.clone(), bytes, whole),
            false => drain.push(entry.name.clone(), Vec::new(), bytes, whole),
        }
        taken = taken.max(end);
    }
}

/// The cabinet with a directory behind it that lists each folder as one file.
fn relisted(bytes: &[u8], folders: &[&[Entry]]) -> Vec<u8> {
    let mut shown = bytes.to_vec();
    let at = u32::try_from(shown.len()).unwrap_or(u32::MAX).to_le_bytes();
    let count = u16::try_from(folders.len()).unwrap_or(u16::MAX).to_le_bytes();
    for (place, value) in [(16, &at[..]), (28, &count[..])] {
        if let Some(field) = shown.get_mut(place..place + value.len()) {
            field.copy_from_slice(value);
        }
    }
    for folder in folders.iter().filter_map(|files| files.first()).map(|entry| entry.folder) {
        // Size, offset in the folder, folder, date, time, attributes, name.
        shown.extend(0x7fff_ffff_u32.to_le_bytes());
        shown.extend(0u32.to_le_bytes());
        shown.extend(u16::try_from(folder).unwrap_or_default().to_le_bytes());
        shown.extend([0; 6]);
        shown.extend(folder.to_string().as_bytes());
        shown.push(0);
    }
    shown
}

/// Reads header and directory; `None` where they do not hold together.
fn header(bytes: &[u8], drain: &mut Drain) -> Option<Header> {
    let field = |at: usize| read::le16(bytes, at).map(usize::from);
    let (folders, files, flags) = (field(26)?, field(28)?, field(30)?);
    let mut here = read::size(bytes, 16)?;
    let mut entries = Vec::new();
    if !drain.allows(files as u64) {
        return Some(Header { folders: 0, entries, spanned: false });
    }
    for _ in 0..files {
        let name = bytes.get(here + FILE..)?;
        let length = memchr::memchr(0, name.get(..1024).unwrap_or(name))?;
        let utf8 = field(here + 14)? & 0x80 != 0;
        let name = name.get(..length)?;
        entries.push(Entry {
            name: if utf8 { String::from_utf8_lossy(name).into() } else { read::latin(name) },
            folder: field(here + 8)?,
            start: read::size(bytes, here + 4)?,
            size: read::size(bytes, here)?,
        });
        here += FILE + length + 1;
    }
    // Folders stand behind the header; each has eight bytes at least.
    let room = bytes.len().saturating_sub(HEADER) / FOLDER;
    Some(Header { folders: folders.min(room), entries, spanned: flags & 3 != 0 })
}
