//! What stands before an entry of a tar and speaks of it: pax records (POSIX.1-2024, pax), long
//! names of GNU, the maps of sparse files.
//!
//! Where a record stands twice, or several speak of one thing, readers take the one or the other.
//! So nothing here overrides anything: all of it is kept, and the walk follows each reading.

use super::read;
use std::ops::Range;

/// Values of one kind that are kept for an entry: no writer says anything more than twice.
const MOST: usize = 8;

/// Everything that was said of the next entry.
#[derive(Clone, Default)]
pub(super) struct Said {
    /// Where the first header of it stands.
    pub(super) from: Option<usize>,
    /// Targets of a link.
    pub(super) links: Vec<String>,
    /// The bytes that the entry takes, by pax; what the most programs believe stands last.
    pub(super) sizes: Vec<usize>,
    /// The bytes that a sparse file unpacks to; some programs take them for the size.
    pub(super) unpacked: Vec<usize>,
    /// Whether there was more than is kept.
    pub(super) cut: bool,
    /// Names that GNU's long header gives, that pax gives, that a sparse file has.
    long: Vec<String>,
    paths: Vec<String>,
    sparse: Vec<String>,
    /// Pieces of a sparse file: where each begins, and how long it is (versions 0.0 and 0.1).
    map: Vec<u64>,
    /// Whether the map stands before the content (version 1.0).
    mapped_within: bool,
}

impl Said {
    /// Takes the records of an extended header. `global`: only a name and sizes count.
    pub(super) fn records(&mut self, content: &[u8]) {
        let mut rest = content;
        while !rest.is_empty() {
            let (record, behind) = record(rest);
            if let Some((key, value)) = record {
                self.record(key, value);
            }
            rest = behind;
        }
    }

    fn record(&mut self, key: &[u8], value: &[u8]) {
        let text = || read::latin(value);
        match key {
            b"path" => keep(&mut self.paths, text(), &mut self.cut),
            b"linkpath" => keep(&mut self.links, text(), &mut self.cut),
            b"GNU.sparse.name" => keep(&mut self.sparse, text(), &mut self.cut),
            b"size" => numbers(value).for_each(|size| keep(&mut self.sizes, size, &mut self.cut)),
            b"GNU.sparse.size" | b"GNU.sparse.realsize" | b"SCHILY.realsize" => {
                numbers(value).for_each(|size| keep(&mut self.unpacked, size, &mut self.cut));
            }
            b"GNU.sparse.major" => self.mapped_within |= number(value).is_some_and(|n| n > 0),
            b"GNU.sparse.map" => {
                self.map = value.split(|byte| *byte == b',').filter_map(number).collect();
            }
            b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => self.map.extend(number(value)),
            _ => {}
        }
    }

    /// Takes a long name of GNU.
    pub(super) fn long_name(&mut self, content: &[u8]) {
        keep(
            &mut self.long,
            read::latin(content.strip_suffix(b"\0").unwrap_or(content)),
            &mut self.cut,
        );
    }

    /// Takes the long target of a link.
    pub(super) fn long_link(&mut self, content: &[u8]) {
        keep(
            &mut self.links,
            read::latin(content.strip_suffix(b"\0").unwrap_or(content)),
            &mut self.cut,
        );
    }

    /// The last name that pax gave.
    pub(super) fn path(&self) -> Option<&String> {
        self.paths.last()
    }

    /// All names of an entry, the likeliest first. Its own counts where a program may find no
    /// other: pax was silent, its path empty, or only who knows sparse files has one.
    pub(super) fn names(&self, own: String) -> Vec<String> {
        let given = self.sparse.iter().chain(&self.long).chain(&self.paths);
        let mut names: Vec<String> = Vec::new();
        for name in given.filter(|name| !name.is_empty()) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        let needed = self.long.is_empty() && self.paths.is_empty();
        if (needed || self.paths.iter().any(String::is_empty)) && !names.contains(&own) {
            names.push(own);
        }
        names
    }

