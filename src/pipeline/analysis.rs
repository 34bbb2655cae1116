//! The analysis of a whole message: unfolded once, every part before every check.
//!
//! Two lanes. A small mail with little inside is analysed on the spot, where other sessions wait;
//! everything else waits for memory and goes to threads of its own, so that three 60 MB mails
//! cannot stand before a mail of 4 KB. So does a mail with a file that only a child reads.

use super::Shared;
use crate::archive::Opener;
use crate::archive::worker::Worker;
use crate::checks::{Check, PartCheck};
use crate::facts::{Facts, Text, unfold};
use crate::mail::{Budget, Haste, Limits, Trip};
use crate::metrics;
use crate::rules::Policy;
use crate::spool::{Permit, Permits, Spool};
use crate::verdict::{Cause, Finding};
use bytes::Bytes;
use rayon::prelude::*;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// The checks that look at parts.
type PartChecks = &'static [&'static dyn PartCheck];

/// Facts, and what the part checks found in them.
#[derive(Default)]
pub(super) struct Analysis {
    pub(super) facts: Facts,
    pub(super) findings: Vec<Finding>,
    /// The memory that the facts hold, as long as they hold it.
    pub(super) memory: Option<Permit>,
}

/// A mail up to this size is analysed on the spot, in bytes.
const SPOT: u64 = 64 << 10;

/// What a mail may cost on the spot, a few milliseconds; who costs more begins anew in the pool.
const SPOT_HASTE: Haste = Haste { unpacked: 1 << 20, members: 256, parts: 256, work: 2 << 20 };

/// Passwords tried on the spot, each up to a millisecond; who needs more begins anew in the pool.
const SPOT_ATTEMPTS: u32 = 8;

/// Above this size a mail waits for one of the places for large mail, in bytes.
const LARGE: u64 = 1 << 20;

/// Analyses a message; the caller bounds the time and trips the budget when it is over.
///
/// Fails where the spool cannot be read back.
pub(super) async fn analyse(
    shared: &Shared,
    spool: &Spool,
    policy: Arc<Policy>,
    trip: Trip,
    digesting: bool,
) -> io::Result<Analysis> {
    let limits = policy.settings.limits.unfolding;
    if spool.len() <= SPOT {
        let raw = spool.whole()?;
        let budget = Budget::new(limits, raw.len() as u64, trip.clone()).in_haste(SPOT_HASTE);
        let mut budget = budget.with_attempts(SPOT_ATTEMPTS);
        let span = tracing::info_span!("analyse", size = spool.len());
        if let Some(analysis) = span.in_scope(|| on_the_spot(shared, &raw, &policy, &mut budget)) {
            return Ok(finished(analysis, digesting));
        }
    }
    let job = Job {
        checks: shared.checks.part,
        opener: opener(shared, &policy),
        spool: spool.clone(),
        policy,
        limits,
        trip,
        digesting,
    };
    in_the_pool(shared, job).await
}

/// The fast lane; `None` when the mail costs more than the lane allows, or when there is a file
/// that a child must read.
fn on_the_spot(
    shared: &Shared,
    raw: &Bytes,
    policy: &Policy,
    budget: &mut Budget,
) -> Option<Analysis> {
    let checks = shared.checks.part;
    let noting = shared.opener.worker.as_ref().map(|_| Worker::note());
    let opener = Opener { worker: noting, ..opener(shared, policy) };
    let facts = match unfold_safely(checks, raw, &opener, budget) {
        Ok(_) if budget.is_stopped() || budget.is_out_of_attempts() => return None,
        Ok(_) if opener.worker.is_some_and(|worker| worker.was_asked()) => return None,
        Ok(facts) => facts,
        Err(findings) => return Some(Analysis { findings, ..Analysis::default() }),
    };
    let mut findings = Vec::new();
    for check in checks {
        let began = Instant::now();
        for part in &facts.parts {
            findings.extend(survive(*check, &part.path, || check.inspect(part, policy)));
        }
        metrics::check_took(check.name(), began.elapsed());
    }
    Some(Analysis { facts, findings, memory: None })
}

/// What archives are opened with under this policy.
fn opener(shared: &Shared, policy: &Policy) -> Opener {
    let mut opener = shared.opener.clone();
    opener.passwords.clone_from(&policy.settings.archives.passwords);
    opener
}

/// What the other lane does.
#[derive(Clone)]
struct Job {
    checks: PartChecks,
    opener: Opener,
    spool: Spool,
    policy: Arc<Policy>,
    limits: Limits,
    trip: Trip,
    digesting: bool,
}

/// The other lane. Memory is taken before the message is read into it, and more while archives
/// unpack; the permits move into the job: one that outlives its deadline still holds what it uses.
async fn in_the_pool(shared: &Shared, job: Job) -> io::Result<Analysis> {
    let (size, most) = (job.spool.len(), job.limits.unpacked);
    let likely = most.min(8 * size);
    if let Some(done) = with_memory(shared, &job, need(size, likely), Some(likely)).await {
        return done;
    }
    // Two letters that grow would wait for one another. Who gets no more gives back what it has,
    // and begins anew with all that it can need.
    let done = with_memory(shared, &job, need(size, most), None).await;
    done.unwrap_or_else(|| Ok(panicked(job.checks)))
}

/// Bytes that the analysis of a message of this size holds, once so much is unpacked: what came,
/// what it is decoded to, what is unpacked, and texts.
fn need(size: u64, unpacked: u64) -> u64 {
    2 * size + unpacked + Text::most(size + unpacked)
}

