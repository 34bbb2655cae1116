//! Rules that are edited while the gate runs: looked at every second, loaded whole or not at all.
//!
//! Editors truncate and write, write beside and rename, or copy; a change counts only once two
//! looks have seen the same files. Nothing is held open and no file is waited for, so it works on
//! every file system.

use super::{Errors, RuleSet};
use crate::verdict::Catalogue;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Folders within folders that are looked at: `local/` and one below it.
const DEPTH: usize = 3;

/// Files that are looked at; more belong to something else.
const FILES: usize = 10_000;

/// What a look at the files gives.
#[derive(Debug)]
pub enum Look {
    /// Nothing has changed since the rules at hand, or it was told already.
    Same,
    /// Something has, and it may still be changing.
    Unsettled,
    /// It was loaded.
    Loaded(Box<RuleSet>),
    /// It cannot be: the rules at hand stay. Told once for each state of the files.
    Wrong(Errors),
}

/// A folder of rules under watch.
#[derive(Debug)]
pub struct Watch {
    dir: PathBuf,
    catalogue: Catalogue,
    observing: bool,
    /// Other files that the rules at hand read: directories.
    also: Vec<PathBuf>,
    /// What was loaded, or found wrong.
    settled: Seen,
    /// What the last look saw.
    last: Seen,
}

/// The files: when each was changed, and its size.
type Seen = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

impl Watch {
    /// Watches the folder that these rules were loaded from.
    pub fn new(dir: &Path, rules: &RuleSet, catalogue: Catalogue, observing: bool) -> Watch {
        let mut watch = Watch {
            dir: dir.to_owned(),
            catalogue,
            observing,
            also: files_of(rules),
            settled: Seen::new(),
            last: Seen::new(),
        };
        watch.settled = watch.see();
        watch.last = watch.settled.clone();
        watch
    }

    /// Looks once. What has changed since the last look is left to settle.
    pub fn look(&mut self) -> Look {
        let seen = self.see();
        if seen == self.settled {
            self.last = seen;
            return Look::Same;
        }
        match seen == self.last {
            true => self.load(seen),
            false => {
                self.last = seen;
                Look::Unsettled
            }
        }
    }

    /// Loads what is there, changed or not: an operator said so.
    pub fn load_now(&mut self) -> Look {
        let seen = self.see();
        self.load(seen)
    }

    fn load(&mut self, seen: Seen) -> Look {
        let loaded = RuleSet::load(&self.dir, &self.catalogue);
        let after = self.see();
        if after != seen {
            // Written to while it was read: half of it may be old.
            self.last = after;
            return Look::Unsettled;
        }
        self.last.clone_from(&seen);
        self.settled = seen;
        match loaded {
            Ok(rules) => {
                self.also = files_of(&rules);
                self.settled = self.see();
                self.last.clone_from(&self.settled);
                let rules = if self.observing { rules.observing() } else { rules };
                Look::Loaded(Box::new(rules))
            }
            Err(errors) => Look::Wrong(errors),
        }
    }

    fn see(&self) -> Seen {
        let mut seen = Seen::new();
        walk(&self.dir, DEPTH, &mut seen);
        for file in &self.also {
            note(file, &mut seen);
        }
        seen
    }
}

/// The files beside the folder that a set of rules reads.
fn files_of(rules: &RuleSet) -> Vec<PathBuf> {
    rules.directories().map(|(file, _)| file.to_owned()).collect()
}

fn walk(dir: &Path, depth: usize, seen: &mut Seen) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if hidden || seen.len() >= FILES {
            continue;
        }
        match path.is_dir() {
            true if depth > 1 => walk(&path, depth - 1, seen),
            true => {}
            false => note(&path, seen),
        }
    }
}

fn note(file: &Path, seen: &mut Seen) {
    let found = file.metadata().ok();
    let modified = found.as_ref().and_then(|found| found.modified().ok());
    seen.insert(file.to_owned(), (modified, found.map_or(0, |found| found.len())));
}
