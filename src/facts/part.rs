//! The facts of one message and of its parts.

/// Why something could not be looked at; the reasons are those of archives.
pub use crate::archive::Why as Trouble;
/// What a document does by itself, and the words for it.
pub use crate::archive::{Active, Deed};

use super::head::Head;
use super::text::Text;
use crate::archive::Member;
use crate::mail::name::extension;
use crate::mail::{Envelope, Field, FileType, Weight};
use crate::text::Document;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::sync::{Arc, OnceLock};

/// What a part is to its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Shown as the letter itself.
    Body,
    /// Offered as a file.
    Attachment,
    /// A file that a person can extract from an archive.
    Member,
    /// Inside a document; no person sees it as a file.
    Component,
}

impl Role {
    /// The word that rule files and JSON use.
    pub fn name(self) -> &'static str {
        match self {
            Role::Body => "body",
            Role::Attachment => "attachment",
            Role::Member => "member",
            Role::Component => "component",
        }
    }
}

/// A leaf of the message, or a member of an archive.
#[derive(Clone, Debug)]
pub struct Part {
    /// `2/hd.zip/a.exe`: the MIME section (RFC 9051), then member names.
    pub path: String,
    /// What it is to its reader.
    pub role: Role,
    /// Whether the whitelist of formats judges it (what counts as an attachment: ARCHITECTURE).
    pub listed: bool,
    /// Every name that some reader would show, decoded; the likeliest first.
    pub names: Vec<String>,
    /// The declared media type, lower case; members have none.
    pub declared: Option<String>,
    /// What other views of the structure take for its media type.
    pub also_declared: Vec<String>,
    /// The declared charset, lower case.
    pub charset: Option<String>,
    /// What the content is.
    pub detected: FileType,
    /// What else the content is for some reader: an archive behind a picture, say.
    pub also: Vec<FileType>,
    /// What it does by itself when it is opened.
    pub active: Vec<Active>,
    /// The length of the decoded content, in bytes.
    pub size: u64,
    /// SHA-256 of the decoded content, once [`Facts::digest`] was called.
    pub sha256: Option<[u8; 32]>,
    /// The decoded content; empty once [`Facts::let_go`] was called.
    pub bytes: Bytes,
    /// Its text, read when it is first asked for: [`Part::document`].
    pub text: Text,
}

impl Part {
    /// A file out of an archive as a part.
    pub(super) fn of_member(member: Member, path: String, role: Role) -> Part {
        Part {
            sha256: None,
            path,
            role,
            // A mail is judged by its parts.
            listed: role == Role::Member && !member.mail,
            names: [vec![member.name], member.aliases].concat(),
            declared: None,
            also_declared: Vec::new(),
            charset: None,
            detected: FileType::detect(&member.bytes),
            also: Vec::new(),
            active: Vec::new(),
            size: member.bytes.len() as u64,
            bytes: member.bytes,
            text: Text::default(),
        }
    }

    /// All that the content is: the first type, then the others.
    pub fn types(&self) -> impl Iterator<Item = FileType> {
        std::iter::once(self.detected).chain(self.also.iter().copied())
    }

    /// The text that a reader sees when the part is opened: of a body, a text, a document. Empty
    /// for parts that are no text, and for components, whose text is that of their document.
    pub fn document(&self) -> &Document {
        self.text.of(self)
    }

    /// Whether any of its names ends in one of these extensions, which are in lower case.
    pub(super) fn is_named(&self, extensions: &[&str]) -> bool {
        let mut written = self.names.iter().filter_map(|name| extension(name));
        written.any(|extension| extensions.contains(&extension.as_str()))
    }

    /// The name that a log line or a reply shows.
    pub fn name(&self) -> Option<&str> {
        self.names.first().map(String::as_str)
    }
}

/// Something that could not be looked at.
#[derive(Clone, Debug)]
pub struct Obstacle {
    /// Whether an archive or the MIME structure stood in the way.
    pub archive: bool,
    /// Why.
    pub trouble: Trouble,
    /// The part path.
    pub path: String,
    /// The file name, where there is one.
    pub name: Option<String>,
    /// What exactly, fit for a log line.
    pub detail: String,
    /// The measured value and its limit, for limits.
    pub measure: Option<(f64, f64)>,
}

/// Something that was locked, and opened with a password that the letter or the rules told.
#[derive(Clone, Debug)]
pub struct Note {
    /// The part path.
    pub path: String,
    /// The file name, where there is one.
    pub name: Option<String>,
}

/// A construct that two readers may understand differently.
#[derive(Clone, Debug)]
pub struct Ambiguity {
    /// How much it weighs.
    pub weight: Weight,
    /// The part path.
    pub path: String,
    /// A stable word for it: `duplicate-content-type`.
    pub construct: &'static str,
}

/// Everything known about one message.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Leaves and members, in document order.
    pub parts: Vec<Part>,
    /// What could not be looked at.
    pub obstacles: Vec<Obstacle>,
    /// What was locked and is open.
    pub unlocked: Vec<Note>,
    /// Decoded bytes of all attachments together; members do not count again.
    pub attachment_bytes: u64,
    /// What two readers may understand differently.
    pub ambiguities: Vec<Ambiguity>,
    /// Message-ID without angle brackets.
    pub message_id: Option<String>,
    /// The header fields that people read.
    pub fields: Vec<Field>,
    /// Number of Received fields.
    pub received: usize,
    /// The header block; empty once [`Facts::let_go`] was called.
    pub header: Bytes,
    /// Whether the header block goes on behind what is kept of it.
    pub header_is_cut: bool,
    /// Who sends to whom.
    pub envelope: Arc<Envelope>,
    /// What is read of the header when a check first asks: [`Facts::head`].
    pub head: OnceLock<Head>,
}

impl Facts {
    /// The header, read once.
    pub fn head(&self) -> &Head {
        self.head.get_or_init(|| Head::of(self))
    }

    /// Computes the digests of all parts, for doors that keep records of what they saw.
    pub fn digest(&mut self) {
        for part in &mut self.parts {
            part.sha256 = Some(Sha256::digest(&part.bytes).into());
        }
    }

    /// Lets go of all content and keeps what is known of it: a message of 20 MB holds 30 MB of
    /// parts, and its delivery may take minutes.
    pub fn let_go(&mut self) {
        for part in &mut self.parts {
            part.bytes = Bytes::new();
            part.text = Text::default();
        }
        self.header = Bytes::new();
        self.head = OnceLock::new();
    }
}
