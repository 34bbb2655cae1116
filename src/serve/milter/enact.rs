//! The end of a message: judged, and the mail server told what becomes of it.
//!
//! It may be accepted only here. What is kept is on the disk before the server hears that it may
//! throw its own copy away; what the server holds is never kept here as well.

use super::super::door::Door;
use super::super::ending::{Ending, Entry};
use super::super::log::Line;
use super::super::tag;
use super::DOOR;
use super::message::{Arriving, Content, refusal};
use super::session::{Over, Session};
use crate::milter::Response;
use crate::pipeline::Outcome;
use crate::smtp::Reply;
use crate::verdict::{self, Action, Code};

use std::pin::pin;
use std::sync::Arc;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// What the mail server is told, and what that makes of the message.
struct Fate {
    /// Changes to the message, to be said before the answer.
    changes: Vec<Response>,
    answer: Response,
    ending: Ending,
    /// What its client will hear, for the log.
    reply: Reply,
}

impl Fate {
    fn refused(reply: Reply, outcome: &Outcome) -> Fate {
        let answer = refusal(&reply, &outcome.envelope);
        Fate { changes: Vec::new(), answer, ending: Ending::of(&reply), reply }
    }

    fn taken(changes: Vec<Response>, answer: Response, ending: Ending) -> Fate {
        Fate { changes, answer, ending, reply: Reply::own(Code::OK, "Ok") }
    }
}

impl Session {
    /// The message is whole: its verdict, and the answer.
    pub(super) async fn end(&mut self) -> Result<(), Over> {
        let whole = Instant::now();
        let Some(message) = self.message.take() else { return Ok(()) };
        let Some(Content { intakes, mut entry, .. }) = message.content else { return Ok(()) };
        let intakes = match intakes {
            Ok(intakes) => intakes,
            Err(full) => {
                let reply = Reply::told(&full, &message.envelope.id);
                entry.settle(Ending::of(&reply));
                self.answer(refusal(&reply, &message.envelope));
                return self.flush().await;
            }
        };
        let Some(outcome) = self.judge(intakes).await? else { return Ok(()) };
        let copy = self.door.copy(&outcome).await;
        let fate = self.enact(&outcome, &mut entry).await;
        let queue = self.protocol.macros().queue_id().map(str::to_owned);
        let told = self.tell(&fate).await;
        if told.is_ok() {
            entry.settle(fate.ending);
        }
        let line = Line {
            outcome: &outcome,
            queue: queue.as_deref(),
            door: DOOR,
            ending: entry.ending(),
            next_hop: "-",
            copy: copy || entry.ending() == Ending::Kept,
            reply: told.is_ok().then_some(&fate.reply),
            took: whole.elapsed(),
        };
        line.write();
        self.door.records.write(&line.record());
        told
    }

    /// The verdict, with signs of life while it takes long; none once the message is taken back.
    async fn judge(&mut self, intakes: Vec<Arriving>) -> Result<Option<Outcome>, Over> {
        let progress = self.door.milter.progress;
        let mut ticks = interval_at(Instant::now() + progress, progress);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut judging = pin!(gravest(self.door.clone(), intakes));
        loop {
            tokio::select! {
                outcome = &mut judging => return Ok(outcome),
                () = self.taken_back() => return Ok(None),
                _ = ticks.tick() => {
                    self.say(&Response::Progress);
                    self.flush().await?;
                }
            }
        }
    }

    /// Does what the verdict says, as far as it is ours to do.
    async fn enact(&mut self, outcome: &Outcome, entry: &mut Entry) -> Fate {
        let id = &outcome.envelope.id;
        match outcome.verdict.action {
            Action::Accept => Fate::taken(Vec::new(), Response::Accept, Ending::Passed),
            Action::Tag => Fate::taken(self.tag(outcome), Response::Accept, Ending::Passed),
            Action::Quarantine if self.door.milter.keeps => self.keep(outcome, entry).await,
            Action::Quarantine => self.hold(outcome),
            Action::Tempfail | Action::Reject => {
                Fate::refused(Reply::told(&outcome.verdict.reply, id), outcome)
            }
        }
    }

    /// The header field that says what was found.
    fn tag(&self, outcome: &Outcome) -> Vec<Response> {
        let (verdict, id) = (&outcome.verdict, outcome.envelope.id.as_str());
        if !self.protocol.agreed().tags() {
            tracing::warn!(id, "The mail server takes no header fields: the tag is left out.");
            return Vec::new();
        }
        vec![Response::Insert(tag::NAME, tag::value(&self.door.hostname, verdict, id))]
    }

    /// Ours to keep: the mail server throws its copy away once this one is on the disk.
    async fn keep(&mut self, outcome: &Outcome, entry: &mut Entry) -> Fate {
        let kept = self.door.store.keep(&outcome.envelope, &outcome.verdict, outcome.message.tap());
        match kept.await {
            Ok(()) => {
                // Whatever happens to us before the mail server hears of it.
                entry.settle(Ending::Kept);
                Fate::taken(Vec::new(), Response::Discard, Ending::Kept)
            }
            Err(error) => {
                let id = outcome.envelope.id.as_str();
                tracing::error!(id, %error, "The letter cannot be kept.");
                Fate::refused(Reply::told(&verdict::Reply::cannot_keep(), id), outcome)
            }
        }
    }

    /// The mail server's to hold. Postfix shows no reason beside a held message, so the tag in it
    /// names our id too.
    fn hold(&self, outcome: &Outcome) -> Fate {
        let id = outcome.envelope.id.as_str();
        if !self.protocol.agreed().holds() {
            tracing::error!(
                id,
                "The mail server holds no messages: set [milter] reinject, so that they are kept here."
            );
            return Fate::refused(Reply::told(&verdict::Reply::cannot_keep(), id), outcome);
        }
        let mut changes = self.tag(outcome);
        let names = tag::acting(&outcome.verdict).join(", ");
        let reason: String = format!("congthu {id}: {names}").chars().take(200).collect();
        changes.push(Response::Hold(reason));
        Fate::taken(changes, Response::Accept, Ending::Held)
    }

    async fn tell(&mut self, fate: &Fate) -> Result<(), Over> {
        fate.changes.iter().for_each(|change| self.say(change));
        self.answer(fate.answer.clone());
        self.flush().await
    }
}

/// The gravest verdict, the first policy's where they are equal.
async fn gravest(door: Arc<Door>, intakes: Vec<Arriving>) -> Option<Outcome> {
    let mut gravest: Option<Outcome> = None;
    for arriving in intakes {
        let outcome = door.comebacks.judge(arriving.intake).await;
        let graver = |other: &Outcome| outcome.verdict.action > other.verdict.action;
        if gravest.as_ref().is_none_or(graver) {
            gravest = Some(outcome);
        }
    }
    gravest
}
