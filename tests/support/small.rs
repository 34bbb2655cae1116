//! A disk that is soon full.

use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A file system of 256 KiB, gone with the value.
pub struct Small(pub TempDir);

impl Small {
    /// `None` where this user may not mount.
    pub fn mount() -> Option<Small> {
        let dir = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"]).arg(dir.path());
        let done = mount.stderr(Stdio::null()).status();
        done.is_ok_and(|status| status.success()).then_some(Small(dir))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}
