//! Texts with `{placeholders}`, checked at load and filled from the finding.
//!
//! What fills them comes from senders: it is cut short and loses everything that could end a line
//! or turn its reading order.

use super::policy::Replies;
use crate::mail::Envelope;
use crate::mail::name::is_invisible;
use crate::tomlfile::hint;
use crate::verdict::Judged;

/// The most characters of a template: with the id and every placeholder filled, a reply folded
/// to ASCII stays below the 512 octets of RFC 5321 §4.5.3.1.5.
const TEMPLATE_MAX: usize = 320;

/// The most characters that a sender's words may add, each.
const FILL_MAX: usize = 40;

/// What may stand between braces.
pub(super) const PLACEHOLDERS: [&str; 9] =
    ["name", "total", "limit", "sig", "enc", "type", "rcpt", "contact", "domain"];

/// A text in pieces: words, then a placeholder, and so on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Template(Vec<(String, Option<&'static str>)>);

/// Where the words come from.
pub(super) struct Words<'a> {
    pub(super) judged: &'a Judged,
    pub(super) envelope: &'a Envelope,
    pub(super) policy: &'a Replies,
}

impl Template {
    /// Reads a text; the error says what is wrong with it.
    pub(super) fn new(text: &str) -> Result<Template, String> {
        let length = text.chars().count();
        if text.trim().is_empty() {
            return Err("a reply cannot be empty".to_owned());
        }
        if text.chars().any(char::is_control) {
            return Err("a reply is one line, without control characters".to_owned());
        }
        if length > TEMPLATE_MAX {
            let message = format!("a reply has at most {TEMPLATE_MAX} characters, not {length}");
            return Err(message);
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((words, tail)) = rest.split_once('{') {
            let (name, tail) = tail.split_once('}').ok_or("`{` without `}`")?;
            let known = PLACEHOLDERS.iter().find(|known| **known == name);
            let known = known.ok_or_else(|| {
                format!("unknown placeholder `{{{name}}}`{}", hint(name, &PLACEHOLDERS))
            })?;
            pieces.push((words.to_owned(), Some(*known)));
            rest = tail;
        }
        pieces.push((rest.to_owned(), None));
        Ok(Template(pieces))
    }

    /// The text for one finding; `comma` is the decimal separator of the language.
    pub(super) fn fill(&self, words: &Words<'_>, comma: char) -> String {
        let mut text = String::new();
        for (fixed, placeholder) in &self.0 {
            text.push_str(fixed);
            if let Some(placeholder) = placeholder {
                text.push_str(&words.of(placeholder, comma));
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl Words<'_> {
    fn of(&self, placeholder: &str, comma: char) -> String {
        let finding = &self.judged.finding;
        let what = || finding.what.clone().unwrap_or_default();
        let recipient = self.envelope.recipients.first();
        match placeholder {
            "name" => shown(&finding.name.clone().unwrap_or_else(|| last(&finding.part))),
            "total" => megabytes(finding.value, f64::ceil, comma),
            "limit" => megabytes(finding.limit, f64::floor, comma),
            "rcpt" => shown(&recipient.map(ToString::to_string).unwrap_or_default()),
            "domain" => shown(&self.envelope.sender.domain),
            "contact" => match recipient.filter(|_| self.policy.contact.is_empty()) {
                // Never refused by directory or spam rules, so a refused sender reaches it.
                Some(recipient) => shown(&format!("postmaster@{}", recipient.domain)),
                None if self.policy.contact.is_empty() => "postmaster".to_owned(),
                None => shown(&self.policy.contact),
            },
            _ => shown(&what()),
        }
    }
}

/// The member's own name at the end of a part path.
fn last(part: &str) -> String {
    part.rsplit('/').next().unwrap_or_default().to_owned()
}

/// A sender's words, fit for a reply.
fn shown(text: &str) -> String {
    let fit = |c: &char| !is_invisible(*c);
    text.chars().filter(fit).take(FILL_MAX).collect()
}

/// Bytes as the regulations count them (50 MB are 52,428,800); a value is rounded up and a limit
/// down, so that what is over a limit reads as over it.
fn megabytes(bytes: Option<f64>, round: fn(f64) -> f64, comma: char) -> String {
    let tenths = round(bytes.unwrap_or_default() / f64::from(1 << 20) * 10.0).max(0.0) as u64;
    match tenths % 10 {
        0 => format!("{} MB", tenths / 10),
        tenth => format!("{}{comma}{tenth} MB", tenths / 10),
    }
}
