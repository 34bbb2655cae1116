//! The disk budget: bytes of all messages in flight that may lie in files.
//!
//! When it is exhausted, the youngest upload is given up, not the one that
//! happens to write: else many new uploads could starve a large old one that
//! is nearly through. What a given-up upload still holds no longer counts, so
//! its session must end soon: [`Upload::tripped`] wakes it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The budget. Clones share it.
#[derive(Clone, Debug)]
pub struct Disk(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    budget: u64,
    uploads: Mutex<Uploads>,
}

#[derive(Debug, Default)]
struct Uploads {
    /// The number of the next one: the higher, the younger.
    next: u64,
    /// Bytes of all uploads that are not given up.
    used: u64,
    active: BTreeMap<u64, Entry>,
}

#[derive(Debug)]
struct Entry {
    bytes: u64,
    settled: bool,
    trip: Arc<Trip>,
}

#[derive(Debug, Default)]
struct Trip {
    tripped: AtomicBool,
    wake: Notify,
}

/// One message's share; dropping it gives it back.
#[derive(Debug)]
pub struct Upload {
    disk: Disk,
    number: u64,
    trip: Arc<Trip>,
}

/// There is no more room for this upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the disk budget for messages in flight is exhausted")]
pub struct Exhausted;

impl Disk {
    /// A budget of so many bytes.
    pub fn new(budget: u64) -> Disk {
        Disk(Arc::new(Inner { budget, uploads: Mutex::default() }))
    }

    /// Begins an upload, the youngest as yet.
    pub fn begin(&self) -> Upload {
        let mut uploads = self.uploads();
        let (number, trip) = (uploads.next, Arc::<Trip>::default());
        uploads.next += 1;
        uploads.active.insert(number, Entry { bytes: 0, settled: false, trip: trip.clone() });
        Upload { disk: self.clone(), number, trip }
    }

    /// Bytes charged to it.
    pub fn used(&self) -> u64 {
        self.uploads().used
    }

    fn uploads(&self) -> MutexGuard<'_, Uploads> {
        self.0.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Upload {
    /// Takes so many bytes more, giving up younger uploads for it where there are any.
    pub fn charge(&self, bytes: u64) -> Result<(), Exhausted> {
        let mut uploads = self.disk.uploads();
        while uploads.used.saturating_add(bytes) > self.disk.0.budget {
            if !uploads.active.contains_key(&self.number) {
                break;
            }
            // It alone holds what it holds: giving itself up is the last resort.
            let youngest = uploads.youngest().unwrap_or(self.number).max(self.number);
            uploads.trip(youngest);
        }
        let entry = uploads.active.get_mut(&self.number).ok_or(Exhausted)?;
        entry.bytes += bytes;
        uploads.used += bytes;
        Ok(())
    }

    /// All bytes are here: it is no longer given up for the sake of others.
    pub fn settle(&self) {
        if let Some(entry) = self.disk.uploads().active.get_mut(&self.number) {
            entry.settled = true;
        }
    }

    /// Comes when it is given up.
    pub async fn tripped(&self) {
        let mut woken = std::pin::pin!(self.trip.wake.notified());
        // Registered before the look: a trip in between wakes it.
        woken.as_mut().enable();
        if !self.trip.tripped.load(Ordering::Acquire) {
            woken.await;
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.disk.uploads().remove(self.number);
    }
}

impl Uploads {
    /// The youngest that is still arriving and holds anything.
    fn youngest(&self) -> Option<u64> {
        let mut arriving = self.active.iter().rev().filter(|(_, e)| !e.settled && e.bytes > 0);
        arriving.next().map(|(number, _)| *number)
    }

    fn trip(&mut self, number: u64) {
        if let Some(entry) = self.remove(number) {
            entry.trip.tripped.store(true, Ordering::Release);
            entry.trip.wake.notify_waiters();
        }
    }

    fn remove(&mut self, number: u64) -> Option<Entry> {
        let entry = self.active.remove(&number)?;
        self.used = self.used.saturating_sub(entry.bytes);
        Some(entry)
    }
}
