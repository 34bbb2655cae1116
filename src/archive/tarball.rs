//! tar: members stand in it as they are, so they are cut out of it and not copied.
//!
//! Programs disagree about where the next header is: about the size of an entry where pax and the
//! header differ, and whether folders, links and devices have content at all. So this is no list
//! but a walk: each reading leads to a place, each place is looked at once, and what any program
//! would extract becomes a member.

use super::drain::Drain;
use super::tarentry::Entry;
use super::tarhead::Said;
use super::{Why, read};
use crate::mail::is_tar_header;
use bytes::Bytes;
use std::collections::{HashMap, HashSet};

/// Bytes of a header; content is filled up to as many.
const BLOCK: usize = 512;

/// Takes the members out.
pub(super) fn open(bytes: &Bytes, drain: &mut Drain) {
    let mut walk = Walk::new(bytes, drain);
    walk.go(0, true, Said::default());
    // What few programs go by comes last, so members stand in the order of the archive.
    while let Some(way) = walk.sure.pop().or_else(|| walk.doubtful.pop()) {
        walk.step(way);
        if walk.drain.is_spent() || !walk.drain.is_awake() {
            return;
        }
    }
    if is_followed(bytes, walk.end) {
        walk.drain.trouble(Why::Unreadable, None, "something stands behind the end");
    }
}

/// Whether anything follows the archive that some program may show. Two empty blocks end it, but
/// programs may be told to go on behind them; what fills the last record (twenty blocks) is what
/// the writer's memory happened to hold.
fn is_followed(bytes: &[u8], end: usize) -> bool {
    let behind = |unit: usize| {
        end.checked_next_multiple_of(unit).and_then(|end| bytes.get(end..)).unwrap_or_default()
    };
    let header = || {
        let blocks = behind(BLOCK);
        memchr::memmem::find(blocks, b"ustar").is_some() || blocks.chunks(BLOCK).any(is_tar_header)
    };
    !read::is_padding(behind(20 * BLOCK)) || header()
}

/// A place where a header may stand.
struct Way {
    at: usize,
    /// Whether most programs look there: what is no header is damage then.
    sure: bool,
    /// What the headers before it say of it.
    said: Said,
}

/// The state of one walk.
pub(super) struct Walk<'a, 'b, 'c> {
    pub(super) bytes: &'a Bytes,
    pub(super) drain: &'b mut Drain<'c>,
    sure: Vec<Way>,
    doubtful: Vec<Way>,
    /// Where it was, and from where on something was said of that place.
    visited: HashSet<(usize, Option<usize>)>,
    /// Blocks in which a header was searched.
    searched: HashSet<usize>,
    /// Bytes of headers that may still be read: readings that lie within each other would be
    /// quadratic.
    work: usize,
    /// Where the last content ends.
    pub(super) end: usize,
    /// The number of each member by its name, and by where it begins and how long it is.
    pub(super) members: HashMap<String, usize>,
    pub(super) contents: HashMap<(usize, usize), usize>,
    /// What global headers say of all that follows (POSIX pax): few programs obey.
    pub(super) global: Said,
}

