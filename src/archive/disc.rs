//! Images of discs: ISO 9660 with Joliet and Rock Ridge names. UDF is named, not read.
//!
//! A disc has several directories for the same files, and each system reads
//! another one: all are walked, and a file that two of them show is one member.

use super::drain::Drain;
use super::{Why, read};
use bytes::Bytes;
use std::collections::{HashMap, HashSet};

/// Bytes of a sector; descriptors begin at sector 16 whatever the block size.
const SECTOR: usize = 2048;

/// A directory still to be walked: where, how long, its path, how deep.
type Folder = (usize, usize, String, u32);

/// One of the trees.
struct Tree {
    block: usize,
    joliet: bool,
    root: (usize, usize),
}

/// A file: where its pieces are, and every name that some tree has for it.
#[derive(Default)]
struct File {
    pieces: Vec<(usize, usize)>,
    names: Vec<String>,
}

/// Files in the order in which they were met, by place and length.
#[derive(Default)]
struct Files {
    found: Vec<File>,
    by_place: HashMap<Vec<(usize, usize)>, usize>,
    /// No more of them are looked at than one message may have.
    most: usize,
}

/// Takes the files out.
pub(super) fn open(bytes: &Bytes, drain: &mut Drain) {
    let (trees, other) = descriptors(bytes);
    if other {
        // Windows prefers it to the other trees, so it may show other files.
        drain.trouble(Why::Unsupported, None, "the UDF directory is not read");
    }
    if trees.is_empty() && !other {
        drain.trouble(Why::Unreadable, None, "no volume is described");
    }
    let mut files = Files { most: drain.most(), ..Files::default() };
    for tree in &trees {
        walk(bytes, tree, &mut files, drain);
        if drain.is_spent() {
            return;
        }
    }
    for file in files.found {
        let mut names = file.names.into_iter();
        let name = names.next().unwrap_or_default();
        if !drain.count(&name) || !take(bytes, &file.pieces, name, names.collect(), drain) {
            return;
        }
    }
}

/// The trees, Joliet's first since Windows shows it; whether there is UDF as well.
fn descriptors(bytes: &[u8]) -> (Vec<Tree>, bool) {
    const MOST: usize = 64;
    let (mut trees, mut other) = (Vec::new(), false);
    for number in 16..16 + MOST {
        let Some(sector) = read::slice(bytes, number * SECTOR, SECTOR) else { break };
        let kind = sector.first().copied().unwrap_or_default();
        match sector.get(1..6) {
            Some(b"CD001") if kind == 1 || kind == 2 => {
                let escape = sector.get(88..91).unwrap_or_default();
                let joliet = kind == 2 && matches!(escape, [b'%', b'/', b'@' | b'C' | b'E']);
                let root = (read::size(sector, 156 + 2), read::size(sector, 156 + 10));
                let block = read::le16(sector, 128).map(usize::from).unwrap_or_default();
                if let (Some(place), Some(length)) = root {
                    let block = if block == 0 { SECTOR } else { block };
                    trees.push(Tree { block, joliet, root: (place, length) });
                }
            }
            // The end of the set is not the end of what some system looks at.
            Some(b"CD001" | b"BEA01" | b"BOOT2" | b"TEA01") => {}
            Some(b"NSR02" | b"NSR03") => other = true,
            _ => break,
        }
    }
    trees.sort_by_key(|tree| !tree.joliet);
    (trees, other)
}

/// Walks one tree. A folder that was seen is not entered again: they may lead in circles.
fn walk(bytes: &[u8], tree: &Tree, files: &mut Files, drain: &mut Drain) {
    const DEEPEST: u32 = 64;
    const LONGEST: usize = 4096;
    let (place, length) = tree.root;
    let mut folders: Vec<Folder> = vec![(place, length, String::new(), 0)];
    let mut seen = HashSet::new();
    // Folders may lie over each other, each as long as the whole image.
    let mut patience = bytes.len().saturating_mul(2);
    while let Some((place, length, path, depth)) = folders.pop() {
        if !seen.insert(place) {
            continue;
        }
        if depth > DEEPEST || path.len() > LONGEST {
            drain.trouble(Why::Unreadable, Some(&path), "a folder lies too deep");
            continue;
        }
        // A folder costs as much as a member: a disc may have nothing but folders.
        if !drain.count(&path) {
            return;
        }
        let start = place.saturating_mul(tree.block).min(bytes.len());
        let end = start.saturating_add(length).min(bytes.len());
        if end - start < length {
            drain.trouble(Why::Unreadable, Some(&path), "the image ends within a folder");
        }
        let Some(left) = patience.checked_sub(end - start) else {
            return drain.trouble(Why::Unreadable, Some(&path), "folders lie over each other");
        };
        patience = left;
        let records = bytes.get(start..end).unwrap_or_default();
        let mut below = folder(bytes, records, tree, &path, depth, files);
        below.reverse();
        folders.append(&mut below);
        if !drain.allows(files.found.len() as u64) {
            return;
        }
    }
}

