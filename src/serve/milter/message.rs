//! One message that a mail server tells of, up to its last byte.

use super::super::ending::Entry;
use super::super::id;
use super::super::transaction::{log_refused, other_policy};
use super::super::{book, recipient};
use super::DOOR;
use super::session::Session;
use crate::mail::{Address, Direction, Envelope, Words};
use crate::milter::Response;
use crate::pipeline::{Intake, Pipeline};
use crate::rules::{Policy, RuleSet};
use crate::smtp::Reply;
use crate::smtp::path::Path;
use crate::verdict::{self, Code};

use bytes::Bytes;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::time::Instant;
use tracing::Span;

/// A message, from MAIL on.
pub(super) struct Message {
    pub(super) envelope: Envelope,
    /// Pinned at MAIL: a reload changes nothing for a message that has begun.
    rules: Arc<RuleSet>,
    /// Those of the recipients that judge differently: one, where others can be refused.
    policies: Vec<Arc<Policy>>,
    pub(super) content: Option<Content>,
    /// Around all that is done for it: each line of the log names it.
    pub(super) span: Span,
}

/// Its content on the way in.
pub(super) struct Content {
    /// One for each policy, or why there is no room for them.
    pub(super) intakes: Result<Vec<Arriving>, verdict::Reply>,
    pub(super) entry: Entry,
    since: Instant,
}

/// The message on its way to be judged under one policy.
pub(super) struct Arriving {
    pub(super) intake: Intake,
    /// Whether bytes are still wanted; if not they are dropped.
    wanted: bool,
}

impl Message {
    /// When content began.
    pub(super) fn content_since(&self) -> Option<Instant> {
        self.content.as_ref().map(|content| content.since)
    }

    /// Takes bytes; whether more are wanted.
    pub(super) async fn feed(&mut self, bytes: Bytes) -> bool {
        let intakes = self.content.as_mut().and_then(|content| content.intakes.as_mut().ok());
        let mut wanted = false;
        for arriving in intakes.into_iter().flatten() {
            if arriving.wanted {
                arriving.wanted = arriving.intake.feed(bytes.clone()).await;
            }
            wanted |= arriving.wanted;
        }
        wanted
    }

    /// What the directory says of a recipient.
    fn turned_away(&self, address: &Address) -> Option<verdict::Reply> {
        let envelope = Envelope {
            id: self.envelope.id.clone(),
            client: self.envelope.client.clone(),
            sender: self.envelope.sender.clone(),
            recipients: vec![address.clone()],
            ..Envelope::default()
        };
        recipient::refusal(self.rules.pick(address), &envelope, SystemTime::now())
    }

    /// Takes a recipient, or says why not. `whole`: the message must not be divided.
    fn recipient(
        &mut self,
        address: Address,
        whole: bool,
        most: usize,
    ) -> Result<(), verdict::Reply> {
        if !whole && self.envelope.recipients.len() >= most {
            return Err(too_many());
        }
        let policy = self.rules.pick(&address);
        let known = self.policies.iter().any(|other| other.hash == policy.hash);
        if !known && !whole && !self.policies.is_empty() {
            return Err(other_policy());
        }
        if !known {
            self.policies.push(policy.clone());
        }
        self.envelope.recipients.push(address);
        Ok(())
    }

    /// Mail leaves when its sender logged in, or when nobody it goes to is ours.
    fn direction(&self, authenticated: bool) -> Direction {
        let ours = |recipient: &Address| self.rules.relays(recipient);
        match authenticated || !self.envelope.recipients.iter().any(ours) {
            true => Direction::Out,
            false => Direction::In,
        }
    }

    /// Content begins, under each of the policies.
    fn begin(&mut self, pipeline: &Pipeline) {
        if self.policies.is_empty() {
            self.policies.extend(self.rules.policy("base").cloned());
        }
        self.policies.sort_by(|a, b| a.id.cmp(&b.id));
        let arriving = |policy: &Arc<Policy>| {
            let intake = pipeline.begin(self.envelope.clone(), policy.clone(), DOOR)?;
            Ok(Arriving { intake: intake.digesting(), wanted: true })
        };
        let intakes = self.policies.iter().map(arriving).collect();
        let entry = Entry::open(&self.envelope.id, DOOR);
        self.content = Some(Content { intakes, entry, since: Instant::now() });
    }
}