impl<'a, 'b, 'c> Walk<'a, 'b, 'c> {
    fn new(bytes: &'a Bytes, drain: &'b mut Drain<'c>) -> Walk<'a, 'b, 'c> {
        Walk {
            bytes,
            drain,
            sure: Vec::new(),
            doubtful: Vec::new(),
            visited: HashSet::new(),
            searched: HashSet::new(),
            work: bytes.len().saturating_mul(4).saturating_add(1 << 20),
            end: 0,
            members: HashMap::new(),
            contents: HashMap::new(),
            global: Said::default(),
        }
    }

    /// Notes where to look.
    fn go(&mut self, at: usize, sure: bool, said: Said) {
        let Some(at) = at.checked_next_multiple_of(BLOCK) else { return };
        let ways = if sure { &mut self.sure } else { &mut self.doubtful };
        ways.push(Way { at, sure, said });
    }

    /// Looks at one place.
    fn step(&mut self, way: Way) {
        if !self.visited.insert((way.at, way.said.from)) || !self.pays(BLOCK) {
            return;
        }
        let block = read::slice(self.bytes, way.at, BLOCK);
        let Some(block) = block.filter(|block| block.iter().any(|byte| *byte != 0)) else {
            return self.ends(&way, block.is_some());
        };
        if is_tar_header(block) {
            self.header(way, tar::Header::from_byte_slice(block));
        } else if way.sure {
            // Behind a damaged header nothing tells where the next one is.
            self.drain.trouble(Why::Unreadable, None, "a header is damaged");
        } else {
            self.search(way.at);
        }
    }

    /// Pays for reading a header; says so if it was too much.
    fn pays(&mut self, bytes: usize) -> bool {
        let paid = self.work >= bytes;
        if !paid && self.work > 0 {
            self.drain.trouble(Why::OverLimit, None, "its headers lie within each other");
            self.work = 0;
        }
        self.work = self.work.saturating_sub(bytes);
        paid
    }

    /// The end, by an empty block or without one.
    fn ends(&mut self, way: &Way, empty: bool) {
        if way.sure && way.said.from.is_some() {
            self.drain.trouble(
                Why::Unreadable,
                None,
                "a header speaks of an entry that is missing",
            );
        }
        let rest = self.bytes.get(way.at..).unwrap_or_default();
        if way.sure && !empty && !read::is_padding(rest) {
            self.drain.trouble(Why::Unreadable, None, "the archive ends within a header");
        }
        // One empty block alone ends nothing for GNU's tar.
        if empty && self.is_header(way.at + BLOCK) {
            self.go(way.at + BLOCK, false, Said::default());
        }
    }

    /// Goes to the next header, as GNU's tar does where there is none.
    fn search(&mut self, from: usize) {
        for at in (from..self.bytes.len()).step_by(BLOCK) {
            if !self.searched.insert(at) || !self.pays(BLOCK) {
                return;
            }
            if self.is_header(at) {
                return self.go(at, false, Said::default());
            }
        }
    }

    fn is_header(&self, at: usize) -> bool {
        read::slice(self.bytes, at, BLOCK).is_some_and(is_tar_header)
    }

    /// What stands here, clipped where the archive ends.
    pub(super) fn content(&self, start: usize, size: usize) -> Bytes {
        let start = start.min(self.bytes.len());
        self.bytes.slice(start..start.saturating_add(size).min(self.bytes.len()))
    }

    fn header(&mut self, way: Way, header: &tar::Header) {
        let start = way.at + BLOCK;
        let size = match size(header) {
            Ok(size) => size,
            Err(error) if way.sure => {
                return self.drain.trouble(Why::Unreadable, None, &error.to_string());
            }
            Err(_) => return self.search(start),
        };
        let kind = header.entry_type().as_byte();
        if matches!(kind, b'x' | b'X' | b'g' | b'L' | b'K') {
            return self.extended(way, kind, size);
        }
        if way.said.cut {
            self.drain.trouble(Why::OverLimit, None, "too much is said of one entry");
        }
        let believed = way.said.sizes.last().copied().unwrap_or(size);
        let said = [&[size], &way.said.sizes[..], &self.global.sizes[..], &way.said.unpacked[..]];
        let mut others: Vec<usize> = Vec::new();
        for other in said.concat() {
            if other != believed && !others.contains(&other) {
                others.push(other);
            }
        }
        let entry = Entry {
            header,
            names: way.said.names(read::latin(&header.path_bytes())),
            said: way.said,
            at: way.at,
            start: start + BLOCK * self.more_of_map(header, start),
            size: believed,
            others,
            sure: way.sure,
        };
        self.entry(&entry);
    }

    /// A header that speaks of the next entry. Solaris calls that of pax `X`.
    fn extended(&mut self, way: Way, kind: u8, size: usize) {
        let Way { at, sure, mut said } = way;
        let content = self.content(at + BLOCK, size);
        if content.len() < size && sure {
            // Where the next header is depends on whom one asks: some programs pass over this one.
            self.drain.trouble(Why::Unreadable, None, "the archive ends within a header");
        }
        if !self.pays(content.len()) {
            return;
        }
        match kind {
            b'g' => self.global.records(&content),
            b'L' => said.long_name(&content),
            b'K' => said.long_link(&content),
            _ => said.records(&content),
        }
        if kind != b'g' {
            said.from.get_or_insert(at);
        }
        self.go((at + BLOCK).saturating_add(size), sure, said);
    }

    /// Blocks behind the header that hold more of the map of an old sparse file.
    fn more_of_map(&mut self, header: &tar::Header, start: usize) -> usize {
        let gnu = header.as_gnu().filter(|_| header.entry_type().is_gnu_sparse());
        let mut more = gnu.is_some_and(tar::GnuHeader::is_extended);
        let mut count = 0;
        while more && self.pays(BLOCK) {
            let block = read::slice(self.bytes, start + count * BLOCK, BLOCK);
            more = block.and_then(|block| block.get(504)) == Some(&1);
            count += 1;
        }
        count
    }

    /// Notes where the next header may be. `skips`: programs pass over the content of such an entry,
    /// or say that it has none whatever its size.
    pub(super) fn go_on(&mut self, entry: &Entry<'_>, skips: bool) {
        let Entry { start, size, sure, .. } = *entry;
        for other in &entry.others {
            self.go(start.saturating_add(*other), false, Said::default());
        }
        let at_once = skips && size > 0 && self.is_boundary(start);
        self.go(start.saturating_add(size), sure && !at_once, Said::default());
        let named_folder = entry.names.iter().any(|name| name.ends_with('/'));
        if skips && size > 0 || named_folder && self.is_header(start) {
            self.go(start, sure && at_once, Said::default());
        }
    }

    /// Whether a program would go on here: a header, or the end.
    pub(super) fn is_boundary(&self, at: usize) -> bool {
        let block = read::slice(self.bytes, at, BLOCK);
        block.is_none_or(|block| block.iter().all(|byte| *byte == 0) || is_tar_header(block))
    }
}

/// The bytes that an entry takes by its header. Volume labels have blanks there.
fn size(header: &tar::Header) -> std::io::Result<usize> {
    let field = header.as_old().size;
    if field.iter().all(|byte| matches!(byte, 0 | b' ')) {
        return Ok(0);
    }
    header.entry_size().map(|size| usize::try_from(size).unwrap_or(usize::MAX))
}
