//! The LZW of Unix compress (`.Z`), which is not that of GIF.
//!
//! Its codes come in groups of eight of one width: when the width changes, the
//! rest of the group is padding. The table is 64 Ki entries at most, so memory is
//! bounded whatever the header says.

use std::io::{self, Read};

/// The code that empties the table, in block mode.
const CLEAR: u16 = 256;

/// A decoder over the bytes of a whole file.
pub(super) struct Lzw<'a> {
    bytes: &'a [u8],
    /// The next bit, and the first of this group, counted from the end of the header.
    bit: usize,
    group: usize,
    width: u32,
    widest: u32,
    block: bool,
    /// For each code from `first` on: the code before, and its last byte.
    table: Vec<(u16, u8)>,
    first: usize,
    previous: Option<u16>,
    initial: u8,
    /// Decoded and not yet read, last byte first.
    pending: Vec<u8>,
    /// Behind a defect nothing can be told.
    corrupt: bool,
}

impl<'a> Lzw<'a> {
    /// `None` where the header is none of compress's.
    pub(super) fn new(file: &'a [u8]) -> Option<Lzw<'a>> {
        let [0x1f, 0x9d, flags, bytes @ ..] = file else { return None };
        let widest = u32::from(flags & 0x1f);
        let block = *flags & 0x80 != 0;
        (9..=16).contains(&widest).then_some(Lzw {
            bytes,
            bit: 0,
            group: 0,
            width: 9,
            widest,
            block,
            table: Vec::new(),
            first: if block { 257 } else { 256 },
            previous: None,
            initial: 0,
            pending: Vec::new(),
            corrupt: false,
        })
    }

    /// The number that the next new entry gets.
    fn free(&self) -> usize {
        self.first + self.table.len()
    }

    /// Skips to the end of the group, and goes on with codes of another width.
    fn regroup(&mut self, width: u32) {
        let group = 8 * self.width as usize;
        self.bit = self.group + (self.bit - self.group).div_ceil(group) * group;
        self.group = self.bit;
        self.width = width;
    }

    /// The next code; `None` at the end. What is left of a last byte is padding.
    fn code(&mut self) -> Option<u16> {
        if self.width < self.widest && self.free() >= 1 << self.width {
            self.regroup(self.width + 1);
        }
        let bytes = self.bytes.get(self.bit / 8..)?;
        if bytes.len() * 8 < self.bit % 8 + self.width as usize {
            return None;
        }
        let three = |at: usize| u32::from(bytes.get(at).copied().unwrap_or_default());
        let word = three(0) | three(1) << 8 | three(2) << 16;
        let code = word >> (self.bit % 8) & ((1 << self.width) - 1);
        self.bit += self.width as usize;
        u16::try_from(code).ok()
    }

    /// Decodes one code into `pending`; whether there was one.
    fn step(&mut self) -> io::Result<bool> {
        let Some(code) = self.code() else { return Ok(false) };
        if self.block && code == CLEAR {
            self.regroup(9);
            self.table.clear();
            self.previous = None;
            return Ok(true);
        }
        let Some(previous) = self.previous else {
            self.initial = u8::try_from(code).map_err(|_| corrupt())?;
            self.pending.push(self.initial);
            self.previous = Some(code);
            return Ok(true);
        };
        let mut here = code;
        if usize::from(code) >= self.free() {
            if usize::from(code) > self.free() {
                return Err(corrupt());
            }
            self.pending.push(self.initial);
            here = previous;
        }
        // Entries point only to older ones, so this comes to a byte.
        while let Some(&(before, byte)) =
            usize::from(here).checked_sub(self.first).and_then(|at| self.table.get(at))
        {
            self.pending.push(byte);
            here = before;
        }
        self.initial = u8::try_from(here).map_err(|_| corrupt())?;
        self.pending.push(self.initial);
        if self.free() < 1 << self.widest {
            self.table.push((previous, self.initial));
        }
        self.previous = Some(code);
        Ok(true)
    }
}

impl Read for Lzw<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        for place in out.iter_mut() {
            while self.pending.is_empty() && !self.corrupt {
                match self.step() {
                    Ok(true) => {}
                    Ok(false) => return Ok(count),
                    Err(_) => self.corrupt = true,
                }
            }
            match self.pending.pop() {
                Some(byte) => *place = byte,
                // What came out before the defect is read first.
                None if count > 0 => return Ok(count),
                None => return Err(corrupt()),
            }
            count += 1;
        }
        Ok(count)
    }
}

fn corrupt() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a code before its time")
}
