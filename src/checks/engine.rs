//! The fourth kind of check: it asks an engine outside, beside the others.
//!
//! An engine answers or fails; it never decides what a failure means. The
//! pipeline turns a failure, a time-out and a panic alike into `….unscanned`
//! by [`unscanned`], and rules decide.

use super::spam::Spam;
use super::virus::Virus;
use super::{Check, Finding};
use crate::engines::{Engines, Failure, Score};
use crate::mail::Envelope;
use crate::rules::Policy;
use crate::spool::{Tap, Whole};
use crate::verdict::Cause;
use bytes::Bytes;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// How an engine takes a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appetite {
    /// While it arrives: worth starting with the first byte.
    Stream,
    /// All at once, with its length: it waits for the end.
    Whole,
}

/// What an engine is asked.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The message, from its first byte.
    pub tap: Tap,
    /// Session and envelope.
    pub envelope: Arc<Envelope>,
    /// The policy under which the message is judged.
    pub policy: Arc<Policy>,
}

/// What an engine may answer. Clean needs proof; a finding needs none.
#[derive(Debug)]
pub enum Answer {
    /// Nothing in the whole of it.
    Clean(Whole),
    /// Something, perhaps before the end.
    Found(Vec<Finding>),
    /// Points for the whole of it; see [`super::spam::conclude`].
    Scored(Score, Whole),
}

/// An answer to come. It keeps nothing borrowed, and dropping it stops the asking.
pub type Scanning = Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send>>;

/// The answers for decoded parts to come, one for each, in the order asked, with their paths.
pub type ScanningParts = Pin<Box<dyn Future<Output = Scanned> + Send>>;

/// Part paths and answers.
pub type Scanned = Vec<(String, Result<Answer, Failure>)>;

/// A check that asks an engine outside.
pub trait EngineCheck: Check {
    /// Which engine: the label that tells two checks of one name apart.
    fn engine(&self) -> &'static str;

    /// Whether it is worth starting before the end.
    fn appetite(&self) -> Appetite;

    /// Reads the message and answers; an `Err` is why it was not examined.
    fn scan(&self, ask: Ask) -> Scanning;

    /// A second round: decoded parts by their path, for what the engine cannot
    /// see in the raw message. `None`: it has no use for them.
    fn scan_parts(&self, parts: Vec<(String, Bytes)>) -> Option<ScanningParts> {
        let _ = parts;
        None
    }
}

/// One check for each engine that is configured.
pub fn engines(engines: &Engines) -> Vec<Arc<dyn EngineCheck>> {
    let mut checks: Vec<Arc<dyn EngineCheck>> = Vec::new();
    if let Some(clamd) = &engines.clamd {
        checks.push(Arc::new(Virus::new(clamd.clone())));
    }
    if let Some(rspamd) = &engines.rspamd {
        checks.push(Arc::new(Spam::Rspamd(rspamd.clone())));
    }
    if let Some(spamd) = &engines.spamd {
        checks.push(Arc::new(Spam::Spamd(spamd.clone())));
    }
    checks
}

/// The finding that stands in for an answer; `part` is empty for the message as a whole.
pub fn unscanned(check: &dyn EngineCheck, part: &str, failure: &Failure) -> Finding {
    let detail = format!("{}: {}", check.engine(), failure.detail);
    Finding::at(check.unscanned(), part, detail).because(failure.cause)
}

/// Puts the rounds together: what was found, and what was not examined.
///
/// `leaves` are the answers for *every* leaf of the message as a decoded part,
/// or none at all. A message beyond the engine's limit counts as examined when
/// all its leaves were; else the leaves that were not are named.
pub fn settle(
    check: &dyn EngineCheck,
    raw: Result<Answer, Failure>,
    leaves: Scanned,
) -> (Vec<Finding>, Option<Score>) {
    let (mut findings, mut score) = (Vec::new(), None);
    match raw {
        Ok(Answer::Clean(_)) => {}
        Ok(Answer::Found(found)) => findings.extend(found),
        Ok(Answer::Scored(points, _)) => score = Some(points),
        Err(failure) if failure.cause == Cause::EngineLimit && !leaves.is_empty() => {}
        Err(failure) => findings.push(unscanned(check, "", &failure)),
    }
    for (path, answer) in leaves {
        match answer {
            Ok(Answer::Found(found)) => findings.extend(found),
            Ok(Answer::Clean(_) | Answer::Scored(..)) => {}
            Err(failure) => findings.push(unscanned(check, &path, &failure)),
        }
    }
    (findings, score)
}
