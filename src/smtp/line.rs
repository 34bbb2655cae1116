//! Command lines out of a stream, none longer than 2048 octets.
//!
//! A line that is too long is swallowed to its end before it is refused, so its
//! tail is never taken for a command.

use bytes::{Buf, Bytes, BytesMut};

/// RFC 5321 §4.5.3.1.4 has 512; DSN and SMTPUTF8 parameters add to it (RFC 3461 §5.4).
/// More only fills memory.
pub const LINE_OCTETS: usize = 2048;

/// An endless line is dropped up to here; then the client is sent away.
const SWALLOW_OCTETS: usize = 1 << 20;

/// What the stream holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A line, without its line end.
    Whole(Bytes),
    /// A line over the cap, dropped.
    Long,
    /// A line without end: not worth waiting for.
    Endless,
    /// Not yet a whole line.
    Wanting,
}

/// The reader of lines.
#[derive(Debug, Default)]
pub struct Lines {
    swallowed: usize,
}

impl Lines {
    /// Takes the next line. A bare LF ends a command line too: people type them
    /// with netcat, and what is relayed is written anew with CRLF.
    pub fn next(&mut self, input: &mut BytesMut) -> Line {
        match memchr::memchr(b'\n', input) {
            Some(end) if self.swallowed + end > LINE_OCTETS => {
                input.advance(end + 1);
                self.swallowed = 0;
                Line::Long
            }
            Some(end) => {
                let mut line = input.split_to(end + 1).freeze();
                let ends = if line.ends_with(b"\r\n") { 2 } else { 1 };
                line.truncate(line.len() - ends);
                Line::Whole(line)
            }
            None => self.swallow(input),
        }
    }

    fn swallow(&mut self, input: &mut BytesMut) -> Line {
        if self.swallowed + input.len() > LINE_OCTETS {
            self.swallowed += input.len();
            input.clear();
        }
        if self.swallowed > SWALLOW_OCTETS { Line::Endless } else { Line::Wanting }
    }
}
