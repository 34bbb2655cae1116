//! What a file is by its content.

/// A file type, as far as its bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileType {
    /// Media type: `application/pdf`; `application/octet-stream` when nothing is known.
    pub mime: &'static str,
    /// The usual extension, lower case, without dot; empty when nothing is known.
    pub extension: &'static str,
    /// What it does.
    pub family: Family,
}

/// What files of a type do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// Members inside: zip, gz, tar, 7z, rar …
    Archive,
    /// Sound and film.
    Audiovisual,
    /// Text, tables, slides: pdf, docx, odt, rtf, csv …
    Document,
    /// Runs by itself: PE, ELF, Mach-O, class, dex, shortcuts, installers, disk images.
    Executable,
    /// An RFC 5322 message or a mailbox.
    Mail,
    /// Pictures.
    Picture,
    /// Runs with an interpreter that the reader's system has.
    Script,
    /// Plain text.
    Text,
    /// Nothing is known.
    Unknown,
}

impl FileType {
    /// Nothing is known.
    pub const UNKNOWN: FileType =
        FileType { mime: "application/octet-stream", extension: "", family: Family::Unknown };
}
