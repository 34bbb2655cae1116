//! Members of archives, as far as the budget of one message reaches.
//!
//! Nothing here recurses: a member that is an archive itself is opened by the
//! caller, who counts the depth. What breaks half-way yields both what came out
//! and a [`Trouble`], since a reader's program may show that part too.

mod active;
mod activemime;
mod ar;
mod cabinet;
mod cpio;
mod disc;
mod drain;
mod hangul;
mod lharc;
mod lzw;
mod mailbox;
mod mapi;
pub mod olepackage;
mod onenote;
mod outlook;
mod pages;
mod pdf;
mod rarbeside;
mod rarfile;
mod read;
mod rtf;
mod sevenz;
mod signed;
mod stream;
mod tarball;
mod tarentry;
mod tarhead;
mod tnef;
mod unlisted;
pub mod worker;
pub mod xml;
mod zipfile;
mod ziphead;

pub use active::{Active, Deed};
pub use pages::{Pages, TextRun};

use crate::mail::{Budget, Family, FileType, Spent};
use bytes::Bytes;
use drain::Drain;
use pdf::Wanted;
use worker::{Format, Worker};

/// A file inside an archive.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// Its name, path included, as the archive's directory has it: UTF-8, else the archive
    /// format's old encoding. Never fit for a log line as it is.
    pub name: String,
    /// Other names that some programs would show: of the local header, of a gzip header.
    pub aliases: Vec<String>,
    /// Its content; empty where it could not be read at all (encrypted, unsupported).
    pub bytes: Bytes,
    /// Whether these are all of its bytes, with the right checksum.
    pub whole: bool,
    /// Whether it is a mail whatever it looks like: what an S/MIME signature holds.
    pub mail: bool,
    /// Whether it is a part of a document, even where its archive holds files.
    pub component: bool,
    /// Whether it was locked, and opened with one of the passwords.
    pub unlocked: bool,
}

/// Why something in an archive could not be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// Unpacks to so much more than it is that it serves no other end.
    Bomb,
    /// The deadline passed, or the client is gone.
    Cancelled,
    /// Locked with a password or a key.
    Encrypted,
    /// More than the budget of one message.
    OverLimit,
    /// Its reader panicked, which is caught: a bug of ours.
    Panic,
    /// Damaged, or two of its directories disagree.
    Unreadable,
    /// A format or method that is not read.
    Unsupported,
}

impl From<Spent> for Why {
    fn from(spent: Spent) -> Why {
        match spent {
            Spent::Bomb => Why::Bomb,
            Spent::Cancelled => Why::Cancelled,
            Spent::Bytes | Spent::Depth | Spent::Members | Spent::Parts => Why::OverLimit,
        }
    }
}

/// Something in an archive that could not be looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// Why.
    pub why: Why,
    /// The member; `None` for the archive as a whole.
    pub member: Option<String>,
    /// What exactly, in words; may quote the archive, so not yet fit for a log line.
    pub detail: String,
    /// The measured value and its limit, for limits.
    pub measure: Option<(f64, f64)>,
}

/// An archive, opened as far as it goes.
#[derive(Clone, Debug, Default)]
pub struct Opened {
    /// Its files, in the archive's order; folders and links are none.
    pub members: Vec<Member>,
    /// What could not be looked at; empty when everything was.
    pub troubles: Vec<Trouble>,
    /// Whether the members are parts of a document rather than files that a person extracts.
    pub component: bool,
    /// What the document does by itself, as far as its reader told.
    pub active: Vec<Active>,
    /// The text of its pages, where it is a PDF.
    pub pages: Pages,
    /// The password that opened something: likely to open the next archive too.
    pub password: Option<String>,
}

/// What opening takes beside the bytes and the budget.
#[derive(Clone, Debug, Default)]
pub struct Opener {
    /// Passwords to try on locked members, likeliest first.
    pub passwords: Vec<String>,
    /// Reads 7z, RAR and PDF; without one they are not read.
    pub worker: Option<Worker>,
}

impl Opener {
    /// Opens an archive, a saved Outlook message, or a document or program that is packed as an
    /// archive. `None` for other types.
    ///
    /// `name` is the archive's own file name: gzip and its kin have no better one for what is
    /// inside. All output is charged to the budget, and reading stops where it ends.
    pub fn open(
        &self,
        kind: FileType,
        name: Option<&str>,
        bytes: &Bytes,
        budget: &mut Budget,
    ) -> Option<Opened> {
        let locked = kind.extension != "pdf" || may_be_locked(kind, bytes);
        let passwords = if locked { &self.passwords[..] } else { &[] };
        let mut drain = Drain::new(budget, passwords);
        if let (Some(format), Some(worker)) = (Format::of(kind), &self.worker) {
            let wanted = match format {
                Format::Pdf => pdf::wanted(bytes, &mut drain),
                _ => Wanted::Everything,
            };
            if wanted == Wanted::Everything && !drain.is_spent() && drain.errand() {
                worker.read(format, bytes, &mut drain);
            }
            // What is in a PDF are files that a person can save.
            let mut opened = drain.finish();
            if wanted == Wanted::Text {
                opened.pages = text_alone(worker, bytes, budget);
            }
            return Some(opened);
        }
        if !unpack(kind, name, bytes, &mut drain) {
            return None;
        }
        let mut opened = drain.finish();
        // The files on a page of OneNote are icons that a reader clicks.
        opened.component = kind.family == Family::Document && kind.extension != "one";
        Some(opened)
    }
}

