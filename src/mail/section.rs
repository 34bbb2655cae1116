//! The walk over the MIME tree: section numbers, leaves, and what looks odd on the way.

use super::message::{Leaf, Message, Weight};
use super::{Budget, Spent};
use bytes::Bytes;
use mail_parser::{ContentType, HeaderForm, MessagePart, PartFlags, PartKind};
use std::borrow::Cow;

/// A place in the tree, numbered as IMAP numbers it (RFC 9051 §6.4.5).
pub(super) struct Section {
    /// What precedes the numbers of the parts of this message.
    prefix: String,
    /// This part's own number; empty for the root of a message.
    own: String,
}

impl Section {
    /// The message itself.
    pub(super) fn root() -> Section {
        Section { prefix: String::new(), own: String::new() }
    }

    /// Child number `index`, from 1.
    fn child(&self, index: usize) -> Section {
        let own = match self.prefix.is_empty() {
            true => index.to_string(),
            false => format!("{}.{index}", self.prefix),
        };
        Section { prefix: own.clone(), own }
    }

    /// The root of the mail attached here: its parts are numbered below this part.
    fn attached(&self) -> Section {
        Section { prefix: self.number(), own: String::new() }
    }

    /// The number; a message that is a single part is part 1 of itself.
    fn number(&self) -> String {
        match (self.own.is_empty(), self.prefix.is_empty()) {
            (false, _) => self.own.clone(),
            (true, true) => "1".to_owned(),
            (true, false) => format!("{}.1", self.prefix),
        }
    }
}

/// Collects the leaves below a part. The parser's depth limit bounds the recursion.
pub(super) fn walk(
    part: MessagePart<'_>,
    at: &Section,
    raw: &Bytes,
    message: &mut Message,
    budget: &mut Budget,
) {
    if budget.check().is_err() {
        return;
    }
    oddities(&part, &at.number(), message);
    match part.kind() {
        PartKind::Multipart if part.children().next().is_some() => {
            for (index, child) in part.children().enumerate() {
                walk(child, &at.child(index + 1), raw, message, budget);
            }
        }
        PartKind::Message(nested) => {
            walk(nested.root_part(), &at.attached(), raw, message, budget);
        }
        _ => leaf(part, &at.number(), raw, message, budget),
    }
}

/// Adds one leaf.
fn leaf(
    part: MessagePart<'_>,
    section: &str,
    raw: &Bytes,
    message: &mut Message,
    budget: &mut Budget,
) {
    if let Err(spent) = budget.part() {
        message.limit(section, spent);
        return;
    }
    let (decoded, problems) = part.decoded_checked();
    for problem in problems.names() {
        match problem {
            "unknown_transfer_encoding" => {
                message.ambiguous(Weight::Odd, section, "unknown-transfer-encoding");
            }
            "malformed_transfer_encoding" => {
                message.ambiguous(Weight::Sloppy, section, "malformed-transfer-encoding");
            }
            _ => {}
        }
    }
    let content_type = part.content_type();
    let declared = content_type.as_ref().map(media_type);
    let names = names(&part);
    let is_text = matches!(
        declared.as_deref(),
        None | Some("text" | "text/plain" | "text/html" | "multipart")
    );
    let offered = part.content_disposition().is_some_and(|d| d.is_attachment());
    message.leaves.push(Leaf {
        section: section.to_owned(),
        charset: content_type.and_then(|c| c.attribute("charset")).map(str::to_ascii_lowercase),
        content_id: part.content_id().map(str::to_owned),
        is_body: is_text && !offered && names.is_empty(),
        declared,
        names,
        bytes: share(raw, decoded),
    });
}

/// The declared media type, lower case.
fn media_type(content_type: &ContentType<'_>) -> String {
    match content_type.subtype() {
        Some(subtype) => format!("{}/{subtype}", content_type.ctype()).to_ascii_lowercase(),
        None => content_type.ctype().to_ascii_lowercase(),
    }
}

/// Every file name that some reader would show: all fields, all parameters, in document order,
/// those of Content-Disposition first (RFC 2183 §2.3).
fn names(part: &MessagePart<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (field, parameter) in [("Content-Disposition", "filename"), ("Content-Type", "name")] {
        for header in part.headers().all(field) {
            let parsed = header.parse_as(HeaderForm::ContentType);
            let Some(value) = parsed.value().as_content_type() else { continue };
            for (name, value) in value.attributes() {
                let name = name.trim_end_matches('*');
                if name.eq_ignore_ascii_case(parameter) && !names.iter().any(|n| n == value) {
                    names.push(value.to_owned());
                }
            }
        }
    }
    names
}

/// The decoded bytes: a slice of the message where nothing was decoded, else their own buffer.
fn share(raw: &Bytes, decoded: Cow<'_, [u8]>) -> Bytes {
    match decoded {
        Cow::Owned(bytes) => Bytes::from(bytes),
        Cow::Borrowed(bytes) => {
            // A mail that was attached in base64 borrows from its own decoded buffer instead.
            let offset = (bytes.as_ptr() as usize).checked_sub(raw.as_ptr() as usize);
            match offset {
                Some(from) if from + bytes.len() <= raw.len() => {
                    raw.slice(from..from + bytes.len())
                }
                _ => Bytes::copy_from_slice(bytes),
            }
        }
    }
}

/// Notes what two readers of this part may understand differently.
fn oddities(part: &MessagePart<'_>, section: &str, message: &mut Message) {
    let flags = part.flags();
    if flags.contains(PartFlags::LIMIT_REACHED) || flags.contains(PartFlags::NESTING_LIMIT) {
        message.limit(section, Spent::Parts);
    }
    for (flag, weight, construct) in [
        (PartFlags::UNTERMINATED, Weight::Sloppy, "unterminated-multipart"),
        (PartFlags::NO_BLANK_LINE, Weight::Sloppy, "no-blank-line"),
        (PartFlags::FALLBACK_DELIMITER, Weight::Odd, "delimiter-inside-line"),
    ] {
        if flags.contains(flag) {
            message.ambiguous(weight, section, construct);
        }
    }
    for (field, construct) in [
        ("Content-Type", "duplicate-content-type"),
        ("Content-Transfer-Encoding", "duplicate-transfer-encoding"),
        ("Content-Disposition", "duplicate-disposition"),
    ] {
        let mut values = part.headers().all(field).map(|header| header.raw_value().trim_ascii());
        let Some(first) = values.next() else { continue };
        if values.any(|other| !other.eq_ignore_ascii_case(first)) {
            // Readers differ in whether the first or the last one counts.
            message.ambiguous(Weight::Odd, section, construct);
        }
    }
}
