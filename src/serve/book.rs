//! What the records keep of a letter: facts and findings, and nothing that its body says.
//!
//! A letter with a secrecy stamp is noted by id, time, addresses, grade and place alone: a record
//! outlives the letter, and its readers are more than the few who may know.

use super::log::Line;
use crate::facts::Part;
use crate::mail::{self, Address};
use crate::pipeline::Outcome;
use crate::smtp::Reply;
use crate::store::records::record::{self, MOST, Message, Record};
use crate::verdict::Judged;
use bytes::Bytes;

/// Findings whose evidence may quote the text that they judge.
const QUOTING: [&str; 3] = ["encoding.", "text.", "words."];

/// Characters of a name or a word that a sender wrote.
const WORDS: usize = 255;

impl Line<'_> {
    /// The same for the records, whole.
    pub(super) fn record(&self) -> Record {
        Record::Message(Box::new(message(self)))
    }
}

/// The session and what came of it, over the letter itself.
fn message(line: &Line<'_>) -> Message {
    let Line { outcome, queue, door, ending, next_hop, reply, copy, took } = line;
    let (envelope, verdict) = (&outcome.envelope, &outcome.verdict);
    let recipients = envelope.recipients.iter().take(MOST).map(Address::to_string);
    let secret = verdict.bears_mark();
    let reply = reply.map(Reply::text).unwrap_or_default();
    Message {
        time: record::now(),
        id: envelope.id.clone(),
        door: (*door).to_owned(),
        queue: queue.map(cut),
        client: record::Client::of(&envelope.client),
        sender: envelope.sender.to_string(),
        recipients: recipients.collect(),
        more_recipients: envelope.recipients.len().saturating_sub(MOST),
        smtputf8: envelope.smtputf8,
        direction: envelope.direction.name().to_owned(),
        secret,
        copy: *copy,
        outcome: ending.name().to_owned(),
        next_hop: (*next_hop != "-").then(|| (*next_hop).to_owned()),
        // The words of a reply may name a file.
        reply: if secret { reply.chars().take(9).collect() } else { reply },
        answered_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        ..judged(outcome, secret)
    }
}

/// The facts of a letter, and its verdict.
fn judged(outcome: &Outcome, secret: bool) -> Message {
    let Outcome { verdict, facts, policy, .. } = outcome;
    let parts = facts.parts.iter().take(if secret { 0 } else { MOST });
    let findings = verdict.findings.iter().take(MOST);
    let sections = policy.sections.iter();
    Message {
        message_id: facts.message_id.as_deref().filter(|_| !secret).map(cut),
        bytes: outcome.message.len(),
        whole: outcome.whole,
        attachment_bytes: facts.attachment_bytes,
        more_parts: facts.parts.len() - parts.len(),
        parts: parts.map(part).collect(),
        policy: verdict.policy.clone(),
        policy_hash: policy.hash.clone(),
        settings: sections.map(|(name, hash)| ((*name).to_owned(), hash.clone())).collect(),
        rules: policy.set_hash.clone(),
        findings: findings.map(|judged| finding(judged, secret)).collect(),
        more_findings: verdict.findings.len().saturating_sub(MOST),
        spam: verdict.spam,
        verdict: verdict.action,
        held: verdict.held,
        micros: u64::try_from(outcome.took.as_micros()).unwrap_or(u64::MAX),
        ..Message::default()
    }
}

/// A recipient that was refused.
pub(super) fn recipient(
    door: &str,
    id: &str,
    from: &mail::Client,
    sender: Option<String>,
    recipient: &str,
    reply: &Reply,
) -> Record {
    Record::Recipient(record::Recipient {
        time: record::now(),
        id: id.to_owned(),
        door: door.to_owned(),
        client: record::Client::of(from),
        sender: sender.unwrap_or_default(),
        recipient: recipient.to_owned(),
        reply: reply.text(),
    })
}

fn part(part: &Part) -> record::Part {
    let kind = |kind: mail::FileType| (kind.mime.to_owned(), kind.extension.to_owned());
    record::Part {
        path: part.path.clone(),
        role: part.role.name().to_owned(),
        names: part.names.iter().map(|name| cut(name)).collect(),
        declared: part.declared.as_deref().map(cut),
        types: part.types().map(kind).collect(),
        listed: part.listed,
        bytes: part.size,
        sha256: part.sha256.map(|hash| format!("{:x}", Bytes::copy_from_slice(&hash))),
    }
}

/// Without what may quote the text that it judges.
fn finding(judged: &Judged, secret: bool) -> record::Finding {
    let mut finding = record::Finding::of(judged);
    if QUOTING.iter().any(|family| finding.name.starts_with(family)) {
        finding.detail.clear();
    }
    let finding = if secret { finding.redacted() } else { finding };
    let (file, what) = (finding.file.as_deref().map(cut), finding.what.as_deref().map(cut));
    record::Finding { file, what, ..finding }
}

fn cut(text: &str) -> String {
    text.chars().take(WORDS).collect()
}
