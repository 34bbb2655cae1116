//! Verdict records: why each letter was relayed, kept or refused, for years.
//!
//! Lines of JSON in files by day. A thread of its own writes them, so that a full or slow disk
//! never holds up a session; what could not be written is counted, told, and marked by a line.

mod files;
mod read;
pub mod record;
mod writer;

pub use files::Files;
pub(super) use files::end_line;
pub use read::{Line, Reader, Span};
pub use record::{Deed, Record};

use crate::config::State;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, SyncSender};

/// Records that may wait for the disk.
const WAITING: usize = 8192;

/// And their bytes.
const WAITING_BYTES: usize = 32 << 20;

/// How many bytes a file of records may have, and how many days it stays.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// A file is ended at this size, in bytes; the day goes on in the next one.
    pub file: u64,
    /// Days after which a file is removed; 0: never.
    pub days: u32,
}

impl Terms {
    /// As the configuration has them.
    pub fn of(state: &State) -> Terms {
        Terms { file: state.records_file, days: state.records_days }
    }
}

/// Where records go. Clones share it.
#[derive(Clone, Debug)]
pub struct Records {
    queue: SyncSender<Job>,
    books: Arc<Books>,
}

/// What a session may not wait to know.
#[derive(Debug, Default)]
struct Books {
    /// Bytes that wait for the disk.
    waiting: AtomicUsize,
    /// Records that found no room in the queue, since somebody asked.
    unqueued: AtomicU64,
    /// All that are missing.
    missing: AtomicU64,
}

/// What the thread is asked for.
enum Job {
    Line(String),
    /// Everything before it is on its way to the disk when this is answered.
    Flush(mpsc::Sender<()>),
}

impl Records {
    /// Opens the folder `records` of the state folder, makes it where it is missing, and starts
    /// the thread that writes.
    pub fn open(state: &Path, terms: Terms) -> io::Result<Records> {
        let files = Files::open(state)?;
        let (queue, jobs) = mpsc::sync_channel(WAITING);
        let books = Arc::<Books>::default();
        let mut writer = writer::Writer::new(files, terms, books.clone());
        let thread = std::thread::Builder::new().name("records".to_owned());
        thread.spawn(move || writer.run(&jobs))?;
        Ok(Records { queue, books })
    }

    /// Notes this, and never waits: where there is no room, the record is missing and counted.
    pub fn write(&self, record: &Record) {
        let Ok(mut line) = serde_json::to_string(record) else { return self.books.turn_away() };
        line.push('\n');
        let bytes = line.len();
        let before = self.books.waiting.fetch_add(bytes, Ordering::Relaxed);
        let full = before + bytes > WAITING_BYTES;
        if full || self.queue.try_send(Job::Line(line)).is_err() {
            self.books.waiting.fetch_sub(bytes, Ordering::Relaxed);
            self.books.turn_away();
        }
    }

    /// Waits until everything noted so far was written, or could not be.
    pub fn flush(&self) {
        let (done, wait) = mpsc::channel();
        if self.queue.send(Job::Flush(done)).is_ok() {
            let _ = wait.recv();
        }
    }

    /// Records that are missing since the start.
    pub fn missing(&self) -> u64 {
        self.books.missing.load(Ordering::Relaxed)
    }
}

impl Books {
    fn turn_away(&self) {
        self.missing.fetch_add(1, Ordering::Relaxed);
        self.unqueued.fetch_add(1, Ordering::Relaxed);
    }
}
