//! The stream checks at work: fed while bytes arrive, stopped at a byte that the input determines.

use super::analysis::survive;
use crate::checks::{Scan, StopAt, StreamCheck};
use crate::mail::Envelope;
use crate::rules::{Context, Policy};
use crate::verdict::{Action, Finding};
use std::sync::Arc;

/// All stream checks on one message.
pub(super) struct Scanning {
    scans: Vec<(&'static dyn StreamCheck, Box<dyn Scan>)>,
    envelope: Arc<Envelope>,
    found: Vec<Finding>,
    stopped: bool,
}

impl Scanning {
    /// Begins a message.
    pub(super) fn begin(
        checks: &[&'static dyn StreamCheck],
        envelope: &Arc<Envelope>,
        policy: &Policy,
    ) -> Scanning {
        let scans = checks.iter().map(|check| (*check, check.begin(envelope, policy))).collect();
        let envelope = envelope.clone();
        Scanning { scans, envelope, found: Vec::new(), stopped: false }
    }

    /// Takes the next bytes; `false` once a reject is certain and nothing more need be read.
    ///
    /// Where several checks would refuse within one chunk, the one whose byte came first does:
    /// the same one whatever the chunks are.
    pub(super) fn feed(&mut self, chunk: &[u8], policy: &Policy) -> bool {
        let mut first: Option<StopAt> = None;
        for (check, scan) in &mut self.scans {
            let mut stop = None;
            self.found.extend(survive(*check, "", || {
                stop = scan.feed(chunk);
                Vec::new()
            }));
            let Some(stop) = stop else { continue };
            if !refuses(policy, &self.envelope, &stop.finding) {
                self.found.push(stop.finding);
            } else if first.as_ref().is_none_or(|first| stop.offset < first.offset) {
                first = Some(stop);
            }
        }
        if let Some(stop) = first {
            self.found = vec![stop.finding];
            self.stopped = true;
        }
        !self.stopped
    }

    /// What was found; and whether the reading was stopped early.
    pub(super) fn finish(mut self) -> (Vec<Finding>, bool) {
        if !self.stopped {
            for (check, scan) in &mut self.scans {
                self.found.extend(survive(*check, "", || scan.finish()));
            }
        }
        (self.found, self.stopped)
    }
}

/// Whether the policy refuses a message for this finding alone.
fn refuses(policy: &Policy, envelope: &Envelope, finding: &Finding) -> bool {
    let context = Context { envelope, part: &|_| None };
    policy.judge(vec![finding.clone()], &context).action == Action::Reject
}
