//! The form of a rule file, as it is written; nothing is resolved or judged here.
//!
//! Every key that a file may have stands in these types: what they do not list is refused.

use super::directory;
use super::lists::written::{Family, Messages, Names, Phrases, Senders};
use super::settings::{archives, attachments, limits, spam};
use crate::tomlfile::{Amount, Words};
use crate::verdict::{Action, Mode};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// `rules/<id>.toml`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// The policy's name: that of the file. Only a file in `local/` that changes another needs none.
    pub(super) id: Option<Spanned<String>>,
    /// The regulation, for people.
    pub(super) title: Option<String>,
    /// Its number and date.
    pub(super) source: Option<String>,
    /// Whether it is in force.
    pub(super) status: Option<Status>,
    /// Whether its rules act, whatever `congthu.toml` says.
    pub(super) mode: Option<Spanned<Observing>>,
    /// The policy whose settings and rules come after these.
    pub(super) extends: Option<Spanned<String>>,
    /// Domains with their subdomains, and single addresses.
    pub(super) recipients: Option<Words>,
    /// Whom a sender asks whose letter was refused.
    pub(super) contact: Option<String>,
    /// What is said where a rule has no reply of its own.
    #[serde(default)]
    pub(super) replies: Replies,
    /// `[limits]`
    #[serde(default)]
    pub(super) limits: limits::Section,
    /// `[archives]`
    #[serde(default)]
    pub(super) archives: archives::Section,
    /// `[attachments]`
    #[serde(default)]
    pub(super) attachments: attachments::Section,
    /// `[spam]`
    #[serde(default)]
    pub(super) spam: spam::Section,
    /// `[directory]`
    #[serde(default)]
    pub(super) directory: directory::Section,
    /// `[formats]`: extensions with the media types that a file of that name may be.
    #[serde(default)]
    pub(super) formats: BTreeMap<Spanned<String>, Vec<String>>,
    /// `[sets]`
    #[serde(default)]
    pub(super) sets: Sets,
    /// `[words.x]`: findings of the operators' own.
    #[serde(default)]
    pub(super) words: Family<Phrases>,
    /// `[sender.x]`
    #[serde(default)]
    pub(super) sender: Family<Senders>,
    /// `[name.x]`
    #[serde(default)]
    pub(super) name: Family<Names>,
    /// `[message.x]`
    #[serde(default)]
    pub(super) message: Family<Messages>,
    /// `[[rule]]`
    #[serde(default)]
    pub(super) rule: Vec<Spanned<Rule>>,
}

/// Whether a regulation is in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Status {
    /// Picked for its recipients.
    #[default]
    #[serde(rename = "in force")]
    InForce,
    /// Never picked: kept for history and replay.
    #[serde(rename = "replaced")]
    Replaced,
}

/// `mode` of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Observing {
    /// All rules act.
    Enforce,
    /// Only those on viruses and executables act; all else is counted and shown.
    Observe,
}

/// `[replies.*]`: texts by the row of the reply table.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Replies {
    /// 550 5.7.1
    pub(super) policy: Option<Spanned<Text>>,
    /// 552 5.3.4
    pub(super) size: Option<Spanned<Text>>,
    /// 550 5.6.0
    pub(super) content: Option<Spanned<Text>>,
    /// 451 4.7.1
    pub(super) tempfail: Option<Spanned<Text>>,
}

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Text {
    /// Vietnamese, with diacritics.
    pub(super) vi: String,
    /// English.
    pub(super) en: String,
}

/// `[sets]`: named lists, seen by all files of the folder.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Sets {
    /// Lists of extensions; `@other` includes another.
    pub(super) formats: BTreeMap<Spanned<String>, Words>,
    /// Lists of domains, subdomains included.
    pub(super) domains: BTreeMap<Spanned<String>, Words>,
}

/// `[[rule]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    /// Its name, by which `local/` changes it.
    pub(super) id: Option<Spanned<String>>,
    /// Names of findings; must stand unless the rule changes another.
    pub(super) finding: Option<Words>,
    /// What must hold.
    pub(super) r#where: Option<Spanned<Conditions>>,
    /// What must not hold.
    pub(super) unless: Option<Spanned<Conditions>>,
    /// What is done; must stand unless the rule changes another.
    pub(super) action: Option<Action>,
    /// Whether that is acted upon.
    pub(super) mode: Option<Spanned<Mode>>,
    /// Its last day, `2026-12-31`, by the clock of Việt Nam.
    pub(super) until: Option<Spanned<String>>,
    /// Who made it and why, for people.
    pub(super) note: Option<String>,
    /// Whether a copy of the letter is kept, whatever is done with it.
    pub(super) keep: Option<bool>,
    /// The article of the regulation.
    pub(super) article: Option<String>,
    /// What the sender is told.
    pub(super) reply: Option<Spanned<Text>>,
    /// Mails that show what the rule does.
    #[serde(default)]
    pub(super) example: Vec<Example>,
}

/// `where` and `unless`: all that stand there must hold; of a list, one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Conditions {
    /// `body`, `attachment`, `member`, `component`
    pub(super) role: Option<Words>,
    /// Globs over every name of the part: `*.zip`
    pub(super) name: Option<Words>,
    /// Globs over the detected media type: `application/*`
    pub(super) r#type: Option<Words>,
    /// Addresses, domains with subdomains, `@sets`, `<>` for the null sender.
    pub(super) sender: Option<Words>,
    /// The same of recipients; one of them is enough.
    pub(super) recipient: Option<Words>,
    /// Networks: `10.1.0.0/16`, `2001:db8::/32`
    pub(super) client: Option<Words>,
    /// Globs over what the client called itself.
    pub(super) helo: Option<Words>,
    /// `in`, `out`
    pub(super) direction: Option<Words>,
    /// Hours of the day, `07:30-17:00`, by the clock of Việt Nam.
    pub(super) hours: Option<Words>,
    /// `mon` … `sun`
    pub(super) weekday: Option<Words>,
    /// Findings that the letter has too.
    pub(super) with: Option<Words>,
    /// `engine_down`, `timeout` …
    pub(super) cause: Option<Words>,
    /// `sloppy`, `odd`, `hiding`
    pub(super) grade: Option<Words>,
    /// Globs over the one word of the finding: a signature, an encoding, `macro`, `launch`.
    pub(super) what: Option<Words>,
    /// The measured value is greater.
    pub(super) over: Option<Spanned<Amount>>,
    /// The measured value is this or greater.
    pub(super) at_least: Option<Spanned<Amount>>,
}

/// `[[rule.example]]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// A mail, beside the rule file.
    pub mail: String,
    /// The verdict that it gets.
    pub expect: Action,
    /// The sender in its envelope.
    pub from: Option<String>,
    /// Its recipient; without one, one of the policy's own.
    pub to: Option<String>,
}
