//! Letters under analysis: one that brings the gate down is known when it comes again.
//!
//! Before a letter is parsed its key is written into a slot of one file, and taken out after the
//! verdict. What stands there at the next start was being parsed when the gate went down. No
//! fsync: a crash of the process loses nothing that was written, and a power cut is no fault of
//! the letter.

use super::Key;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A letter that was in flight at this many crashes is not parsed again.
pub const POISON: u8 = 2;

/// Octets of a slot: what it is, how many crashes, the key, and room to a power of two.
const SLOT: usize = 64;

/// What stands in a slot's first octet.
const FREE: u8 = 0;
const IN_FLIGHT: u8 = 1;
const CRASHED: u8 = 2;

/// Letters that are remembered after a crash; more would be a crash of the machine, not of a letter.
const REMEMBERED: usize = 4096;

/// The file of letters under analysis. Clones share it.
#[derive(Clone, Debug)]
pub struct InFlight(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    file: File,
    slots: Mutex<Slots>,
}

#[derive(Debug, Default)]
struct Slots {
    /// How many slots the file has.
    used: u64,
    free: Vec<u64>,
    /// Letters that were in flight at a crash: where they stand, and at how many crashes.
    crashed: HashMap<Key, (u64, u8)>,
}

/// A letter under analysis; dropping it says that the gate survived it.
#[derive(Debug)]
pub struct Flight {
    inflight: InFlight,
    slot: u64,
    key: Key,
}

impl InFlight {
    /// Opens the file in the state folder, which is made where it is missing, and counts a crash
    /// for every letter that stands in flight.
    pub fn open(state: &Path) -> io::Result<InFlight> {
        fs::create_dir_all(state)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(state.join("in-flight"))?;
        let mut content = Vec::new();
        file.read_to_end(&mut content)?;
        let mut found: HashMap<Key, u8> = HashMap::new();
        for slot in content.chunks_exact(SLOT).take(REMEMBERED) {
            let Some((kind, crashes, key)) = read(slot) else { continue };
            let more = if kind == IN_FLIGHT { crashes.saturating_add(1) } else { crashes };
            let known = found.entry(key).or_default();
            *known = known.saturating_add(more);
        }
        // Written anew, without gaps and without the free ones.
        file.set_len(0)?;
        let mut slots = Slots::default();
        for (key, crashes) in found {
            file.write_all_at(&written(CRASHED, crashes, key), slots.used * SLOT as u64)?;
            slots.crashed.insert(key, (slots.used, crashes));
            slots.used += 1;
        }
        Ok(InFlight(Arc::new(Shared { file, slots: Mutex::new(slots) })))
    }

    /// At how many crashes this letter was in flight.
    pub fn crashes(&self, key: Key) -> u8 {
        self.slots().crashed.get(&key).map_or(0, |(_, crashes)| *crashes)
    }

    /// Notes that this letter is about to be parsed.
    pub fn enter(&self, key: Key) -> io::Result<Flight> {
        let slot = {
            let mut slots = self.slots();
            slots.free.pop().unwrap_or_else(|| {
                slots.used += 1;
                slots.used - 1
            })
        };
        let flight = Flight { inflight: self.clone(), slot, key };
        self.0.file.write_all_at(&written(IN_FLIGHT, 0, key), slot * SLOT as u64)?;
        Ok(flight)
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        // No step below can be half done.
        self.0.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Clears a slot; a slot that cannot be cleared counts one crash too many, no more.
    fn clear(&self, slot: u64) {
        let cleared = self.0.file.write_all_at(&[FREE; SLOT], slot * SLOT as u64);
        if cleared.is_ok() {
            self.slots().free.push(slot);
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.inflight.clear(self.slot);
        // It was survived: an earlier crash was not its doing.
        let earlier = self.inflight.slots().crashed.remove(&self.key);
        if let Some((slot, _)) = earlier {
            self.inflight.clear(slot);
        }
    }
}

fn written(kind: u8, crashes: u8, key: Key) -> [u8; SLOT] {
    let mut slot = [0; SLOT];
    let head = [kind, crashes];
    for (to, from) in slot.iter_mut().zip(head.iter().chain(&key.0)) {
        *to = *from;
    }
    slot
}

fn read(slot: &[u8]) -> Option<(u8, u8, Key)> {
    let (kind, crashes) = (*slot.first()?, *slot.get(1)?);
    let key = slot.get(2..34)?.try_into().ok()?;
    matches!(kind, IN_FLIGHT | CRASHED).then_some((kind, crashes, Key(key)))
}