/// Waits for so much memory, then for a place, and runs the job. `granted`: bytes that archives may
/// unpack to until more memory is asked for, and there is none: `None`.
async fn with_memory(
    shared: &Shared,
    job: &Job,
    need: u64,
    granted: Option<u64>,
) -> Option<io::Result<Analysis>> {
    let waiting = metrics::waiting("analysis");
    let memory = shared.analysis.acquire(need).await;
    let place = match job.spool.len() > LARGE {
        true => shared.large.clone().acquire_owned().await.ok(),
        false => None,
    };
    drop(waiting);
    let (answer, analysis) = oneshot::channel();
    let (job, checks, stock) = (job.clone(), job.checks, shared.analysis.clone());
    let span = tracing::info_span!("analyse", size = job.spool.len());
    shared.pool.spawn(move || {
        let _within = span.entered();
        // The receiver is gone only when the session is: nobody is left to tell.
        let _ = answer.send(job.run(memory, granted, &stock));
        drop(place);
    });
    analysis.await.unwrap_or_else(|_| Some(Ok(panicked(checks))))
}

impl Job {
    /// Unfolds and inspects; `None` where more memory was wanted than there is.
    fn run(
        self,
        memory: Permit,
        granted: Option<u64>,
        stock: &Permits,
    ) -> Option<io::Result<Analysis>> {
        let size = self.spool.len();
        let held = Arc::new(Mutex::new(memory));
        let raw = match self.spool.whole() {
            Ok(raw) => raw,
            Err(error) => return Some(Err(error)),
        };
        let mut budget = Budget::new(self.limits, size, self.trip);
        if let Some(granted) = granted {
            budget = budget.with_memory(granted, growing(held.clone(), stock.clone()));
        }
        let unfolded = unfold_safely(self.checks, &raw, &self.opener, &mut budget);
        if budget.is_stopped() {
            return None;
        }
        let mut analysis = match unfolded {
            Ok(facts) => inspect_in_parallel(self.checks, facts, &self.policy),
            Err(findings) => Analysis { findings, ..Analysis::default() },
        };
        let unpacked = budget.unpacked();
        drop(budget);
        analysis.memory = Arc::into_inner(held).map(|held| {
            let mut held = held.into_inner().unwrap_or_else(PoisonError::into_inner);
            held.shrink(need(size, unpacked));
            held
        });
        Some(Ok(finished(analysis, self.digesting)))
    }
}

/// What takes more of the stock for bytes that are unpacked, if there is any at once.
fn growing(held: Arc<Mutex<Permit>>, stock: Permits) -> impl FnMut(u64) -> bool {
    move |more| match stock.try_acquire(more) {
        Some(permit) => {
            held.lock().unwrap_or_else(PoisonError::into_inner).join(permit);
            true
        }
        None => false,
    }
}

/// What a job that is gone leaves: a panic of ours.
fn panicked(checks: PartChecks) -> Analysis {
    Analysis { findings: all_unscanned(checks, Cause::Panic), ..Analysis::default() }
}

/// With the digests of all parts, where they are wanted.
fn finished(mut analysis: Analysis, digesting: bool) -> Analysis {
    if digesting {
        analysis.facts.digest();
    }
    analysis
}

/// Unfolds; a parser that panics leaves every check of parts without an answer.
fn unfold_safely(
    checks: PartChecks,
    raw: &Bytes,
    opener: &Opener,
    budget: &mut Budget,
) -> Result<Facts, Vec<Finding>> {
    let began = Instant::now();
    let facts = catch_unwind(AssertUnwindSafe(|| unfold(raw, opener, budget)));
    metrics::check_took("unfold", began.elapsed());
    facts.map_err(|_| {
        metrics::panicked("unfold");
        all_unscanned(checks, Cause::Panic)
    })
}

/// Every part before every check, all threads of the pool at once.
fn inspect_in_parallel(checks: PartChecks, facts: Facts, policy: &Policy) -> Analysis {
    let (findings, times) = facts
        .parts
        .par_iter()
        .map(|part| {
            let mut times = vec![Duration::ZERO; checks.len()];
            let mut findings = Vec::new();
            for (check, time) in checks.iter().zip(&mut times) {
                let began = Instant::now();
                findings.extend(survive(*check, &part.path, || check.inspect(part, policy)));
                *time = began.elapsed();
            }
            (findings, times)
        })
        .reduce(
            || (Vec::new(), vec![Duration::ZERO; checks.len()]),
            |(mut all, sums), (more, times)| {
                all.extend(more);
                (all, sums.iter().zip(&times).map(|(a, b)| *a + *b).collect())
            },
        );
    for (check, time) in checks.iter().zip(times) {
        metrics::check_took(check.name(), time);
    }
    Analysis { facts, findings, memory: None }
}

/// What stands in for all part checks when none of them could look.
pub(super) fn all_unscanned(checks: PartChecks, cause: Cause) -> Vec<Finding> {
    checks.iter().map(|check| unscanned(*check, "", cause)).collect()
}

/// Runs one step of a check; a panic is a bug in us, not a reason to let mail through.
pub(super) fn survive(
    check: &(impl Check + ?Sized),
    place: &str,
    step: impl FnOnce() -> Vec<Finding>,
) -> Vec<Finding> {
    catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|_| {
        metrics::panicked(check.name());
        vec![unscanned(check, place, Cause::Panic)]
    })
}

/// The finding that stands in when a check could not do its work.
pub(super) fn unscanned(check: &(impl Check + ?Sized), place: &str, cause: Cause) -> Finding {
    Finding::at(check.unscanned(), place, cause.name()).because(cause)
}
