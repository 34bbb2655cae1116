//! What an entry of a tar becomes: files, more names of them, sparse files with their holes.

use super::tarball::Walk;
use super::tarhead::Said;
use super::{Why, read};
use bytes::Bytes;
use std::io::Cursor;
use std::ops::Range;

/// One entry, as far as all its headers tell.
pub(super) struct Entry<'a> {
    pub(super) header: &'a tar::Header,
    pub(super) names: Vec<String>,
    pub(super) said: Said,
    /// Where its header stands, and where its content begins.
    pub(super) at: usize,
    pub(super) start: usize,
    /// Its bytes as most programs count them, then as others do.
    pub(super) size: usize,
    pub(super) others: Vec<usize>,
    pub(super) sure: bool,
}

impl Entry<'_> {
    /// The likeliest of its names.
    fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }
}

impl Walk<'_, '_, '_> {
    /// Takes one entry, and notes where the next may be.
    pub(super) fn entry(&mut self, entry: &Entry<'_>) {
        let kind = entry.header.entry_type();
        let is_link = kind.is_hard_link() || kind.is_symlink();
        let is_bare = kind.is_dir()
            || kind.is_fifo()
            || kind.is_character_special()
            || kind.is_block_special();
        if entry.sure {
            let size = if is_bare { 0 } else { entry.size };
            self.end = self.end.max(entry.start.saturating_add(size).min(self.bytes.len()));
        }
        self.go_on(entry, is_bare || is_link);
        let label = kind.as_byte() == b'V' && entry.size == 0;
        let is_folder = entry.names.iter().all(|name| name.ends_with('/')) && entry.size == 0;
        let follows = is_bare && (entry.size == 0 || self.is_boundary(entry.start));
        if label || is_folder && !is_link || follows || !self.drain.count(entry.name()) {
            return;
        }
        match () {
            () if is_link => self.link(entry),
            () if kind.is_gnu_sparse() => self.old_sparse(entry),
            () if entry.said.is_sparse() => self.sparse(entry),
            () => self.file(entry),
        }
    }

    /// An ordinary file, by each size that is said of it.
    fn file(&mut self, entry: &Entry<'_>) {
        if entry.start.saturating_add(entry.size) > self.bytes.len() && entry.sure {
            let detail = "the archive ends within this member";
            self.drain.trouble(Why::Unreadable, Some(entry.name()), detail);
        }
        self.member(entry, entry.start, entry.size);
        // What a sparse file unpacks to is no stretch of the archive.
        let others = entry.others.iter().filter(|_| !entry.said.is_sparse());
        for other in others {
            if entry.start.saturating_add(*other) <= self.bytes.len() {
                self.member(entry, entry.start, *other);
            }
        }
    }

    /// Keeps what stands here, unless it is a member already: then its names are more of them.
    fn member(&mut self, entry: &Entry<'_>, start: usize, size: usize) {
        let known = self.contents.get(&(start, size)).copied();
        let number = known.unwrap_or(self.drain.kept());
        if known.is_none() {
            let content = self.content(start, size);
            let whole = content.len() == size;
            self.contents.insert((start, size), number);
            self.drain.keep(entry.name().to_owned(), content, whole);
        }
        self.call(number, &entry.names, known.is_some());
    }

    /// Gives a member its names. `again`: it has other ones.
    fn call(&mut self, number: usize, names: &[String], again: bool) {
        for (at, name) in names.iter().enumerate() {
            self.members.insert(plain(name).to_owned(), number);
            if again || at > 0 {
                self.drain.alias(number, name);
            }
        }
        if let Some(called) = self.global.path() {
            self.drain.alias(number, called);
        }
    }

    /// A link: a name for another member, and what some programs extract from behind it.
    fn link(&mut self, entry: &Entry<'_>) {
        let own = entry.header.link_name_bytes().map(|target| read::latin(&target));
        let targets = entry.said.links.iter().chain(&own);
        let known: Vec<usize> =
            targets.filter_map(|target| self.members.get(plain(target)).copied()).collect();
        for number in &known {
            for name in &entry.names {
                self.drain.alias(*number, name);
            }
        }
        // GNU's tar takes no data for a link's, and reads on there: what it sees then is in here.
        let content = self.content(entry.start, entry.size);
        let number = self.drain.kept();
        match read::is_padding(&content) {
            true if !known.is_empty() => {}
            true => self.drain.push(entry.name().to_owned(), Vec::new(), Bytes::new(), true),
            false => self.drain.keep(entry.name().to_owned(), content, true),
        }
        for name in entry.names.iter().skip(1) {
            self.drain.alias(number, name);
        }
    }

    /// A sparse file in GNU's old format, whose map is a part of its header.
    fn old_sparse(&mut self, entry: &Entry<'_>) {
        let rest = self.bytes.get(entry.at..).unwrap_or_default();
        let mut archive = tar::Archive::new(Cursor::new(rest));
        let number = self.drain.kept();
        match archive.entries().map(|mut entries| entries.next()) {
            Ok(Some(Ok(mut file))) => {
                let mut out = Vec::new();
                let whole = self.drain.read(entry.name(), &mut file, &mut out);
                self.drain.push(entry.name().to_owned(), Vec::new(), Bytes::from(out), whole);
                self.call(number, &entry.names, false);
            }
            Ok(Some(Err(error))) | Err(error) => {
                self.drain.trouble(Why::Unreadable, Some(entry.name()), &error.to_string());
                self.file(entry);
            }
            Ok(None) => {}
        }
    }

    /// A sparse file of pax: without its holes it is what it takes.
    fn sparse(&mut self, entry: &Entry<'_>) {
        let taken = self.content(entry.start, entry.size);
        let Some((skipped, mut pieces)) = entry.said.pieces(&taken) else {
            self.drain.trouble(Why::Unreadable, Some(entry.name()), "the map of it is damaged");
            return self.file(entry);
        };
        pieces.retain(|piece| !piece.is_empty());
        let length: u64 = pieces.iter().map(|piece| piece.end - piece.start).sum();
        let end = pieces.last().map_or(0, |piece| piece.end);
        let (Ok(length), Ok(end)) = (usize::try_from(length), usize::try_from(end)) else { return };
        if length == end {
            self.member(entry, entry.start + skipped, length);
        } else if self.drain.pay(entry.name(), end) {
            let number = self.drain.kept();
            let content = taken.get(skipped..).unwrap_or_default();
            let (out, whole) = spread(content, &pieces, end);
            self.drain.push(entry.name().to_owned(), Vec::new(), Bytes::from(out), whole);
            self.call(number, &entry.names, false);
        }
        // Who knows no maps has all that it takes; a map before it is nobody's beginning of a file.
        if skipped == 0 || skipped + length != entry.size {
            self.file(entry);
        }
    }
}

/// The pieces of a sparse file where they belong, and whether all are there.
fn spread(content: &[u8], pieces: &[Range<u64>], end: usize) -> (Vec<u8>, bool) {
    let mut out = vec![0; end];
    let (mut rest, mut whole) = (content, true);
    for piece in pieces {
        let range = piece.start as usize..piece.end as usize;
        let length = range.len().min(rest.len());
        whole &= length == range.len();
        let (here, behind) = rest.split_at(length);
        rest = behind;
        if let Some(out) = out.get_mut(range.start..range.start + length) {
            out.copy_from_slice(here);
        }
    }
    (out, whole)
}

/// A name as links call it, with or without the folder that all stand in.
fn plain(name: &str) -> &str {
    name.trim_start_matches("./")
}
