//! The engines at work on one message: started early or at its end, awaited until the deadline.

use crate::checks::engine::{self, Answer, Appetite, Ask, EngineCheck, Scanned, settle};
use crate::engines::{Failure, Score};
use crate::facts::{Facts, Role};
use crate::mail::{Envelope, Weight};
use crate::metrics;
use crate::rules::Policy;
use crate::spool::Spool;
use crate::verdict::{Cause, Finding};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Instant as Clock;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

/// All engines on one message. Dropping it stops the asking.
pub(super) struct Asking {
    engines: Vec<Engine>,
    spool: Spool,
    envelope: Arc<Envelope>,
    policy: Arc<Policy>,
}

/// One engine, asked or to be asked.
struct Engine {
    check: Arc<dyn EngineCheck>,
    answer: Option<JoinHandle<Result<Answer, Failure>>>,
}

impl Drop for Engine {
    /// Nobody waits for an answer that is no longer wanted.
    fn drop(&mut self) {
        if let Some(answer) = &self.answer {
            answer.abort();
        }
    }
}

/// What the engines said.
#[derive(Default)]
pub(super) struct Replies {
    pub(super) findings: Vec<Finding>,
    pub(super) scores: Vec<Score>,
}

impl Asking {
    /// Starts the engines that read along.
    pub(super) fn begin(
        checks: &[Arc<dyn EngineCheck>],
        spool: &Spool,
        envelope: &Arc<Envelope>,
        policy: &Arc<Policy>,
    ) -> Asking {
        let engines =
            checks.iter().map(|check| Engine { check: check.clone(), answer: None }).collect();
        let (envelope, policy) = (envelope.clone(), policy.clone());
        let mut asking = Asking { engines, spool: spool.clone(), envelope, policy };
        asking.start(Appetite::Stream);
        asking
    }

    /// The message is complete: starts the engines that want all of it at once.
    pub(super) fn whole_is_there(&mut self) {
        self.start(Appetite::Whole);
    }

    /// The answers are not wanted any more.
    pub(super) fn abandon(&mut self) {
        self.engines.clear();
    }

    fn start(&mut self, appetite: Appetite) {
        for engine in self.engines.iter_mut().filter(|e| e.check.appetite() == appetite) {
            let ask = Ask {
                tap: self.spool.tap(),
                envelope: self.envelope.clone(),
                policy: self.policy.clone(),
            };
            let check = engine.check.clone();
            let span = tracing::info_span!("engine", engine = check.engine());
            let asking = async move {
                let _waiting = metrics::waiting(check.engine());
                let began = Clock::now();
                let answer = check.scan(ask).await;
                metrics::check_took(check.engine(), began.elapsed());
                answer
            };
            engine.answer = Some(tokio::spawn(asking.instrument(span)));
        }
    }

    /// All answers that come before the deadline; the others are failures.
    pub(super) async fn collect(&mut self, facts: &Facts, deadline: Instant) -> Replies {
        let mut replies = Replies::default();
        for engine in &mut self.engines {
            let raw = match &mut engine.answer {
                Some(answer) => told(timeout_at(deadline, answer).await),
                None => Err(Failure::new(Cause::EngineDown, "was not asked")),
            };
            let leaves = second_round(&*engine.check, &raw, facts, deadline).await;
            let (findings, score) = settle(&*engine.check, raw, leaves);
            replies.findings.extend(findings);
            replies.scores.extend(score);
        }
        replies
    }
}

/// A task's end, a panic and a passed deadline as one result.
fn told<T>(
    answer: Result<Result<Result<T, Failure>, JoinError>, tokio::time::error::Elapsed>,
) -> Result<T, Failure> {
    match answer {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => {
            metrics::panicked("engine");
            Err(Failure::new(Cause::Panic, "its client panicked"))
        }
        Err(_) => Err(Failure::new(Cause::Timeout, "no answer in time")),
    }
}

/// Every leaf as a decoded part, where the engine may not have seen in the raw message what a
/// reader sees: beyond its size limit, or where the structure has two readings.
async fn second_round(
    check: &dyn engine::EngineCheck,
    raw: &Result<Answer, Failure>,
    facts: &Facts,
    deadline: Instant,
) -> Scanned {
    let beyond_limit = matches!(raw, Err(failure) if failure.cause == Cause::EngineLimit);
    let two_readings = matches!(raw, Ok(Answer::Clean(_)))
        && facts.ambiguities.iter().any(|ambiguity| ambiguity.weight > Weight::Sloppy);
    if !beyond_limit && !two_readings {
        return Scanned::new();
    }
    let leaves =
        facts.parts.iter().filter(|part| matches!(part.role, Role::Body | Role::Attachment));
    let parts: Vec<(String, Bytes)> =
        leaves.map(|part| (part.path.clone(), part.bytes.clone())).collect();
    let Some(scanning) = check.scan_parts(parts.clone()) else { return Scanned::new() };
    timeout_at(deadline, scanning).await.unwrap_or_else(|_| {
        let late = || Err(Failure::new(Cause::Timeout, "no answer in time"));
        parts.into_iter().map(|(path, _)| (path, late())).collect()
    })
}