impl Session {
    /// A message begins.
    pub(super) fn mail(&mut self, arguments: &[Bytes]) {
        let sender = arguments.first().map(|path| address(path)).unwrap_or_default();
        let parameters = arguments.get(1..).unwrap_or_default();
        let envelope = Envelope {
            id: id::next(),
            client: self.protocol.client().clone(),
            sender,
            smtputf8: parameters.iter().any(|word| word.eq_ignore_ascii_case(b"SMTPUTF8")),
            size: parameters.iter().find_map(|word| size(word)),
            words: Words { mail: words(arguments), rcpt: Vec::new() },
            ..Envelope::default()
        };
        let rules = self.door.rules.load_full();
        let client = envelope.client.ip.map(tracing::field::display);
        let span = tracing::info_span!("message", id = envelope.id, door = DOOR, client);
        let policies = Vec::new();
        self.message = Some(Message { envelope, rules, policies, content: None, span });
        self.answer(Response::Continue);
    }

    /// A recipient. Only a mail server of others comes back for one that is refused for the time
    /// being: a mail program would tell its user that it cannot send, and mail that came by no SMTP
    /// would be stuck.
    pub(super) fn recipient(&mut self, arguments: &[Bytes]) -> Response {
        let smtp = self.protocol.is_smtp();
        let whole = !smtp || self.protocol.macros().is_authenticated();
        let Some(message) = &mut self.message else { return Response::Tempfail };
        let address = arguments.first().map(|path| address(path)).unwrap_or_default();
        if smtp && let Some(reply) = message.turned_away(&address) {
            let (envelope, to) = (&message.envelope, address.to_string());
            let (reply, sender) = (Reply::told(&reply, &envelope.id), envelope.sender.to_string());
            log_refused(&envelope.id, &envelope.client, &to, &reply);
            let (id, client) = (&envelope.id, &envelope.client);
            let record = book::recipient(DOOR, id, client, Some(sender), &to, &reply);
            self.door.records.write(&record);
            return refusal(&reply, envelope);
        }
        match message.recipient(address, whole, self.door.recipients) {
            Ok(()) => {
                message.envelope.words.rcpt.push(words(arguments));
                Response::Continue
            }
            Err(reply) => refusal(&Reply::told(&reply, &message.envelope.id), &message.envelope),
        }
    }

    /// May content begin? Where nobody waits for the answer, it is told at the end.
    pub(super) fn begin(&mut self) {
        let authenticated = self.protocol.macros().is_authenticated();
        let Some(message) = &mut self.message else { return };
        message.envelope.direction = message.direction(authenticated);
        message.begin(&self.door.pipeline);
        let full = message.content.as_ref().and_then(|content| content.intakes.as_ref().err());
        let response = full.map_or(Response::Continue, |reply| {
            refusal(&Reply::told(reply, &message.envelope.id), &message.envelope)
        });
        self.answer(response);
    }
}

/// A refusal as it goes to the mail server, which says it to its client word for word.
pub(super) fn refusal(reply: &Reply, envelope: &Envelope) -> Response {
    let mut text = Vec::new();
    reply.write(envelope.smtputf8, &mut text);
    Response::reply(&text)
}

/// A path as the client wrote it; one that no rule of SMTP covers is taken as it is, since it is not
/// ours to refuse.
fn address(path: &[u8]) -> Address {
    let text = String::from_utf8_lossy(path);
    let bare = || Address::new(text.trim_start_matches('<').trim_end_matches('>'));
    Path::parse(&text).map_or_else(|_| bare(), |(path, _)| path.address)
}

/// Path and parameters as the client said them.
fn words(arguments: &[Bytes]) -> String {
    String::from_utf8_lossy(&arguments.join(&b' ')).into_owned()
}

/// `SIZE=` of RFC 1870.
fn size(word: &[u8]) -> Option<u64> {
    let (key, value) = word.split_at_checked(5)?;
    let value = key.eq_ignore_ascii_case(b"SIZE=").then_some(value)?;
    std::str::from_utf8(value).ok()?.parse().ok()
}

fn too_many() -> verdict::Reply {
    verdict::Reply {
        code: Code::OTHER_POLICY,
        text: "Quá nhiều người nhận trong một thư; đề nghị chia thành nhiều thư".to_owned(),
        english: "Too many recipients, send the rest in another transaction".to_owned(),
    }
}
