//! What a file is by its content, and what its name promises.
//!
//! No single library knows enough: `infer` calls every OLE file an installer and
//! `file-format` reads 32 MiB of a PDF to tell Illustrator's. So own signatures
//! come first where harm depends on them, and the libraries name the rest. Only
//! a bounded head and tail is read, whatever the size of the file.

mod code;
mod disk;
mod documents;
mod magic;
mod ole;
mod other;
mod program;
mod script;
mod table;
mod tape;
mod text;
mod zipped;

pub use other::Other;
pub use tape::is_tar_header;

use std::io::Cursor;

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

    /// No bytes at all.
    pub const EMPTY: FileType =
        FileType { mime: "application/x-empty", extension: "", family: Family::Unknown };

    /// What these bytes are. Total, and bounded: the head, the tail, and the directory of a
    /// container are looked at, never the whole.
    pub fn detect(bytes: &[u8]) -> FileType {
        if bytes.is_empty() {
            return FileType::EMPTY;
        }
        let found = magic::detect(bytes)
            .or_else(|| text::detect(bytes))
            .or_else(|| by_infer(bytes))
            .or_else(|| magic::pdf_behind(bytes, false))
            .or_else(|| by_file_format(bytes))
            .unwrap_or(FileType::UNKNOWN);
        let plain = found.mime == "text/plain" || found.family == Family::Unknown;
        let pdf = || {
            magic::pdf_behind(bytes, true)
                .or_else(|| magic::pdf_by_objects(bytes, found.family == Family::Text))
        };
        let found = plain.then(pdf).flatten().unwrap_or(found);
        match found.family {
            // Unzip programs find the directory at the end, whatever stands before it.
            Family::Text => zipped::at_end(bytes).unwrap_or(found),
            Family::Unknown => {
                zipped::at_end(bytes).or_else(|| text::interpreted(bytes)).unwrap_or(found)
            }
            _ => found,
        }
    }

    /// What else these bytes are for some reader, with this as their first type: a picture with an
    /// archive behind it, a page that is a zip. Bounded and linear, as [`FileType::detect`].
    pub fn others(self, bytes: &[u8]) -> Vec<Other> {
        other::others(self, bytes)
    }

    /// What a file of this extension (without dot, any case) promises to be.
    pub fn by_extension(extension: &str) -> Option<FileType> {
        table::by_extension(&extension.to_ascii_lowercase())
    }

    /// The type of a declared media type, with the aliases that mailers use; `None` for
    /// generic ones such as `application/octet-stream` and for unknown ones.
    pub fn by_mime(mime: &str) -> Option<FileType> {
        table::by_mime(&mime.to_ascii_lowercase())
    }

    /// The type that was noted by these words; `None` where they are of no type known here.
    pub fn recall(mime: &str, extension: &str) -> Option<FileType> {
        let nothing = [FileType::UNKNOWN, FileType::EMPTY];
        let bare =
            nothing.into_iter().find(|kind| (kind.mime, kind.extension) == (mime, extension));
        bare.or_else(|| table::recall(mime, extension))
    }

    /// Words for a log line: `Windows shortcut`. Never empty.
    pub fn about(self) -> &'static str {
        table::about(self).unwrap_or(match self.family {
            Family::Archive => "archive",
            Family::Audiovisual => "sound or film",
            Family::Document => "document",
            Family::Executable => "executable",
            Family::Mail => "mail",
            Family::Picture => "picture",
            Family::Script => "script",
            Family::Text => "text",
            Family::Unknown => "unknown type",
        })
    }

    /// The same, with what only the bytes tell: `PE32+ executable`.
    pub fn describe(self, bytes: &[u8]) -> &'static str {
        program::describe(bytes).filter(|_| self.mime == PE).unwrap_or_else(|| self.about())
    }

    /// Whether this is a zip by construction: a zip, or a document or program packed as one.
    pub fn is_zip(self) -> bool {
        const ZIPS: &[&str] = &[
            "zip",
            "jar",
            "apk",
            "ipa",
            "msix",
            "xpi",
            "epub",
            "ooxml-zip",
            "xlsb",
            "ppsx",
            "potx",
            "vsdx",
            "sxw",
            "dotx",
            "xltx",
        ];
        self.mime.starts_with("application/vnd.openxmlformats-")
            || self.mime.starts_with("application/vnd.oasis.opendocument.")
            || self.mime.ends_with(".macroenabled.12")
            || ZIPS.contains(&self.extension)
    }

    /// Whether this is an image of a disk, which holds files as they are.
    fn is_disk(self) -> bool {
        const DISKS: &[&str] = &["iso", "img", "vhd", "vhdx", "vmdk", "qcow2", "wim", "dmg"];
        DISKS.contains(&self.extension)
    }

    /// Whether it holds files by its format: an archive, a document or program
    /// packed as one, a document behind a password, a saved Outlook message, a package, an image
    /// of a disk, a PDF.
    pub fn is_container(self) -> bool {
        const OTHERS: &[&str] = &[
            "msg", "ooxml", "deb", "rpm", "iso", "p7m", "pgp", "mbox", "emlx", "one", "mso", "pdf",
        ];
        self.family == Family::Archive
            || self.is_zip()
            || self.is_closed()
            || OTHERS.contains(&self.extension)
    }

    /// Whether this is an OLE compound file that documents are written as.
    pub fn is_compound(self) -> bool {
        const COMPOUNDS: &[&str] = &["doc", "xls", "ppt", "ole", "vsd", "pub", "wps", "hwp", "mpp"];
        COMPOUNDS.contains(&self.extension)
    }

    /// Whether this holds files or programs and nothing here reads it: images of disks, installers of
    /// macOS, mailboxes of Outlook, databases of Access with their macros.
    pub fn is_closed(self) -> bool {
        const CLOSED: &[&str] = &["img", "vhd", "vhdx", "vmdk", "wim", "dmg", "pkg", "pst", "mdb"];
        CLOSED.contains(&self.extension)
    }
}

