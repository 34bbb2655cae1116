//! The MIME structure of a message: its leaves in document order, and its defects.
//!
//! Parsing never fails. What cannot be made out is a [`Defect`], and whatever
//! bytes are left over still become a leaf, since a reader may show them.

use super::section::{self, Section};
use super::view::{Construct, Reading};
use super::{Budget, Spent};
use bytes::Bytes;

/// A leaf of the MIME tree.
#[derive(Clone, Debug, Default)]
pub struct Leaf {
    /// IMAP section number (RFC 9051 §6.4.5): `2`, within an attached mail `2.1`; `2~uu` where
    /// only another view than the first has it.
    pub section: String,
    /// Declared media type, lower case, without parameters; `None` without Content-Type.
    pub declared: Option<String>,
    /// What other views take for its media type.
    pub also_declared: Vec<String>,
    /// Declared charset, lower case.
    pub charset: Option<String>,
    /// Every file name in Content-Disposition and Content-Type, decoded, in the order in
    /// which readers prefer them.
    pub names: Vec<String>,
    /// Content-ID without angle brackets.
    pub content_id: Option<String>,
    /// Whether it is shown as the letter itself (text/plain or text/html, not offered as a file).
    pub is_body: bool,
    /// Whether something stands before it that it is no alternative of: of a text there Outlook
    /// makes a file (`ATT00001.htm`), a body or not.
    pub behind: bool,
    /// Whether it is another view's decoding of a leaf of the first view that begins alike: the
    /// same file, damaged, for a reader that stops or stumbles.
    pub damaged: bool,
    /// The content after transfer decoding; a slice of the message where nothing was encoded.
    pub bytes: Bytes,
}

/// How much a defect of the structure weighs; `verdict::Grade` by another name, since the
/// message knows no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Real mailers write it.
    Sloppy,
    /// No known mailer writes it.
    Odd,
    /// It serves only to deceive.
    Hiding,
}

/// Something wrong with the structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Defect {
    /// Two readers may understand it differently.
    Ambiguous {
        /// How much it weighs.
        weight: Weight,
        /// Section number.
        section: String,
        /// A stable word for it: `duplicate-content-type`.
        construct: &'static str,
    },
    /// A limit stopped the parsing at this section.
    Limit {
        /// Section number.
        section: String,
        /// Which one.
        spent: Spent,
    },
    /// A part that cannot be read.
    Unread {
        /// Section number.
        section: String,
        /// Whether it is encrypted; else its encoding is one that is not read.
        encrypted: bool,
        /// What it is, in words.
        what: &'static str,
    },
}

/// A header field that people read: the subject, a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The field's name as RFC 5322 writes it.
    pub name: &'static str,
    /// Its value, as it came.
    pub raw: Bytes,
}

/// The fields that the sender's people wrote. An answer takes the names in To and Cc from others.
const READ: [&str; 6] = ["Subject", "From", "Sender", "Reply-To", "Organization", "Comments"];
/// Fields of one name that are kept; RFC 5322 §3.6 allows one of most.
const SAME: usize = 4;
/// Bytes of a field that are kept: recipients may be thousands.
const LONGEST: usize = 64 << 10;

/// A message taken apart.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// The leaves, in document order.
    pub leaves: Vec<Leaf>,
    /// What is wrong with the structure, in document order.
    pub defects: Vec<Defect>,
    /// Message-ID without angle brackets.
    pub message_id: Option<String>,
    /// The header fields that people read.
    pub fields: Vec<Field>,
    /// Number of Received fields (RFC 5321 §6.3: many of them are a loop).
    pub received: usize,
    /// By how many bytes the attachments of another view exceed those of the first.
    pub surplus: u64,
}

impl Leaf {
    /// Takes over what another reading of the same bytes says of them.
    pub(super) fn also(&mut self, other: Leaf) {
        for name in other.names {
            if !self.names.contains(&name) {
                self.names.push(name);
            }
        }
        for declared in other.declared.into_iter().chain(other.also_declared) {
            if self.declared.as_ref() != Some(&declared) && !self.also_declared.contains(&declared)
            {
                self.also_declared.push(declared);
            }
        }
        self.is_body &= other.is_body;
        self.behind |= other.behind;
        self.damaged &= other.damaged;
    }
}

impl Message {
    /// Takes a message apart in all views, spending a part of the budget for each leaf.
    pub fn parse(raw: &Bytes, budget: &mut Budget) -> Message {
        let mut reading = Reading::new(budget);
        section::read(raw, &Section::root(), &mut reading);
        reading.finish()
    }

    /// Notes a construct that two readers may understand differently.
    pub(super) fn ambiguous(&mut self, section: &str, construct: Construct) {
        let section = section.to_owned();
        let (weight, construct) = (construct.weight(), construct.word());
        self.defects.push(Defect::Ambiguous { weight, section, construct });
    }

    /// Notes a limit that stopped the parsing.
    pub(super) fn limit(&mut self, section: &str, spent: Spent) {
        let defect = Defect::Limit { section: section.to_owned(), spent };
        if self.defects.last() != Some(&defect) {
            self.defects.push(defect);
        }
    }
}

/// The fields that people read, in the order of their names.
pub(super) fn fields(parsed: &mail_parser::Message<'_>) -> Vec<Field> {
    let mut fields = Vec::new();
    for name in READ {
        for header in parsed.headers().all(name).take(SAME) {
            let raw = header.raw_value();
            let raw = Bytes::copy_from_slice(raw.get(..raw.len().min(LONGEST)).unwrap_or_default());
            fields.push(Field { name, raw });
        }
    }
    fields
}
