//! Whether the rule files changed: looked at again and again, by whoever has a clock.
//!
//! Editors truncate and write, write beside and rename, or copy slowly. What is loaded was the
//! same at two looks in a row and compiles; until then the rules stay as they are.

use super::files::{self, LOCAL};
use super::load::Errors;
use super::ruleset::{self, RuleSet};
use crate::verdict::Catalogue;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Files whose content is compared; of longer ones, which no rule file is, length and time are.
const CONTENT_MAX: u64 = 8 << 20;

/// What a look at the files shows.
#[derive(Debug)]
pub enum Look {
    /// As they are in use, or wrong as they were.
    Same,
    /// Something is being written: look again soon.
    Unsettled,
    /// Other rules, whole and right.
    New(Box<RuleSet>),
    /// Something is wrong; told once.
    Wrong(Errors),
}

/// A folder of rules under watch.
#[derive(Debug)]
pub struct Watch {
    dir: PathBuf,
    catalogue: Catalogue,
    /// Files elsewhere that belong to the rules: directories of mailboxes.
    also: Vec<PathBuf>,
    /// The print of what is in use, or was told to be wrong.
    known: String,
    last: String,
    stamps: Vec<Stamp>,
    /// Looks in a row at which nothing was touched.
    still: u32,
}

/// What the file system says of a file that nobody touched.
type Stamp = (PathBuf, u64, u64, i64, i64, i64, i64);

impl Watch {
    /// Watches a folder from now on; call it before the rules are loaded, so that no edit falls
    /// between.
    pub fn new(dir: &Path, catalogue: &Catalogue) -> Watch {
        let mut watch = Watch {
            dir: dir.to_owned(),
            catalogue: catalogue.clone(),
            also: Vec::new(),
            known: String::new(),
            last: String::new(),
            stamps: Vec::new(),
            still: 0,
        };
        watch.known = watch.print();
        watch.last.clone_from(&watch.known);
        watch
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Watches the files that these rules read from elsewhere too.
    pub fn also(&mut self, rules: &RuleSet) {
        self.also = rules.policies().filter_map(|policy| policy.directory.file.clone()).collect();
        self.also.sort();
        self.also.dedup();
        let elsewhere = self.elsewhere();
        // What was edited in the folder since it was loaded stays to be found.
        for print in [&mut self.known, &mut self.last] {
            let folder = print.split(' ').next().unwrap_or_default();
            *print = format!("{folder} {elsewhere}");
        }
    }

    /// Looks at the files once. What is wrong is told at the first look that finds it so.
    pub fn look(&mut self) -> Look {
        let stamps = self.stamps();
        self.still = if stamps == self.stamps { self.still + 1 } else { 0 };
        self.stamps = stamps;
        // Two looks without a touch: even a write within one tick of the clock has been read.
        if self.still > 2 && self.last == self.known {
            return Look::Same;
        }
        let print = self.print();
        let settled = print == self.last;
        self.last.clone_from(&print);
        if print == self.known {
            return Look::Same;
        }
        if !settled {
            return Look::Unsettled;
        }
        let loaded = RuleSet::load(&self.dir, &self.catalogue);
        // Written while it was compiled: what was loaded is not what was looked at.
        if self.print() != print {
            return Look::Unsettled;
        }
        self.known = print;
        match loaded {
            Ok(rules) => {
                self.also(&rules);
                Look::New(Box::new(rules))
            }
            Err(errors) => Look::Wrong(errors),
        }
    }

    /// Forgets what was told: what is wrong is told again, and everything is read again.
    pub fn insist(&mut self) {
        self.known = String::new();
        self.still = 0;
    }

    fn paths(&self) -> Vec<PathBuf> {
        let below = self.dir.join(LOCAL);
        let folders = [self.dir.as_path(), below.as_path()];
        folders.iter().flat_map(|dir| files::files(dir).unwrap_or_default()).collect()
    }

    fn stamps(&self) -> Vec<Stamp> {
        let paths = self.paths().into_iter().chain(self.also.iter().cloned());
        let stamp = |path: PathBuf| Some((fs::metadata(&path).ok()?, path));
        paths.filter_map(stamp).map(|(about, path)| stamp_of(path, &about)).collect()
    }

    /// Tells apart folders of other names or contents.
    fn print(&self) -> String {
        let contents = self.paths().into_iter().flat_map(|path| {
            let content = match fs::metadata(&path) {
                Ok(about) if about.len() <= CONTENT_MAX => ruleset::hash_of(&path),
                Ok(about) => format!("{:?}", stamp_of(PathBuf::new(), &about)),
                Err(error) => error.to_string(),
            };
            [path.display().to_string(), content]
        });
        format!("{} {}", ruleset::hash(contents.collect::<Vec<_>>()), self.elsewhere())
    }

    /// The same of files elsewhere: they may be long, so the file system is believed.
    fn elsewhere(&self) -> String {
        let files = self.also.iter().map(|path| match fs::metadata(path) {
            Ok(about) => format!("{:?}", stamp_of(path.clone(), &about)),
            Err(error) => format!("{}: {error}", path.display()),
        });
        ruleset::hash(files)
    }
}

fn stamp_of(path: PathBuf, about: &Metadata) -> Stamp {
    let (mtime, ctime) = ((about.mtime(), about.mtime_nsec()), (about.ctime(), about.ctime_nsec()));
    (path, about.len(), about.ino(), mtime.0, mtime.1, ctime.0, ctime.1)
}
