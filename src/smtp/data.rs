//! DATA in and out: dots taken off and put on, and nothing else touched.
//!
//! Only CRLF.CRLF ends a message. Everything that a lax server might take for
//! an end too (LF.LF, CR.CR, and mixtures of them) contains a bare CR or LF and is
//! reported: that is how letters are smuggled past a filter (CVE-2023-51764).

use memchr::{memchr2, memmem};

/// Where the decoder stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At the start of a line: also at the very first, so that `.` CRLF ends an empty message.
    Start,
    /// After a line's leading dot.
    Dot,
    /// After a line's leading dot and CR.
    DotCr,
    /// After a CR within a line.
    Cr,
    /// Within a line.
    Text,
}

/// Takes the dots off. Its output does not depend on how the input is cut.
#[derive(Debug)]
pub struct Decoder {
    place: Place,
    bare: bool,
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder { place: Place::Start, bare: false }
    }
}

impl Decoder {
    /// Whether a CR without LF, or an LF without CR, was seen.
    pub fn bare(&self) -> bool {
        self.bare
    }

    /// Appends the unstuffed content to `out`; when the end was met, how much of
    /// `input` was taken: what follows is the next command.
    pub fn push(&mut self, input: &[u8], out: &mut Vec<u8>) -> Option<usize> {
        let mut rest = input;
        while let [first, tail @ ..] = rest {
            match (self.place, first) {
                (Place::Start, b'.') => (self.place, rest) = (Place::Dot, tail),
                (Place::Dot, b'\r') => (self.place, rest) = (Place::DotCr, tail),
                (Place::DotCr, b'\n') => {
                    self.place = Place::Start;
                    return Some(input.len() - tail.len());
                }
                (Place::DotCr, _) => {
                    // Dot and CR were text after all.
                    out.push(b'\r');
                    self.place = Place::Cr;
                }
                (Place::Cr, b'\n') => {
                    out.push(b'\n');
                    (self.place, rest) = (Place::Start, tail);
                }
                (Place::Cr, _) => (self.bare, self.place) = (true, Place::Text),
                (Place::Start | Place::Dot, _) => self.place = Place::Text,
                (Place::Text, _) => rest = self.text(rest, out),
            }
        }
        None
    }

    /// Copies to the next CR or LF, that one included.
    fn text<'a>(&mut self, input: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        let end = memchr2(b'\r', b'\n', input).map_or(input.len(), |at| at + 1);
        let (line, rest) = input.split_at(end);
        out.extend_from_slice(line);
        match line.last() {
            Some(b'\r') => self.place = Place::Cr,
            Some(b'\n') => self.bare = true,
            _ => {}
        }
        rest
    }
}

/// Puts the dots on, for a next hop.
#[derive(Debug)]
pub struct Encoder {
    /// The last two bytes written were CRLF, or none was written.
    start: bool,
    /// The last byte written was CR.
    cr: bool,
}

impl Default for Encoder {
    fn default() -> Encoder {
        Encoder { start: true, cr: false }
    }
}

impl Encoder {
    /// Appends `input` to `out` with the leading dots doubled (RFC 5321 §4.5.2).
    pub fn push(&mut self, input: &[u8], out: &mut Vec<u8>) {
        let mut copied = 0;
        if self.start && input.first() == Some(&b'.') {
            out.push(b'.');
        }
        if self.cr && input.starts_with(b"\n.") {
            out.extend_from_slice(b"\n.");
            copied = 1;
        }
        for at in memmem::find_iter(input, b"\r\n.") {
            let dot = at + 2;
            out.extend_from_slice(input.get(copied..dot).unwrap_or_default());
            out.push(b'.');
            copied = dot;
        }
        out.extend_from_slice(input.get(copied..).unwrap_or_default());
        if let Some(last) = input.last() {
            let cr_before = match input {
                [_] => self.cr,
                [.., before, _] => *before == b'\r',
                [] => false,
            };
            (self.start, self.cr) = (*last == b'\n' && cr_before, *last == b'\r');
        }
    }

    /// Whether the last line lacks its CRLF, so that [`Encoder::end`] adds one.
    pub fn lacks_line_end(&self) -> bool {
        !self.start
    }

    /// Appends the end: one missing CRLF (RFC 6376 §3.4.3 counts both equal), then the dot.
    pub fn end(self, out: &mut Vec<u8>) {
        if self.lacks_line_end() {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b".\r\n");
    }
}
