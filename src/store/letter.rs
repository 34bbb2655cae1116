//! One letter on its way to the disk: it is dropped with all its files unless it is kept.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A folder that removes itself.
#[derive(Debug)]
pub(super) struct Letter {
    id: String,
    dir: PathBuf,
    kept: bool,
}

impl Letter {
    /// An empty folder of this name below `tmp`.
    pub(super) fn begin(tmp: &Path, id: &str) -> io::Result<Letter> {
        let dir = tmp.join(id);
        fs::DirBuilder::new().mode(0o700).create(&dir)?;
        Ok(Letter { id: id.to_owned(), dir, kept: false })
    }

    /// A new file in it.
    pub(super) fn create(&mut self, name: &str) -> io::Result<File> {
        let mut options = File::options();
        options.write(true).create_new(true).mode(0o600).open(self.dir.join(name))
    }

    /// Moves it to its place below `dir`. Only after both folders are on the disk is it kept: a
    /// rename that a power cut undoes would be a letter lost after 250.
    pub(super) fn keep(mut self, dir: &Path) -> io::Result<()> {
        sync_dir(&self.dir)?;
        let place = dir.join(&self.id);
        // A rename would replace an empty folder, and a letter never replaces another.
        if place.symlink_metadata().is_ok() {
            let message = format!("a letter {} is kept already", self.id);
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
        }
        fs::rename(&self.dir, &place)?;
        self.dir = place;
        sync_dir(dir)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Letter {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be removed either is swept at the next start.
            let _ = fs::remove_dir_all(&self.dir);
        }
    }
}

/// Writes a folder's entries to the disk.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
