//! What RCPT asks: each mailbox with its standing, all in memory, one look-up.
//!
//! Of a file of 200,000 names only this is kept: the address, a state and a line number.

use super::{Column, Kind, Row, Rows, State, is_reserved};
use crate::mail::Address;
use crate::tomlfile::{Error, Source};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// The most mistakes that are told of one file.
const ERRORS: usize = 50;

/// The most aliases that lead from one name to a mailbox.
const STEPS: usize = 8;

/// What the directory says of a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is listed, in this state.
    Listed(State),
    /// Its domain is, but it is not.
    Unknown,
}

/// A directory file as the gate keeps it.
#[derive(Debug)]
pub struct Snapshot {
    names: HashMap<Box<str>, Held>,
    domains: HashSet<String>,
    /// When the file was written, in seconds of Unix: an importer writes it anew even if nothing
    /// changed.
    written: AtomicU64,
    /// Of its text.
    digest: [u8; 32],
}

#[derive(Clone, Copy, Debug)]
struct Held {
    state: State,
    line: u32,
}

impl Snapshot {
    /// Reads a file: all of it, or the mistakes in it.
    pub fn load(path: &Path) -> Result<Snapshot, Vec<Error>> {
        let source = super::open(path).map_err(|error| vec![error])?;
        let written = path.metadata().and_then(|meta| meta.modified()).map_err(|error| {
            let message = format!("cannot be read: {error}");
            vec![Error::whole(source.file(), message)]
        })?;
        Snapshot::of(&source, written)
    }

    /// Takes a text that was written then.
    pub fn of(source: &Source, written: SystemTime) -> Result<Snapshot, Vec<Error>> {
        let mut rows = Rows::new(source, false)?;
        let (mut snapshot, mut errors, mut aliases) = (
            Snapshot {
                names: HashMap::new(),
                domains: HashSet::new(),
                written: AtomicU64::new(seconds(written)),
                digest: Sha256::digest(source.text()).into(),
            },
            Vec::new(),
            Vec::new(),
        );
        while let Some(row) = rows.next().filter(|_| errors.len() < ERRORS) {
            match row {
                Ok(row) => {
                    if let Err(error) = snapshot.take(&rows, &row) {
                        errors.push(error);
                    }
                    if row.entry.kind == Kind::Alias {
                        aliases.push(row);
                    }
                }
                Err(wrong) => errors.extend(wrong),
            }
        }
        if errors.is_empty() {
            errors = snapshot.follow(&rows, &aliases);
        }
        if errors.is_empty() { Ok(snapshot) } else { Err(errors) }
    }

    fn take(&mut self, rows: &Rows<'_>, row: &Row) -> Result<(), Error> {
        let entry = &row.entry;
        let held = Held { state: entry.state, line: u32::try_from(row.line).unwrap_or(u32::MAX) };
        if let Some(other) = self.names.insert(entry.address.as_str().into(), held) {
            let message = format!("`{}` stands in line {} already", entry.address, other.line);
            return Err(rows.error(row, Column::Address, message));
        }
        if entry.kind == Kind::Alias && entry.target.is_empty() {
            let message = "an alias needs the column `target`: where its letters go";
            return Err(rows.error(row, Column::Address, message));
        }
        if let Some((_, domain)) = entry.address.rsplit_once('@')
            && !self.domains.contains(domain)
        {
            self.domains.insert(domain.to_owned());
        }
        Ok(())
    }

    /// An active alias has the mildest state of those that it leads to.
    fn follow(&mut self, rows: &Rows<'_>, aliases: &[Row]) -> Vec<Error> {
        let targets: HashMap<&str, &[String]> =
            aliases.iter().map(|row| (&*row.entry.address, &*row.entry.target)).collect();
        let mut resolved = Vec::new();
        let mut errors = Vec::new();
        for row in aliases.iter().filter(|row| row.entry.state == State::Active) {
            match self.end(&row.entry.address, &targets) {
                Ok(state) => resolved.push((&row.entry.address, state)),
                Err(message) => errors.push(rows.error(row, Column::Target, message)),
            }
        }
        for (address, state) in resolved {
            if let Some(held) = self.names.get_mut(address.as_str()) {
                held.state = state;
            }
        }
        errors
    }

    /// Follows aliases, breadth first, each once, to the mailboxes at their ends.
    fn end(&self, from: &str, targets: &HashMap<&str, &[String]>) -> Result<State, String> {
        let mut next: Vec<&str> = vec![from];
        let mut best: Option<State> = None;
        for _ in 0..=STEPS {
            let mut further = Vec::new();
            for name in next {
                let state = self.names.get(name).map(|held| held.state);
                match (state, targets.get(name)) {
                    (Some(State::Active), Some(targets)) => {
                        further.extend(targets.iter().map(String::as_str));
                    }
                    // A mailbox elsewhere is not ours to judge.
                    (None, _) if self.speaks_of(name) => {
                        return Err(format!("`{name}` is not in the directory"));
                    }
                    (state, _) => best = best.min(state).or(state).or(Some(State::Active)),
                }
            }
            if further.is_empty() {
                return Ok(best.unwrap_or(State::Active));
            }
            further.sort_unstable();
            further.dedup();
            next = further;
        }
        Err(format!("`{from}` leads through more than {STEPS} aliases, or in a circle"))
    }

    fn speaks_of(&self, address: &str) -> bool {
        address.rsplit_once('@').is_some_and(|(_, domain)| self.domains.contains(domain))
    }

    /// What is said of a recipient: nothing of domains none of whose mailboxes is listed, nor of
    /// postmaster and abuse. `van.thu+bao-cao@` is `van.thu@`.
    pub fn standing(&self, recipient: &Address) -> Option<Standing> {
        let mailbox = recipient.mailbox();
        let (local, domain) = mailbox.rsplit_once('@')?;
        if is_reserved(local) || !self.domains.contains(domain) {
            return None;
        }
        let plain = local.split_once('+').map(|(local, _)| format!("{local}@{domain}"));
        let held = self.names.get(mailbox.as_str());
        let held = held.or_else(|| plain.and_then(|plain| self.names.get(plain.as_str())));
        Some(held.map_or(Standing::Unknown, |held| Standing::Listed(held.state)))
    }

    /// When it was written.
    pub fn written(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.written.load(Ordering::Relaxed))
    }

    /// Looks at the file again: written anew with the same text, it is as fresh as a new one. With
    /// another text it is for a reload to say whether it is right.
    pub fn renew(&self, path: &Path) {
        let Ok(modified) = path.metadata().and_then(|meta| meta.modified()) else { return };
        let modified = seconds(modified);
        if modified <= self.written.load(Ordering::Relaxed) {
            return;
        }
        let same = |source: Source| <[u8; 32]>::from(Sha256::digest(source.text())) == self.digest;
        if super::open(path).is_ok_and(same) {
            self.written.store(modified, Ordering::Relaxed);
        }
    }

    /// How many names stand in it.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether none does.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
