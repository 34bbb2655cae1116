//! The text of a part: what it is read from, and that it is read once, when a check asks.
//!
//! Checks run on many parts at once and have no budget, so each part gets its share of the
//! message's when it is made, in the order of the parts: what a check sees depends on neither
//! threads nor who asked first.

use super::part::{Part, Role};
use crate::archive::{Opened, Pages};
use crate::mail::{Budget, Family, Limits, Trip, name};
use crate::text::Document;
use crate::text::document::{self, Source};
use bytes::Bytes;
use std::sync::{Arc, OnceLock};

/// Bytes of text of one part, and of all parts of a message, costs of lines included.
const PART: u64 = 16 << 20;
const MESSAGE: u64 = 32 << 20;
/// A part of few bytes may have as much.
const LEAST: u64 = 64 << 10;

/// The text of a part, or what it will be read from.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// The format; nothing where there is no text.
    kind: Option<&'static str>,
    /// Members of a document that is a zip, as far as its text may stand in them.
    members: Vec<(String, Bytes)>,
    /// The text of its pages, where another process read them.
    pages: Option<Arc<Pages>>,
    /// Bytes of text that it may have.
    share: u64,
    /// What reading it may cost, as [`Budget::work`] counts.
    work: u64,
    trip: Trip,
    read: OnceLock<Document>,
}

/// What all texts of one message may still cost.
#[derive(Debug)]
pub(super) struct Purse {
    /// Bytes of text.
    text: u64,
    /// As [`Budget::work`] counts.
    work: u64,
}

impl Default for Purse {
    fn default() -> Purse {
        Purse { text: MESSAGE, work: Budget::WORK }
    }
}

/// What it costs to read the XML of a document, at most: each `<` and `&` makes a step and a text.
fn work(kind: &str, members: &[(String, Bytes)]) -> u64 {
    // OpenDocument is walked for styles first, its heads and feet once each.
    let walks = if kind.starts_with('o') { 3 } else { 1 };
    let cost = |bytes: &Bytes| {
        let steps = memchr::memchr2_iter(b'<', b'&', bytes).count() as u64;
        bytes.len() as u64 + 2 * (steps + 1) * Budget::STEP
    };
    members.iter().map(|(_, bytes)| walks * cost(bytes)).sum()
}

impl Text {
    /// Bytes that the texts of a message hold at most, of which so many bytes came out.
    pub fn most(bytes: u64) -> u64 {
        /// As it stands, in Unicode, and what checks make of both while they look.
        const COPIES: u64 = 6;
        COPIES * MESSAGE.min(bytes.saturating_mul(2))
    }

    /// The text that a part will have. `members`: what is inside, where it is a zip.
    pub(super) fn new(
        part: &Part,
        members: Vec<(String, Bytes)>,
        purse: &mut Purse,
        budget: &Budget,
    ) -> Text {
        let kind = kind(part);
        let inside: usize = members.iter().map(|(_, bytes)| bytes.len()).sum();
        let size = part.bytes.len().max(inside) as u64;
        // Twice the bytes is text of one byte a letter; the rest are the costs of its lines, and
        // strings that a sheet shares.
        let share = size.saturating_mul(8).saturating_add(LEAST).min(PART).min(purse.text);
        let mut work = 0;
        if let Some(kind) = kind {
            purse.text -= share.min(size.saturating_mul(2));
            work = self::work(kind, &members).min(purse.work);
            purse.work -= work;
        }
        Text {
            kind,
            members,
            pages: None,
            share,
            work,
            trip: budget.trip().clone(),
            read: OnceLock::new(),
        }
    }

    /// Takes the text of pages.
    pub(super) fn take(&mut self, pages: Pages) {
        if !pages.runs.is_empty() || pages.cut || pages.damaged {
            self.pages = Some(Arc::new(pages));
        }
    }

    /// The text of this part.
    pub(super) fn of(&self, part: &Part) -> &Document {
        self.read.get_or_init(|| {
            let Some(kind) = self.kind else { return Document::default() };
            let limits = Limits { unpacked: self.share, ratio: u64::MAX, ..Limits::default() };
            let budget = Budget::new(limits, part.size, self.trip.clone());
            let mut budget = budget.with_work(self.work);
            let (label, members) = (part.charset.as_deref(), &self.members[..]);
            let pages = self.pages.as_deref();
            document::read(&Source { kind, label, bytes: &part.bytes, members, pages }, &mut budget)
        })
    }
}

/// Members in which the text of a document may stand.
pub(super) fn members(opened: &Opened) -> Vec<(String, Bytes)> {
    let texts = opened.members.iter().filter(|member| {
        let extension = name::extension(&member.name);
        opened.component && extension.is_some_and(|ext| ext == "xml" || ext == "rels")
    });
    texts.map(|member| (member.name.clone(), member.bytes.clone())).collect()
}

/// The format that a part's text is read by; `None` where no person reads it as text.
fn kind(part: &Part) -> Option<&'static str> {
    let detected = part.detected;
    let declared = part.declared.as_deref();
    let text = declared.is_none_or(|declared| declared.starts_with("text/"));
    // Outlook's bodies have these names, and no others.
    let body = |name: &str| matches!(name, "body.txt" | "body.html");
    match detected.family {
        _ if document::is_read(detected.extension) && detected.family == Family::Document => {
            Some(detected.extension)
        }
        _ if part.role == Role::Component && !part.name().is_some_and(body) => None,
        Family::Text | Family::Script if detected.extension == "html" => Some("html"),
        Family::Text => Some(if declared == Some("text/html") { "html" } else { "txt" }),
        Family::Unknown | Family::Mail | Family::Script if text && part.role != Role::Member => {
            Some(if declared == Some("text/html") { "html" } else { "txt" })
        }
        _ => None,
    }
}
