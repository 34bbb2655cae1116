//! One message on its way in: fed while it arrives, judged when it is complete.
//!
//! Dropping an intake means that the client is gone: engines are left, loops over the message
//! end at their next spending, and nothing is delivered.

use super::analysis::{Analysis, all_unscanned, analyse, survive};
use super::asking::Asking;
use super::scanning::Scanning;
use super::{Pipeline, no_room};
use crate::checks::{Found, spam, veil};
use crate::facts::{Facts, Part};
use crate::mail::{Envelope, Trip};
use crate::metrics;
use crate::rules::{Context, PartView, Policy};
use crate::spool::{self, CutOff, Permit, Spool};
use crate::verdict::{Action, Cause, Finding, Reply, Verdict};
use bytes::Bytes;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

/// A message on its way in.
pub struct Intake {
    pipeline: Pipeline,
    envelope: Arc<Envelope>,
    policy: Arc<Policy>,
    door: &'static str,
    spool: Spool,
    permit: Permit,
    scanning: Scanning,
    asking: Asking,
    trip: TripOnDrop,
    digesting: bool,
    /// Why the message cannot be taken, once that is so.
    failed: Option<io::Error>,
}

/// Ends all loops over the message when nobody waits for them any more.
struct TripOnDrop(Trip);

impl Drop for TripOnDrop {
    fn drop(&mut self) {
        self.0.trip();
    }
}

/// What became of a message.
#[derive(Debug)]
pub struct Outcome {
    /// What is concluded.
    pub verdict: Verdict,
    /// The policy that judged.
    pub policy: Arc<Policy>,
    /// Whether all of it was read: a stream check's reject ends the reading.
    pub whole: bool,
    /// The envelope that it was judged under.
    pub envelope: Arc<Envelope>,
    /// The bytes as they were received; incomplete when the reading was stopped early.
    pub message: Spool,
    /// What is known about the message, without its content; empty when it was not taken apart.
    pub facts: Facts,
    /// From the last byte to the verdict.
    pub took: Duration,
    /// The memory that the message holds until it is delivered.
    permit: Permit,
}

impl Outcome {
    /// Lets go of the memory early, for callers that need only the verdict.
    pub fn release(self) -> (Verdict, Facts, Duration) {
        drop(self.permit);
        (self.verdict, self.facts, self.took)
    }
}

impl Intake {
    /// Begins; the engines that read along are started at once.
    pub(super) fn new(
        pipeline: Pipeline,
        envelope: Envelope,
        policy: Arc<Policy>,
        door: &'static str,
        spool: Spool,
        permit: Permit,
    ) -> Intake {
        let envelope = Arc::new(envelope);
        Intake {
            scanning: Scanning::begin(pipeline.0.checks.stream, &envelope, &policy),
            asking: Asking::begin(&pipeline.0.checks.engine, &spool, &envelope, &policy),
            trip: TripOnDrop(Trip::default()),
            digesting: false,
            failed: None,
            pipeline,
            envelope,
            policy,
            door,
            spool,
            permit,
        }
    }

    /// With the digest of every part in its facts, for doors that keep records.
    #[must_use]
    pub fn digesting(mut self) -> Intake {
        self.digesting = true;
        self
    }

    /// Takes the next bytes; `false` once the answer is certain: read and drop the rest, then
    /// [`Intake::finish`] tells it.
    pub async fn feed(&mut self, chunk: Bytes) -> bool {
        if self.failed.is_some() || !self.scanning.feed(&chunk, &self.policy) {
            return false;
        }
        self.failed = self.spool.write(chunk).await.err();
        self.failed.is_none()
    }

