//! Sizes: the whole message while it arrives, and all attachments together once decoded.
//!
//! The regulation's 50 MB are decoded bytes; on the wire the same files take 71.7 MB of base64.

use super::{Check, Found, MessageCheck, Scan, StopAt, StreamCheck};
use crate::facts::Facts;
use crate::mail::Envelope;
use crate::rules::Policy;
use crate::verdict::{Class, Finding, Kind};
use bytesize::ByteSize;

/// More bytes than a message may have.
pub const MESSAGE: Kind = Kind {
    name: "size.message",
    class: Class::Size,
    about: "the whole message is larger than the technical limit",
};

/// More bytes than all attachments together may have.
pub const ATTACHMENTS: Kind = Kind {
    name: "size.attachments",
    class: Class::Size,
    about: "all attachments together, decoded, are larger than the policy allows",
};

/// The check itself broke.
pub const UNSCANNED: Kind =
    Kind { name: "size.unscanned", class: Class::Policy, about: "the size was not measured" };

/// Measures the message on the wire.
pub struct MessageSize;

impl Check for MessageSize {
    fn name(&self) -> &'static str {
        "size"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        &[&MESSAGE, &UNSCANNED]
    }
    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl StreamCheck for MessageSize {
    fn begin(&self, _: &Envelope, policy: &Policy) -> Box<dyn Scan> {
        let limit = policy.settings.limits.message;
        Box::new(Measure { left: limit, limit: Some(limit) })
    }
}

/// A message being measured.
struct Measure {
    left: u64,
    /// Taken when it is exceeded: the finding is said once.
    limit: Option<u64>,
}

impl Scan for Measure {
    fn feed(&mut self, chunk: &[u8]) -> Option<StopAt> {
        let over = chunk.len() as u64 > self.left;
        let offset = usize::try_from(self.left).unwrap_or(usize::MAX);
        self.left = self.left.saturating_sub(chunk.len() as u64);
        let limit = self.limit.take_if(|_| over)?;
        Some(StopAt { offset, finding: too_large(limit) })
    }
}

/// The finding for a message beyond this limit, in bytes. The byte beyond it is all that is known
/// while the rest still comes.
pub fn too_large(limit: u64) -> Finding {
    Finding::whole(&MESSAGE, format!("more than {limit} bytes on the wire"))
        .measured((limit + 1) as f64, limit as f64)
}

/// Measures all attachments together.
pub struct AttachmentSize;

impl Check for AttachmentSize {
    fn name(&self) -> &'static str {
        "size"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        &[&ATTACHMENTS, &UNSCANNED]
    }
    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl MessageCheck for AttachmentSize {
    fn conclude(&self, facts: &Facts, _: &Found, policy: &Policy) -> Vec<Finding> {
        attachments(facts, policy).into_iter().collect()
    }
}

/// The finding where all attachments together are over the policy's limit.
pub fn attachments(facts: &Facts, policy: &Policy) -> Option<Finding> {
    let measured = facts.attachment_bytes;
    match policy.settings.limits.attachments {
        Some(limit) if measured > limit => {
            let total = ByteSize::b(measured).display().iec();
            let detail = format!("attachments of {total} together, {measured} bytes");
            Some(Finding::whole(&ATTACHMENTS, detail).measured(measured as f64, limit as f64))
        }
        _ => None,
    }
}
