//! Clients of outside processes: clamd, rspamd, spamd.
//!
//! Each reads a tap and answers, or fails with a [`Failure`] that names the
//! cause. Nothing else comes out: a peer that hangs up, talks garbage or talks
//! without end is a peer that did not examine the message. How long an answer
//! may take is decided by who asks.

mod clamd;
mod net;
mod rspamd;
mod signatures;
mod spamd;

pub use clamd::{Answer, Clamd};
pub use rspamd::Rspamd;
pub use signatures::made as signatures_made;
pub use spamd::Spamd;

use crate::config;
use crate::spool::{CutOff, Whole};
use crate::verdict::Cause;
use std::sync::Arc;

/// Why an engine did not examine a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Failure {
    /// What rules decide on.
    pub cause: Cause,
    /// What exactly, fit for a log line.
    pub detail: String,
}

impl Failure {
    /// A failure of this cause; the detail may quote a peer and is made fit for a log line.
    pub fn new(cause: Cause, detail: impl AsRef<str>) -> Failure {
        Failure { cause, detail: printable(detail.as_ref().as_bytes()) }
    }

    fn down(detail: impl AsRef<str>) -> Failure {
        Failure::new(Cause::EngineDown, detail)
    }

    /// The measured size is left out: it would depend on how far the reading had come.
    fn limit(bytes: u64) -> Failure {
        Failure::new(Cause::EngineLimit, format!("the engine looks at no more than {bytes} bytes"))
    }
}

impl From<CutOff> for Failure {
    /// There is no whole message, so there is no verdict on it either.
    fn from(cut: CutOff) -> Failure {
        Failure::new(Cause::Unreadable, cut.to_string())
    }
}

/// What a spam engine says of a whole message.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// On the common scale: the engine's score × 5 / its own threshold, so that 5 is that threshold.
    pub points: f64,
    /// The engine's name, its own figures and the rules that fired, fit for a log line.
    pub detail: String,
}

impl Score {
    /// `None` for figures that no engine in its senses gives: a threshold of zero, infinity.
    fn scaled(engine: &str, score: f64, threshold: f64, rules: &[String]) -> Option<Score> {
        let points = score * 5.0 / threshold;
        if threshold <= 0.0 || !points.is_finite() {
            return None;
        }
        let mut detail = format!("{engine} {score:.1}/{threshold:.1}");
        for rule in rules.iter().take(8) {
            detail.push_str(if detail.ends_with(|c: char| c.is_ascii_digit()) {
                ": "
            } else {
                ", "
            });
            detail.push_str(rule);
        }
        Some(Score { points, detail: printable(detail.as_bytes()) })
    }
}

/// A spam engine's answer, with the proof that it was given the whole message.
pub type Scored = Result<(Score, Whole), Failure>;

/// A setting that names no engine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("engine.{setting}: {problem}")]
pub struct Invalid {
    /// Such as `rspamd.url`.
    pub setting: &'static str,
    /// What is wrong with it, and what would be right.
    pub problem: String,
}

/// The engines that are configured. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Engines {
    /// The virus engine.
    pub clamd: Option<Arc<Clamd>>,
    /// A spam engine.
    pub rspamd: Option<Arc<Rspamd>>,
    /// A spam engine.
    pub spamd: Option<Arc<Spamd>>,
}

impl Engines {
    /// Prepares what is configured; connects to nothing as yet.
    pub fn new(config: &config::Engine) -> Result<Engines, Invalid> {
        Ok(Engines {
            clamd: config.clamav.as_ref().map(Clamd::new).transpose()?.map(Arc::new),
            rspamd: config.rspamd.as_ref().map(Rspamd::new).transpose()?.map(Arc::new),
            spamd: config.spamassassin.as_ref().map(Spamd::new).transpose()?.map(Arc::new),
        })
    }

    /// What is protected and what is not, a line each, for the start message.
    pub fn describe(&self) -> Vec<String> {
        let virus = self.clamd.as_ref().map(|clamd| clamd.describe());
        let spam: Vec<String> = [
            self.rspamd.as_ref().map(|rspamd| rspamd.describe()),
            self.spamd.as_ref().map(|spamd| spamd.describe()),
        ]
        .into_iter()
        .flatten()
        .collect();
        let line = |kind: &str, engines: &[String]| match engines {
            [] => format!("no {kind} engine"),
            some => format!("{kind} engine: {}", some.join(", ")),
        };
        vec![line("virus", virus.as_slice()), line("spam", &spam)]
    }
}

/// What a peer said, cut short and without what could forge a log line.
fn printable(text: &[u8]) -> String {
    const LONGEST: usize = 300;
    String::from_utf8_lossy(text.get(..LONGEST).unwrap_or(text))
        .trim()
        .chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}
