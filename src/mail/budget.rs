//! The budget: what one message may cost us, shared by everything that unfolds it.
//!
//! Each limit fends off an attack: bytes and ratio the zip bomb, members the
//! archive of a million empty files, depth the archive in an archive without
//! end, parts the multipart of a hundred thousand parts. Nobody else keeps a
//! clock: the pipeline trips the budget at the deadline or when the client is
//! gone, and every loop over a sender's data spends from it.

use memchr::memmem;
use std::cell::Cell;
use std::fmt;
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

/// What may be spent where there is little time: beyond it all stops, to begin anew elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Haste {
    /// Bytes that archives unfold to.
    pub unpacked: u64,
    /// Members of archives.
    pub members: u32,
    /// MIME parts.
    pub parts: u32,
    /// As [`Budget::WORK`].
    pub work: u64,
}

impl Haste {
    /// None: what is spent is held against [`Limits`] alone.
    const NONE: Haste =
        Haste { unpacked: u64::MAX, members: u32::MAX, parts: u32::MAX, work: u64::MAX };
}

/// Memory for what comes out of archives: so much was granted, and more is asked for. The answer
/// is given at once; after a no all stops.
struct Memory {
    granted: u64,
    more: Box<dyn FnMut(u64) -> bool + Send>,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("granted", &self.granted).finish_non_exhaustive()
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
    header_lines: u64,
    errands: u32,
    most_attempts: u32,
    haste: Haste,
    memory: Option<Memory>,
    work: Cell<u64>,
    most_work: u64,
    cut: Cell<bool>,
    stopped: Cell<bool>,
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

    /// Lines of headers in one message, those of attached mails included: a hundred times what lists
    /// of recipients come to.
    pub const HEADER_LINES: u64 = 200_000;

    /// Files of one message that children read: each is sent there and back.
    pub const ERRANDS: u32 = 2_000;

    /// What looking at text and markup may cost, all parts of a message together: bytes that are
    /// looked at, and [`Budget::STEP`] for each step of a document: about half a second.
    pub const WORK: u64 = 96 << 20;

    /// What one element, end or text of a document costs beside its bytes.
    pub const STEP: u64 = 12;

    /// Memory is asked for in pieces of so many bytes.
    const PIECE: u64 = 16 << 20;

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
            header_lines: 0,
            errands: 0,
            haste: Haste::NONE,
            memory: None,
            work: Cell::new(0),
            most_work: Budget::WORK,
            cut: Cell::new(false),
            stopped: Cell::new(false),
            trip,
        }
    }

    /// The same budget, which stops where more than this is spent.
    pub fn in_haste(self, haste: Haste) -> Budget {
        Budget { haste, ..self }
    }

    /// The same budget with memory for so many unpacked bytes, and who is asked for more.
    pub fn with_memory(
        self,
        granted: u64,
        more: impl FnMut(u64) -> bool + Send + 'static,
    ) -> Budget {
        Budget { memory: Some(Memory { granted, more: Box::new(more) }), ..self }
    }

    /// The same budget with so much work.
    pub fn with_work(self, most: u64) -> Budget {
        Budget { most_work: most, ..self }
    }

    /// Whether it stopped: what came out is not all, and to be thrown away.
    pub fn is_stopped(&self) -> bool {
        self.stopped.get()
    }

    /// Stops where something is wanted beyond what there is.
    fn stop_if(&self, beyond: bool) -> Result<(), Spent> {
        if beyond {
            self.stopped.set(true);
            return Err(Spent::Cancelled);
        }
        Ok(())
    }

    /// Spends work: whoever looks at text or markup byte by byte. Beyond what there is nothing
    /// more may be looked at, which [`Budget::take_cut`] tells.
    pub fn work(&self, work: u64) -> Result<(), Spent> {
        self.check()?;
        self.work.set(self.work.get().saturating_add(work));
        self.stop_if(self.work.get() > self.haste.work)?;
        if self.work.get() > self.most_work {
            self.cut();
            return Err(Spent::Bytes);
        }
        Ok(())
    }

    /// Work that is left.
    pub fn work_left(&self) -> u64 {
        self.most_work.saturating_sub(self.work.get())
    }

    /// Notes that something is not looked at to its end.
    pub fn cut(&self) {
        self.cut.set(true);
    }

    /// Whether something was not looked at to its end since this was last asked.
    pub fn take_cut(&self) -> bool {
        self.cut.replace(false)
    }

    /// Spends bytes that came out of an archive.
    pub fn unpack(&mut self, bytes: u64) -> Result<(), Spent> {
        self.check()?;
        self.unpacked = self.unpacked.saturating_add(bytes);
        self.stop_if(self.unpacked > self.haste.unpacked)?;
        self.hold()?;
        let bomb = self.unpacked > Limits::BOMB_FLOOR
            && self.unpacked > self.limits.ratio.saturating_mul(self.message);
        match bomb {
            true => Err(Spent::Bomb),
            false if self.unpacked > self.limits.unpacked => Err(Spent::Bytes),
            false => Ok(()),
        }
    }

    /// Asks for memory where more is unpacked than was granted.
    fn hold(&mut self) -> Result<(), Spent> {
        let Some(memory) = &mut self.memory else { return Ok(()) };
        let missing = self.unpacked.saturating_sub(memory.granted);
        if missing == 0 {
            return Ok(());
        }
        let piece = missing.max(Budget::PIECE);
        memory.granted = memory.granted.saturating_add(piece);
        let refused = !(memory.more)(piece);
        self.stop_if(refused)
    }

    /// Spends one member of an archive.
    pub fn member(&mut self) -> Result<(), Spent> {
        self.check()?;
        self.members = self.members.saturating_add(1);
        self.stop_if(self.members > self.haste.members)?;
        if self.members > self.limits.members { Err(Spent::Members) } else { Ok(()) }
    }

    /// Spends one MIME part.
    pub fn part(&mut self) -> Result<(), Spent> {
        self.check()?;
        self.parts = self.parts.saturating_add(1);
        self.stop_if(self.parts > self.haste.parts)?;
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

    /// Spends the lines of the header that a mail begins with: each field costs the parser ten times
    /// its own bytes, and a mail of nothing else would be nine million of them.
    pub fn header(&mut self, mail: &[u8]) -> Result<(), Spent> {
        self.check()?;
        let left = Budget::HEADER_LINES.saturating_sub(self.header_lines);
        let is_field = |line: &&[u8]| match line.first() {
            Some(b' ' | b'\t') => true,
            _ => memchr::memchr(b':', line).is_some(),
        };
        let lines = mail.split(|byte| *byte == b'\n').take_while(is_field);
        let found = lines.zip(0..=left).count() as u64;
        self.header_lines = self.header_lines.saturating_add(found);
        if found > left { Err(Spent::Parts) } else { Ok(()) }
    }

    /// Spends one file that another process reads; whether there was one left.
    pub fn errand(&mut self) -> bool {
        self.errands = self.errands.saturating_add(1);
        self.errands <= Budget::ERRANDS && self.check().is_ok()
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

    /// Fails once the budget was tripped from outside, or stopped.
    pub fn check(&self) -> Result<(), Spent> {
        let over = self.trip.is_tripped() || self.stopped.get();
        if over { Err(Spent::Cancelled) } else { Ok(()) }
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