/// Reads the records of one folder: files are noted, folders returned.
fn folder(
    bytes: &[u8],
    records: &[u8],
    tree: &Tree,
    path: &str,
    depth: u32,
    files: &mut Files,
) -> Vec<Folder> {
    let mut below = Vec::new();
    let mut pieces = Vec::new();
    let mut here = 0;
    while let Some(&length) = records.get(here) {
        if files.found.len() > files.most {
            break;
        }
        if length == 0 {
            // Records do not cross sectors: the rest of this one is empty.
            here = (here / SECTOR + 1) * SECTOR;
            continue;
        }
        let record = records.get(here..here + usize::from(length)).unwrap_or_default();
        here += usize::from(length);
        let (Some(place), Some(size)) = (read::size(record, 2), read::size(record, 10)) else {
            continue;
        };
        let flags = record.get(25).copied().unwrap_or_default();
        let Some(name) = name(bytes, record, tree) else { continue };
        let name = if path.is_empty() { name } else { format!("{path}/{name}") };
        match flags & 0x82 {
            0 => {
                pieces.push((place.saturating_mul(tree.block), size));
                files.note(std::mem::take(&mut pieces), name);
            }
            // More pieces of this file follow.
            0x80 => pieces.push((place.saturating_mul(tree.block), size)),
            _ => below.push((place, size, name, depth + 1)),
        }
    }
    below
}

impl Files {
    /// Notes a file under one more name.
    fn note(&mut self, pieces: Vec<(usize, usize)>, name: String) {
        let next = self.found.len();
        let at = *self.by_place.entry(pieces.clone()).or_insert(next);
        if at == next {
            self.found.push(File { pieces, names: Vec::new() });
        }
        // A thousand records may share one content; more names than this serve nobody.
        const NAMES: usize = 64;
        if let Some(file) = self.found.get_mut(at)
            && file.names.len() < NAMES
            && !file.names.contains(&name)
        {
            file.names.push(name);
        }
    }
}

/// The name of a record; `None` for a folder's own entry and its parent's.
fn name(bytes: &[u8], record: &[u8], tree: &Tree) -> Option<String> {
    let length = usize::from(*record.get(32)?);
    let raw = read::slice(record, 33, length)?;
    if matches!(raw, [0 | 1]) {
        return None;
    }
    if tree.joliet {
        return Some(versionless(&read::wide(raw, u16::from_be_bytes)));
    }
    let system = record.get(33 + length + (length + 1) % 2..).unwrap_or_default();
    Some(rock_ridge(bytes, system, tree.block).unwrap_or_else(|| versionless(&read::latin(raw))))
}

/// `A.EXE;1` is `A.EXE`, and `A.;1` is `A`.
fn versionless(name: &str) -> String {
    let name = name.rsplit_once(';').map_or(name, |(name, _)| name);
    name.strip_suffix('.').unwrap_or(name).to_owned()
}

/// The POSIX name in the system area of a record (IEEE P1282 4.1.4), which may go on elsewhere.
fn rock_ridge(bytes: &[u8], system: &[u8], block: usize) -> Option<String> {
    const ENTRIES: usize = 32;
    let mut name = Vec::new();
    let mut rest = system;
    let mut next: &[u8] = &[];
    for _ in 0..ENTRIES {
        let Some(&length) = rest.get(2).filter(|&&length| length >= 4) else {
            // This area is at its end; go on in the next one, once it is named.
            if next.is_empty() {
                break;
            }
            rest = std::mem::take(&mut next);
            continue;
        };
        let entry = rest.get(..usize::from(length)).unwrap_or_default();
        match entry.get(..2) {
            Some(b"NM") => name.extend_from_slice(entry.get(5..).unwrap_or_default()),
            Some(b"CE") => {
                let at = read::size(entry, 4)?.saturating_mul(block);
                let at = at.saturating_add(read::size(entry, 12)?);
                let length = read::size(entry, 20)?.min(SECTOR);
                next = read::slice(bytes, at, length).unwrap_or_default();
            }
            _ => {}
        }
        rest = rest.get(entry.len().max(4)..).unwrap_or_default();
    }
    // POSIX allows 255 bytes.
    name.truncate(1024);
    (!name.is_empty()).then(|| read::latin(&name))
}

/// Cuts a file out; whether the budget allowed it.
fn take(
    bytes: &Bytes,
    pieces: &[(usize, usize)],
    name: String,
    aliases: Vec<String>,
    drain: &mut Drain,
) -> bool {
    let cut = |&(start, size): &(usize, usize)| {
        let start = start.min(bytes.len());
        bytes.slice(start..start.saturating_add(size).min(bytes.len()))
    };
    let stated = pieces.iter().fold(0usize, |sum, (_, size)| sum.saturating_add(*size));
    let content = match pieces {
        [piece] => cut(piece),
        // Paid for before it is copied: the pieces may all be the whole image.
        pieces => match drain.pay(&name, stated.min(pieces.iter().map(|p| cut(p).len()).sum())) {
            true => Bytes::from(pieces.iter().map(cut).collect::<Vec<_>>().concat()),
            false => return false,
        },
    };
    let whole = content.len() == stated;
    if !whole {
        drain.trouble(Why::Unreadable, Some(&name), "the image ends within this file");
    }
    if matches!(pieces, [_]) && !drain.pay(&name, content.len()) {
        return false;
    }
    drain.push(name, aliases, content, whole);
    true
}
