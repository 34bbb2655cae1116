//! Reading records back: line by line over all files of a span of time, damaged ones told.

use super::Files;
use super::files::ACTIONS;
use super::record::{Record, stamp};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;

/// Bytes of a line; no record is longer.
const LONGEST: u64 = 16 << 20;

/// From when to when, both included; open where nothing is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// The earliest.
    pub since: Option<Timestamp>,
    /// The latest.
    pub until: Option<Timestamp>,
}

/// What a line holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// A record of the span.
    Record(Record),
    /// No record: torn off by a crash, or damaged. `file:line`.
    Damaged(String),
}

/// Goes through the files, oldest first.
pub struct Reader {
    files: std::vec::IntoIter<PathBuf>,
    open: Option<(PathBuf, BufReader<File>, usize)>,
    since: Option<String>,
    until: Option<String>,
    line: Vec<u8>,
}

impl Files {
    /// The records of a span; files of other days are not opened.
    pub fn read(&self, span: Span) -> io::Result<Reader> {
        let day = |time: Timestamp| time.to_zoned(TimeZone::UTC).date();
        // A record is written a moment after its time, perhaps on the next day.
        let first = span.since.map(|since| day(since).to_string());
        let last = span.until.map(|until| day(until).tomorrow().unwrap_or(day(until)).to_string());
        let within = |name: &str| {
            first.as_deref().is_none_or(|first| name >= first)
                && last.as_deref().is_none_or(|last| name <= last)
        };
        let files = self.all()?.into_iter().filter(|(name, _)| within(&name.day));
        let reader = Reader::over(files.map(|(_, path)| path).collect());
        Ok(Reader { since: span.since.map(stamp), until: span.until.map(stamp), ..reader })
    }

    /// What people did with kept letters, at any time.
    pub fn actions(&self) -> io::Result<Reader> {
        let files = self.all()?.into_iter().filter(|(name, _)| name.number == ACTIONS);
        Ok(Reader::over(files.map(|(_, path)| path).collect()))
    }
}

impl Reader {
    fn over(files: Vec<PathBuf>) -> Reader {
        let files = files.into_iter();
        Reader { files, open: None, since: None, until: None, line: Vec::new() }
    }

    /// The next line into `self.line`; where it stands.
    fn advance(&mut self) -> io::Result<Option<String>> {
        loop {
            if self.open.is_none() {
                let Some(path) = self.files.next() else { return Ok(None) };
                let file = BufReader::with_capacity(256 << 10, File::open(&path)?);
                self.open = Some((path, file, 0));
            }
            let Some((path, file, number)) = &mut self.open else { return Ok(None) };
            self.line.clear();
            if file.by_ref().take(LONGEST).read_until(b'\n', &mut self.line)? == 0 {
                self.open = None;
                continue;
            }
            *number += 1;
            return Ok(Some(format!("{}:{number}", path.display())));
        }
    }

    fn within(&self, record: &Record) -> bool {
        let time = record.time();
        self.since.as_deref().is_none_or(|since| time >= since)
            && self.until.as_deref().is_none_or(|until| time <= until)
    }
}

impl Iterator for Reader {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<io::Result<Line>> {
        loop {
            let place = match self.advance() {
                Ok(place) => place?,
                Err(error) => {
                    self.open = None;
                    return Some(Err(error));
                }
            };
            match serde_json::from_slice::<Record>(&self.line) {
                Ok(record) if self.within(&record) => return Some(Ok(Line::Record(record))),
                Ok(_) => {}
                Err(_) => return Some(Ok(Line::Damaged(place))),
            }
        }
    }
}
