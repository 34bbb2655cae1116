//! A recipient, asked of the directory and judged by the rules of its policy. Nothing here waits.

use crate::checks::recipient;
use crate::mail::Envelope;
use crate::metrics;
use crate::rules::{Context, Policy};
use crate::verdict::{Action, Reply};

use std::time::SystemTime;

/// What the sender is told of the recipient of this envelope, if it may not have the letter.
///
/// A bounce or a receipt (`MAIL FROM:<>`) is never hindered: its sender can do nothing about a
/// mailbox that was closed meanwhile.
pub(super) fn refusal(policy: &Policy, envelope: &Envelope, now: SystemTime) -> Option<Reply> {
    let recipient = envelope.recipients.first().filter(|_| !envelope.sender.is_null())?;
    let standing = policy.directory.standing(recipient, now)?;
    let finding = recipient::finding(standing)?;
    let context = Context { envelope, part: &|_| None };
    let verdict = policy.judge(vec![finding], &context);
    metrics::found(&verdict);
    for judged in verdict.findings.iter().filter(|_| verdict.action < Action::Tempfail) {
        let (finding, mode) = (judged.finding.kind.name, judged.mode.name());
        let (rule, to) = (&judged.rule, super::log::plain(&recipient.to_string()));
        tracing::info!(id = envelope.id, to, finding, mode, rule, "Recipient let pass.");
    }
    (verdict.action >= Action::Tempfail).then_some(verdict.reply)
}
