//! The index of kept letters: what a list shows, without reading every folder.
//!
//! The folders are the truth. Each row says how long its letter's log was when it was read, so a
//! row that is behind is known and read again; an index that is missing or damaged is made anew.

use super::{Held, State, Store};
use rusqlite::{Connection, Row as Found, params};
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file in the store.
const FILE: &str = "index.sqlite";

/// Changed when the table changes: an index of another form is made anew.
const FORM: i64 = 1;

/// How long another process may hold the index.
const BUSY: Duration = Duration::from_secs(10);

const TABLE: &str = "CREATE TABLE IF NOT EXISTS letters (
    id TEXT PRIMARY KEY, time TEXT NOT NULL, sender TEXT NOT NULL, recipients TEXT NOT NULL,
    bytes INTEGER NOT NULL, policy TEXT NOT NULL, verdict TEXT NOT NULL, findings TEXT NOT NULL,
    state TEXT NOT NULL, seen INTEGER NOT NULL, secret INTEGER NOT NULL, log INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS by_time ON letters (time);";

/// A letter in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// When it was kept.
    pub time: String,
    /// The reverse path.
    pub sender: String,
    /// The forward paths, separated by spaces.
    pub recipients: String,
    /// Bytes of the message.
    pub bytes: u64,
    /// The policy that judged.
    pub policy: String,
    /// What the policy said.
    pub verdict: String,
    /// The names of what was found and acted, separated by spaces.
    pub findings: String,
    /// Where it stands.
    pub state: String,
    /// Whether somebody has looked at it.
    pub seen: bool,
    /// Whether it is kept apart.
    pub secret: bool,
}

/// The index of a store.
pub struct Index {
    store: Store,
    rows: Connection,
}

impl Index {
    /// Opens the index and brings it up to date. Where its file cannot be written (a reader
    /// without rights), it lives in memory.
    pub fn open(store: &Store) -> io::Result<Index> {
        let path = store.dir.join(FILE);
        let rows = open(&path)
            .or_else(|_| {
                // Damaged, of another form, or not a file of SQLite at all.
                for name in [path.clone(), beside(&path, "-wal"), beside(&path, "-shm")] {
                    let _ = fs::remove_file(name);
                }
                open(&path)
            })
            .or_else(|_| open(Path::new(":memory:")))
            .map_err(io::Error::other)?;
        let mut index = Index { store: store.clone(), rows };
        if index.refresh().is_err() {
            index.rows = open(Path::new(":memory:")).map_err(io::Error::other)?;
            index.refresh()?;
        }
        Ok(index)
    }

    /// All letters, oldest first.
    pub fn all(&self) -> io::Result<Vec<Row>> {
        all(&self.rows).map_err(io::Error::other)
    }

    /// Reads what is new in the folders, and forgets what is gone.
    fn refresh(&mut self) -> io::Result<()> {
        let there: BTreeSet<String> = self.store.letters()?.into_iter().collect();
        let work = self.rows.transaction().map_err(io::Error::other)?;
        let known = logs(&work).map_err(io::Error::other)?;
        for gone in known.keys().filter(|id| !there.contains(*id)) {
            work.execute("DELETE FROM letters WHERE id = ?1", [gone]).map_err(io::Error::other)?;
        }
        for id in &there {
            let log = log_bytes(&self.store.letter(id)?);
            if known.get(id) == Some(&log) {
                continue;
            }
            // Deleted this moment, or written by a hand: what cannot be read is not listed.
            match self.store.held(id) {
                Ok(held) => insert(&work, id, &held, log).map_err(io::Error::other)?,
                Err(error) => tracing::warn!(id, %error, "A kept letter cannot be read."),
            }
        }
        work.commit().map_err(io::Error::other)
    }
}

fn all(rows: &Connection) -> rusqlite::Result<Vec<Row>> {
    let mut all = rows.prepare("SELECT * FROM letters ORDER BY time, id")?;
    all.query_map([], row)?.collect()
}

/// How long the log of each letter was when it was read.
fn logs(rows: &Connection) -> rusqlite::Result<HashMap<String, i64>> {
    let mut known = rows.prepare("SELECT id, log FROM letters")?;
    known.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let rows = Connection::open(path)?;
    rows.busy_timeout(BUSY)?;
    let form: i64 = rows.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let fresh = !rows.table_exists(None, "letters")?;
    if !fresh && form != FORM {
        return Err(rusqlite::Error::InvalidQuery);
    }
    // What is lost in a power cut is made anew.
    rows.pragma_update(None, "synchronous", "OFF")?;
    rows.execute_batch(TABLE)?;
    rows.pragma_update(None, "user_version", FORM)?;
    // A damaged page shows here, not in the middle of a list.
    let sound: String = rows.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if sound == "ok" { Ok(rows) } else { Err(rusqlite::Error::InvalidQuery) }
}

fn insert(rows: &Connection, id: &str, held: &Held, log: i64) -> rusqlite::Result<()> {
    let mut names: Vec<&str> = held.kept.acted().map(|finding| finding.name.as_str()).collect();
    names.dedup();
    let envelope = &held.envelope;
    rows.execute(
        "INSERT OR REPLACE INTO letters VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        params![
            id,
            envelope.time,
            envelope.sender,
            envelope.recipients.join(" "),
            i64::try_from(held.bytes).unwrap_or(i64::MAX),
            held.kept.policy,
            held.kept.verdict.name(),
            names.join(" "),
            held.state().name(),
            held.is_seen(),
            held.secret,
            log,
        ],
    )
    .map(|_| ())
}

fn row(found: &Found<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        id: found.get(0)?,
        time: found.get(1)?,
        sender: found.get(2)?,
        recipients: found.get(3)?,
        bytes: u64::try_from(found.get::<_, i64>(4)?).unwrap_or_default(),
        policy: found.get(5)?,
        verdict: found.get(6)?,
        findings: found.get(7)?,
        state: found.get(8)?,
        seen: found.get(9)?,
        secret: found.get(10)?,
    })
}

/// How long a letter's log is: it only grows.
fn log_bytes(letter: &Path) -> i64 {
    let bytes = fs::metadata(letter.join("log.jsonl")).map_or(0, |file| file.len());
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

impl Row {
    /// Whether somebody's judgement is awaited.
    pub fn is_waiting(&self) -> bool {
        self.state == State::Waiting.name() || self.state == State::Perhaps.name()
    }
}