    /// Whose message it is.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.spool.len()
    }

    /// The first bytes, 64 KiB at most.
    pub fn head(&self) -> impl Future<Output = Bytes> + use<> {
        let (mut tap, empty) = (self.spool.tap(), self.spool.is_empty());
        async move {
            // Of an unfinished spool without bytes the tap would wait for the first.
            match if empty { Err(CutOff::Unfinished) } else { tap.next().await } {
                Ok(spool::Drop::Chunk(head)) => head,
                _ => Bytes::new(),
            }
        }
    }

    /// Ends a message that must not be parsed: this finding is all that is judged.
    pub async fn finish_unparsed(self, finding: Finding) -> Outcome {
        self.end(Some(finding)).instrument(tracing::info_span!("judge")).await
    }

    /// Ends the message and judges it. The verdict clock runs from here.
    pub async fn finish(self) -> Outcome {
        self.end(None).instrument(tracing::info_span!("judge")).await
    }

    async fn end(mut self, instead: Option<Finding>) -> Outcome {
        let began = Instant::now();
        self.spool.finish();
        let (found, stopped) = self.scanning.finish();
        if stopped || instead.is_some() {
            self.asking.abandon();
        }
        let judging = Judging {
            pipeline: &self.pipeline,
            envelope: &self.envelope,
            policy: &self.policy,
            trip: &self.trip.0,
            digesting: self.digesting,
            deadline: began + self.pipeline.0.patience,
        };
        let whole = !stopped && self.failed.is_none();
        let judged = match (self.failed.take(), instead) {
            (Some(error), _) => Err(error),
            (None, _) if stopped => Ok(judging.unparsed(found)),
            (None, Some(finding)) => Ok(judging.unparsed(vec![finding])),
            (None, None) => judging.whole(found, &self.spool, &mut self.asking).await,
        };
        let (verdict, facts) = judged.unwrap_or_else(|error| {
            tracing::error!(id = %self.envelope.id, %error, "The message cannot be kept for its verdict.");
            (refused(&self.policy, no_room()), Facts::default())
        });
        let took = began.elapsed();
        metrics::judged(&verdict, self.spool.len(), self.door, took);
        Outcome {
            whole,
            policy: self.policy,
            verdict,
            facts,
            took,
            envelope: self.envelope,
            message: self.spool,
            permit: self.permit,
        }
    }
}

/// The steps from the last byte to the verdict.
struct Judging<'a> {
    pipeline: &'a Pipeline,
    envelope: &'a Arc<Envelope>,
    policy: &'a Arc<Policy>,
    trip: &'a Trip,
    digesting: bool,
    deadline: Instant,
}

impl Judging<'_> {
    /// The reading was stopped early, or the parsing is not to begin: these are all there is.
    fn unparsed(&self, findings: Vec<Finding>) -> (Verdict, Facts) {
        (self.judge(findings, &Facts::default(), None), Facts::default())
    }

    /// All of the message is there.
    async fn whole(
        &self,
        found: Vec<Finding>,
        spool: &Spool,
        asking: &mut Asking,
    ) -> io::Result<(Verdict, Facts)> {
        asking.whole_is_there();
        let Analysis { mut facts, findings, memory } = self.analyse(spool).await?;
        facts.envelope = self.envelope.clone();
        let replies = asking.collect(&facts, self.deadline).await;
        let mut found = Found {
            findings: [found, findings, replies.findings].concat(),
            scores: replies.scores,
        };
        self.conclude(&facts, &mut found);
        let spam = spam::of(&facts, &found).map(|score| score.points);
        let verdict = self.judge(found.findings, &facts, spam);
        // Content is held as long as its memory is paid for, and not longer.
        facts.let_go();
        drop(memory);
        Ok((verdict, facts))
    }

    /// The analysis, for as long as the deadline allows.
    async fn analyse(&self, spool: &Spool) -> io::Result<Analysis> {
        let shared = &self.pipeline.0;
        let (policy, trip) = (self.policy.clone(), self.trip.clone());
        let analysis = analyse(shared, spool, policy, trip, self.digesting);
        timeout_at(self.deadline, analysis).await.unwrap_or_else(|_| {
            self.trip.trip();
            let findings = all_unscanned(shared.checks.part, Cause::Timeout);
            Ok(Analysis { findings, ..Analysis::default() })
        })
    }

    /// The checks of the whole, on sorted findings, in list order.
    fn conclude(&self, facts: &Facts, found: &mut Found) {
        let catalogue = &self.pipeline.0.catalogue;
        found.findings.sort_by_cached_key(|finding| {
            (catalogue.rank(finding.kind), finding.part.clone(), finding.detail.clone())
        });
        for check in self.pipeline.0.checks.message {
            let began = std::time::Instant::now();
            let more = survive(*check, "", || check.conclude(facts, found, self.policy));
            metrics::check_took(check.name(), began.elapsed());
            found.findings.extend(more);
        }
    }

    /// What the policy makes of it.
    fn judge(&self, mut findings: Vec<Finding>, facts: &Facts, spam: Option<f64>) -> Verdict {
        let parts: HashMap<&str, &Part> =
            facts.parts.iter().map(|part| (part.path.as_str(), part)).collect();
        let view = |path: &str| {
            parts.get(path).map(|part| PartView {
                role: part.role.name(),
                names: &part.names,
                detected: part.detected.mime,
            })
        };
        let context = Context { envelope: self.envelope, part: &view };
        veil::words(&mut findings);
        let mut verdict = self.policy.judge(findings, &context);
        veil::places(&mut verdict);
        verdict.spam = spam;
        verdict
    }
}

/// A message that cannot be taken at the moment: no finding about it, but an answer.
fn refused(policy: &Policy, reply: Reply) -> Verdict {
    Verdict { action: Action::Tempfail, reply, policy: policy.id.clone(), ..Verdict::default() }
}
