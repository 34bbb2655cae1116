//! `[attachments]`: the whitelist of formats, by name and content together.

/// The whitelist.
#[derive(Clone, Debug, Default)]
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
