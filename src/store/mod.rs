//! Where letters are kept: the quarantine, one folder a letter, on the disk before anybody hears 250.
//!
//! A letter is written beside the others and takes its place by one rename, so a reader of the
//! store never sees half of one, whatever happens in between.

mod deferred;
mod held;
mod index;
mod inflight;
mod key;
mod letter;
pub mod record;
pub mod records;

pub use deferred::Deferred;
pub use held::{Event, Held, Locked, State, Step};
pub use index::{Index, Row};
pub use inflight::{Flight, InFlight, POISON};
pub use key::Key;
pub use records::Records;

use crate::config::Quarantine;
use crate::mail::Envelope;
use crate::spool::{CutOff, Drop, Tap};
use crate::verdict::Verdict;
use bytes::Bytes;
use letter::Letter;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio::sync::mpsc;

/// Chunks of a message that may wait for the disk: 64 KiB each.
const WAITING: usize = 4;

/// What is older than this in `tmp` belongs to a process that is gone: no letter takes so long.
const STALE: Duration = Duration::from_secs(3600);

/// The quarantine.
#[derive(Clone, Debug)]
pub struct Store {
    dir: PathBuf,
}

impl Store {
    /// Opens a store and makes its folders, readable by the gate's own user alone: what is kept is
    /// other people's mail. What a crash left half written is removed.
    pub fn open(config: &Quarantine) -> io::Result<Store> {
        let store = Store::at(config)?;
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(store.tmp())?;
        builder.create(store.secret())?;
        store.sweep()?;
        // Whether letters can be kept is known at start, not at the first one.
        let probe = store.tmp().join(".writable");
        fs::write(&probe, b"")?;
        fs::remove_file(&probe)?;
        letter::sync_dir(&store.dir)?;
        // A store that is new must itself be found again after a power cut. Folders above that are
        // not ours to read were there before.
        for above in store.dir.ancestors().skip(1) {
            let _ = letter::sync_dir(above);
        }
        Ok(store)
    }

    /// The same for reading: it need not be there, and nothing is made or removed.
    pub fn at(config: &Quarantine) -> io::Result<Store> {
        let Some(path) = config.store.strip_prefix("fs:") else {
            let message = format!("unknown store `{}`", config.store);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        };
        Ok(Store { dir: PathBuf::from(path) })
    }

    /// Keeps a letter under its transaction's id: its bytes exactly, the envelope and the verdict.
    ///
    /// On `Ok` all of it is on the disk; on `Err` (disk full, message cut off) nothing of it is
    /// left, and the sender is told to come back. Dropped while waiting, it leaves nothing either.
    pub async fn keep(
        &self,
        envelope: &Envelope,
        verdict: &Verdict,
        mut message: Tap,
    ) -> io::Result<()> {
        let id = checked(&envelope.id)?.to_owned();
        let dir = if verdict.is_secret() { self.secret() } else { self.dir.clone() };
        let envelope = record::pretty(&record::Envelope::of(envelope));
        let verdict = record::pretty(&record::Kept::of(verdict));
        let (chunks, received) = mpsc::channel::<Written>(WAITING);
        let tmp = self.tmp();
        let writing = tokio::task::spawn_blocking(move || {
            let letter = Letter::begin(&tmp, &id)?;
            write(
                letter,
                received,
                &[("envelope.json", &envelope), ("verdict.json", &verdict)],
                &dir,
            )
        });
        let sent = send(&mut message, &chunks).await;
        // Without the word of its end, the writer takes the closed channel for a cut.
        std::mem::drop(chunks);
        let written = writing.await.map_err(io::Error::other)?;
        // The writer's error says more than that it stopped listening.
        written.and(sent)
    }

    /// The folder of a kept letter: `message.eml`, `envelope.json`, `verdict.json`.
    pub fn letter(&self, id: &str) -> io::Result<PathBuf> {
        let id = checked(id)?;
        let apart = self.secret().join(id);
        Ok(if apart.is_dir() { apart } else { self.dir.join(id) })
    }

