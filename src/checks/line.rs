//! Line discipline: every line ends in CRLF, and none is longer than SMTP allows.
//!
//! A bare CR or LF is how one message is smuggled inside another (CVE-2023-51764): two servers
//! that disagree on where a line ends disagree on where the message ends.

use super::{Check, Scan, StopAt, StreamCheck};
use crate::mail::Envelope;
use crate::rules::Policy;
use crate::verdict::{Class, Finding, Grade, Kind};
use memchr::{memchr_iter, memchr2_iter};

/// A CR or LF that stands alone.
pub const BARE: Kind = Kind {
    name: "line.bare",
    class: Class::Content,
    about: "a bare CR or LF, which can hide a second message (RFC 5321 §2.3.8)",
};

/// A line longer than the limit.
pub const LONG: Kind = Kind {
    name: "line.long",
    class: Class::Content,
    about: "a line longer than 998 octets and CRLF (RFC 5322 §2.1.1)",
};

/// The check itself broke.
pub const UNSCANNED: Kind =
    Kind { name: "line.unscanned", class: Class::Policy, about: "line ends were not examined" };

/// Watches line ends and line lengths.
pub struct Line;

impl Check for Line {
    fn name(&self) -> &'static str {
        "line"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        &[&BARE, &LONG, &UNSCANNED]
    }
    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl StreamCheck for Line {
    fn begin(&self, envelope: &Envelope, policy: &Policy) -> Box<dyn Scan> {
        let limit = policy.settings.limits.line;
        Box::new(Lines { limit, chunked: envelope.chunked, ..Lines::default() })
    }
}

/// Lines going by.
#[derive(Default)]
struct Lines {
    limit: u64,
    /// By BDAT a bare one hides nothing: Microsoft 365 sends such letters so.
    chunked: bool,
    /// Octets of the line so far that stand in earlier chunks.
    carried: u64,
    /// Whether the last octet was a CR, which the next one must complete.
    after_cr: bool,
    /// Whether a bare one was reported; once is enough.
    bare: bool,
    number: u64,
    longest: u64,
    longest_at: u64,
}

impl Lines {
    /// A line of so many octets, its end included, is complete.
    fn line(&mut self, octets: u64) {
        self.number += 1;
        if octets > self.longest {
            self.longest = octets;
            self.longest_at = self.number;
        }
    }

    /// The first bare CR or LF of the message; later ones add nothing.
    fn found(&mut self, offset: usize, what: &str) -> Option<StopAt> {
        if std::mem::replace(&mut self.bare, true) {
            return None;
        }
        let detail = format!("bare {what} in line {}", self.number + 1);
        let finding = Finding::whole(&BARE, detail).what(what);
        let finding = if self.chunked { finding.graded(Grade::Sloppy) } else { finding };
        Some(StopAt { offset, finding })
    }
}

impl Lines {
    /// Takes a chunk in which every CR and LF has its other half; `false`, and nothing taken, for
    /// any other. Nearly all are so, and an attachment of 20 MB has a quarter of a million lines.
    fn take_tidy(&mut self, chunk: &[u8]) -> bool {
        let (mut start, mut pairs, mut carried) = (0, 0, self.carried);
        let (mut number, mut longest, mut longest_at) =
            (self.number, self.longest, self.longest_at);
        for at in memchr_iter(b'\n', chunk) {
            match at.checked_sub(1) {
                Some(before) if chunk.get(before) != Some(&b'\r') => return false,
                Some(_) => pairs += 1,
                None if !self.after_cr => return false,
                None => {}
            }
            let octets = carried + (at + 1 - start) as u64;
            (carried, start, number) = (0, at + 1, number + 1);
            if octets > longest {
                (longest, longest_at) = (octets, number);
            }
        }
        let open = chunk.last() == Some(&b'\r');
        let begun = !self.after_cr || chunk.first() == Some(&b'\n');
        if !begun || memchr_iter(b'\r', chunk).count() != pairs + usize::from(open) {
            return false;
        }
        self.carried = carried + (chunk.len() - start) as u64;
        self.after_cr = open;
        (self.number, self.longest, self.longest_at) = (number, longest, longest_at);
        true
    }
}

impl Scan for Lines {
    fn feed(&mut self, chunk: &[u8]) -> Option<StopAt> {
        if self.take_tidy(chunk) {
            return None;
        }
        let mut stop = None;
        if self.after_cr && !chunk.is_empty() && chunk.first() != Some(&b'\n') {
            stop = self.found(0, "CR");
        }
        // Where the current line began in this chunk; the carried octets stand before it.
        let mut start = 0;
        for at in memchr2_iter(b'\r', b'\n', chunk) {
            match chunk.get(at) {
                Some(b'\r') => {
                    let bare = chunk.get(at + 1).is_some_and(|next| *next != b'\n');
                    // Known with the octet after it, so that the place does not depend on chunks.
                    stop = stop.or_else(|| bare.then(|| self.found(at + 1, "CR")).flatten());
                }
                _ => {
                    let after_cr = match at {
                        0 => self.after_cr,
                        _ => chunk.get(at - 1) == Some(&b'\r'),
                    };
                    stop = stop.or_else(|| (!after_cr).then(|| self.found(at, "LF")).flatten());
                    self.line(self.carried + (at + 1 - start) as u64);
                    self.carried = 0;
                    start = at + 1;
                }
            }
        }
        self.carried += (chunk.len() - start) as u64;
        self.after_cr = match chunk.last() {
            Some(last) => *last == b'\r',
            None => self.after_cr,
        };
        stop
    }

    fn finish(&mut self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.after_cr {
            findings.extend(self.found(0, "CR").map(|stop| stop.finding));
        }
        if self.carried > 0 {
            self.line(self.carried);
        }
        if self.longest > self.limit {
            let detail = format!("line {} has {} octets", self.longest_at, self.longest);
            let finding = Finding::whole(&LONG, detail);
            findings.push(finding.measured(self.longest as f64, self.limit as f64));
        }
        findings
    }
}
