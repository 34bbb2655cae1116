//! The operators' word lists over the texts of a letter: subject, bodies, texts in attachments.
//!
//! A finding names list and entry. What stands around the words is told to nobody: neither the
//! sender, who could feel his way along a list, nor a log that many read.

use super::encoding::{is_text, runs};
use super::{Check, Found, MessageCheck, PartCheck};
use crate::facts::{Facts, Part, Role};
use crate::mail::encoded_word;
use crate::rules::{Hit, Place, Policy};
use crate::text::{self, Encoding, Sample};
use crate::verdict::{Class, Finding, Kind};

/// The check itself broke.
pub const UNSCANNED: Kind = Kind {
    name: "words.unscanned",
    class: Class::Policy,
    about: "the operators' word lists were not compared with the text",
};

/// Bytes of a text that are searched; a longer one is a table or a log.
const TEXT: usize = 8 << 20;

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
        if !policy.lists.has_phrases() || !is_text(part) {
            return Vec::new();
        }
        let place = if part.role == Role::Body { Place::Body } else { Place::Attachment };
        let label = part.charset.as_deref();
        let bytes = text::unicode(&part.bytes, label);
        let searched = bytes.get(..bytes.len().min(TEXT)).unwrap_or_default();
        let texts: Vec<String> = runs(part, searched)
            .iter()
            .map(|run| {
                let font = run.font.as_deref().and_then(Encoding::of_font);
                text::to_unicode(&Sample { text: &run.text, label, font }).1
            })
            .collect();
        let hits = policy.lists.phrases(texts.iter().map(String::as_str), place);
        let mut findings: Vec<Finding> =
            hits.into_iter().map(|hit| found(hit, &part.path)).collect();
        if searched.len() < bytes.len() {
            findings.push(beyond(part, bytes.len()));
        }
        findings
    }
}

/// A text of which only the beginning was searched.
fn beyond(part: &Part, length: usize) -> Finding {
    Finding::at(&UNSCANNED, &part.path, "only the beginning of the text was searched")
        .because(crate::verdict::Cause::OverLimit)
        .measured(length as f64, TEXT as f64)
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
