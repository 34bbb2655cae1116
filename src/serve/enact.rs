//! The end of a message: judged, then relayed, kept, deferred or refused, exactly one of them.
//!
//! A positive answer is given only after the next hop's own, or after the store made
//! the letter durable. Up to our final dot the client may vanish and nothing is
//! delivered; from then on nothing is given up until the next hop has answered.

use super::door::Door;
use super::ending::{Ending, Entry};
use super::log::Line;
use super::session::{Over, Session};
use super::tag;
use super::transaction::{Content, DOOR};
use crate::metrics;
use crate::pipeline::Outcome;
use crate::relay::{Delivery, Failure, Form, Ready};
use crate::smtp::{Reply, trace};
use crate::verdict::{self, Action, Code};

use std::time::Duration;
use tokio::time::Instant;
use tracing::Instrument;

impl Session {
    /// The message is complete: the answer to its final dot.
    pub(super) async fn end(&mut self, bare: bool) -> Result<Reply, Over> {
        let dot = Instant::now();
        let Some(mut transaction) = self.transaction.take() else { return Ok(internal()) };
        let Some(content) = transaction.content.take() else { return Ok(internal()) };
        let Content { intake, hops, chunked, mut entry, .. } = content;
        let outcome = self.judge(intake).await?;
        let refusal = refusal(&outcome, bare && !chunked, hops.count());
        let next_hop = self.passage.next_hop().unwrap_or("-").to_owned();
        let line = Line {
            outcome: &outcome,
            queue: None,
            door: DOOR,
            ending: Ending::Abandoned,
            next_hop: &next_hop,
            reply: None,
            copy: false,
            took: Duration::ZERO,
        };
        let mut copy = false;
        let reply = match refusal {
            Some(reply) => Ok(Reply::told(&reply, &transaction.id)),
            None => {
                copy |= self.door.copy(&outcome).await;
                self.enact(&outcome, Form::of(chunked, bare), dot, &mut entry).await
            }
        };
        let Ok(reply) = reply else {
            self.door.records.write(&Line { took: dot.elapsed(), copy, ..line }.record());
            return reply;
        };
        let ending = entry.answered(&reply);
        self.passage.reset();
        self.forwarded = None;
        let copy = copy || ending == Ending::Kept;
        let line = Line { ending, reply: Some(&reply), copy, took: dot.elapsed(), ..line };
        metrics::answered(DOOR, line.took);
        line.write();
        self.door.records.write(&line.record());
        Ok(reply)
    }

    /// Does what the verdict says.
    async fn enact(
        &mut self,
        outcome: &Outcome,
        form: Form,
        dot: Instant,
        entry: &mut Entry,
    ) -> Result<Reply, Over> {
        let id = &outcome.envelope.id;
        match outcome.verdict.action {
            Action::Reject | Action::Tempfail => Ok(Reply::told(&outcome.verdict.reply, id)),
            Action::Quarantine => Ok(self.keep(outcome, id, entry).await),
            Action::Accept | Action::Tag => {
                let delivery = tracing::info_span!("deliver", next_hop = self.passage.next_hop());
                self.deliver(outcome, form, dot, entry).instrument(delivery).await
            }
        }
    }

    async fn keep(&mut self, outcome: &Outcome, id: &str, entry: &mut Entry) -> Reply {
        match self.door.store.keep(&outcome.envelope, &outcome.verdict, outcome.message.tap()).await
        {
            Ok(()) => {
                entry.settle(Ending::Kept);
                Reply::told(&outcome.verdict.reply, id)
            }
            Err(error) => {
                tracing::error!(id, %error, "The letter cannot be kept.");
                Reply::told(&verdict::Reply::cannot_keep(), id)
            }
        }
    }

    /// Hands the message on: 2xx only if the next hop said so.
    async fn deliver(
        &mut self,
        outcome: &Outcome,
        form: Form,
        dot: Instant,
        entry: &mut Entry,
    ) -> Result<Reply, Over> {
        let id = outcome.envelope.id.as_str();
        let times = self.door.relay.times();
        let prefix = self.prefix(outcome);
        let (latest, last) = (dot + times.dot, dot + times.answer);
        let sending = self.passage.send(prefix.as_bytes(), &outcome.message, form, latest);
        let sent = tokio::select! {
            sent = sending => Some(sent),
            () = self.socket.gone() => None,
        };
        let Some(sent) = sent else {
            // The line is in the middle of a message that must not end.
            self.passage.abandon();
            return Err(Over::Gone);
        };
        let ready = match sent {
            Ok(Ok(ready)) => ready,
            Ok(Err(reply)) => return Ok(reply),
            Err(failure) => return Ok(failed(&failure, id)),
        };
        if Instant::now() >= latest {
            self.passage.abandon();
            return Ok(Reply::told(&late(), id));
        }
        // Whatever happens to us before the answer is there, it has to be counted as this.
        entry.settle(Ending::Unknown);
        let (reply, ending) = self.finish(ready, last, id).await;
        entry.settle(ending);
        Ok(reply)
    }

