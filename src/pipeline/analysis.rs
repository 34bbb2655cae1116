//! The analysis of a whole message: unfolded once, every part before every check.
//!
//! Two lanes. A small mail with little packed inside is analysed on the spot; everything else
//! waits for memory and goes to threads of its own, so that three 60 MB mails cannot stand
//! before a mail of 4 KB. So does a mail with a file that only a child reads: that is waited for.

use super::Shared;
use crate::archive::Opener;
use crate::archive::worker::Worker;
use crate::checks::{Check, PartCheck};
use crate::facts::{Facts, unfold};
use crate::mail::{Budget, Limits, Trip};
use crate::metrics;
use crate::rules::Policy;
use crate::spool::Spool;
use crate::verdict::{Cause, Finding};
use bytes::Bytes;
use rayon::prelude::*;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// The checks that look at parts.
type PartChecks = &'static [&'static dyn PartCheck];

/// Facts, and what the part checks found in them.
#[derive(Default)]
pub(super) struct Analysis {
    pub(super) facts: Facts,
    pub(super) findings: Vec<Finding>,
}

/// A mail up to this size is analysed on the spot, in bytes.
const SPOT: u64 = 64 << 10;

/// Archives in it may unpack to this much, in bytes; if they hold more it begins anew in the pool.
const SPOT_UNPACKED: u64 = 1 << 20;

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
        let small = Limits { unpacked: limits.unpacked.min(SPOT_UNPACKED), ..limits };
        let budget = Budget::new(small, raw.len() as u64, trip.clone());
        let mut budget = budget.with_attempts(SPOT_ATTEMPTS);
        let span = tracing::info_span!("analyse", size = spool.len());
        if let Some(analysis) = span.in_scope(|| on_the_spot(shared, &raw, &policy, &mut budget)) {
            return Ok(finished(analysis, digesting));
        }
    }
    in_the_pool(shared, spool.clone(), policy, limits, trip, digesting).await
}

/// The fast lane; `None` when more is packed inside than the lane allows, or when there is a file
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
        Ok(_) if budget.unpacked() > SPOT_UNPACKED || budget.is_out_of_attempts() => return None,
        Ok(_) if opener.worker.is_some_and(|worker| worker.was_asked()) => return None,
        Ok(facts) => facts,
        Err(findings) => return Some(Analysis { facts: Facts::default(), findings }),
    };
    let mut findings = Vec::new();
    for check in checks {
        let began = Instant::now();
        for part in &facts.parts {
            findings.extend(survive(*check, &part.path, || check.inspect(part, policy)));
        }
        metrics::check_took(check.name(), began.elapsed());
    }
    Some(Analysis { facts, findings })
}

/// What archives are opened with under this policy.
fn opener(shared: &Shared, policy: &Policy) -> Opener {
    let mut opener = shared.opener.clone();
    opener.passwords.clone_from(&policy.settings.archives.passwords);
    opener
}

/// The other lane. Memory is taken before the message is read into it, and the permits move
/// into the job: one that outlives its deadline still holds what it uses.
async fn in_the_pool(
    shared: &Shared,
    spool: Spool,
    policy: Arc<Policy>,
    limits: Limits,
    trip: Trip,
    digesting: bool,
) -> io::Result<Analysis> {
    let size = spool.len();
    let waiting = metrics::waiting("analysis");
    let memory = shared.analysis.acquire(2 * size + limits.unpacked.min(8 * size)).await;
    let place = match size > LARGE {
        true => shared.large.clone().acquire_owned().await.ok(),
        false => None,
    };
    drop(waiting);
    let (answer, analysis) = oneshot::channel();
    let (checks, opener) = (shared.checks.part, opener(shared, &policy));
    let span = tracing::info_span!("analyse", size);
    shared.pool.spawn(move || {
        let _within = span.entered();
        let held = (memory, place);
        let analysis = spool.whole().map(|raw| {
            let mut budget = Budget::new(limits, size, trip);
            let analysis = match unfold_safely(checks, &raw, &opener, &mut budget) {
                Ok(facts) => inspect_in_parallel(checks, facts, &policy),
                Err(findings) => Analysis { facts: Facts::default(), findings },
            };
            finished(analysis, digesting)
        });
        // The receiver is gone only when the session is: nobody is left to tell.
        let _ = answer.send(analysis);
        drop(held);
    });
    let panicked =
        || Analysis { findings: all_unscanned(checks, Cause::Panic), ..Analysis::default() };
    analysis.await.unwrap_or_else(|_| Ok(panicked()))
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
    Analysis { facts, findings }
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
