//! The milter door: a mail server asks about each letter, and does with it what it is told.
//!
//! The letter's bytes are put together again from what the server tells, and go the same way as
//! those that come by SMTP.

mod enact;
mod listener;
mod message;
mod session;

pub use listener::Milter;

use crate::config::Config;
use crate::milter::Wanted;
use std::time::Duration;

/// What metrics and the log call this door.
const DOOR: &str = "milter";

/// What only this door needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    /// Whether letters are kept here (`[milter] reinject`); else the mail server holds them.
    keeps: bool,
    /// Between two signs of life.
    progress: Duration,
}

impl Settings {
    pub(super) fn of(config: &Config) -> Settings {
        let milter = config.milter.as_ref();
        Settings {
            keeps: milter.is_some_and(|milter| milter.reinject.is_some()),
            progress: Duration::from_secs(milter.map_or(1, |milter| milter.progress_seconds)),
        }
    }

    /// What mail servers are asked for.
    fn wanted(self) -> Wanted {
        Wanted { hold: !self.keeps }
    }
}
