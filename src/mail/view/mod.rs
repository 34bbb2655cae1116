//! Other views of a message than the first one: what a reader of another mind makes of it.
//!
//! Each entity (header block and body) is scanned once, cheaply. Only where the scan meets a
//! construct on which readers differ is the entity read again, in each of those ways; what comes
//! out is a leaf of its own (`2~uu`), unless another view has the same bytes already: then it is
//! one leaf with the names and types of both.

mod alternative;
mod construct;
mod ends;
mod field;
mod fields;
mod gap;
mod names;
mod parameter;
mod scan;
mod split;
mod transfer;
pub(super) mod uu;
mod word;

pub use construct::Construct;
pub(super) use scan::{Header, Seen};
pub(super) use transfer::lenient_quoted;

use super::message::{Defect, Leaf, Message};
use super::section::Section;
use super::{Budget, Spent, Weight};
use bytes::Bytes;
use fields::Class;
use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::BuildHasher;
use transfer::Transfer;

/// Views of one message, the first one included.
pub const VIEWS: usize = 16;

/// A reading of a reading of a reading: disguises are put on top of each other, but the outermost
/// readers are the ones that exist.
const NESTED: u8 = 3;

/// An entity on which readers differ, kept until the first view is whole.
#[derive(Debug)]
struct Job {
    /// The entity's section number.
    section: String,
    /// The leaves of the first view below it.
    first: std::ops::Range<usize>,
    nested: u8,
    head: Bytes,
    body: Bytes,
    class: Class,
    boundary: Option<Vec<u8>>,
    transfer: Transfer,
    /// What the entity says of itself; without bytes.
    like: Leaf,
}

/// A leaf that only another view has, and the leaf of the first view that it stands before.
#[derive(Debug)]
struct Extra {
    before: usize,
    leaf: Leaf,
}

/// A message being read, in all views.
pub(super) struct Reading<'b> {
    pub(super) message: Message,
    pub(super) budget: &'b mut Budget,
    jobs: VecDeque<Job>,
    extras: Vec<Extra>,
    /// Leaves by length, hashed once somebody asks for that length.
    known: HashMap<usize, Vec<(Option<u64>, Place)>>,
    hasher: RandomState,
    /// Section numbers of other views.
    sections: HashSet<String>,
    /// The views, and by how many bytes their attachments exceed those of the first.
    views: Vec<(String, i64)>,
    /// What is being read: nothing, or an alternative.
    now: Option<Now>,
    /// What was noted, so that it is told once.
    noted: HashSet<(String, Construct)>,
    encrypted: bool,
}

/// The alternative that is being read.
#[derive(Clone, Copy, Debug)]
struct Now {
    nested: u8,
    before: usize,
    view: usize,
    /// Whether what is a file there is none that was sent.
    damaged: bool,
}

/// Where a leaf is.
#[derive(Clone, Copy, Debug)]
enum Place {
    First(usize),
    Extra(usize),
}

