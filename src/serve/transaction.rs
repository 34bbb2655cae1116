//! The questions of a dialogue, up to the first byte of content.
//!
//! The order at RCPT is: is it ours to relay, does the directory know it, has it the policy of
//! the others, and only then what the next hop says; the next hop trusts our address and must not
//! be asked for anything else.

use super::book;
use super::ending::Entry;
use super::id;
use super::log::plain;
use super::recipient;
use super::session::{Over, Session};
use crate::mail::{Address, Client, Direction, Envelope, Words};
use crate::pipeline::Intake;
use crate::relay::Said;
use crate::rules::{Policy, RuleSet};
use crate::smtp::trace::Hops;
use crate::smtp::{Answer, Attribute, Hello, Mail, Question, Rcpt, Reply};
use crate::verdict::{self, Code};

use bytes::Bytes;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::time::Instant;
use tracing::{Instrument, Span};

/// What metrics and the log call this door.
pub(super) const DOOR: &str = "smtp";

/// One message of a session, from MAIL on.
pub(super) struct Transaction {
    pub(super) id: String,
    pub(super) client: Client,
    /// Pinned at MAIL: a reload changes nothing for a message that has begun.
    rules: Arc<RuleSet>,
    /// The policy of the first recipient.
    policy: Option<Arc<Policy>>,
    pub(super) content: Option<Content>,
    /// Around all that is done for it: each line of the log names it.
    span: Span,
}

/// Its content on the way in.
pub(super) struct Content {
    pub(super) intake: Intake,
    /// Whether bytes are still wanted; if not they are read and dropped.
    pub(super) wanted: bool,
    pub(super) hops: Hops,
    pub(super) chunked: bool,
    pub(super) bytes: u64,
    pub(super) entry: Entry,
    since: Instant,
}

impl Transaction {
    /// When content began.
    pub(super) fn content_since(&self) -> Option<Instant> {
        self.content.as_ref().map(|content| content.since)
    }
}

impl Session {
    pub(super) async fn answer(&mut self, question: Question) -> Result<Answer, Over> {
        let span = self.span();
        self.answered(question).instrument(span).await
    }

    /// That of the message at hand.
    fn span(&self) -> Span {
        self.transaction.as_ref().map_or_else(Span::none, |transaction| transaction.span.clone())
    }

    async fn answered(&mut self, question: Question) -> Result<Answer, Over> {
        Ok(match question {
            Question::Hello(hello) => self.hello(hello).await,
            Question::Mail(mail) => Answer::Reply(self.mail(&mail).await),
            Question::Rcpt(rcpt) => Answer::Reply(self.rcpt(&rcpt).await),
            Question::Content { chunked } => self.begin(chunked),
            Question::End { bare } => Answer::Reply(self.end(bare).await?),
            Question::Reset => {
                self.reset();
                Answer::Reply(Reply::own(Code::OK, "Ok"))
            }
            Question::Xclient(attributes) => {
                self.reset();
                self.forwarded = None;
                apply(&mut self.client, &attributes);
                Answer::Reply(self.dialogue.greeting())
            }
            Question::Xforward(attributes) => {
                let client = self.forwarded.get_or_insert_with(|| self.client.clone());
                apply(client, &attributes);
                Answer::Reply(Reply::own(Code::OK, "Ok"))
            }
        })
    }

    /// The transaction is over without a message: what it held is released.
    fn reset(&mut self) {
        self.transaction = None;
        self.passage.reset();
    }

    async fn hello(&mut self, hello: Hello) -> Answer {
        self.reset();
        self.forwarded = None;
        (self.client.helo, self.client.esmtp) = (hello.name, hello.esmtp);
        let limits = self.door.limits();
        let mut offers = self.door.relay.offers().await;
        offers.limits = limits;
        Answer::Offer(offers)
    }

    async fn mail(&mut self, mail: &Mail) -> Reply {
        let client = self.forwarded.clone().unwrap_or_else(|| self.client.clone());
        self.passage.introduce(&client);
        let rules = self.door.rules.load_full();
        let id = id::next();
        let ip = client.ip.map(tracing::field::display);
        let span = tracing::info_span!("message", id, door = DOOR, client = ip);
        let said = self.passage.mail(mail).instrument(span.clone()).await;
        let transaction = Transaction { id, client, rules, policy: None, content: None, span };
        let reply = told(said, &transaction.id);
        if reply.is_positive() {
            self.transaction = Some(transaction);
        }
        reply
    }

    async fn rcpt(&mut self, rcpt: &Rcpt) -> Reply {
        let Some(transaction) = &self.transaction else { return lost() };
        let policy = transaction.rules.pick(&rcpt.path.address).clone();
        if let Some(refusal) = self.turned_away(transaction, rcpt, &policy) {
            let reply = Reply::told(&refusal, &transaction.id);
            self.refused(transaction, rcpt, &reply);
            return reply;
        }
        if transaction.policy.as_ref().is_some_and(|first| first.hash != policy.hash) {
            return Reply::told(&other_policy(), &transaction.id);
        }
        let said = self.passage.rcpt(rcpt).await;
        let Some(transaction) = &mut self.transaction else { return lost() };
        let reply = told(said, &transaction.id);
        if reply.is_positive() {
            transaction.policy.get_or_insert(policy);
        } else if let Some(transaction) = &self.transaction {
            self.refused(transaction, rcpt, &reply);
        }
        reply
    }