    /// The end goes out, and its answer comes.
    async fn finish(&mut self, ready: Ready, last: Instant, id: &str) -> (Reply, Ending) {
        match self.passage.end(ready, last).await {
            Delivery::Answered(reply) => {
                let hop = self.passage.next_hop().unwrap_or("-").to_owned();
                metrics::relayed(&hop, class(&reply));
                let ending = Ending::of(&reply);
                (reply, ending)
            }
            Delivery::Failed(failure) => (failed(&failure, id), Ending::Deferred),
            Delivery::Unknown(failure) => {
                metrics::delivery_unknown();
                tracing::error!(id, %failure, "Delivery unknown: the letter may arrive twice.");
                (Reply::told(&failure.told(), id), Ending::Unknown)
            }
        }
    }

    /// The only bytes that are ever added: a tag, and the trace line where the next hop
    /// learns of the client in no other way.
    fn prefix(&self, outcome: &Outcome) -> String {
        let (verdict, id) = (&outcome.verdict, &outcome.envelope.id);
        let mut prefix = String::new();
        if self.door.received && !self.passage.is_introduced() {
            prefix.push_str(&trace::received(&outcome.envelope, &self.door.hostname, &tag::date()));
        }
        if verdict.action == Action::Tag {
            prefix.push_str(&tag::tag(&self.door.hostname, verdict, id));
        }
        prefix
    }
}

/// What no policy may let through, because the next hop would read it otherwise or never get rid
/// of it.
fn refusal(outcome: &Outcome, bare_lines: bool, hops: u32) -> Option<verdict::Reply> {
    if outcome.verdict.action == Action::Reject {
        return None;
    }
    if hops >= trace::HOPS {
        return Some(verdict::Reply {
            code: Code::HOP_COUNT,
            text: "Thư đã qua quá nhiều máy chủ, có thể đang quay vòng".to_owned(),
            english: "Too many hops, mail is looping".to_owned(),
        });
    }
    // A bare CR or LF may end the message for a laxer server (CVE-2023-51764). One that came by
    // BDAT may leave by BDAT, which counts octets instead.
    bare_lines.then(|| verdict::Reply {
        code: Code::CONTENT,
        text: "Thư có ký tự CR hoặc LF đứng riêng; đề nghị gửi lại với ngắt dòng CRLF".to_owned(),
        english: "Bare CR or LF in the message, lines must end in CRLF".to_owned(),
    })
}

/// An end without its message: a bug, and never a 2xx.
fn internal() -> Reply {
    Reply::own(Code::NEXT_HOP_CHANGED, "Internal error")
}

impl Door {
    /// A copy beside what is done with the letter, where a rule wants one: of a letter that the
    /// sender is asked to bring again, or that was not read to its end, there is none. The sender
    /// waits for it, since after our answer nobody could make it.
    pub(super) async fn copy(&self, outcome: &Outcome) -> bool {
        let Outcome { verdict, envelope, message, whole, .. } = outcome;
        let other = matches!(verdict.action, Action::Quarantine | Action::Tempfail);
        if other || !whole || !verdict.wants_copy() {
            return false;
        }
        let kept = self.store.keep(envelope, verdict, message.tap()).await;
        if let Err(error) = &kept {
            metrics::copy_missing();
            tracing::error!(id = envelope.id, %error, "No copy of the letter can be kept.");
        }
        kept.is_ok()
    }
}

/// A failure before our final dot.
fn failed(failure: &Failure, id: &str) -> Reply {
    tracing::warn!(id, %failure, "The letter could not be handed on.");
    Reply::told(&failure.told(), id)
}

fn late() -> verdict::Reply {
    verdict::Reply {
        code: Code::NEXT_HOP_LOST,
        text: "Chuyển thư quá lâu; đề nghị gửi lại sau".to_owned(),
        english: "Handing on took too long, try again later".to_owned(),
    }
}

fn class(reply: &Reply) -> &'static str {
    match reply.class() {
        2 => "2xx",
        4 => "4xx",
        _ => "5xx",
    }
}