    /// A kept letter with what stands beside it.
    pub fn held(&self, id: &str) -> io::Result<Held> {
        let dir = self.letter(id)?;
        let secret = dir.starts_with(self.secret());
        Held::read(&dir, secret)
    }

    /// The ids of all kept letters, sorted; those that are kept apart among them.
    pub fn letters(&self) -> io::Result<Vec<String>> {
        let mut ids = Vec::new();
        for dir in [&self.dir, &self.secret()] {
            let entries = match fs::read_dir(dir) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                let name = entry.file_name().into_string();
                let letter = entry.file_type()?.is_dir();
                ids.extend(name.ok().filter(|name| letter && checked(name).is_ok()));
            }
        }
        ids.sort();
        Ok(ids)
    }

    /// Removes a letter for ever. It leaves its place by one rename, so that nobody ever reads
    /// half of one.
    pub fn remove(&self, letter: Locked) -> io::Result<()> {
        let id = &letter.held.envelope.id;
        let gone = self.tmp().join(format!("{}.gone", checked(id)?));
        fs::DirBuilder::new().recursive(true).mode(0o700).create(self.tmp())?;
        fs::rename(&letter.held.dir, &gone)?;
        letter::sync_dir(letter.held.dir.parent().unwrap_or(&self.dir))?;
        fs::remove_dir_all(gone)
    }

    fn tmp(&self) -> PathBuf {
        self.dir.join(TMP)
    }

    /// Where letters with a secrecy stamp are: on this disk, readable by its owner alone, apart
    /// from what is copied, shown or sent elsewhere.
    fn secret(&self) -> PathBuf {
        self.dir.join(SECRET)
    }

    /// Removes what a crash left half written; a process that is on its way out may still write.
    fn sweep(&self) -> io::Result<()> {
        for entry in fs::read_dir(self.tmp())? {
            let entry = entry?;
            let modified = entry.metadata()?.modified()?;
            let age = SystemTime::now().duration_since(modified).unwrap_or_default();
            if age > STALE && entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }
}

/// The folder of letters on their way; no transaction has this id.
const TMP: &str = "tmp";

/// The folder of letters with a secrecy stamp.
const SECRET: &str = "secret";

/// What goes to the writer.
enum Written {
    Chunk(Bytes),
    End,
}

/// Passes a message on, and says so when it is whole.
async fn send(message: &mut Tap, chunks: &mpsc::Sender<Written>) -> io::Result<()> {
    let closed = |_| io::Error::other("the store stopped writing");
    loop {
        match message.next().await {
            Ok(Drop::Chunk(chunk)) => {
                chunks.send(Written::Chunk(chunk)).await.map_err(closed)?;
            }
            Ok(Drop::Last(_)) => return chunks.send(Written::End).await.map_err(closed),
            Err(cut @ (CutOff::Unfinished | CutOff::Unreadable(_))) => {
                return Err(io::Error::other(cut));
            }
        }
    }
}

/// Writes a letter; everything that does not end well ends with nothing.
fn write(
    mut letter: Letter,
    mut chunks: mpsc::Receiver<Written>,
    records: &[(&str, &Vec<u8>)],
    dir: &Path,
) -> io::Result<()> {
    let mut message = letter.create("message.eml")?;
    loop {
        match chunks.blocking_recv() {
            Some(Written::Chunk(chunk)) => io::Write::write_all(&mut message, &chunk)?,
            Some(Written::End) => break,
            None => return Err(io::Error::other("the message was cut off")),
        }
    }
    message.sync_all()?;
    for (name, bytes) in records {
        let mut file = letter.create(name)?;
        io::Write::write_all(&mut file, bytes)?;
        file.sync_all()?;
    }
    letter.keep(dir)
}

/// An id becomes a folder's name: nothing in it may lead elsewhere.
fn checked(id: &str) -> io::Result<&str> {
    let fit = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match !id.is_empty() && id.len() <= 64 && id != TMP && id != SECRET && id.chars().all(fit) {
        true => Ok(id),
        false => {
            let message = format!("`{}` is no transaction id", id.escape_debug());
            Err(io::Error::new(io::ErrorKind::InvalidInput, message))
        }
    }
}
