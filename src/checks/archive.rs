//! What stood in the way: locked, damaged, oversized and unknown archives, and too deep MIME.
//!
//! Nothing is examined here: facts meet the obstacles while they unfold the
//! message, and each becomes a finding, so that a rule decides and not silence.

use super::{Check, Found, MessageCheck};
use crate::facts::{Facts, Obstacle, Trouble};
use crate::mail::name;
use crate::rules::Policy;
use crate::verdict::{Cause, Class, Finding, Kind};

const fn kind(name: &'static str, class: Class, about: &'static str) -> Kind {
    Kind { name, class, about }
}

/// Locked.
pub static ENCRYPTED: Kind =
    kind("archive.encrypted", Class::Policy, "An archive or a member that a password protects");
/// Locked, and open all the same.
pub static UNLOCKED: Kind = kind(
    "archive.unlocked",
    Class::Policy,
    "A locked member that a password of the letter or of the rules opened",
);
/// Damaged, or of two minds.
pub static UNREADABLE: Kind = kind(
    "archive.unreadable",
    Class::Policy,
    "An archive that is damaged, or whose directories disagree",
);
/// More than the budget.
pub static OVER_LIMIT: Kind = kind(
    "archive.over_limit",
    Class::Policy,
    "An archive that unfolds to more than one message may cost",
);
/// Not read.
pub static UNSUPPORTED: Kind =
    kind("archive.unsupported", Class::Policy, "An archive of a format or method that is not read");
/// Serves no other end.
pub static BOMB: Kind =
    kind("archive.bomb", Class::Policy, "An archive that unpacks to many times the message");
/// Not finished: no time, or a bug of ours.
pub static UNSCANNED: Kind = kind(
    "archive.unscanned",
    Class::Policy,
    "The message was not unfolded to its end: no time was left, or a reader failed",
);
/// Too many or too deep MIME parts.
pub static MIME_OVER_LIMIT: Kind = kind(
    "mime.over_limit",
    Class::Content,
    "More MIME parts, or deeper ones, than one message may have",
);

static KINDS: &[&Kind] = &[
    &BOMB,
    &ENCRYPTED,
    &UNLOCKED,
    &UNREADABLE,
    &OVER_LIMIT,
    &UNSUPPORTED,
    &MIME_OVER_LIMIT,
    &UNSCANNED,
];

/// The check.
pub struct Archive;

impl Check for Archive {
    fn name(&self) -> &'static str {
        "archive"
    }

    fn kinds(&self) -> &'static [&'static Kind] {
        KINDS
    }

    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

/// Findings of one kind that are told one by one: a zip holds ten thousand locked members.
const TOLD: usize = 50;

impl MessageCheck for Archive {
    fn conclude(&self, facts: &Facts, _: &Found, _: &Policy) -> Vec<Finding> {
        let mut told: Vec<Finding> = Vec::new();
        let obstacles = facts.obstacles.iter();
        for obstacle in obstacles.filter(|obstacle| !super::mime::is_unread(obstacle)) {
            let finding = finding(obstacle);
            let same = told.iter().filter(|other| other.kind == finding.kind).count();
            if same < TOLD {
                told.push(finding);
            }
        }
        let unlocked = facts.unlocked.iter().take(TOLD).map(|note| {
            let detail = "opened with a password of the letter or of the rules";
            let finding = Finding::at(&UNLOCKED, &note.path, detail);
            match &note.name {
                Some(written) => finding.named(name::shown(written, super::executable::NAME)),
                None => finding,
            }
        });
        told.extend(unlocked);
        told
    }
}

/// One obstacle as a finding.
fn finding(obstacle: &Obstacle) -> Finding {
    const DETAIL: usize = 200;
    let (kind, cause) = match (obstacle.archive, obstacle.trouble) {
        (_, Trouble::Cancelled) => (&UNSCANNED, Cause::Timeout),
        (_, Trouble::Panic) => (&UNSCANNED, Cause::Panic),
        (false, _) => (&MIME_OVER_LIMIT, Cause::OverLimit),
        (true, Trouble::Bomb) => (&BOMB, Cause::OverLimit),
        (true, Trouble::Encrypted) => (&ENCRYPTED, Cause::Encrypted),
        (true, Trouble::OverLimit) => (&OVER_LIMIT, Cause::OverLimit),
        (true, Trouble::Unreadable) => (&UNREADABLE, Cause::Unreadable),
        (true, Trouble::Unsupported) => (&UNSUPPORTED, Cause::Unsupported),
    };
    let detail = name::escape(&obstacle.detail, DETAIL);
    let mut finding = Finding::at(kind, &obstacle.path, detail).because(cause);
    if let Some(written) = &obstacle.name {
        finding = finding.named(name::shown(written, super::executable::NAME));
    }
    match obstacle.measure {
        Some((value, limit)) => finding.measured(value, limit),
        None => finding,
    }
}
