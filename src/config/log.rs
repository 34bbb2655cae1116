//! `[log]`: how the lines of the log are written.

use serde::Deserialize;

/// `[log]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The form of a line.
    pub format: LogFormat,
}

/// `[log] format`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A sentence, and its values behind it: for people.
    #[default]
    Text,
    /// `key=value` from end to end: for Loki and its like.
    Logfmt,
    /// One object a line.
    Json,
}
