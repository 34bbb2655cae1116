//! What is kept beside a letter: envelope and verdict as JSON, for people and for release.

use super::records::record::{Client, Finding, now};
use crate::mail::{self, Address, Direction, Words};
use crate::verdict::{Action, Judged, Verdict};
use serde::{Deserialize, Serialize};

/// `envelope.json`: the envelope, as release needs it again.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Envelope {
    /// The transaction id, and the name of the letter's folder.
    pub id: String,
    /// When it was kept.
    pub time: String,
    /// Who connected.
    pub client: Client,
    /// The reverse path; empty for `<>`.
    pub sender: String,
    /// The forward paths.
    pub recipients: Vec<String>,
    /// Which way it went.
    pub direction: String,
    /// Whether MAIL carried SMTPUTF8.
    pub smtputf8: bool,
    /// `SIZE=` of MAIL.
    pub size: Option<u64>,
    /// Whether the content came by BDAT.
    pub chunked: bool,
    /// `MAIL FROM:` as it was said.
    pub mail: String,
    /// `RCPT TO:` as it was said, for each recipient.
    pub rcpt: Vec<String>,
}

/// `verdict.json`: the verdict with every finding and its rule.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Kept {
    /// What the policy says.
    pub verdict: Action,
    /// What the sender was told.
    pub text: String,
    /// The policy that judged.
    pub policy: String,
    /// All findings, gravest first.
    pub findings: Vec<Finding>,
    /// The spam score on the common scale.
    pub spam: Option<f64>,
    /// Whether it was deferred too often, and kept instead.
    pub held: bool,
}

impl Envelope {
    pub(super) fn of(envelope: &mail::Envelope) -> Envelope {
        Envelope {
            id: envelope.id.clone(),
            time: now(),
            client: Client::of(&envelope.client),
            sender: envelope.sender.to_string(),
            recipients: envelope.recipients.iter().map(Address::to_string).collect(),
            direction: envelope.direction.name().to_owned(),
            smtputf8: envelope.smtputf8,
            size: envelope.size,
            chunked: envelope.chunked,
            mail: envelope.words.mail.clone(),
            rcpt: envelope.words.rcpt.clone(),
        }
    }

    /// The envelope as rules and next hops know it.
    pub fn recall(&self) -> mail::Envelope {
        let Client { ip, port, name, helo, esmtp, tls } = self.client.clone();
        let ip = ip.and_then(|ip| ip.parse().ok());
        let out = self.direction == Direction::Out.name();
        mail::Envelope {
            id: self.id.clone(),
            client: mail::Client { ip, port, name, helo, esmtp, tls },
            sender: Address::new(&self.sender),
            recipients: self.recipients.iter().map(|rcpt| Address::new(rcpt)).collect(),
            smtputf8: self.smtputf8,
            size: self.size,
            chunked: self.chunked,
            time: self.time.parse().ok(),
            direction: if out { Direction::Out } else { Direction::In },
            words: Words { mail: self.mail.clone(), rcpt: self.rcpt.clone() },
        }
    }
}

impl Kept {
    /// Of a letter with a secrecy stamp only grade and place stay beside it too: the list is
    /// read by more people than the few who may know.
    pub(super) fn of(verdict: &Verdict) -> Kept {
        let secret = verdict.bears_mark();
        let finding = |judged: &Judged| {
            let finding = Finding::of(judged);
            if secret { finding.redacted() } else { finding }
        };
        Kept {
            verdict: verdict.action,
            text: if secret { String::new() } else { verdict.reply.text.clone() },
            policy: verdict.policy.clone(),
            findings: verdict.findings.iter().map(finding).collect(),
            spam: verdict.spam,
            held: verdict.held,
        }
    }

    /// Names of the findings that acted: what a person who releases the letter has seen.
    pub fn acted(&self) -> impl Iterator<Item = &Finding> {
        let acts = |finding: &&Finding| {
            finding.mode == crate::verdict::Mode::Enforce && finding.action >= Action::Quarantine
        };
        self.findings.iter().filter(acts)
    }
}

/// As people read it.
pub(super) fn pretty(value: &impl Serialize) -> Vec<u8> {
    // Nothing in these types can fail to become JSON.
    let mut text = serde_json::to_vec_pretty(value).unwrap_or_default();
    text.push(b'\n');
    text
}
