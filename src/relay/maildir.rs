//! A folder of letters as next hop: the bytes as received, durable before anyone is told.
//!
//! A letter is written to `tmp`, synced, renamed into `new`, and the folder is
//! synced: after a crash it is there whole or not at all.

use crate::spool::{Drop, Spool};

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

impl Draft {
    /// Writes and syncs a letter; nobody sees it yet.
    pub(super) async fn write(dir: &Path, prefix: &[u8], message: &Spool) -> io::Result<Draft> {
        let (dir, prefix) = (dir.to_owned(), prefix.to_owned());
        let mut tap = message.tap();
        let runtime = Handle::current();
        // The guard removes the file also when nobody waits for it any more.
        let writing = spawn_blocking(move || {
            let (draft, mut file) = Draft::create(&dir)?;
            file.write_all(&prefix)?;
            loop {
                match runtime.block_on(tap.next()) {
                    Ok(Drop::Chunk(chunk)) => file.write_all(&chunk)?,
                    Ok(Drop::Last(_)) => break,
                    Err(cut_off) => return Err(io::Error::other(cut_off)),
                }
            }
            file.sync_all()?;
            io::Result::Ok(draft)
        });
        writing.await?
    }

    /// Makes the letter visible, for good.
    pub(super) async fn commit(mut self) -> io::Result<()> {
        spawn_blocking(move || {
            fs::rename(&self.tmp, &self.new)?;
            self.done = true;
            let folder = self.new.parent().unwrap_or(Path::new("."));
            File::open(folder)?.sync_all()
        })
        .await?
    }

    fn create(dir: &Path) -> io::Result<(Draft, File)> {
        for name in ["tmp", "new", "cur"] {
            fs::create_dir_all(dir.join(name)).map_err(|error| named(dir, &error))?;
        }
        let name = unique();
        let tmp = dir.join("tmp").join(&name);
        let file = OpenOptions::new().write(true).create_new(true).open(&tmp);
        let file = file.map_err(|error| named(dir, &error))?;
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

/// The operator is told where.
fn named(dir: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("Maildir {}: {error}", dir.display()))
}
