//! The form of a verdict record: one line of JSON for each message, recipient, action or gap.
//!
//! Facts, no content: what a rule may ask about stands here, so that other rules can be tried on
//! it later; no line holds a word of a body.

use crate::mail;
use crate::verdict::{Action, Cause, Grade, Judged, Mode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Parts, findings and recipients of one record, each; a letter of 10,000 files is one line too.
pub const MOST: usize = 500;

/// The family of findings about secrecy stamps.
pub const SECRET: &str = "secret.";

/// One line.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "record", rename_all = "lowercase")]
pub enum Record {
    /// A letter got its verdict.
    Message(Box<Message>),
    /// A recipient was refused before any content came.
    Recipient(Recipient),
    /// Somebody did something with a kept letter.
    Action(Deed),
    /// So many records are missing here.
    Gap(Gap),
}

impl Record {
    /// When: RFC 3339 in UTC with milliseconds, so that texts sort as times do.
    pub fn time(&self) -> &str {
        match self {
            Record::Message(message) => &message.time,
            Record::Recipient(recipient) => &recipient.time,
            Record::Action(deed) => &deed.time,
            Record::Gap(gap) => &gap.time,
        }
    }
}

/// A letter, from the client to what came of it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Message {
    /// When the answer was given.
    pub time: String,
    /// The transaction id, as in the reply and in the log.
    pub id: String,
    /// The door: `smtp`, `milter`.
    pub door: String,
    /// The mail server's own id of it, where one asked by milter.
    pub queue: Option<String>,
    /// Who connected.
    pub client: Client,
    /// The reverse path; empty for `<>`.
    pub sender: String,
    /// The forward paths.
    pub recipients: Vec<String>,
    /// Recipients beyond [`MOST`], only counted.
    pub more_recipients: usize,
    /// Whether MAIL carried SMTPUTF8.
    pub smtputf8: bool,
    /// Which way it went: `in`, `out`.
    pub direction: String,
    /// Message-ID without angle brackets.
    pub message_id: Option<String>,
    /// Bytes as received.
    pub bytes: u64,
    /// Whether all of it was read; a stream check may stop the reading.
    pub whole: bool,
    /// Decoded bytes of all attachments together.
    pub attachment_bytes: u64,
    /// Leaves and members.
    pub parts: Vec<Part>,
    /// Parts beyond [`MOST`], only counted.
    pub more_parts: usize,
    /// The policy that judged.
    pub policy: String,
    /// The hash of that policy as resolved.
    pub policy_hash: String,
    /// What each section of its settings hashes to: a changed one may have found other things.
    pub settings: BTreeMap<String, String>,
    /// The hash of the whole set of rules.
    pub rules: String,
    /// All findings, gravest first.
    pub findings: Vec<Finding>,
    /// Findings beyond [`MOST`], only counted.
    pub more_findings: usize,
    /// The spam score on the common scale.
    pub spam: Option<f64>,
    /// What the policy says.
    pub verdict: Action,
    /// Whether a deferral too many made a quarantine of it.
    pub held: bool,
    /// Whether secrecy stamps were found: then nothing that names the content stands here.
    pub secret: bool,
    /// Whether a copy is in the store.
    pub copy: bool,
    /// What came of it: `relayed`, `passed`, `held`, `kept`, `deferred`, `refused`, `unknown`, `abandoned`.
    pub outcome: String,
    /// The next hop that was asked.
    pub next_hop: Option<String>,
    /// The answer: the next hop's words, or ours.
    pub reply: String,
    /// From the last byte to the verdict, in microseconds.
    pub micros: u64,
    /// From the last byte to the answer, in milliseconds.
    pub answered_ms: u64,
}

/// The client of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Client {
    /// Its address.
    pub ip: Option<String>,
    /// Its port.
    pub port: Option<u16>,
    /// Its name, where a trusted peer told it.
    pub name: Option<String>,
    /// What it called itself.
    pub helo: String,
    /// Whether it said EHLO.
    pub esmtp: bool,
    /// Whether the session was encrypted.
    pub tls: bool,
}

