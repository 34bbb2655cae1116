//! One line a message: who, to whom, how large, what came of it and why.
//!
//! It stays one short line whatever is in the message: a mail of ten thousand programs
//! or a thousand recipients must not fill the disk that the log is on.

use super::ending::Ending;
use crate::pipeline::Outcome;
use crate::smtp::Reply;
use crate::verdict::Judged;

use std::fmt::Display;
use std::time::Duration;

/// Recipients that are named.
const RECIPIENTS: usize = 10;

/// Characters of an address, a name or a reply.
const WORDS: usize = 256;

/// What came of a message.
pub(super) struct Line<'a> {
    pub(super) outcome: &'a Outcome,
    /// The mail server's own id of it, where one asked.
    pub(super) queue: Option<&'a str>,
    /// By which it came.
    pub(super) door: &'static str,
    pub(super) ending: Ending,
    pub(super) next_hop: &'a str,
    /// The answer; none where the client did not wait for it.
    pub(super) reply: Option<&'a Reply>,
    /// Whether the store has it.
    pub(super) copy: bool,
    /// Since the final dot.
    pub(super) took: Duration,
}

impl Line<'_> {
    /// Writes it.
    pub(super) fn write(&self) {
        let (envelope, verdict) = (&self.outcome.envelope, &self.outcome.verdict);
        let client = &envelope.client;
        let ip = client.ip.map_or_else(|| "-".to_owned(), |ip| ip.to_string());
        tracing::info!(
            id = %envelope.id,
            door = self.door,
            queue = self.queue.map(plain),
            client = ip,
            helo = plain(&client.helo),
            from = plain(&envelope.sender.to_string()),
            to = some(&envelope.recipients),
            size = self.outcome.message.len(),
            policy = %verdict.policy,
            verdict = verdict.action.name(),
            outcome = self.ending.name(),
            findings = counted(&verdict.findings),
            next_hop = self.next_hop,
            reply = plain(&self.reply.map(Reply::text).unwrap_or_default()),
            ms = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
            "Message."
        );
    }
}

/// The first of them, and how many more there are.
fn some<T: Display>(all: &[T]) -> String {
    let first: Vec<String> =
        all.iter().take(RECIPIENTS).map(|one| plain(&one.to_string())).collect();
    match all.len().saturating_sub(RECIPIENTS) {
        0 => first.join(","),
        more => format!("{},+{more}", first.join(",")),
    }
}

/// Each name once, with how often it was found. There are as many names as checks have.
fn counted(findings: &[Judged]) -> String {
    let mut names: Vec<(&str, usize)> = Vec::new();
    for name in findings.iter().map(|judged| judged.finding.kind.name) {
        match names.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => names.push((name, 1)),
        }
    }
    let words = names.iter().map(|(name, count)| match count {
        1 => (*name).to_owned(),
        _ => format!("{name}×{count}"),
    });
    words.collect::<Vec<_>>().join(",")
}

/// Control characters escaped and the end cut off: a line of the log is one short line.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::new();
    for (at, c) in text.chars().enumerate() {
        match c {
            _ if at == WORDS => {
                out.push('…');
                break;
            }
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}
