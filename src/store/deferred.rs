//! Letters that were deferred for a cause of their own: none is deferred for ever.
//!
//! A letter that breaks a check breaks it again at every attempt, and after days its sender would
//! give up without anybody here having seen it. So after three deferrals over four hours it is
//! kept for a person. An engine's outage is not a letter's own cause and is not counted here.

use super::Key;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// Deferrals after which a letter is kept.
const TIMES: u32 = 3;

/// And the time since the first of them.
const SINCE: Duration = Duration::from_secs(4 * 3600);

/// Senders give up after five days or so (RFC 5321 §4.5.4.1): older entries are forgotten.
const FORGOTTEN: Duration = Duration::from_secs(7 * 24 * 3600);

/// Letters that are remembered; beyond it the oldest are forgotten first.
const REMEMBERED: usize = 10_000;

/// What was deferred, and when first.
#[derive(Debug)]
pub struct Deferred {
    path: PathBuf,
    letters: Mutex<HashMap<String, Entry>>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Entry {
    /// Seconds since 1970.
    first: u64,
    times: u32,
}

impl Deferred {
    /// Reads what is remembered in the state folder, which is made where it is missing. A file
    /// that cannot be understood is begun anew: it holds counts, not letters.
    pub fn open(state: &Path) -> io::Result<Deferred> {
        fs::create_dir_all(state)?;
        let path = state.join("deferred.json");
        let letters = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => HashMap::new(),
            Err(error) => return Err(error),
        };
        Ok(Deferred { path, letters: Mutex::new(letters) })
    }

    /// Counts a deferral at this time; whether the letter is to be kept instead.
    ///
    /// An error means that the count is not on the disk; it holds until the next restart.
    pub fn count(&self, key: Key, now: SystemTime) -> (bool, io::Result<()>) {
        let now = seconds(now);
        let mut letters = self.letters();
        letters.retain(|_, entry| now.saturating_sub(entry.first) < FORGOTTEN.as_secs());
        if letters.len() >= REMEMBERED {
            let oldest = letters.iter().min_by_key(|(_, entry)| entry.first);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                letters.remove(&oldest);
            }
        }
        let entry = letters.entry(name(key)).or_insert(Entry { first: now, times: 0 });
        entry.times = entry.times.saturating_add(1);
        let enough = entry.times > TIMES && now.saturating_sub(entry.first) >= SINCE.as_secs();
        (enough, self.write(&letters))
    }

    /// Whether a letter was deferred before.
    pub fn knows(&self, key: Key) -> bool {
        self.letters().contains_key(&name(key))
    }

    /// Forgets a letter that got another verdict.
    pub fn forget(&self, key: Key) -> io::Result<()> {
        let mut letters = self.letters();
        // Every letter comes here, and hardly ever is one of them remembered.
        if letters.is_empty() {
            return Ok(());
        }
        match letters.remove(&name(key)) {
            Some(_) => self.write(&letters),
            None => Ok(()),
        }
    }

    fn write(&self, letters: &HashMap<String, Entry>) -> io::Result<()> {
        let fresh = self.path.with_extension("new");
        fs::write(&fresh, serde_json::to_vec(letters)?)?;
        fs::rename(&fresh, &self.path)
    }

    fn letters(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(key: Key) -> String {
    key.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}
