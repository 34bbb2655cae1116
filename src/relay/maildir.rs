//! A folder of letters as next hop: the bytes as received, durable before anyone is told.
//!
//! A letter is written to `tmp`, synced, renamed into `new`, and the folder is
//! synced: after a crash it is there whole or not at all.

use super::failure::{Failure, Step};
use crate::spool::{Drop, Tap};

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

/// A letter in `tmp`; dropped, it is gone.
#[derive(Debug)]
pub(super) struct Draft {
    tmp: PathBuf,
    new: PathBuf,
    done: bool,
}

/// Bytes of the letter that tries a folder: a full disk still takes empty files.
const TRIAL: usize = 16 << 10;

/// Makes the folder where it is missing, and sees whether a letter could be written there.
pub(super) fn probe(dir: &Path) -> Result<(), Failure> {
    let tried = Draft::create(dir).and_then(|(_draft, mut file)| {
        file.write_all(&[0; TRIAL])?;
        file.sync_all()
    });
    tried.map_err(|error| Failure::of_folder(Step::Connect, dir, &error))
}

impl Draft {
    /// Writes and syncs a letter; nobody sees it yet.
    pub(super) async fn write(dir: &Path, prefix: &[u8], tap: Tap) -> Result<Draft, Failure> {
        let (dir, prefix, runtime) = (dir.to_owned(), prefix.to_owned(), Handle::current());
        // The guard removes the file also when nobody waits for it any more.
        let writing = spawn_blocking(move || Draft::fill(&dir, &prefix, tap, &runtime));
        writing.await.unwrap_or_else(|error| Err(Failure::broken(Step::Content, error)))
    }

    fn fill(dir: &Path, prefix: &[u8], mut tap: Tap, runtime: &Handle) -> Result<Draft, Failure> {
        let named = |error: io::Error| Failure::of_folder(Step::Content, dir, &error);
        let (draft, mut file) = Draft::create(dir).map_err(named)?;
        file.write_all(prefix).map_err(named)?;
        loop {
            match runtime.block_on(tap.next()) {
                Ok(Drop::Chunk(chunk)) => file.write_all(&chunk).map_err(named)?,
                Ok(Drop::Last(_)) => break,
                // That is the spool's fault, and says nothing about the folder.
                Err(cut_off) => return Err(Failure::broken(Step::Content, cut_off)),
            }
        }
        file.sync_all().map_err(named)?;
        Ok(draft)
    }

    /// Makes the letter visible, for good.
    pub(super) async fn commit(self) -> Result<(), Failure> {
        let committing = spawn_blocking(move || self.place());
        committing.await.unwrap_or_else(|error| Err(Failure::broken(Step::Dot, error)))
    }

    fn place(mut self) -> Result<(), Failure> {
        let folder = self.new.parent().unwrap_or(Path::new("."));
        fs::rename(&self.tmp, &self.new)
            .map_err(|error| Failure::of_folder(Step::Dot, folder, &error))?;
        self.done = true;
        // It is there, and perhaps not after a power cut: unknown.
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| Failure::broken(Step::Dot, error))
    }

    fn create(dir: &Path) -> io::Result<(Draft, File)> {
        for name in ["tmp", "new", "cur"] {
            fs::create_dir_all(dir.join(name))?;
        }
        let name = unique();
        let tmp = dir.join("tmp").join(&name);
        let file = OpenOptions::new().write(true).create_new(true).open(&tmp)?;
        Ok((Draft { tmp, new: dir.join("new").join(name), done: false }, file))
    }
}

impl std::ops::Drop for Draft {
    fn drop(&mut self) {
        if !self.done {
            let _ = fs::remove_file(&self.tmp);
        }
    }
}

/// Time, process and number make a name that no other delivery on this host takes.
fn unique() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{}.M{}P{}Q{number}.congthu", now.as_secs(), now.subsec_micros(), std::process::id())
}
