//! The text of documents against Unicode: Word, Excel, PowerPoint, OpenDocument, RTF, PDF.
//!
//! Letters of a legacy font are stored as letters of Latin-1, whatever bytes the format has, so
//! the spelling decides here too, font by font.

use super::{COMBINING, LEGACY, UNSCANNED, evidence};
use crate::checks::{Check, PartCheck};
use crate::facts::Part;
use crate::mail::Family;
use crate::rules::Policy;
use crate::text::document::{Area, Frame, Gap, Place, Seen};
use crate::text::{self, Document};
use crate::verdict::{Cause, Class, Finding, Kind};

/// Text that could not be held against Unicode.
pub const UNREAD: Kind = Kind {
    name: "encoding.unread",
    class: Class::Policy,
    about: "a document whose text is not wholly read: damaged, too long, or in letters that nothing names",
};

/// Holds the text of documents against Unicode.
pub struct Documents;

impl Check for Documents {
    fn name(&self) -> &'static str {
        "encoding_document"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        &[&LEGACY, &COMBINING, &UNREAD, &UNSCANNED]
    }
    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl PartCheck for Documents {
    fn inspect(&self, part: &Part, _: &Policy) -> Vec<Finding> {
        if part.detected.family != Family::Document {
            return Vec::new();
        }
        let document = part.document();
        let mut findings = Vec::new();
        findings.extend(document.legacy().first().map(|seen| report(seen, part)));
        findings.extend(document.gap().and_then(|gap| unread(gap, part)));
        if is_combining(document) {
            findings.push(Finding::at(&COMBINING, &part.path, "letters and marks apart (NFD)"));
        }
        findings
    }
}

/// The finding for a reading, with the place and the font of its first words.
fn report(seen: &Seen, part: &Part) -> Finding {
    let font = seen.font.as_ref().map(|font| format!(" in {font}")).unwrap_or_default();
    let place = place(seen.place).map(|place| format!(" ({place})")).unwrap_or_default();
    evidence(&seen.reading, &part.path, "", &format!("{font}{place}"))
}

/// Words for a place; the text itself needs none.
fn place(place: Place) -> Option<&'static str> {
    Some(match (place.area, place.frame) {
        (Area::Header, _) => "page header",
        (Area::Footer, _) => "page footer",
        (Area::Note, _) => "note",
        (Area::Body, Frame::Cell) => "table",
        (Area::Body, Frame::Box) => "text box",
        (Area::Body, Frame::Page) => return None,
    })
}

fn unread(gap: Gap, part: &Part) -> Option<Finding> {
    let (cause, detail) = match gap {
        Gap::OverLimit => (Cause::OverLimit, "more text than is read"),
        Gap::Damaged => (Cause::Unreadable, "some of its text cannot be read"),
        // The whole message is not examined then, and the pipeline says so.
        Gap::Cancelled => return None,
    };
    Some(Finding::at(&UNREAD, &part.path, detail).because(cause))
}

fn is_combining(document: &Document) -> bool {
    let text = document.as_str();
    // U+0300–036F begin with CC or CD in UTF-8.
    memchr::memchr2(0xcc, 0xcd, text.as_bytes()).is_some() && text::is_combining(text)
}
