//! Formats whose readers may take the process with them, read in a child: 7z, RAR and PDF.
//!
//! No panic handler catches a stack that overflows, an allocation that fails or a loop without
//! end. So these readers run in `congthu worker`, under limits of memory and processor time; what
//! it sends back is charged to the budget of the message while it arrives, and a child that dies,
//! hangs or talks nonsense is a trouble of that one file.

mod child;
mod output;
mod pool;
mod process;
mod protocol;
mod receiver;

pub use child::serve;
pub use protocol::{Frame, Garbage, Input, LARGEST_FILE, Request};

pub(super) use output::{Output, Stop};

use super::drain::Drain;
use super::{Opened, Trouble, Why};
use crate::mail::{Budget, FileType};
use bytes::Bytes;
use pool::Pool;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the child can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// 7-Zip's own.
    SevenZip,
    /// RAR 1.3 to 7.
    Rar,
    /// Portable Document Format.
    Pdf,
}

impl Format {
    /// The reader that a type needs.
    pub fn of(kind: FileType) -> Option<Format> {
        match kind.extension {
            "7z" => Some(Format::SevenZip),
            "rar" => Some(Format::Rar),
            "pdf" => Some(Format::Pdf),
            _ => None,
        }
    }
}

/// How children are run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The program, called as `PROGRAM worker --memory BYTES`.
    pub program: PathBuf,
    /// Address space of a child, in bytes.
    pub memory: u64,
    /// Children at once.
    pub children: usize,
    /// Told of each failure, with a word for its cause.
    pub failed: fn(&'static str),
}

/// Why a child did not do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    /// It could not be started.
    Start,
    /// It ended in the middle.
    Died,
    /// It asked for more memory than it may have, or its stack overflowed: both abort.
    Memory,
    /// It used up its processor time.
    Time,
    /// What it said was no answer.
    Garbage,
    /// The deadline passed, or the client is gone.
    Cancelled,
    /// Its reader panicked; a bug.
    Panic,
}

impl Failure {
    /// The word for metrics and the log.
    fn name(self) -> &'static str {
        match self {
            Failure::Start => "start",
            Failure::Died => "died",
            Failure::Memory => "memory",
            Failure::Time => "time",
            Failure::Garbage => "garbage",
            Failure::Cancelled => "deadline",
            Failure::Panic => "panic",
        }
    }

    /// What it means for the file.
    fn trouble(self) -> Trouble {
        let (why, detail) = match self {
            Failure::Start => (Why::Unreadable, "its reader could not be started"),
            Failure::Died => (Why::Unreadable, "its reader died"),
            Failure::Memory => (Why::OverLimit, "needs more memory than its reader may have"),
            Failure::Time => (Why::OverLimit, "takes more time than its reader may have"),
            Failure::Garbage => (Why::Unreadable, "its reader gave no answer"),
            Failure::Cancelled => (Why::Cancelled, "there was no time left"),
            Failure::Panic => (Why::Panic, "its reader failed"),
        };
        Trouble { why, member: None, detail: detail.to_owned(), measure: None }
    }
}

/// A handle on the children; clones share them. They end with the last handle.
#[derive(Clone)]
pub struct Worker(Arc<Kind>);

enum Kind {
    Children(Pool),
    Note(AtomicBool),
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Worker")
    }
}

impl Worker {
    /// Children by these settings; each is started when it is needed first.
    pub fn new(settings: Settings) -> Worker {
        Worker(Arc::new(Kind::Children(Pool::new(settings))))
    }

    /// Asks no child and notes that one was needed: for a thread that must not wait.
    pub fn note() -> Worker {
        Worker(Arc::new(Kind::Note(AtomicBool::new(false))))
    }

    /// Whether a [`Worker::note`] was asked to read a file.
    pub fn was_asked(&self) -> bool {
        matches!(&*self.0, Kind::Note(asked) if asked.load(Ordering::Relaxed))
    }

    /// Starts a child to see that it answers, and keeps it for the first file. Fails with words
    /// for an administrator.
    pub fn try_start(&self) -> Result<(), String> {
        match &*self.0 {
            Kind::Children(pool) => pool.try_start(),
            Kind::Note(_) => Ok(()),
        }
    }

    /// Reads one file in a child.
    pub(super) fn read(&self, format: Format, file: &[u8], drain: &mut Drain) {
        match &*self.0 {
            Kind::Children(pool) => pool.read(format, file, drain),
            Kind::Note(asked) => asked.store(true, Ordering::Relaxed),
        }
    }
}

/// Reads one file in this process, with none of the child's limits: for fuzzing the readers and
/// the protocol. At most `most` bytes of answer are taken.
pub fn read_here(
    format: Format,
    passwords: &[String],
    file: &Bytes,
    most: usize,
    budget: &mut Budget,
) -> Opened {
    let mut drain = Drain::new(budget, passwords);
    let passwords = drain.hand_out(protocol::PASSWORDS);
    let answer = child::answer(&Request { format, passwords, file }, most);
    receiver::replay(&answer, passwords, &mut drain);
    drain.finish()
}
