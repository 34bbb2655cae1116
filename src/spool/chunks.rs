//! Consecutive bytes in memory, found by their offset in the message.
//!
//! A large chunk is kept as it came; small ones are gathered, since a sender
//! that writes single bytes would else cost us forty for each.

use super::CHUNK;
use bytes::{Bytes, BytesMut};

/// From this size on a chunk is worth an entry of its own.
const LARGE: usize = 4 << 10;

/// The bytes from `start` on.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    start: u64,
    /// Each with the offset of its first byte.
    sealed: Vec<(u64, Bytes)>,
    open: BytesMut,
    len: u64,
}

impl Chunks {
    /// None yet; the first will be at this offset.
    pub(super) fn starting(start: u64) -> Chunks {
        Chunks { start, ..Chunks::default() }
    }

    pub(super) fn start(&self) -> u64 {
        self.start
    }

    pub(super) fn end(&self) -> u64 {
        self.start + self.len
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn push(&mut self, chunk: Bytes) {
        if chunk.len() >= LARGE {
            self.seal();
            self.sealed.push((self.end(), chunk.clone()));
        } else {
            self.open.extend_from_slice(&chunk);
        }
        self.len += chunk.len() as u64;
        if self.open.len() >= CHUNK {
            self.seal();
        }
    }

    /// All of them.
    pub(super) fn all(&mut self) -> Vec<Bytes> {
        self.seal();
        self.sealed.iter().map(|(_, chunk)| chunk.clone()).collect()
    }

    /// At most [`CHUNK`] bytes from this offset on; empty if they are not here.
    pub(super) fn read(&self, at: u64) -> Bytes {
        if at >= self.end() - self.open.len() as u64 {
            let from = usize::try_from(at + self.open.len() as u64 - self.end()).unwrap_or(0);
            return Bytes::copy_from_slice(self.open.get(from..).unwrap_or_default());
        }
        let next = self.sealed.partition_point(|(start, _)| *start <= at);
        let Some((start, chunk)) = next.checked_sub(1).and_then(|last| self.sealed.get(last))
        else {
            return Bytes::new();
        };
        let from = usize::try_from(at - start).unwrap_or(usize::MAX).min(chunk.len());
        chunk.slice(from..chunk.len().min(from + CHUNK))
    }

    fn seal(&mut self) {
        if !self.open.is_empty() {
            let at = self.end() - self.open.len() as u64;
            self.sealed.push((at, std::mem::take(&mut self.open).freeze()));
        }
    }
}
