//! Message content on its way in: by DATA or by BDAT, never more than twice SIZE.
//!
//! What is refused is still read, since a client listens only when it has sent
//! everything; but not without end.

use super::data::Decoder;

use bytes::{Bytes, BytesMut};
use memchr::memchr2;

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

/// The octets of a message that comes by BDAT, chunk after chunk.
#[derive(Debug, Default)]
pub struct Chunks {
    remaining: u64,
    total: u64,
    bare: Bare,
}

impl Chunks {
    /// Begins the next chunk.
    pub fn begin(&mut self, size: u64) {
        self.remaining = size;
        self.total = self.total.saturating_add(size);
    }

    /// Whether a bare CR or LF was seen in all that came.
    pub fn bare(&self) -> bool {
        self.bare.seen || self.bare.cr
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
        let piece = input.split_to(take).freeze();
        self.bare.push(&piece);
        Piece::Content(piece)
    }
}

/// Looks for a CR without LF and an LF without CR, in whatever pieces they come.
#[derive(Debug, Default)]
struct Bare {
    cr: bool,
    seen: bool,
}

impl Bare {
    fn push(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while let Some(at) = memchr2(b'\r', b'\n', rest) {
            let (before, after) = rest.split_at(at);
            self.seen |= self.cr && !before.is_empty();
            let cr = after.first() == Some(&b'\r');
            let paired = self.cr && before.is_empty();
            self.seen |= if cr { paired } else { !paired };
            self.cr = cr;
            rest = after.get(1..).unwrap_or_default();
        }
        self.seen |= self.cr && !rest.is_empty();
        self.cr &= rest.is_empty();
    }
}