const PE: &str = "application/vnd.microsoft.portable-executable";

/// The row of a type by its usual extension.
fn known(extension: &str) -> Option<FileType> {
    table::by_extension(extension)
}

/// `infer` on the head. Its text types are ours to judge, and its "msi" means any OLE file.
fn by_infer(bytes: &[u8]) -> Option<FileType> {
    // COFF objects and NES games are two-byte guesses that fit too much else.
    const GUESSES: &[&str] = &["msi", "obj", "nes", "html", "xml", "sh", "exe", "dll", "par2"];
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let found = infer::get(head).filter(|found| !GUESSES.contains(&found.extension()))?;
    let family = match found.matcher_type() {
        infer::MatcherType::Audio | infer::MatcherType::Video => Family::Audiovisual,
        infer::MatcherType::Book | infer::MatcherType::Doc => Family::Document,
        infer::MatcherType::Image => Family::Picture,
        // Its archives are a mixed bag, from Flash to X-ray pictures: the table has the real ones.
        _ => Family::Unknown,
    };
    let (mime, extension) = (found.mime_type(), found.extension());
    known(&extension.to_ascii_lowercase()).or(Some(FileType { mime, extension, family }))
}

/// `file-format` on head and structure. Only the types of the table are named.
fn by_file_format(bytes: &[u8]) -> Option<FileType> {
    use file_format::{FileFormat, Kind};
    let found = FileFormat::from_reader(Cursor::new(bytes)).ok()?;
    // What is text was judged before: here only binary files arrive. Two bytes make no program
    // for another machine, and no disk image.
    if matches!(
        found,
        FileFormat::ArbitraryBinaryData
            | FileFormat::PlainText
            | FileFormat::Empty
            | FileFormat::AppleDiskImage
            | FileFormat::Commodore64Program
            | FileFormat::CommonObjectFileFormat
    ) {
        return None;
    }
    let family = match found.kind() {
        Kind::Archive | Kind::Compressed => Family::Archive,
        Kind::Audio | Kind::Video => Family::Audiovisual,
        Kind::Document | Kind::Ebook | Kind::Presentation | Kind::Spreadsheet => Family::Document,
        Kind::Disk | Kind::Executable | Kind::Package => Family::Executable,
        Kind::Image | Kind::Diagram => Family::Picture,
        _ => Family::Unknown,
    };
    let named = known(found.extension()).filter(|named| named.family == family);
    Some(named.unwrap_or(FileType { family, ..FileType::UNKNOWN }))
}

/// The head that signatures are looked for in.
const HEAD: usize = 8 << 10;

/// Whether `magic` stands at this offset.
fn at(bytes: &[u8], offset: usize, magic: &[u8]) -> bool {
    bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic))
}

/// The last `length` bytes, or all.
fn tail(bytes: &[u8], length: usize) -> &[u8] {
    bytes.get(bytes.len().saturating_sub(length)..).unwrap_or(bytes)
}

/// Little-endian numbers; `None` past the end.
fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(offset..offset.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(offset..offset.checked_add(4)?)?.try_into().ok()?))
}
