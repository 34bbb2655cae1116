//! How a message ended, counted exactly once whatever happens on the way.
//!
//! The verdict is what the policy thinks of a message; the ending is what came of it. They
//! differ where the next hop refuses what we accept, or the client does not wait for us.

use crate::metrics;
use crate::smtp::Reply;

/// What came of a message whose content had begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The next hop took it.
    Relayed,
    /// The mail server that asked may go on with it.
    Passed,
    /// The mail server that asked holds it in its queue.
    Held,
    /// The store holds it.
    Kept,
    /// Answered 4xx: the sender has it.
    Deferred,
    /// Answered 5xx.
    Refused,
    /// The end went out and no answer came: the next hop may have it (RFC 1047).
    Unknown,
    /// The client left or took it back before it was answered: the sender has it.
    Abandoned,
}

impl Ending {
    /// What a reply to the whole message means for it.
    pub(super) fn of(reply: &Reply) -> Ending {
        match reply.class() {
            2 => Ending::Relayed,
            4 => Ending::Deferred,
            _ => Ending::Refused,
        }
    }

    /// The word that logs and metrics use.
    pub(super) fn name(self) -> &'static str {
        match self {
            Ending::Relayed => "relayed",
            Ending::Passed => "passed",
            Ending::Held => "held",
            Ending::Kept => "kept",
            Ending::Deferred => "deferred",
            Ending::Refused => "refused",
            Ending::Unknown => "unknown",
            Ending::Abandoned => "abandoned",
        }
    }
}

/// A message in the books from its first byte on. Dropped, it is counted: there is no way
/// out of a session on which a message is forgotten or counted twice.
#[derive(Debug)]
pub(super) struct Entry {
    id: String,
    door: &'static str,
    ending: Ending,
}

impl Entry {
    pub(super) fn open(id: &str, door: &'static str) -> Entry {
        Entry { id: id.to_owned(), door, ending: Ending::Abandoned }
    }

    /// As far as is known now; the last word counts.
    pub(super) fn settle(&mut self, ending: Ending) {
        self.ending = ending;
    }

    /// As far as is known now.
    pub(super) fn ending(&self) -> Ending {
        self.ending
    }

    /// What this answer makes of it, where nothing more is known.
    pub(super) fn answered(&mut self, reply: &Reply) -> Ending {
        if self.ending == Ending::Abandoned {
            self.ending = Ending::of(reply);
        }
        self.ending
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        metrics::ended(self.ending.name(), self.door);
        if self.ending == Ending::Abandoned {
            tracing::info!(
                id = self.id,
                door = self.door,
                outcome = self.ending.name(),
                "The client left before the answer, nothing was delivered."
            );
        }
    }
}
