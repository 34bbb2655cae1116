//! What the directory says against a recipient, as a finding: judged at RCPT, before any letter is there.

use crate::directory::{Standing, State};
use crate::verdict::{Class, Finding, Kind};

/// No mailbox of that name, or one that is deleted.
pub const UNKNOWN: Kind = Kind {
    name: "recipient.unknown",
    class: Class::UnknownRecipient,
    about: "at RCPT: the directory does not list the mailbox (`what`: `unknown`) or lists it as deleted (`deleted`)",
};

/// A mailbox that is locked, which can be undone.
pub const LOCKED: Kind = Kind {
    name: "recipient.locked",
    class: Class::LockedRecipient,
    about: "at RCPT: the directory lists the mailbox as locked",
};

/// A mailbox that was withdrawn.
pub const REVOKED: Kind = Kind {
    name: "recipient.revoked",
    class: Class::LockedRecipient,
    about: "at RCPT: the directory lists the mailbox as revoked",
};

/// All of them.
pub(super) const KINDS: &[&Kind] = &[&UNKNOWN, &LOCKED, &REVOKED];

/// What is found; nothing for a mailbox that takes letters.
pub fn finding(standing: Standing) -> Option<Finding> {
    let (kind, what) = match standing {
        Standing::Listed(State::Active) => return None,
        Standing::Unknown => (&UNKNOWN, "unknown"),
        Standing::Listed(State::Deleted) => (&UNKNOWN, "deleted"),
        Standing::Listed(State::Locked) => (&LOCKED, "locked"),
        Standing::Listed(State::Revoked) => (&REVOKED, "revoked"),
    };
    Some(Finding::whole(kind, format!("{what} in the directory")).what(what))
}
