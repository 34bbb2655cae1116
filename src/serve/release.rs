//! Letting a kept letter out: through the next hop, as the client that brought it.
//!
//! Before the end of the message goes out, that is on the disk; only the next hop's 250 makes it
//! done. What a crash or a silence leaves open is never sent again by itself (RFC 1047): a person
//! looks for its Message-ID first.

use super::tag;
use crate::mail::Address;
use crate::relay::{Delivery, Form, Passage, Relay, Said};
use crate::smtp::{Command, Extension, Mail, Rcpt, Reply, trace};
use crate::spool::Spool;
use crate::store::{Locked, Step};
use bytes::Bytes;
use memchr::memchr2_iter;
use std::io;
use tokio::time::Instant;

/// How a release ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Released {
    /// Every recipient has it: the next hop's words.
    Done(String),
    /// Some have it, the others were refused with these words.
    Partly(String),
    /// Nobody got it, for this reason; it can be tried again.
    Refused(String),
    /// The end went out and no answer came.
    Unknown(String),
}

/// By which way letters go out.
pub struct Way<'a> {
    /// The next hops.
    pub relay: &'a Relay,
    /// The gate's own name, for a trace line.
    pub hostname: &'a str,
    /// Whether one is prepended where the next hop cannot be told the client.
    pub received: bool,
}

/// What happened to the recipients of one transaction.
enum Round {
    /// These have it, by these words.
    Taken(Vec<String>, String),
    /// None has it.
    Refused(String),
    Unknown(String),
}

impl Way<'_> {
    /// Sends the letter to all recipients that do not have it. Recipients that must not share a
    /// transaction (routes, LMTP) get it one after the other.
    ///
    /// An error means that a step could not be written down: nothing was sent after it.
    pub async fn release(&self, letter: &mut Locked, by: &str) -> io::Result<Released> {
        let message = Spool::of(Bytes::from(letter.held.message()?));
        let mut last = String::new();
        let mut refused = String::new();
        let mut left = self.recipients(letter);
        while !left.is_empty() {
            match self.round(letter, by, &message, &left).await? {
                Round::Taken(taken, reply) => {
                    left.retain(|(address, _)| !taken.contains(address));
                    last = reply;
                }
                Round::Refused(why) => {
                    refused = why;
                    break;
                }
                Round::Unknown(why) => return Ok(Released::Unknown(why)),
            }
        }
        Ok(match (letter.held.released().is_empty(), left.is_empty()) {
            (_, true) => Released::Done(last),
            (true, false) => Released::Refused(refused),
            (false, false) => Released::Partly(refused),
        })
    }

    /// Those that do not have it, and how they were named.
    fn recipients(&self, letter: &Locked) -> Vec<(String, Rcpt)> {
        let (held, released) = (&letter.held, letter.held.released());
        let all = held.envelope.recipients.iter().enumerate();
        all.filter(|(_, address)| !released.contains(address.as_str()))
            .map(|(at, address)| (address.clone(), rcpt(held.envelope.rcpt.get(at), address)))
            .collect()
    }

    /// One transaction.
    async fn round(
        &self,
        letter: &mut Locked,
        by: &str,
        message: &Spool,
        left: &[(String, Rcpt)],
    ) -> io::Result<Round> {
        let envelope = letter.held.envelope.recall();
        let offers = self.relay.offers().await;
        let reports = offers.has(Extension::Dsn);
        let Some(mut mail) = mail(&letter.held.envelope.mail, &envelope.sender) else {
            return refused(letter, by, "its sender cannot be said in SMTP".to_owned());
        };
        if !reports {
            mail.parameters = mail.parameters.without_reports();
        }
        let mut passage = self.relay.passage();
        passage.introduce(&envelope.client);
        if let Err(why) = positive(passage.mail(&mail).await) {
            return refused(letter, by, why);
        }
        let (mut taken, mut why) = (Vec::new(), String::new());
        for (address, rcpt) in left {
            let mut rcpt = rcpt.clone();
            if !reports {
                rcpt.parameters = rcpt.parameters.without_reports();
            }
            match positive(passage.rcpt(&rcpt).await) {
                Ok(_) => taken.push(address.clone()),
                Err(words) => why = format!("{address}: {words}"),
            }
        }
        if taken.is_empty() {
            passage.quit().await;
            return refused(letter, by, why);
        }
        self.content(letter, by, message, passage, taken).await
    }

    /// The message, its end, and what the next hop says to it.
    async fn content(
        &self,
        letter: &mut Locked,
        by: &str,
        message: &Spool,
        mut passage: Passage,
        taken: Vec<String>,
    ) -> io::Result<Round> {
        let envelope = letter.held.envelope.recall();
        let form = Form::of(envelope.chunked, has_bare(&message.whole()?));
        if form == Form::Bare && !(envelope.chunked && passage.chunking()) {
            let why = "a bare CR or LF is in it, and the next hop does not take BDAT";
            return refused(letter, by, why.to_owned());
        }
        let mut prefix = String::new();
        if self.received && !passage.is_introduced() {
            prefix = trace::received(&envelope, self.hostname, &tag::date());
        }
        let times = self.relay.times();
        let begun = Instant::now();
        let sent = passage.send(prefix.as_bytes(), message, form, begun + times.dot).await;
        let ready = match sent {
            Ok(Ok(ready)) => ready,
            Ok(Err(reply)) => return refused(letter, by, reply.text()),
            Err(failure) => return refused(letter, by, failure.to_string()),
        };
        // From here on a crash leaves open whether it arrived.
        if let Err(error) = letter.note(Step::Sending, by, "", taken.clone()) {
            passage.abandon();
            return Err(error);
        }
        let round = match passage.end(ready, begun + times.answer).await {
            Delivery::Answered(reply) if reply.is_positive() => {
                letter.note(Step::Released, by, &reply.text(), taken.clone())?;
                Round::Taken(taken, reply.text())
            }
            Delivery::Answered(reply) => return refused(letter, by, reply.text()),
            Delivery::Failed(failure) => return refused(letter, by, failure.to_string()),
            Delivery::Unknown(failure) => {
                letter.note(Step::Unknown, by, &failure.to_string(), taken)?;
                Round::Unknown(failure.to_string())
            }
        };
        passage.quit().await;
        Ok(round)
    }
}

