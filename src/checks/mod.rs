//! The checks: one file each, one line each below.
//!
//! A check knows facts and the policy, and nothing else: no clock, no metrics,
//! no SMTP, no socket but its engine's. The pipeline times it, counts it and
//! survives it. It reports what it finds; what is done about it is the policy's.

pub mod account;
pub mod active;
pub mod archive;
pub mod attachment;
pub mod bulk;
pub mod encoding;
pub mod engine;
pub mod executable;
pub mod language;
pub mod line;
pub mod lists;
pub mod macros;
pub mod mime;
pub mod name;
pub mod polyglot;
pub mod recipient;
pub mod script;
pub mod secret;
pub mod signature;
pub mod size;
pub mod spam;
pub mod veil;
pub mod virus;
pub mod words;

pub use engine::EngineCheck;

use crate::engines::{Engines, Score};
use crate::facts::{Facts, Part};
use crate::mail::Envelope;
use crate::rules::Policy;
use crate::verdict::{Catalogue, Class, Finding, Kind};
use std::sync::Arc;

/// Checks that look at the bytes as they arrive.
pub const STREAM: &[&dyn StreamCheck] = &[&size::MessageSize, &line::Line];

/// Checks that look at one part at a time, all parts in parallel.
pub const PART: &[&dyn PartCheck] = &[
    &signature::Signature,
    &executable::Executable,
    &script::Script,
    &macros::Macros,
    &active::Content,
    &attachment::Attachment,
    &name::Name,
    &polyglot::Polyglot,
    &encoding::Charset,
    &encoding::Documents,
    &secret::Stamp,
    &words::Texts,
];

/// Checks that look at everything together, in this order.
pub const MESSAGE: &[&dyn MessageCheck] = &[
    &archive::Archive,
    &mime::Structure,
    &encoding::Header,
    &secret::Subject,
    &words::Subject,
    &lists::Lists,
    &language::Language,
    &account::Account,
    &bulk::Bulk,
    &size::AttachmentSize,
    &spam::Highest,
];

/// Characters of a file name that a finding shows.
const NAME: usize = 200;

/// The checks that a pipeline runs.
#[derive(Clone)]
pub struct Checks {
    /// On the bytes as they arrive.
    pub stream: &'static [&'static dyn StreamCheck],
    /// On each part.
    pub part: &'static [&'static dyn PartCheck],
    /// On everything together.
    pub message: &'static [&'static dyn MessageCheck],
    /// Outside, beside the others.
    pub engine: Vec<Arc<dyn EngineCheck>>,
}

impl Checks {
    /// All checks, with these engines.
    pub fn all(engines: &Engines) -> Checks {
        Checks { stream: STREAM, part: PART, message: MESSAGE, engine: engine::engines(engines) }
    }
}

/// A message that brought the gate down before; it is kept without being parsed.
pub const POISON: Kind = Kind {
    name: "message.poison",
    class: Class::Content,
    about: "a message during whose analysis the gate went down twice",
};

/// Everything that any check can find, in the order that breaks ties.
pub fn catalogue() -> Catalogue {
    let stream = STREAM.iter().flat_map(|check| check.kinds());
    let part = PART.iter().flat_map(|check| check.kinds());
    let message = MESSAGE.iter().flat_map(|check| check.kinds());
    let engine = virus::KINDS.iter().chain(spam::KINDS);
    Catalogue::new(
        engine
            .chain(stream)
            .chain(part)
            .chain(message)
            .copied()
            .chain(recipient::KINDS.iter().copied())
            .chain([&POISON]),
    )
}

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

/// A grave finding of a stream check, and where in the chunk it became certain.
///
/// The place lets the reading stop at the same byte however the message was cut into chunks.
#[derive(Clone, Debug)]
pub struct StopAt {
    /// Octets of this chunk before the one that decided.
    pub offset: usize,
    /// What was found.
    pub finding: Finding,
}

/// A [`StreamCheck`] at work on one message.
pub trait Scan: Send {
    /// Takes the next bytes. What is wrong whatever may follow is reported at once.
    fn feed(&mut self, chunk: &[u8]) -> Option<StopAt>;

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

/// What was found so far: in the stream, in the parts, by the engines.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The findings, sorted, so that the order in which engines answer changes nothing.
    pub findings: Vec<Finding>,
    /// What each spam engine said.
    pub scores: Vec<Score>,
}

/// A check of all facts together and of what was found in them so far. Pure, and last.
pub trait MessageCheck: Check {
    /// Looks at the whole.
    fn conclude(&self, facts: &Facts, found: &Found, policy: &Policy) -> Vec<Finding>;
}
