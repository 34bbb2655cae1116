//! Letters that come again: what brought the gate down twice is kept unparsed, what was deferred
//! for a cause of its own again and again is kept for a person.

use super::session::{Over, Session};
use crate::checks;
use crate::pipeline::{Intake, Outcome};
use crate::store::{Deferred, InFlight, Key, POISON};
use crate::verdict::{Action, Finding, Verdict};
use memchr::memmem;
use std::io;
use std::path::Path;
use std::time::SystemTime;

/// What is remembered of letters between their attempts.
#[derive(Debug)]
pub struct Comebacks {
    inflight: InFlight,
    deferred: Deferred,
}

impl Comebacks {
    /// Opens the state folder.
    pub fn open(state: &Path) -> io::Result<Comebacks> {
        Ok(Comebacks { inflight: InFlight::open(state)?, deferred: Deferred::open(state)? })
    }

    /// The verdict on a letter, with what is known of its earlier attempts.
    pub(super) async fn judge(&self, intake: Intake) -> Outcome {
        let message_id = message_id(&intake.head().await).to_vec();
        let key = Key::of(intake.envelope(), &message_id, intake.bytes());
        let crashes = self.inflight.crashes(key);
        if crashes >= POISON {
            let detail = format!("in flight when the gate went down {crashes} times");
            return intake.finish_unparsed(Finding::whole(&checks::POISON, detail)).await;
        }
        let flight = self.inflight.enter(key);
        if let Err(error) = &flight {
            tracing::error!(%error, "A letter is parsed without a note of it in the state folder.");
        }
        let mut outcome = intake.finish().await;
        drop(flight);
        self.remember(key, &mut outcome);
        outcome
    }

    /// Counts a deferral that is the letter's own doing, and ends the last of too many.
    fn remember(&self, key: Key, outcome: &mut Outcome) {
        let written = match is_own_doing(&outcome.verdict) {
            false => self.deferred.forget(key),
            true => {
                let (enough, written) = self.deferred.count(key, SystemTime::now());
                if enough {
                    tracing::warn!(id = %outcome.envelope.id, "Deferred too often: it is kept.");
                    outcome.verdict.hold();
                }
                written
            }
        };
        if let Err(error) = written {
            tracing::error!(%error, "The count of deferrals cannot be written.");
        }
    }
}

impl Session {
    /// The verdict, unless the client goes first.
    pub(super) async fn judge(&mut self, intake: Intake) -> Result<Outcome, Over> {
        let door = self.door.clone();
        tokio::select! {
            outcome = door.comebacks.judge(intake) => Ok(outcome),
            () = self.socket.gone() => Err(Over::Gone),
        }
    }
}

/// Whether a letter is deferred for what it is itself: an engine's outage is none of its doing.
fn is_own_doing(verdict: &Verdict) -> bool {
    const ENGINES: [&str; 3] = ["auth.", "spam.", "virus."];
    verdict.action == Action::Tempfail
        && verdict.findings.iter().any(|judged| {
            let name = judged.finding.kind.name;
            judged.action == Action::Tempfail && !ENGINES.iter().any(|e| name.starts_with(e))
        })
}

/// The value of the first Message-ID field in the beginning of a letter, as it stands.
fn message_id(head: &[u8]) -> &[u8] {
    let header = memmem::find(head, b"\r\n\r\n").and_then(|end| head.get(..end)).unwrap_or(head);
    let mut lines = header.split(|byte| *byte == b'\n');
    let named =
        |line: &&[u8]| line.get(..11).is_some_and(|name| name.eq_ignore_ascii_case(b"message-id:"));
    lines.find(named).and_then(|line| line.get(11..)).unwrap_or_default().trim_ascii()
}
