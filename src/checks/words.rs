//! The operators' word lists over the texts of a letter: subject, bodies, texts in attachments.
//!
//! A finding names list and entry. What stands around the words is told to nobody: neither the
//! sender, who could feel his way along a list, nor a log that many read.

use super::{Check, Found, MessageCheck, PartCheck};
use crate::facts::{Facts, Part, Role};
use crate::mail::encoded_word;
use crate::rules::{Hit, Place, Policy};
use crate::text::document::Gap;
use crate::text::{self, Sample};
use crate::verdict::{Cause, Class, Finding, Kind};

/// The check itself broke.
pub const UNSCANNED: Kind = Kind {
    name: "words.unscanned",
    class: Class::Policy,
    about: "the operators' word lists were not compared with the text",
};

/// Looks for phrases in the texts of parts.
pub struct Texts;

impl Check for Texts {
    fn name(&self) -> &'static str {
        "words"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        &[&UNSCANNED]
    }
    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl PartCheck for Texts {
    fn inspect(&self, part: &Part, policy: &Policy) -> Vec<Finding> {
        if !policy.lists.has_phrases() {
            return Vec::new();
        }
        let place = if part.role == Role::Body { Place::Body } else { Place::Attachment };
        let document = part.document();
        // A phrase may go on in the next line; a word does not.
        let text = document.lines().iter().flat_map(|line| [line.text.as_str(), "\n"]);
        let hits = policy.lists.phrases(text, place);
        let mut findings: Vec<Finding> =
            hits.into_iter().map(|hit| found(hit, &part.path)).collect();
        findings.extend(document.gap().map(|gap| {
            let missing = Finding::at(&UNSCANNED, &part.path, "not all of the text was searched");
            missing.because(match gap {
                Gap::OverLimit => Cause::OverLimit,
                Gap::Cancelled => Cause::Timeout,
                Gap::Damaged => Cause::Unreadable,
            })
        }));
        findings
    }
}

/// Looks for phrases in the subject.
pub struct Subject;

impl Check for Subject {
    fn name(&self) -> &'static str {
        "words_subject"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        &[&UNSCANNED]
    }
    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl MessageCheck for Subject {
    fn conclude(&self, facts: &Facts, _: &Found, policy: &Policy) -> Vec<Finding> {
        if !policy.lists.has_phrases() {
            return Vec::new();
        }
        let subjects = facts.fields.iter().filter(|field| field.name == "Subject");
        let texts: Vec<String> = subjects.map(|field| header_text(&field.raw) + "\n").collect();
        let hits = policy.lists.phrases(texts.iter().map(String::as_str), Place::Subject);
        hits.into_iter().map(|hit| found(hit, "")).collect()
    }
}

/// A raw header value as people read it, whatever encoding it is in.
pub(super) fn header_text(raw: &[u8]) -> String {
    let value = encoded_word::unfold(raw);
    let bytes = text::unicode(&value.bytes, value.label.as_deref());
    text::to_unicode(&Sample { text: &bytes, label: value.label.as_deref(), font: None }).1
}

/// The finding for an entry that fits; its value is how many different ones do.
pub(super) fn found(hit: Hit, part: &str) -> Finding {
    let more = match hit.count {
        1 => String::new(),
        count => format!(", {count} entries in all"),
    };
    let mut finding = Finding::at(hit.kind, part, hit.entry + &more);
    finding.value = Some(hit.count as f64);
    finding
}