    /// Whether it is a sparse file, which has a map.
    pub(super) fn is_sparse(&self) -> bool {
        self.mapped_within || !self.map.is_empty()
    }

    /// Where the content of a sparse file begins in what the entry takes, and its pieces: where
    /// each goes, and how long it is. `None` where the map is damaged.
    pub(super) fn pieces(&self, taken: &[u8]) -> Option<(usize, Vec<Range<u64>>)> {
        let (start, map) = match self.mapped_within {
            true => map_within(taken)?,
            false => (0, self.map.clone()),
        };
        let pairs = map.chunks_exact(2).filter_map(|pair| match *pair {
            [from, length] => Some((from, from.checked_add(length)?)),
            _ => None,
        });
        let pieces: Vec<Range<u64>> = pairs.map(|(from, to)| from..to).collect();
        let ordered = pieces.is_sorted_by(|one, next| one.end <= next.start);
        (ordered && pieces.len() * 2 == map.len()).then_some((start, pieces))
    }
}

/// The map before the content: how many pieces, and two numbers for each, a line each, filled up
/// to a block (GNU tar manual, "PAX Format, Version 1.0").
fn map_within(taken: &[u8]) -> Option<(usize, Vec<u64>)> {
    let (mut at, mut map, mut wanted) = (0, Vec::new(), None);
    while wanted.is_none_or(|wanted| map.len() < wanted) {
        let rest = taken.get(at..)?;
        let end = memchr::memchr(b'\n', rest.get(..32).unwrap_or(rest))?;
        let value = number(rest.get(..end)?)?;
        match wanted {
            None => wanted = Some(usize::try_from(value).ok()?.checked_mul(2)?),
            Some(_) => map.push(value),
        }
        at += end + 1;
    }
    Some((at.next_multiple_of(512), map))
}

/// Key and value of a record.
type Pair<'a> = (&'a [u8], &'a [u8]);

/// One record, `length key=value\n`, and what follows. Behind a damaged one goes on in the next line.
fn record(bytes: &[u8]) -> (Option<Pair<'_>>, &[u8]) {
    let whole = || {
        let blank = memchr::memchr(b' ', bytes.get(..20).unwrap_or(bytes))?;
        let length = usize::try_from(number(bytes.get(..blank)?)?).ok()?;
        let body = bytes.get(blank + 1..length)?.strip_suffix(b"\n")?;
        let equals = memchr::memchr(b'=', body)?;
        Some(((body.get(..equals)?, body.get(equals + 1..)?), bytes.get(length..)?))
    };
    match whole() {
        Some((record, rest)) => (Some(record), rest),
        None => {
            let line = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
            (None, bytes.get(line + 1..).unwrap_or_default())
        }
    }
}

/// A number of nothing but digits.
fn number(value: &[u8]) -> Option<u64> {
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

/// What programs take for the number of a record. libarchive passes over blanks and stops at what
/// is no digit; Python has zero where anything else stands, and allows `_` between digits.
fn numbers(value: &[u8]) -> impl Iterator<Item = usize> {
    let text = value.trim_ascii_start();
    let text = text.strip_prefix(b"+").unwrap_or(text);
    let read = |digits: &[u8]| usize::try_from(number(digits)?).ok();
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let clean = text.get(end..).unwrap_or_default().is_empty();
    let joined: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'_').collect();
    let others = [Some(0), read(&joined)].into_iter().filter(move |_| !clean);
    others.chain([read(text.get(..end).unwrap_or_default())]).flatten()
}

/// Keeps a value that is new, behind the others; says so where there are too many.
fn keep<T: PartialEq>(values: &mut Vec<T>, value: T, cut: &mut bool) {
    if let Some(at) = values.iter().position(|known| *known == value) {
        values.remove(at);
    }
    *cut |= values.len() >= MOST;
    if values.len() >= MOST {
        values.remove(0);
    }
    values.push(value);
}