impl<'b> Reading<'b> {
    pub(super) fn new(budget: &'b mut Budget) -> Reading<'b> {
        Reading {
            message: Message::default(),
            budget,
            jobs: VecDeque::new(),
            extras: Vec::new(),
            known: HashMap::new(),
            hasher: RandomState::new(),
            sections: HashSet::new(),
            views: Vec::new(),
            now: None,
            noted: HashSet::new(),
            encrypted: false,
        }
    }

    /// Whether nothing was taken yet: the message itself is being read.
    pub(super) fn is_first(&self) -> bool {
        self.now.is_none() && self.message.leaves.is_empty()
    }

    /// Reads what was put off, and puts everything in order.
    pub(super) fn finish(mut self) -> Message {
        while let Some(job) = self.jobs.pop_front() {
            if self.budget.check().is_err() {
                break;
            }
            self.alternatives(&job);
        }
        let surplus = self.views.iter().map(|(_, surplus)| *surplus).max().unwrap_or(0);
        self.message.surplus = u64::try_from(surplus).unwrap_or(0);
        if !self.extras.is_empty() {
            self.extras.sort_by_key(|extra| extra.before);
            let mut extras = self.extras.into_iter().peekable();
            let first = std::mem::take(&mut self.message.leaves);
            for (at, leaf) in first.into_iter().enumerate() {
                while let Some(extra) = extras.next_if(|extra| extra.before <= at) {
                    self.message.leaves.push(extra.leaf);
                }
                self.message.leaves.push(leaf);
            }
            self.message.leaves.extend(extras.map(|extra| extra.leaf));
        }
        self.message
    }

    /// Takes a leaf: of the first view, or of the alternative that is being read.
    pub(super) fn leaf(&mut self, leaf: Leaf) {
        match self.now {
            None => self.message.leaves.push(leaf),
            Some(now) => self.offer(leaf, now),
        }
    }

    /// A leaf of another view: a reading of one that is known, or one of its own.
    fn offer(&mut self, mut leaf: Leaf, now: Now) {
        leaf.damaged |= now.damaged;
        if leaf.bytes.is_empty() {
            return;
        }
        if !leaf.is_body && now.nested == 1 {
            self.surplus(now.view, leaf.bytes.len(), 1);
        }
        if self.known.is_empty() {
            for (at, known) in self.message.leaves.iter().enumerate() {
                let length = known.bytes.len();
                self.known.entry(length).or_default().push((None, Place::First(at)));
            }
        }
        let place = Place::Extra(self.extras.len());
        let same = self.known.entry(leaf.bytes.len()).or_default();
        let mut hash = None;
        for (kept, place) in same.iter_mut() {
            let other = match place {
                Place::First(at) => self.message.leaves.get_mut(*at),
                Place::Extra(at) => self.extras.get_mut(*at).map(|extra| &mut extra.leaf),
            };
            let Some(other) = other else { continue };
            // Of one place in the letter, as most are that are read twice.
            if other.bytes.as_ptr() == leaf.bytes.as_ptr() {
                other.also(leaf);
                return;
            }
            let kept = *kept.get_or_insert_with(|| self.hasher.hash_one(&other.bytes[..]));
            let hash = *hash.get_or_insert_with(|| self.hasher.hash_one(&leaf.bytes[..]));
            if kept == hash && other.bytes == leaf.bytes {
                other.also(leaf);
                return;
            }
        }
        same.push((hash, place));
        self.extras.push(Extra { before: now.before, leaf });
    }

    /// Counts the attachments of a view, or those of the first view that it replaces.
    fn surplus(&mut self, view: usize, bytes: usize, sign: i64) {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        if let Some((_, surplus)) = self.views.get_mut(view) {
            *surplus = surplus.saturating_add(bytes.saturating_mul(sign));
        }
    }

    /// Pays for reading so many bytes once more; whether there was enough.
    fn pay(&mut self, section: &str, bytes: usize) -> bool {
        match self.budget.reread(bytes as u64) {
            Ok(()) => true,
            Err(spent) => {
                self.message.limit(section, spent);
                false
            }
        }
    }

    /// Begins an alternative of this kind and pays for it; the section under which its leaves
    /// stand. `None` where there are too many.
    fn begin(&mut self, job: &Job, kind: &str, cost: usize) -> Option<String> {
        if !self.pay(&job.section, cost) {
            return None;
        }
        let (mut word, mut count) = (kind.to_owned(), 1);
        let mut section = format!("{}~{word}", job.section);
        while self.sections.contains(&section) {
            count += 1;
            word = format!("{kind}{count}");
            section = format!("{}~{word}", job.section);
        }
        let known = self.views.iter().position(|(view, _)| *view == word);
        let view = known.unwrap_or(self.views.len());
        if known.is_none() {
            if self.views.len() + 1 >= VIEWS {
                self.message.limit(&job.section, Spent::Parts);
                return None;
            }
            self.views.push((word, 0));
        }
        self.sections.insert(section.clone());
        let (nested, before) = (job.nested + 1, job.first.end);
        self.now = Some(Now { nested, before, view, damaged: false });
        Some(section)
    }

    /// Whether files of the alternative that was begun are none that were sent.
    fn damaged(&mut self, damaged: bool) {
        if let Some(now) = &mut self.now {
            now.damaged = damaged;
        }
    }

    /// The alternative that was begun replaces what the first view has there.
    fn replaces(&mut self, job: &Job) {
        let Some(now) = self.now.filter(|now| now.nested == 1) else { return };
        let below = self.message.leaves.get(job.first.clone()).unwrap_or_default();
        let bytes = below.iter().filter(|leaf| !leaf.is_body).map(|leaf| leaf.bytes.len()).sum();
        self.surplus(now.view, bytes, -1);
    }

    /// Notes that a part cannot be read; once a message for what is encrypted.
    fn unread(&mut self, section: &str, encrypted: bool, what: &'static str) {
        if !(encrypted && std::mem::replace(&mut self.encrypted, true)) {
            let section = section.to_owned();
            self.message.defects.push(Defect::Unread { section, encrypted, what });
        }
    }

    /// Notes a construct. What is only sloppy or odd in another view came of cutting there.
    pub(super) fn note(&mut self, section: &str, construct: Construct) {
        let ours = !section.contains('~') || construct.weight() == Weight::Hiding;
        if ours && self.noted.insert((section.to_owned(), construct)) {
            self.message.ambiguous(section, construct);
        }
    }

    /// Reads bytes as an entity, or as a whole mail.
    fn entity(&mut self, bytes: Bytes, at: &Section) {
        super::section::read(&bytes, at, self);
    }
}
