//! Folders that the gate writes: whose they are, who can read them, and how much room there is.

use super::report::Line;
use crate::config::Config;
use rustix::fs::statvfs;
use rustix::process::geteuid;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// With less than this a morning's mail may fill it.
const SCARCE: u64 = 1 << 30;

/// With less than this it is full already, for a letter of the largest size with what surrounds it.
const FULL: u64 = 128 << 20;

/// The user of the packaged service.
const USER: &str = "congthu";

struct Folder {
    setting: &'static str,
    dir: PathBuf,
    /// What it holds is other people's mail, and nobody else's to read.
    private: bool,
    /// Bytes that it may come to need.
    wanted: u64,
}

/// Looks at spool, quarantine and state; what is not there yet is not made.
pub(super) fn look(config: &Config) -> Vec<Line> {
    let store = config.quarantine.store.strip_prefix("fs:").unwrap_or_default();
    let folder = |setting, dir: &Path, private, wanted| Folder {
        setting,
        dir: dir.to_owned(),
        private,
        wanted,
    };
    let folders = [
        folder("[spool] dir", &config.spool.dir, false, config.spool.budget),
        folder("[quarantine] store", Path::new(store), true, SCARCE),
        folder("[state] dir", &config.state.dir, true, SCARCE),
    ];
    folders.iter().flat_map(|folder| [folder.access(), folder.room()]).collect()
}

/// A folder as next hop.
pub(super) fn maildir(name: &str, dir: &Path) -> Line {
    let folder = Folder { setting: "", dir: dir.to_owned(), private: true, wanted: SCARCE };
    Line { check: "next_hop", about: name.to_owned(), ..folder.access() }
}

impl Folder {
    fn about(&self) -> String {
        format!("{} {}", self.setting, self.dir.display())
    }

    /// The folder, or the nearest above it that is there.
    fn there(&self) -> Option<(&Path, Metadata)> {
        let mut above = self.dir.ancestors().map(|dir| match dir.as_os_str().is_empty() {
            true => Path::new("."),
            false => dir,
        });
        above.find_map(|dir| Some((dir, dir.metadata().ok()?)))
    }

    fn access(&self) -> Line {
        const CHECK: &str = "folder";
        let Some((there, metadata)) = self.there() else {
            return Line::fault(CHECK, self.about(), "nothing above it is there", "make it");
        };
        if !metadata.is_dir() {
            let found = format!("{} is no folder", there.display());
            return Line::fault(CHECK, self.about(), found, "name another place");
        }
        if let Err(error) = tempfile::tempfile_in(there) {
            let found = format!("{} cannot be written: {error}", there.display());
            let advice = "make it writable for the gate's user, or name another place; the disk \
                          may be full or read-only";
            return Line::fault(CHECK, self.about(), found, advice);
        }
        let (exists, mode) = (there == self.dir, metadata.mode() & 0o777);
        // Whoever may write everywhere sees nothing of what the service may not.
        let service = user(USER).filter(|_| geteuid().is_root());
        match service {
            Some(id) if exists && metadata.uid() != id => {
                let found =
                    format!("belongs to user {}, the service runs as {USER}", metadata.uid());
                let advice = format!("chown -R {USER}: {}", self.dir.display());
                return Line::fault(CHECK, self.about(), found, advice);
            }
            _ => {}
        }
        if exists && self.private && mode & 0o007 != 0 {
            let found = format!("mode {mode:04o}: everybody on this host can read letters");
            let advice = format!("chmod 0700 {}", self.dir.display());
            return Line::warning(CHECK, self.about(), found, advice);
        }
        let found = match exists {
            true => format!("writable, mode {mode:04o}"),
            false => format!("is made at the start, in {}", there.display()),
        };
        Line::ok(CHECK, self.about(), found)
    }

    fn room(&self) -> Line {
        const CHECK: &str = "disk";
        let Some((there, _)) = self.there() else {
            return Line::fault(CHECK, self.about(), "nothing above it is there", "make it");
        };
        let about = match statvfs(there) {
            Ok(about) => about,
            Err(error) => return Line::warning(CHECK, self.about(), error, "is it mounted?"),
        };
        let free = about.f_bavail.saturating_mul(about.f_frsize);
        let whole = about.f_blocks.saturating_mul(about.f_frsize).max(1);
        let found = format!("{} MiB free of {}", free >> 20, whole >> 20);
        // File systems without a table of inodes count none.
        let files = about.f_files == 0 || about.f_favail > 1000;
        if free < FULL || !files {
            let found = if files { found } else { format!("{found}; no inodes are left") };
            return Line::fault(CHECK, self.about(), found, "make room: mail is answered 452");
        }
        if free < self.wanted {
            let advice =
                format!("{} MiB are wanted: make room, or lower the budget", self.wanted >> 20);
            return Line::warning(CHECK, self.about(), found, advice);
        }
        Line::ok(CHECK, self.about(), found)
    }
}

/// The number of a user.
fn user(name: &str) -> Option<u32> {
    let text = fs::read_to_string("/etc/passwd").ok()?;
    let line = text.lines().find(|line| line.split(':').next() == Some(name))?;
    line.split(':').nth(2)?.parse().ok()
}