impl Client {
    /// As the session knew it.
    pub fn of(client: &mail::Client) -> Client {
        Client {
            ip: client.ip.map(|ip| ip.to_string()),
            port: client.port,
            name: client.name.clone(),
            helo: client.helo.clone(),
            esmtp: client.esmtp,
            tls: client.tls,
        }
    }
}

/// A leaf of the message, or a member of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Part {
    /// `2/hd.zip/a.exe`
    pub path: String,
    /// `body`, `attachment`, `member`, `component`
    pub role: String,
    /// Every name that some reader would show.
    pub names: Vec<String>,
    /// The declared media type.
    pub declared: Option<String>,
    /// Media type and extension of each thing that the content is, the first being what it is.
    pub types: Vec<(String, String)>,
    /// Whether a whitelist of formats judges it.
    pub listed: bool,
    /// Bytes, decoded.
    pub bytes: u64,
    /// SHA-256 of the decoded content, hexadecimal.
    pub sha256: Option<String>,
}

/// A finding with its rule.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Finding {
    /// `executable.found`
    pub name: String,
    /// What the rule asks for.
    pub action: Action,
    /// Whether that is acted upon.
    pub mode: Mode,
    /// The part path.
    pub part: String,
    /// The evidence.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The file name that a reply may show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The one word that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// Why it was not examined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// How much it weighs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
    /// What was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// The article that the rule cites.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article: Option<String>,
    /// `file:line` of the rule.
    pub rule: String,
}

/// A recipient that was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Recipient {
    /// When.
    pub time: String,
    /// The transaction id.
    pub id: String,
    /// The door.
    pub door: String,
    /// Who connected.
    pub client: Client,
    /// The reverse path.
    pub sender: String,
    /// The forward path that was refused.
    pub recipient: String,
    /// The answer.
    pub reply: String,
}

/// What somebody did with a kept letter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Deed {
    /// When.
    pub time: String,
    /// The letter's id.
    pub id: String,
    /// `viewed`, `released`, `deleted`, `expired` …
    pub what: String,
    /// Who.
    pub by: String,
    /// Why, in that person's words.
    pub reason: String,
    /// The letter's reverse path.
    pub sender: String,
    /// Its recipients.
    pub recipients: Vec<String>,
    /// What came of it: a next hop's reply, say.
    pub detail: String,
}

/// Records that could not be written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Gap {
    /// When writing was possible again.
    pub time: String,
    /// How many are missing.
    pub missing: u64,
    /// Why.
    pub cause: String,
}

/// A time as records have it.
pub fn stamp(time: jiff::Timestamp) -> String {
    format!("{time:.3}")
}

/// Now, as records have it.
pub fn now() -> String {
    stamp(jiff::Timestamp::now())
}

impl Finding {
    /// A finding as it was judged.
    pub fn of(judged: &Judged) -> Finding {
        let finding = &judged.finding;
        Finding {
            name: finding.kind.name.to_owned(),
            action: judged.action,
            mode: judged.mode,
            part: finding.part.clone(),
            detail: finding.detail.clone(),
            file: finding.name.clone(),
            what: finding.what.clone(),
            cause: finding.cause,
            grade: finding.grade,
            value: finding.value,
            limit: finding.limit,
            article: judged.article.clone(),
            rule: judged.rule.clone(),
        }
    }

    /// In a letter with a secrecy stamp: its grade, and the MIME section, since a path goes on
    /// with names of files.
    #[must_use]
    pub fn redacted(self) -> Finding {
        let secret = self.name.starts_with(SECRET);
        Finding {
            part: self.part.split('/').next().unwrap_or_default().to_owned(),
            detail: String::new(),
            file: None,
            what: self.what.filter(|_| secret),
            ..self
        }
    }
}
