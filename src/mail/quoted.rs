//! Files in a text that is no letter: uuencode, and the encodings that are named and not opened.

use super::view::uu;

/// What a text holds.
pub struct FilesInText {
    /// The files with their names, decoded.
    pub files: Vec<(String, Vec<u8>)>,
    /// There may be more of them than were looked for.
    pub more: bool,
    /// An encoding that is not opened.
    pub unread: Option<&'static str>,
}

impl FilesInText {
    /// What this text holds; linear in it.
    pub fn of(text: &[u8]) -> FilesInText {
        let uu::Files { files, more } = uu::files(text);
        let files = files.into_iter().map(|file| (file.name, file.bytes)).collect();
        FilesInText { files, more, unread: uu::unread(text) }
    }
}
