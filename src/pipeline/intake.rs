//! One message on its way in: fed while it arrives, judged when it is complete.
//!
//! Dropping an intake means that the client is gone: engines are left, loops over the message
//! end at their next spending, and nothing is delivered.

use super::analysis::{Analysis, all_unscanned, analyse, survive};
use super::asking::{Asking, Replies};
use super::scanning::Scanning;
use super::{Pipeline, no_room};
use crate::checks::{Found, spam};
use crate::facts::{Facts, Part};
use crate::mail::{Envelope, Trip};
use crate::metrics;
use crate::rules::{Context, PartView, Policy};
use crate::spool::{Permit, Spool};
use crate::verdict::{Action, Cause, Finding, Reply, Verdict};
use bytes::Bytes;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

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
    /// The envelope that it was judged under.
    pub envelope: Arc<Envelope>,
    /// The bytes as they were received; incomplete when the reading was stopped early.
    pub message: Spool,
    /// What is known about the message; empty when it was not taken apart.
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
            failed: None,
            pipeline,
            envelope,
            policy,
            door,
            spool,
            permit,
        }
    }

    /// Takes the next bytes; `false` once the answer is certain: read and drop the rest, then
    /// [`Intake::finish`] tells it.
    pub async fn feed(&mut self, chunk: Bytes) -> bool {
        if self.failed.is_some() || !self.scanning.feed(&chunk, &self.policy) {
            return false;
        }
        if let Err(error) = self.spool.write(chunk).await {
            tracing::error!(id = %self.envelope.id, %error, "The message cannot be spooled.");
            self.failed = Some(error);
        }
        self.failed.is_none()
    }

    /// Ends the message and judges it. The verdict clock runs from here.
    pub async fn finish(mut self) -> Outcome {
        let began = Instant::now();
        self.spool.finish();
        let (found, stopped) = self.scanning.finish();
        if stopped {
            self.asking.abandon();
        }
        let deadline = began + self.pipeline.0.patience;
        let read = match (&self.failed, stopped) {
            (None, false) => self.spool.whole().map(Some),
            _ => Ok(None),
        };
        let judging = Judging {
            pipeline: &self.pipeline,
            envelope: &self.envelope,
            policy: &self.policy,
            trip: &self.trip.0,
            deadline,
        };
        let (verdict, facts) = match (self.failed.take(), read) {
            (Some(_), _) | (_, Err(_)) => (refused(&self.policy, no_room()), Facts::default()),
            (None, Ok(raw)) => judging.run(found, raw, &mut self.asking).await,
        };
        let took = began.elapsed();
        metrics::judged(&verdict, self.spool.len(), self.door, took);
        Outcome {
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
    deadline: Instant,
}

impl Judging<'_> {
    /// `raw` is the whole message, or nothing where the reading was stopped early.
    async fn run(
        &self,
        found: Vec<Finding>,
        raw: Option<Bytes>,
        asking: &mut Asking,
    ) -> (Verdict, Facts) {
        let mut found = Found { findings: found, scores: Vec::new() };
        let mut facts = Facts::default();
        if let Some(raw) = raw {
            asking.whole_is_there();
            let analysis = self.analyse(raw).await;
            facts = analysis.facts;
            let Replies { findings, scores } = asking.collect(&facts, self.deadline).await;
            found.findings.extend(analysis.findings);
            found.findings.extend(findings);
            found.scores = scores;
            self.conclude(&facts, &mut found);
        }
        let spam = spam::of(&facts, &found).map(|score| score.points);
        let verdict = self.judge(found.findings, &facts, spam);
        (verdict, facts)
    }

    /// The analysis, for as long as the deadline allows.
    async fn analyse(&self, raw: Bytes) -> Analysis {
        let shared = &self.pipeline.0;
        let analysis = analyse(shared, raw, self.policy.clone(), self.trip.clone());
        timeout_at(self.deadline, analysis).await.unwrap_or_else(|_| {
            self.trip.trip();
            Analysis {
                facts: Facts::default(),
                findings: all_unscanned(shared.checks.part, Cause::Timeout),
            }
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
    fn judge(&self, findings: Vec<Finding>, facts: &Facts, spam: Option<f64>) -> Verdict {
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
        let mut verdict = self.policy.judge(findings, &context);
        verdict.spam = spam;
        verdict
    }
}

/// A message that cannot be taken at the moment: no finding about it, but an answer.
fn refused(policy: &Policy, reply: Reply) -> Verdict {
    Verdict {
        action: Action::Tempfail,
        reply,
        policy: policy.id.clone(),
        findings: Vec::new(),
        spam: None,
    }
}
