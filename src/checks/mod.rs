//! The checks: one file each, one line each below.
//!
//! A check knows facts and the policy, and nothing else: no clock, no metrics,
//! no SMTP, no socket but its engine's. The pipeline times it, counts it and
//! survives it. It reports what it finds; what is done about it is the policy's.

pub mod engine;
pub mod spam;
pub mod virus;

pub use engine::{Answer, Appetite, Ask, EngineCheck, Scanning, engines};

use crate::facts::{Facts, Part};
use crate::mail::Envelope;
use crate::rules::Policy;
use crate::verdict::{Finding, Kind};

/// What every check says of itself.
pub trait Check: Send + Sync {
    /// Its name: metric label and file name.
    fn name(&self) -> &'static str;

    /// All it can find; rule files and documentation are held against this.
    fn kinds(&self) -> &'static [&'static Kind];

    /// The finding that stands in when the check could not do its work.
    fn unscanned(&self) -> &'static Kind;
}

/// A check that needs only the bytes, in order, and constant memory.
pub trait StreamCheck: Check {
    /// Begins a message.
    fn begin(&self, envelope: &Envelope, policy: &Policy) -> Box<dyn Scan>;
}

/// A [`StreamCheck`] at work on one message.
pub trait Scan: Send {
    /// Takes the next bytes. What is known to be wrong from here on is reported at once.
    fn feed(&mut self, chunk: &[u8]) -> Option<Finding>;

    /// Has seen all bytes, and says what could only be known now.
    fn finish(&mut self) -> Vec<Finding> {
        Vec::new()
    }
}

/// A check of one part. Pure: same part, same policy, same findings.
pub trait PartCheck: Check {
    /// Looks at the part.
    fn inspect(&self, part: &Part, policy: &Policy) -> Vec<Finding>;
}

/// A check of all facts together and of what was found in them so far. Pure, and last.
pub trait MessageCheck: Check {
    /// Looks at the whole.
    fn conclude(&self, facts: &Facts, found: &[Finding], policy: &Policy) -> Vec<Finding>;
}
