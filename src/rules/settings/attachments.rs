//! `[attachments]`: the whitelist of formats, by name and content together.

use crate::tomlfile::Words;
use serde::Deserialize;

/// The whitelist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attachments {
    /// Formats let in, named sets resolved; `None`: no whitelist, every format is let in.
    pub allow: Option<Vec<Format>>,
}

/// One format: an extension, and what a file of that name may be by its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// Lower case, without dot: `pdf`.
    pub extension: String,
    /// Detected media types (`mail::FileType::mime`) that this extension may hold.
    pub types: Vec<String>,
}

/// `[attachments]` as it is written: `@sets` and extensions of `[formats]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::rules) struct Section {
    pub(in crate::rules) allow: Option<Words>,
}
