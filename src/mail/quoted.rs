//! Files in a text that is no letter: uuencode, and the encodings that are named and not opened.

use super::view::uu;

/// What a text holds.
pub struct FilesInText {
    /// The files with their names, decoded.
    pub files: Vec<(String, Vec<u8>)>,
    /// An encoding that is not opened.
    pub unread: Option<&'static str>,
}

impl FilesInText {
    /// What this text holds; linear in it.
    pub fn of(text: &[u8]) -> FilesInText {
        let files = uu::files(text).into_iter().map(|file| (file.name, file.bytes)).collect();
        FilesInText { files, unread: uu::unread(text) }
    }
}
