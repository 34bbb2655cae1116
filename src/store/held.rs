//! A letter that is kept: what stands beside it, and what has been done with it.
//!
//! What was done is a file of lines in the letter's own folder, each on the disk before the next
//! step: after a crash it says how far a release came.

use super::letter::sync_dir;
use super::record::{Envelope, Kept};
use super::records::end_line;
use super::records::record::now;
use crate::verdict::Action;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The file of what was done.
const LOG: &str = "log.jsonl";

/// Letters of one person, one at a time: a log longer than this is no log.
const LONGEST: u64 = 16 << 20;

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Event {
    /// When.
    pub time: String,
    /// What.
    pub step: Step,
    /// Who.
    #[serde(default)]
    pub by: String,
    /// Why, or what the next hop said.
    #[serde(default)]
    pub detail: String,
    /// Of whom, for steps of a release.
    #[serde(default)]
    pub recipients: Vec<String>,
}

/// Steps of a letter's way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Somebody looked at it.
    Viewed,
    /// It was judged again, and stays.
    Judged,
    /// The end of the message is about to go out.
    Sending,
    /// The next hop has it.
    Released,
    /// The next hop, or our way to it, has refused it: nothing arrived.
    Refused,
    /// The end went out and no answer came.
    Unknown,
}

/// Where a letter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// For somebody's judgement.
    Waiting,
    /// A copy beside a refusal or a delivery.
    Copy,
    /// Some recipients have it.
    Partly,
    /// A release went as far as the end of the message, and its answer is not known.
    Perhaps,
    /// All recipients have it.
    Released,
}

impl State {
    /// The word that lists use.
    pub fn name(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Copy => "copy",
            State::Partly => "partly",
            State::Perhaps => "perhaps",
            State::Released => "released",
        }
    }
}

/// A kept letter.
#[derive(Clone, Debug)]
pub struct Held {
    /// Its folder: `message.eml`, `envelope.json`, `verdict.json`, `log.jsonl`.
    pub dir: PathBuf,
    /// Whether it is kept apart, for a secrecy stamp.
    pub secret: bool,
    /// As it came.
    pub envelope: Envelope,
    /// Why it is here.
    pub kept: Kept,
    /// What was done with it.
    pub events: Vec<Event>,
    /// Bytes of the message.
    pub bytes: u64,
}

impl Held {
    pub(super) fn read(dir: &Path, secret: bool) -> io::Result<Held> {
        let envelope = serde_json::from_slice(&fs::read(dir.join("envelope.json"))?)?;
        let kept = serde_json::from_slice(&fs::read(dir.join("verdict.json"))?)?;
        let bytes = fs::metadata(dir.join("message.eml"))?.len();
        let events = events(&dir.join(LOG))?;
        Ok(Held { dir: dir.to_owned(), secret, envelope, kept, events, bytes })
    }

    /// The message, byte for byte.
    pub fn message(&self) -> io::Result<Vec<u8>> {
        fs::read(self.dir.join("message.eml"))
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        let released = self.released();
        let all = self.envelope.recipients.iter().all(|rcpt| released.contains(rcpt.as_str()));
        match self.kept.verdict {
            _ if self.perhaps().is_some() => State::Perhaps,
            _ if all => State::Released,
            _ if !released.is_empty() => State::Partly,
            Action::Quarantine => State::Waiting,
            _ => State::Copy,
        }
    }

    /// The step after which nobody knows whether the letter arrived.
    pub fn perhaps(&self) -> Option<&Event> {
        let sent = self.events.iter().rposition(|event| event.step == Step::Sending)?;
        let answered = |event: &Event| matches!(event.step, Step::Released | Step::Refused);
        let open = !self.events.get(sent..)?.iter().any(answered);
        self.events.get(sent).filter(|_| open)
    }

    /// Recipients that have it.
    pub fn released(&self) -> BTreeSet<&str> {
        let done = self.events.iter().filter(|event| event.step == Step::Released);
        done.flat_map(|event| event.recipients.iter().map(String::as_str)).collect()
    }

    /// Whether somebody has looked at it or let it out.
    pub fn is_seen(&self) -> bool {
        let seen = |event: &Event| matches!(event.step, Step::Viewed | Step::Released);
        self.events.iter().any(seen)
    }

    /// Takes the letter for oneself: nobody else releases or deletes it meanwhile. `None` where
    /// somebody does. What was done in between is read again.
    pub fn lock(self) -> io::Result<Option<Locked>> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600);
        let mut log = options.open(self.dir.join(LOG))?;
        match log.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let held = Held::read(&self.dir, self.secret)?;
        end_line(&mut log)?;
        sync_dir(&held.dir)?;
        Ok(Some(Locked { held, log }))
    }
}

/// A letter that nobody else works on.
#[derive(Debug)]
pub struct Locked {
    /// The letter.
    pub held: Held,
    log: File,
}

impl Locked {
    /// Notes a step; on `Ok` it is on the disk.
    pub fn note(
        &mut self,
        step: Step,
        by: &str,
        detail: &str,
        recipients: Vec<String>,
    ) -> io::Result<()> {
        let (by, detail) = (by.to_owned(), detail.to_owned());
        let event = Event { time: now(), step, by, detail, recipients };
        let mut line = serde_json::to_vec(&event)?;
        line.push(b'\n');
        self.log.write_all(&line)?;
        self.log.sync_all()?;
        self.held.events.push(event);
        Ok(())
    }
}

/// The lines of a log; one that a crash tore off says nothing.
fn events(path: &Path) -> io::Result<Vec<Event>> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        file => file?.take(LONGEST).read_to_end(&mut bytes)?,
    };
    let lines = bytes.split(|byte| *byte == b'\n');
    Ok(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
}