/// Notes that nothing arrived, and why.
fn refused(letter: &mut Locked, by: &str, why: String) -> io::Result<Round> {
    letter.note(Step::Refused, by, &why, Vec::new())?;
    Ok(Round::Refused(why))
}

/// A yes, or the words against it.
fn positive(said: Said) -> Result<Reply, String> {
    match said {
        Ok(reply) if reply.is_positive() => Ok(reply),
        Ok(reply) => Err(reply.text()),
        Err(reply) => Err(Reply::own(reply.code, &reply.english).text()),
    }
}

/// MAIL as it was said; a letter that did not come by SMTP has the address alone.
fn mail(words: &str, sender: &Address) -> Option<Mail> {
    match Command::parse(format!("MAIL FROM:{words}").as_bytes()) {
        Ok(Command::Mail(mail)) => Some(mail),
        _ => match Command::parse(format!("MAIL FROM:<{sender}>").as_bytes()) {
            Ok(Command::Mail(mail)) => Some(mail),
            _ => None,
        },
    }
}

/// RCPT as it was said, or to the address alone.
fn rcpt(words: Option<&String>, address: &str) -> Rcpt {
    let said = words.map(|words| format!("RCPT TO:{words}")).unwrap_or_default();
    match Command::parse(said.as_bytes()) {
        Ok(Command::Rcpt(rcpt)) => rcpt,
        _ => match Command::parse(format!("RCPT TO:<{address}>").as_bytes()) {
            Ok(Command::Rcpt(rcpt)) => rcpt,
            _ => Rcpt::default(),
        },
    }
}

/// Whether a CR or an LF stands alone: such a letter came by BDAT and leaves by it or not at all.
fn has_bare(message: &[u8]) -> bool {
    memchr2_iter(b'\r', b'\n', message).any(|at| {
        let before = at.checked_sub(1).and_then(|before| message.get(before));
        match message.get(at) {
            Some(b'\n') => before != Some(&b'\r'),
            _ => message.get(at + 1) != Some(&b'\n'),
        }
    })
}
