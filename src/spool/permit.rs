//! Permits for memory: taken before the bytes are, released when their job is done.
//!
//! One set for arriving mail, where nobody waits (452 instead), and one for
//! analysis, where a job waits its turn. Counted in KiB.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A stock of memory. Clones share it.
#[derive(Clone, Debug)]
pub struct Permits {
    stock: Arc<Semaphore>,
    total: u32,
}

/// Memory taken from a stock; dropping it gives it back.
#[derive(Debug)]
pub struct Permit(Option<OwnedSemaphorePermit>);

impl Permit {
    /// Takes another permit of the same stock into this one.
    pub fn join(&mut self, other: Permit) {
        match (&mut self.0, other.0) {
            (Some(held), Some(more)) => held.merge(more),
            (held, more) => *held = held.take().or(more),
        }
    }

    /// Gives back all but so many bytes.
    pub fn shrink(&mut self, bytes: u64) {
        if let Some(held) = &mut self.0 {
            drop(held.split(held.num_permits().saturating_sub(kib(bytes) as usize)));
        }
    }
}

impl Permits {
    /// A stock of so many bytes, at least one KiB.
    pub fn new(bytes: u64) -> Permits {
        let total = kib(bytes);
        Permits { stock: Arc::new(Semaphore::new(total as usize)), total }
    }

    /// So many bytes now, or nothing.
    ///
    /// Who asks for more than there is at all is given all of it: a message
    /// larger than the stock is handled alone, not never.
    pub fn try_acquire(&self, bytes: u64) -> Option<Permit> {
        let taken = self.stock.clone().try_acquire_many_owned(self.share(bytes));
        taken.ok().map(|held| Permit(Some(held)))
    }

    /// So many bytes, waiting in line for them; see [`Permits::try_acquire`] for very many.
    pub async fn acquire(&self, bytes: u64) -> Permit {
        // An error would mean that the stock is closed, which nobody does.
        Permit(self.stock.clone().acquire_many_owned(self.share(bytes)).await.ok())
    }

    /// Bytes in use.
    pub fn used(&self) -> u64 {
        (self.total as usize).saturating_sub(self.stock.available_permits()) as u64 * 1024
    }

    fn share(&self, bytes: u64) -> u32 {
        kib(bytes).min(self.total)
    }
}

/// Rounded up.
fn kib(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX).max(1)
}