/// The text of a PDF in which nothing else is to be found: what goes wrong is that text is missing,
/// and no obstacle to the letter.
fn text_alone(worker: &Worker, bytes: &Bytes, budget: &mut Budget) -> Pages {
    let mut drain = Drain::new(budget, &[]);
    if drain.errand() {
        worker.read(Format::Pdf, bytes, &mut drain);
    }
    let mut opened = drain.finish();
    opened.pages.damaged |= !opened.troubles.is_empty();
    opened.pages
}

/// Reads an archive in this process; whether it is one of those that are spoken of here.
fn unpack(kind: FileType, name: Option<&str>, bytes: &Bytes, drain: &mut Drain<'_>) -> bool {
    match kind.extension {
        _ if kind.is_zip() => zipfile::open(bytes, drain),
        "gz" => stream::gzip(name, bytes, drain),
        "bz2" => stream::bzip2(name, bytes, drain),
        "xz" => stream::xz(name, bytes, drain),
        "lzma" => stream::lzma(name, bytes, drain),
        "lz" => stream::lzip(name, bytes, drain),
        "zst" => stream::zstd(name, bytes, drain),
        "lz4" => stream::lz4(name, bytes, drain),
        "z" => stream::compress(name, bytes, drain),
        "tar" => tarball::open(bytes, drain),
        "cpio" => cpio::open(bytes, drain),
        "ar" | "deb" => ar::open(bytes, drain),
        "rpm" => ar::rpm(bytes, drain),
        "cab" => cabinet::open(bytes, drain),
        "lzh" => lharc::open(bytes, drain),
        "iso" => disc::open(bytes, drain),
        "msg" => outlook::open(bytes, drain),
        "tnef" => tnef::open(bytes, drain),
        "p7m" => signed::open(bytes, drain),
        "mbox" => mailbox::open(bytes, drain),
        "emlx" => mailbox::counted(bytes, drain),
        "pgp" => drain.trouble(Why::Encrypted, None, "it is encrypted for its reader"),
        "one" => onenote::open(bytes, drain),
        "mso" => activemime::open(bytes, drain),
        // A protected Office document is an OLE file around one encrypted zip.
        "ooxml" => drain.trouble(Why::Encrypted, None, "a password protects the document"),
        _ if kind.family == Family::Archive || kind.is_closed() => {
            drain.trouble(Why::Unsupported, None, &format!("{} is not read", kind.about()));
        }
        _ => return false,
    }
    true
}

/// Whether opening may need a password: passwords are worth collecting only then. Zips say so
/// in their headers and PDF in its trailer; of 7z and RAR only their readers know.
pub fn may_be_locked(kind: FileType, bytes: &[u8]) -> bool {
    match kind.extension {
        "7z" | "rar" => true,
        "pdf" => memchr::memmem::find(bytes, b"/Encrypt").is_some(),
        _ => kind.is_zip() && zipfile::is_locked(bytes),
    }
}

/// Whether a zip's end of central directory stands where programs look for it: in the last
/// 64 KiB and 22 bytes (PKZIP APPNOTE §4.3.16).
pub fn ends_in_zip(bytes: &[u8]) -> bool {
    let tail = bytes.get(bytes.len().saturating_sub((64 << 10) + 22)..).unwrap_or_default();
    memchr::memmem::find(tail, b"PK\x05\x06").is_some()
}

/// The archive behind a program that unpacks itself, 7z or RAR; a zip is found from its end. Such
/// programs are below 2 MiB without what they carry.
pub fn behind_program(bytes: &Bytes) -> Option<(FileType, Bytes)> {
    const PROGRAM: usize = 4 << 20;
    const ARCHIVES: [(&[u8], &str); 2] =
        [(b"7z\xbc\xaf\x27\x1c\0", "7z"), (b"Rar!\x1a\x07", "rar")];
    let head = bytes.get(..PROGRAM).unwrap_or(bytes);
    ARCHIVES.into_iter().find_map(|(magic, extension)| {
        let at = memchr::memmem::find(head, magic)?;
        Some((FileType::by_extension(extension)?, bytes.slice(at..)))
    })
}

impl Trouble {
    /// What it means that the budget is spent.
    fn spent(spent: Spent, budget: &Budget, member: Option<&str>) -> Trouble {
        let limits = budget.limits();
        let (why, detail, measure) = match spent {
            Spent::Bomb => {
                (Why::Bomb, "unpacks to many times the message", (budget.ratio(), limits.ratio))
            }
            Spent::Bytes => {
                (Why::OverLimit, "unpacks to too much", (budget.unpacked(), limits.unpacked))
            }
            Spent::Members => {
                let limit = u64::from(limits.members);
                (Why::OverLimit, "has too many members", (limit + 1, limit))
            }
            Spent::Depth | Spent::Parts => {
                let limit = u64::from(limits.depth);
                (Why::OverLimit, "is nested too deep", (limit + 1, limit))
            }
            Spent::Cancelled => (Why::Cancelled, "there was no time left", (0, 0)),
        };
        let measure = (spent != Spent::Cancelled).then_some((measure.0 as f64, measure.1 as f64));
        Trouble { why, member: member.map(str::to_owned), detail: detail.to_owned(), measure }
    }
}
