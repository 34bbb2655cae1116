//! The MIME structure of a message: its leaves in document order, and its defects.
//!
//! Parsing never fails. What cannot be made out is a [`Defect`], and whatever
//! bytes are left over still become a leaf, since a reader may show them.

use super::section::{Section, walk};
use super::{Budget, Spent};
use bytes::Bytes;
use mail_parser::MessageParser;

/// A leaf of the MIME tree.
#[derive(Clone, Debug, Default)]
pub struct Leaf {
    /// IMAP section number (RFC 9051 §6.4.5): `2`, within an attached mail `2.1`.
    pub section: String,
    /// Declared media type, lower case, without parameters; `None` without Content-Type.
    pub declared: Option<String>,
    /// Declared charset, lower case.
    pub charset: Option<String>,
    /// Every file name in Content-Disposition and Content-Type, decoded, in the order in
    /// which readers prefer them.
    pub names: Vec<String>,
    /// Content-ID without angle brackets.
    pub content_id: Option<String>,
    /// Whether it is shown as the letter itself (text/plain or text/html, not offered as a file).
    pub is_body: bool,
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
}

/// Deeper nesting than any mailer makes; each level costs a stack frame.
const MAX_DEPTH: usize = 64;

/// Attached mails may be transfer-encoded against RFC 2046 §5.2.1; each level is a copy.
const MAX_ENCODED_NESTING: usize = 3;

impl Message {
    /// Takes a message apart, spending a part of the budget for each leaf.
    pub fn parse(raw: &Bytes, budget: &mut Budget) -> Message {
        let parser = MessageParser::new()
            .max_depth(MAX_DEPTH)
            .max_parts(budget.limits().parts as usize)
            .max_encoded_nesting(MAX_ENCODED_NESTING);
        let Some(parsed) = parser.parse(&raw[..]) else {
            return Message::unstructured(raw);
        };
        let mut message = Message {
            message_id: parsed.message_id().map(str::to_owned),
            fields: fields(&parsed),
            received: parsed.headers().all("Received").count(),
            ..Message::default()
        };
        walk(parsed.root_part(), &Section::root(), raw, &mut message, budget);
        message
    }

    /// Neither header nor blank line: a reader shows the bytes as text.
    fn unstructured(raw: &Bytes) -> Message {
        if raw.is_empty() {
            return Message::default();
        }
        let leaf =
            Leaf { section: "1".to_owned(), is_body: true, bytes: raw.clone(), ..Leaf::default() };
        Message { leaves: vec![leaf], ..Message::default() }
    }

    /// Notes a construct that two readers may understand differently.
    pub(super) fn ambiguous(&mut self, weight: Weight, section: &str, construct: &'static str) {
        let section = section.to_owned();
        let defect = Defect::Ambiguous { weight, section, construct };
        if !self.defects.contains(&defect) {
            self.defects.push(defect);
        }
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
fn fields(parsed: &mail_parser::Message<'_>) -> Vec<Field> {
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
