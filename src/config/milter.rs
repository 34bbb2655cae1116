//! `[milter]`: the door for a mail server that asks the gate about each letter.

use super::{Config, OneOrMore, Smtp};
use serde::Deserialize;

/// `[milter]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Milter {
    /// `host:port` or `unix:PATH`; several: all of them.
    pub listen: OneOrMore,
    /// Permissions of unix sockets, in octal: the mail server must be able to write to them.
    #[serde(default = "mode")]
    pub mode: String,
    /// A listener of the mail server that asks no milter, such as `127.0.0.1:10026`: where kept
    /// letters go when they are released. Without it the mail server holds them itself.
    #[serde(default)]
    pub reinject: Option<String>,
    /// Seconds between two signs of life while a verdict takes long: well below the time after
    /// which the mail server gives a filter up (Postfix: `milter_content_timeout`, 300).
    #[serde(default = "progress_seconds")]
    pub progress_seconds: u64,
}

impl Milter {
    /// The permissions as a number.
    pub fn permissions(&self) -> u32 {
        octal(&self.mode).unwrap_or(0o600)
    }
}

impl Config {
    /// How kept letters leave when they are released: by `[milter] reinject`, where nobody asks
    /// the gate again, else by the next hops of `[smtp]`.
    pub fn release(&self) -> Smtp {
        let reinject = self.milter.as_ref().and_then(|milter| milter.reinject.clone());
        match reinject {
            Some(hop) => Smtp { upstream: vec![hop], route: Vec::new(), ..self.smtp.clone() },
            None => self.smtp.clone(),
        }
    }
}

/// Permissions as `chmod` takes them.
pub(super) fn octal(text: &str) -> Option<u32> {
    u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o777)
}

/// The gate's user, and the group that it shares with the mail server.
fn mode() -> String {
    "0660".to_owned()
}

fn progress_seconds() -> u64 {
    15
}
