//! The tap: a cursor over a spool, at its reader's own speed.
//!
//! An engine may call a message clean only with a [`Whole`] in hand, and only
//! the last drop of a tap yields one. A message cut short, by either side,
//! cannot be mistaken for a clean one.

use super::{CHUNK, End, Place, Store};
use bytes::Bytes;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use tokio::sync::watch;

/// Proof that a message was read to its end.
#[derive(Debug)]
pub struct Whole(());

/// What comes out of a tap.
#[derive(Debug)]
pub enum Drop {
    /// The next bytes: at least one, at most [`super::CHUNK`].
    Chunk(Bytes),
    /// The end, and the proof of it.
    Last(Whole),
}

/// Why no end will come.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CutOff {
    /// The sender went away, or the spool could not be written.
    #[error("cut off before the end")]
    Unfinished,
    /// The spool's file cannot be read back.
    #[error("spool unreadable: {0}")]
    Unreadable(String),
}

/// A cursor. A clone stands where its original stands.
#[derive(Clone, Debug)]
pub struct Tap {
    store: Arc<Store>,
    news: watch::Receiver<()>,
    at: u64,
    /// Read from the file and not yet given out; begins at `at`.
    ahead: Bytes,
}

impl Tap {
    pub(super) fn new(store: Arc<Store>) -> Tap {
        let news = store.news.subscribe();
        Tap { store, news, at: 0, ahead: Bytes::new() }
    }

    /// The next drop, as soon as it is there. Dropped while waiting, it loses nothing.
    pub async fn next(&mut self) -> Result<Drop, CutOff> {
        loop {
            if !self.ahead.is_empty() {
                let chunk = self.ahead.split_to(self.ahead.len().min(CHUNK));
                self.at += chunk.len() as u64;
                return Ok(Drop::Chunk(chunk));
            }
            // Seen before the look, so that news between the look and the wait wakes us.
            self.news.borrow_and_update();
            let chunk = match self.store.place(self.at) {
                Place::Memory(chunk) => chunk,
                Place::File(file, at, bytes) => {
                    self.ahead = read(file, at, bytes).await?;
                    continue;
                }
                Place::Nowhere(End::Finished) => return Ok(Drop::Last(Whole(()))),
                Place::Nowhere(End::CutOff) => return Err(CutOff::Unfinished),
                Place::Nowhere(End::Open) => {
                    self.wait().await?;
                    continue;
                }
            };
            self.at += chunk.len() as u64;
            return Ok(Drop::Chunk(chunk));
        }
    }

    /// Waits until the spool holds so many bytes or has come to its end.
    pub async fn ready(&mut self, bytes: u64) -> Result<(), CutOff> {
        loop {
            self.news.borrow_and_update();
            let (len, end) = self.look();
            match end {
                End::CutOff => return Err(CutOff::Unfinished),
                End::Open if len < bytes => self.wait().await?,
                End::Open | End::Finished => return Ok(()),
            }
        }
    }

    /// Waits for the end: the length of the whole, in bytes.
    pub async fn end(&mut self) -> Result<u64, CutOff> {
        self.ready(u64::MAX).await?;
        Ok(self.look().0)
    }

    /// Whether the end is there, read or not.
    pub fn is_complete(&self) -> bool {
        self.look().1 == End::Finished
    }

    /// Bytes that have come in so far, read or not.
    pub fn len(&self) -> u64 {
        self.look().0
    }

    /// Whether none have.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Back to the first byte, for another reader.
    pub fn rewind(&mut self) {
        self.at = 0;
        self.ahead = Bytes::new();
    }

    fn look(&self) -> (u64, End) {
        let state = self.store.state();
        (state.len(), state.end)
    }

    async fn wait(&mut self) -> Result<(), CutOff> {
        // The sender of news lives in the store, and so as long as we do.
        self.news.changed().await.map_err(|_| CutOff::Unfinished)
    }
}

async fn read(file: Arc<std::fs::File>, at: u64, bytes: usize) -> Result<Bytes, CutOff> {
    let reading = tokio::task::spawn_blocking(move || {
        let mut buffer = vec![0; bytes];
        file.read_exact_at(&mut buffer, at).map(|()| Bytes::from(buffer))
    });
    match reading.await {
        Ok(Ok(chunk)) => Ok(chunk),
        Ok(Err(error)) => Err(CutOff::Unreadable(error.to_string())),
        Err(error) => Err(CutOff::Unreadable(error.to_string())),
    }
}
