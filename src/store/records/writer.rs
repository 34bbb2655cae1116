//! The thread that writes records: in batches, by day, and honest about what is missing.

use super::record::{self, Gap, Record};
use super::{Books, Files, Job, Terms};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// How long a record may wait for others, so that a busy gate wakes this thread a hundred times a
/// second and not once a letter.
const GATHERING: Duration = Duration::from_millis(10);

/// Bytes of one write, about.
const BATCH: usize = 1 << 20;

/// How often a disk that stays full is told in the log.
const TELL: Duration = Duration::from_secs(60);

/// Writes what comes.
pub(super) struct Writer {
    files: Files,
    terms: Terms,
    books: Arc<Books>,
    /// The file at hand, its day and its length.
    open: Option<(String, File, u64)>,
    /// Records that are missing and not yet marked, and why.
    unmarked: u64,
    cause: String,
    told: Option<Instant>,
}

impl Writer {
    pub(super) fn new(files: Files, terms: Terms, books: Arc<Books>) -> Writer {
        let cause = String::new();
        Writer { files, terms, books, open: None, unmarked: 0, cause, told: None }
    }

    /// Until nobody can send any more.
    pub(super) fn run(&mut self, jobs: &Receiver<Job>) {
        while let Ok(first) = jobs.recv() {
            std::thread::sleep(GATHERING);
            let (mut batch, mut lines, mut flushed) = (Vec::new(), 0, Vec::new());
            let mut next = Some(first);
            while let Some(job) = next {
                match job {
                    Job::Line(line) => {
                        batch.extend_from_slice(line.as_bytes());
                        lines += 1;
                    }
                    Job::Flush(done) => flushed.push(done),
                }
                next = if batch.len() < BATCH { jobs.try_recv().ok() } else { None };
            }
            self.books.waiting.fetch_sub(batch.len(), Ordering::Relaxed);
            self.batch(batch, lines);
            for done in flushed {
                // Whoever asked may be gone.
                let _ = done.send(());
            }
        }
    }

    /// Writes some lines, or counts them as missing.
    fn batch(&mut self, batch: Vec<u8>, lines: u64) {
        let unqueued = self.books.unqueued.swap(0, Ordering::Relaxed);
        if unqueued > 0 {
            self.unmarked += unqueued;
            self.cause = "more records than the disk can take".to_owned();
            self.tell();
        }
        if lines == 0 && self.unmarked == 0 {
            return;
        }
        let marked = self.unmarked;
        let bytes = [self.mark(), batch].concat();
        match self.append(&bytes) {
            Ok(()) => {
                if marked > 0 {
                    tracing::warn!(missing = marked, "Verdict records are written again.");
                }
                (self.unmarked, self.told) = (0, None);
            }
            Err(error) => {
                self.open = None;
                self.unmarked += lines;
                self.books.missing.fetch_add(lines, Ordering::Relaxed);
                self.cause = error.to_string();
                self.tell();
            }
        }
    }

    /// The line that stands for what is missing.
    fn mark(&self) -> Vec<u8> {
        if self.unmarked == 0 {
            return Vec::new();
        }
        let (missing, cause) = (self.unmarked, self.cause.clone());
        let gap = Record::Gap(Gap { time: record::now(), missing, cause });
        let mut line = serde_json::to_vec(&gap).unwrap_or_default();
        line.push(b'\n');
        line
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date().to_string();
        let fits =
            |(day, _, length): &(String, File, u64)| *day == today && *length < self.terms.file;
        if !self.open.as_ref().is_some_and(fits) {
            let (file, length) = self.files.append(&today, self.terms.file)?;
            self.open = Some((today, file, length));
            self.forget();
        }
        let Some((_, file, length)) = &mut self.open else { return Ok(()) };
        if let Err(error) = file.write_all(bytes) {
            // What got through of it would be a torn line, or be counted as missing though there.
            let _ = file.set_len(*length);
            return Err(error);
        }
        *length += bytes.len() as u64;
        Ok(())
    }

    /// Removes what is older than it has to be kept.
    fn forget(&self) {
        if self.terms.days == 0 {
            return;
        }
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let oldest = today.saturating_sub(i64::from(self.terms.days).days());
        if let Err(error) = self.files.forget_before(&oldest.to_string()) {
            tracing::error!(%error, "Old verdict records cannot be removed.");
        }
    }

    /// The log hears of it at once, and then every minute.
    fn tell(&mut self) {
        if self.told.is_none_or(|told| told.elapsed() >= TELL) {
            self.told = Some(Instant::now());
            let (missing, cause) = (self.unmarked, &self.cause);
            tracing::error!(missing, cause, "Verdict records are missing; mail goes on.");
        }
    }
}
