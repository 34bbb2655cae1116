//! The files of records: one a day, more where a day is long; old ones go.

use super::record::{Deed, Record};
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The middle of the name of a file of actions.
const ACTIONS_NAME: &str = "actions";

/// The number that such a file has among those of its day.
pub(super) const ACTIONS: u32 = 0;

/// The folder of records.
#[derive(Clone, Debug)]
pub struct Files {
    dir: PathBuf,
}

/// A file's day and its number in it: `2026-03-03.jsonl`, `2026-03-03.2.jsonl`; that of people's
/// actions, which other processes write, is `2026-03-03.actions.jsonl` and comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) day: String,
    pub(super) number: u32,
}

impl Name {
    fn read(name: &OsStr) -> Option<Name> {
        let stem = name.to_str()?.strip_suffix(".jsonl")?;
        let (day, number) = stem.split_once('.').unwrap_or((stem, "1"));
        let is_day = day.len() == 10
            && day.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        let number = if number == ACTIONS_NAME { ACTIONS } else { number.parse().ok()? };
        is_day.then(|| Name { day: day.to_owned(), number })
    }
}

impl Files {
    /// The folder `records` below the state folder, made where it is missing.
    pub fn open(state: &Path) -> io::Result<Files> {
        let files = Files::of(state);
        DirBuilder::new().recursive(true).mode(0o700).create(&files.dir)?;
        Ok(files)
    }

    /// The same, for reading only: it need not be there.
    pub fn of(state: &Path) -> Files {
        Files { dir: state.join("records") }
    }

    /// All files, oldest first; none where there is no folder.
    pub(super) fn all(&self) -> io::Result<Vec<(Name, PathBuf)>> {
        let entries = match fs::read_dir(&self.dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut all = Vec::new();
        for entry in entries {
            let entry = entry?;
            all.extend(Name::read(&entry.file_name()).map(|name| (name, entry.path())));
        }
        all.sort();
        Ok(all)
    }

    /// The file of a day that has room, to append to. A line that was torn off by a crash is
    /// ended, so that it spoils no other.
    pub(super) fn append(&self, day: &str, room: u64) -> io::Result<(File, u64)> {
        let last = self.all()?.into_iter().map(|(name, _)| name).rfind(|name| name.day == day);
        let mut number = last.map_or(1, |name| name.number.max(1));
        loop {
            let name = match number {
                1 => format!("{day}.jsonl"),
                _ => format!("{day}.{number}.jsonl"),
            };
            let mut options = OpenOptions::new();
            let options = options.read(true).append(true).create(true).mode(0o600);
            let mut file = options.open(self.dir.join(name))?;
            let mut bytes = file.metadata()?.len();
            if bytes >= room {
                number += 1;
                continue;
            }
            bytes += end_line(&mut file)?;
            return Ok((file, bytes));
        }
    }

    /// Notes what somebody did with a letter; on `Ok` it is on the disk. Several processes may do
    /// so at once.
    pub fn note(&self, deed: &Deed) -> io::Result<()> {
        let mut line = serde_json::to_vec(&Record::Action(deed.clone()))?;
        line.push(b'\n');
        let day = deed.time.get(..10).unwrap_or_default();
        let mut options = OpenOptions::new();
        let options = options.read(true).append(true).create(true).mode(0o600);
        let mut file = options.open(self.dir.join(format!("{day}.{ACTIONS_NAME}.jsonl")))?;
        file.lock()?;
        end_line(&mut file)?;
        file.write_all(&line)?;
        file.sync_all()
    }

    /// Removes the files of days before this one.
    pub(super) fn forget_before(&self, day: &str) -> io::Result<()> {
        for (name, path) in self.all()? {
            if *name.day < *day {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

/// Ends a line that a crash tore off, so that it spoils no other; the bytes that this took.
pub(in crate::store) fn end_line(file: &mut File) -> io::Result<u64> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(0);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    if last == *b"\n" {
        return Ok(0);
    }
    file.write_all(b"\n")?;
    Ok(1)
}
