//! Where the log goes: standard output, in the form that `[log]` says.

use crate::config::Log;
use crate::serve::Lines;
use std::env;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, registry};

/// Begins; `RUST_LOG` chooses what is said.
pub(super) fn start(log: &Log) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = Lines::new(log.format, is_journal().unwrap_or(false), io::stdout);
    // There is no other subscriber in this process.
    let _ = registry().with(lines.with_filter(filter)).try_init();
}

/// Whether systemd's journal reads standard output: `JOURNAL_STREAM` names its device and inode
/// (systemd.exec(5)).
fn is_journal() -> Option<bool> {
    let named = env::var("JOURNAL_STREAM").ok()?;
    let own = io::stdout().as_fd().try_clone_to_owned().ok()?;
    let about = File::from(own).metadata().ok()?;
    Some(named == format!("{}:{}", about.dev(), about.ino()))
}
