//! The budget: what one message may cost us, shared by everything that unfolds it.
//!
//! Each limit fends off an attack: bytes and ratio the zip bomb, members the
//! archive of a million empty files, depth the archive in an archive without
//! end, parts the multipart of a hundred thousand parts. Nobody else keeps a
//! clock: the pipeline trips the budget at the deadline or when the client is
//! gone, and every loop over a sender's data spends from it.

use memchr::memmem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The most that unfolding one message may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that all archives together may unfold to.
    pub unpacked: u64,
    /// Unpacked bytes per byte of the message that make an archive a bomb, once
    /// more than [`Limits::BOMB_FLOOR`] came out.
    pub ratio: u64,
    /// Members of all archives together.
    pub members: u32,
    /// Containers within containers: archives and attached mails alike.
    pub depth: u32,
    /// MIME parts.
    pub parts: u32,
}

impl Limits {
    /// Less than this is never a bomb: a scanned white page packs 1000 to 1.
    pub const BOMB_FLOOR: u64 = 64 << 20;
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { unpacked: 256 << 20, ratio: 100, members: 10_000, depth: 16, parts: 10_000 }
    }
}

/// Which limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// [`Limits::unpacked`]
    Bytes,
    /// [`Limits::ratio`]
    Bomb,
    /// [`Limits::members`]
    Members,
    /// [`Limits::depth`]
    Depth,
    /// [`Limits::parts`]
    Parts,
    /// Tripped from outside: the deadline, or the client is gone.
    Cancelled,
}

/// Trips a [`Budget`] from another thread.
#[derive(Clone, Debug, Default)]
pub struct Trip(Arc<AtomicBool>);

impl Trip {
    /// Makes every later spending fail.
    pub fn trip(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was tripped.
    pub fn is_tripped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What is left for one message.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    message: u64,
    unpacked: u64,
    members: u32,
    parts: u32,
    attempts: u32,
    reread: u64,
    encoded_words: u64,
    most_attempts: u32,
    trip: Trip,
}

impl Budget {
    /// Passwords that are tried on all locked members of one message: each may cost a
    /// millisecond, since archives make guessing dear on purpose.
    pub const ATTEMPTS: u32 = 500;

    /// How often a message may be read: as often as it has views.
    pub const VIEWS: u64 = 16;

    /// Beginnings of encoded words in one message: the MIME parser spends microseconds on each
    /// that stands in a parameter, ended or not.
    const ENCODED_WORDS: u64 = 50_000;

    /// A message of less may be read again as if it had so many bytes.
    const SMALL: u64 = 64 << 10;

    /// The budget of a message of so many bytes.
    pub fn new(limits: Limits, message: u64, trip: Trip) -> Budget {
        Budget {
            limits,
            message,
            unpacked: 0,
            members: 0,
            parts: 0,
            attempts: 0,
            most_attempts: Budget::ATTEMPTS,
            reread: 0,
            encoded_words: 0,
            trip,
        }
    }

    /// Spends bytes that came out of an archive.
    pub fn unpack(&mut self, bytes: u64) -> Result<(), Spent> {
        self.check()?;
        self.unpacked = self.unpacked.saturating_add(bytes);
        let bomb = self.unpacked > Limits::BOMB_FLOOR
            && self.unpacked > self.limits.ratio.saturating_mul(self.message);
        match bomb {
            true => Err(Spent::Bomb),
            false if self.unpacked > self.limits.unpacked => Err(Spent::Bytes),
            false => Ok(()),
        }
    }

    /// Spends one member of an archive.
    pub fn member(&mut self) -> Result<(), Spent> {
        self.check()?;
        self.members = self.members.saturating_add(1);
        if self.members > self.limits.members { Err(Spent::Members) } else { Ok(()) }
    }

    /// Spends one MIME part.
    pub fn part(&mut self) -> Result<(), Spent> {
        self.check()?;
        self.parts = self.parts.saturating_add(1);
        if self.parts > self.limits.parts { Err(Spent::Parts) } else { Ok(()) }
    }

    /// Spends bytes of the message that are read once more, by another view: all together as often
    /// as a message has views, so that reading stays linear whatever a sender nests.
    pub fn reread(&mut self, bytes: u64) -> Result<(), Spent> {
        self.check()?;
        let most = self.message.max(Budget::SMALL).saturating_mul(Budget::VIEWS);
        let sum = self.reread.saturating_add(bytes);
        if sum > most {
            return Err(Spent::Parts);
        }
        self.reread = sum;
        Ok(())
    }

    /// Spends what may be encoded words (RFC 2047) of a text that goes to the MIME parser.
    pub fn encoded_words(&mut self, text: &[u8]) -> Result<(), Spent> {
        self.check()?;
        // One more than is left is enough to know.
        let left = Budget::ENCODED_WORDS.saturating_sub(self.encoded_words);
        let found = memmem::find_iter(text, b"=?").zip(0..=left).count() as u64;
        self.encoded_words = self.encoded_words.saturating_add(found);
        if found > left { Err(Spent::Parts) } else { Ok(()) }
    }

    /// Bytes that were read once more.
    pub fn rereads(&self) -> u64 {
        self.reread
    }

    /// Whether a container at this depth may be opened; the message itself is 0.
    pub fn depth(&self, depth: u32) -> Result<(), Spent> {
        self.check()?;
        if depth > self.limits.depth { Err(Spent::Depth) } else { Ok(()) }
    }

    /// Spends one attempt with a password; whether there was one left.
    pub fn attempt(&mut self) -> bool {
        self.attempts = self.attempts.saturating_add(1);
        self.attempts <= self.most_attempts && self.check().is_ok()
    }

    /// The same budget with so many attempts with passwords, where there is no time for more.
    pub fn with_attempts(self, most: u32) -> Budget {
        Budget { most_attempts: most, ..self }
    }

    /// Whether more attempts with passwords were wanted than it has.
    pub fn is_out_of_attempts(&self) -> bool {
        self.attempts > self.most_attempts
    }

    /// Fails once the budget was tripped from outside.
    pub fn check(&self) -> Result<(), Spent> {
        if self.trip.is_tripped() { Err(Spent::Cancelled) } else { Ok(()) }
    }

    /// What trips it.
    pub fn trip(&self) -> &Trip {
        &self.trip
    }

    /// Bytes unpacked so far, per byte of the message.
    pub fn ratio(&self) -> u64 {
        self.unpacked / self.message.max(1)
    }

    /// Bytes unpacked so far.
    pub fn unpacked(&self) -> u64 {
        self.unpacked
    }

    /// The limits that it began with.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}