    /// What needs no next hop: is it ours to relay, and what does the directory say.
    fn turned_away(
        &self,
        of: &Transaction,
        rcpt: &Rcpt,
        policy: &Policy,
    ) -> Option<verdict::Reply> {
        let address = &rcpt.path.address;
        if !self.door.relays(&of.rules, address) {
            return Some(not_ours());
        }
        let envelope = Envelope {
            id: of.id.clone(),
            client: of.client.clone(),
            sender: self.sender().unwrap_or_default(),
            recipients: vec![address.clone()],
            ..Envelope::default()
        };
        recipient::refusal(policy, &envelope, SystemTime::now())
    }

    fn sender(&self) -> Option<Address> {
        self.dialogue.transaction().map(|said| said.mail.path.address.clone())
    }

    /// A line and a record for each refused recipient: people ask why a letter did not come.
    fn refused(&self, of: &Transaction, rcpt: &Rcpt, reply: &Reply) {
        log_refused(&of.id, &of.client, &rcpt.path.raw, reply);
        let sender = self.sender().map(|sender| sender.to_string());
        let record = book::recipient(DOOR, &of.id, &of.client, sender, &rcpt.path.raw, reply);
        self.door.records.write(&record);
    }

    /// May content begin? Only the pipeline can say no: it has no memory for it.
    fn begin(&mut self, chunked: bool) -> Answer {
        let (Some(transaction), Some(said)) = (&mut self.transaction, self.dialogue.transaction())
        else {
            return Answer::Reply(lost());
        };
        let Some(policy) = transaction.policy.clone() else { return Answer::Reply(lost()) };
        let envelope = Envelope {
            id: transaction.id.clone(),
            client: transaction.client.clone(),
            sender: said.mail.path.address.clone(),
            recipients: said.recipients.iter().map(|rcpt| rcpt.path.address.clone()).collect(),
            smtputf8: said.mail.parameters.smtputf8(),
            size: said.mail.parameters.size(),
            chunked,
            time: Some(jiff::Timestamp::now()),
            direction: Direction::In,
            words: Words {
                mail: said.mail.words(),
                rcpt: said.recipients.iter().map(Rcpt::words).collect(),
            },
        };
        match self.door.pipeline.begin(envelope, policy, DOOR) {
            Err(reply) => Answer::Reply(Reply::told(&reply, &transaction.id)),
            Ok(intake) => {
                let (hops, since) = (Hops::default(), Instant::now());
                let entry = Entry::open(&transaction.id, DOOR);
                let intake = intake.digesting();
                let content =
                    Content { intake, wanted: true, hops, chunked, bytes: 0, entry, since };
                transaction.content = Some(content);
                Answer::Go
            }
        }
    }

    /// Bytes of the message.
    pub(super) async fn content(&mut self, bytes: Bytes) {
        let span = self.span();
        let Some(content) = self.transaction.as_mut().and_then(|t| t.content.as_mut()) else {
            return;
        };
        content.bytes += bytes.len() as u64;
        content.hops.push(&bytes);
        if content.wanted {
            content.wanted = content.intake.feed(bytes).instrument(span).await;
        }
    }
}

/// One line a refused recipient: people ask why a letter did not come.
pub(super) fn log_refused(id: &str, client: &Client, to: &str, reply: &Reply) {
    let client = client.ip.map(tracing::field::display);
    let (to, reply) = (plain(to), plain(&reply.text()));
    tracing::info!(id, client, to, reply, "Recipient refused.");
}

/// The next hop's words, or ours with the id.
pub(super) fn told(said: Said, id: &str) -> Reply {
    said.unwrap_or_else(|reply| Reply::told(&reply, id))
}

/// A question without the transaction that it is about: a bug, and never a 2xx.
fn lost() -> Reply {
    Reply::own(Code::NEXT_HOP_CHANGED, "Internal error")
}

fn not_ours() -> verdict::Reply {
    verdict::Reply {
        code: Code::POLICY,
        text: "Hệ thống không chuyển tiếp thư đến tên miền này".to_owned(),
        english: "Mail to this domain is not relayed here".to_owned(),
    }
}

pub(super) fn other_policy() -> verdict::Reply {
    verdict::Reply {
        code: Code::OTHER_POLICY,
        text: "Người nhận này theo quy định khác; đề nghị gửi lại thành thư riêng".to_owned(),
        english: "This recipient has other rules, send it in a transaction of its own".to_owned(),
    }
}

/// What a trusted peer says of a client. What it does not understand it leaves alone.
fn apply(client: &mut Client, attributes: &[Attribute]) {
    for Attribute { name, value } in attributes {
        let value = value.as_deref();
        match name.as_str() {
            "ADDR" => client.ip = value.and_then(address).or(client.ip),
            "PORT" => client.port = value.and_then(|port| port.parse().ok()),
            "NAME" => client.name = value.map(str::to_owned),
            "HELO" => client.helo = value.unwrap_or_default().to_owned(),
            "PROTO" => client.esmtp = value.is_some_and(|v| v.eq_ignore_ascii_case("ESMTP")),
            _ => {}
        }
    }
}

/// XCLIENT_README: IPv6 addresses begin with `IPV6:`.
fn address(text: &str) -> Option<IpAddr> {
    let upper = text.to_ascii_uppercase();
    let bare = if upper.starts_with("IPV6:") { text.get(5..)? } else { text };
    bare.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}
