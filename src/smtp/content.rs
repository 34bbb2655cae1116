//! Message content on its way in: by DATA or by BDAT, never more than twice SIZE.
//!
//! What is refused is still read, since a client listens only when it has sent
//! everything; but not without end.

use super::data::Decoder;

use bytes::{Bytes, BytesMut};

/// What one look at the input gave.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Bytes of the message, unstuffed.
    Content(Bytes),
    /// The message (DATA) or the chunk (BDAT) is complete.
    End,
    /// More than is read and dropped.
    TooMuch,
    /// Nothing more in the input.
    Wanting,
}

/// Octets between DATA and the final dot.
#[derive(Debug, Default)]
pub struct Data {
    decoder: Decoder,
    ended: bool,
    octets: u64,
}

impl Data {
    /// Takes what is there.
    pub fn next(&mut self, input: &mut BytesMut, ceiling: u64) -> Piece {
        if self.ended {
            return Piece::End;
        }
        if input.is_empty() {
            return Piece::Wanting;
        }
        let mut out = Vec::with_capacity(input.len() + 1);
        match self.decoder.push(input, &mut out) {
            Some(taken) => {
                let _ = input.split_to(taken);
                self.ended = true;
            }
            None => input.clear(),
        }
        self.octets = self.octets.saturating_add(out.len() as u64);
        match out.is_empty() {
            _ if self.octets > ceiling => Piece::TooMuch,
            true if self.ended => Piece::End,
            true => Piece::Wanting,
            false => Piece::Content(out.into()),
        }
    }

    /// Whether a bare CR or LF was seen.
    pub fn bare(&self) -> bool {
        self.decoder.bare()
    }
}

/// Octets of one BDAT chunk; `total` counts those of the chunks before it too.
#[derive(Debug)]
pub struct Chunk {
    remaining: u64,
    total: u64,
}

impl Chunk {
    /// A chunk of so many octets after so many others.
    pub fn new(size: u64, before: u64) -> Chunk {
        Chunk { remaining: size, total: before.saturating_add(size) }
    }

    /// Octets of the message so far, this chunk included.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Takes what is there. The bound is known before the first octet: a chunk of 2^63
    /// octets is not worth beginning.
    pub fn next(&mut self, input: &mut BytesMut, ceiling: u64) -> Piece {
        if self.total > ceiling {
            return Piece::TooMuch;
        }
        if self.remaining == 0 {
            return Piece::End;
        }
        if input.is_empty() {
            return Piece::Wanting;
        }
        let take = usize::try_from(self.remaining).unwrap_or(usize::MAX).min(input.len());
        self.remaining -= take as u64;
        Piece::Content(input.split_to(take).freeze())
    }
}
