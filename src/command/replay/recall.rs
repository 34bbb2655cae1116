//! A record → the facts that rules and checks ask about, and what it cannot tell any more.
//!
//! Rules are tried on the recorded findings. A setting that changed may have found other things:
//! what can be measured again from the record is, and everything else is in doubt.

use crate::checks::{attachment, size, spam};
use crate::engines::Score;
use crate::facts::{Facts, Part, Role};
use crate::mail::{Address, Client, Direction, Envelope, FileType, Words};
use crate::rules::Policy;
use crate::store::records::record::{self, Message};
use crate::verdict::{Catalogue, Finding};
use bytes::Bytes;

/// What no record can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Nothing is.
    None,
    /// Findings of one family may be more or fewer, because of this.
    Family(&'static str, String),
    /// Any finding may, because of this.
    All(String),
}

/// The findings of a letter under a policy, and which of them are in doubt.
pub(super) fn findings(message: &Message, policy: &Policy) -> (Vec<Finding>, Vec<Doubt>) {
    // A finding that no check knows any more is not made any more.
    let known = policy.catalogue();
    let recorded = message.findings.iter().filter_map(|finding| recall(finding, known));
    let mut recall = Recall { message, policy, findings: recorded.collect(), doubts: Vec::new() };
    recall.lost();
    for (section, _) in changed(message, policy) {
        recall.section(section);
    }
    recall.early();
    (recall.findings, recall.doubts)
}

/// Sections of settings under which checks would look otherwise than they did.
fn changed<'a>(
    message: &'a Message,
    policy: &'a Policy,
) -> impl Iterator<Item = &'a (&'static str, String)> {
    policy.sections.iter().filter(|(name, hash)| message.settings.get(*name) != Some(hash))
}

struct Recall<'a> {
    message: &'a Message,
    policy: &'a Policy,
    findings: Vec<Finding>,
    doubts: Vec<Doubt>,
}

impl Recall<'_> {
    /// What the record itself leaves out.
    fn lost(&mut self) {
        let Message { secret, more_findings, more_parts, more_recipients, .. } = self.message;
        if *secret {
            self.all("of a letter with a secrecy stamp only grade and place are recorded");
        }
        if *more_findings > 0 || *more_parts > 0 || *more_recipients > 0 {
            self.all("too many parts, findings or recipients for a record");
        }
        if !self.message.whole && self.findings.is_empty() {
            self.all("the gate had no room for the letter, so it was not examined");
        }
    }

    fn all(&mut self, why: &str) {
        self.doubts.push(Doubt::All(why.to_owned()));
    }

    /// What a changed section would find now.
    fn section(&mut self, section: &'static str) {
        let changed = format!("[{section}] changed");
        match section {
            "limits" => self.sizes(),
            "spam" => self.spam(),
            "attachments" => match self.formats() {
                Some(findings) => self.replace(attachment::TYPE.name, findings),
                None => self.doubts.push(Doubt::Family("attachment.", changed)),
            },
            // Passwords matter where something was locked.
            "archives" if !self.has("archive.encrypted") && !self.has("archive.unlocked") => {}
            "lists" => {
                for family in ["words.", "sender.", "name.", "message."] {
                    self.doubts.push(Doubt::Family(family, "lists changed".to_owned()));
                }
            }
            "line" => self.doubts.push(Doubt::Family("line.", changed)),
            "domains" => self.doubts.extend(
                ["account.", "bulk.", "text."].map(|of| Doubt::Family(of, changed.clone())),
            ),
            _ => self.doubts.push(Doubt::All(changed)),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.findings.iter().any(|finding| finding.kind.name == name)
    }

    fn replace(&mut self, name: &str, with: Vec<Finding>) {
        self.findings.retain(|finding| finding.kind.name != name);
        self.findings.extend(with);
    }

    /// All attachments together; the whole message is a matter of [`Recall::early`].
    fn sizes(&mut self) {
        if !self.message.whole {
            return;
        }
        let facts = Facts { attachment_bytes: self.message.attachment_bytes, ..Facts::default() };
        let together = size::attachments(&facts, self.policy);
        self.replace(size::ATTACHMENTS.name, together.into_iter().collect());
    }

    fn spam(&mut self) {
        let known = self.findings.iter().find(|finding| finding.kind.name == spam::SCORE.name);
        let detail = known.map(|finding| finding.detail.clone()).unwrap_or_default();
        let score = self.message.spam.map(|points| Score { points, detail });
        let finding = spam::conclude(score.as_ref(), self.policy);
        self.replace(spam::SCORE.name, finding.into_iter().collect());
    }

    /// Attachments that are not on the list; `None` where a type is not known by its name alone.
    fn formats(&self) -> Option<Vec<Finding>> {
        let Some(formats) = &self.policy.settings.attachments.allow else {
            return Some(Vec::new());
        };
        let listed = self.message.parts.iter().filter(|part| part.listed);
        let parts: Option<Vec<Part>> = listed.map(part).collect();
        Some(parts?.iter().filter_map(|part| attachment::off_list(part, formats)).collect())
    }

    /// More bytes than the policy takes: the reading stops there, and nothing else is found.
    fn early(&mut self) {
        let limit = self.policy.settings.limits.message;
        let stopped = !self.message.whole && self.has(size::MESSAGE.name);
        if self.message.bytes > limit || stopped && self.message.bytes >= limit {
            let early = |finding: &Finding| finding.kind.name.starts_with("line.");
            self.findings.retain(early);
            self.findings.push(size::too_large(limit));
            self.doubts.retain(|doubt| matches!(doubt, Doubt::Family("line.", _)));
        } else if stopped {
            self.replace(size::MESSAGE.name, Vec::new());
            self.all("reading was stopped at the limit of that time");
        }
    }
}

fn recall(finding: &record::Finding, catalogue: &Catalogue) -> Option<Finding> {
    let record::Finding { name, part, detail, file, what, cause, grade, value, limit, .. } =
        finding;
    Some(Finding {
        kind: catalogue.find(name)?,
        part: part.clone(),
        detail: detail.clone(),
        name: file.clone(),
        what: what.clone(),
        cause: *cause,
        grade: *grade,
        value: *value,
        limit: *limit,
    })
}

fn part(part: &record::Part) -> Option<Part> {
    let types: Option<Vec<FileType>> =
        part.types.iter().map(|(mime, extension)| FileType::recall(mime, extension)).collect();
    let mut types = types?.into_iter();
    Some(Part {
        path: part.path.clone(),
        role: Role::Attachment,
        listed: part.listed,
        names: part.names.clone(),
        declared: part.declared.clone(),
        also_declared: Vec::new(),
        charset: None,
        detected: types.next()?,
        also: types.collect(),
        active: Vec::new(),
        text: Default::default(),
        size: part.bytes,
        sha256: None,
        bytes: Bytes::new(),
    })
}

/// The envelope that it came with.
pub(super) fn envelope(message: &Message) -> Envelope {
    let record::Client { ip, port, name, helo, esmtp, tls } = message.client.clone();
    let ip = ip.and_then(|ip| ip.parse().ok());
    Envelope {
        id: message.id.clone(),
        client: Client { ip, port, name, helo, esmtp, tls },
        sender: Address::new(&message.sender),
        recipients: message.recipients.iter().map(|rcpt| Address::new(rcpt)).collect(),
        smtputf8: message.smtputf8,
        size: None,
        chunked: false,
        time: message.time.parse().ok(),
        direction: if message.direction == "out" { Direction::Out } else { Direction::In },
        words: Words::default(),
    }
}
