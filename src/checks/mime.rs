//! Structure: constructs that two readers may understand differently, and parts beyond the limits.

use super::{Check, Found, MessageCheck};
use crate::facts::{Facts, Obstacle, Trouble};
use crate::mail::Weight;
use crate::rules::Policy;
use crate::verdict::{Cause, Class, Finding, Grade, Kind};

/// Two readers may see two different messages.
pub const AMBIGUOUS: Kind = Kind {
    name: "mime.ambiguous",
    class: Class::Content,
    about: "a structure that two mail programs may understand differently",
};

/// Encrypted, in an encoding that is not read, or the check itself broke.
pub const UNSCANNED: Kind = Kind {
    name: "mime.unscanned",
    class: Class::Content,
    about: "a part that is encrypted (S/MIME, OpenPGP) or in an encoding that is not read (yEnc, BinHex), or a structure that was not examined",
};

/// Findings of one grade that are told: ten thousand parts may have a construct each.
const TOLD: usize = 50;

/// Reports what looked odd while the message was taken apart.
pub struct Structure;

impl Check for Structure {
    fn name(&self) -> &'static str {
        "mime"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        &[&AMBIGUOUS, &UNSCANNED]
    }
    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl MessageCheck for Structure {
    fn conclude(&self, facts: &Facts, _: &Found, _: &Policy) -> Vec<Finding> {
        let mut told = [0_usize; 3];
        let some = facts.ambiguities.iter().filter(|ambiguity| {
            let count = told.get_mut(ambiguity.weight as usize);
            count.is_some_and(|count| {
                *count += 1;
                *count <= TOLD
            })
        });
        let findings = some.map(|ambiguity| {
            let grade = match ambiguity.weight {
                Weight::Sloppy => Grade::Sloppy,
                Weight::Odd => Grade::Odd,
                Weight::Hiding => Grade::Hiding,
            };
            Finding::at(&AMBIGUOUS, &ambiguity.path, ambiguity.construct)
                .what(ambiguity.construct)
                .graded(grade)
        });
        let unread = facts.obstacles.iter().filter(|obstacle| is_unread(obstacle));
        // One key locks a message: an encrypted mail in an encrypted mail is told once.
        let mut causes: Vec<Cause> = Vec::new();
        let unread = unread.filter_map(|obstacle| {
            let cause = match obstacle.trouble {
                Trouble::Encrypted => Cause::Encrypted,
                _ => Cause::Unsupported,
            };
            if causes.contains(&cause) {
                return None;
            }
            causes.push(cause);
            Some(Finding::at(&UNSCANNED, &obstacle.path, &obstacle.detail).because(cause))
        });
        findings.chain(unread).collect()
    }
}

/// Whether it is a part of the structure that cannot be read, rather than one beyond a limit.
pub(super) fn is_unread(obstacle: &Obstacle) -> bool {
    !obstacle.archive && matches!(obstacle.trouble, Trouble::Encrypted | Trouble::Unsupported)
}
