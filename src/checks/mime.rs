//! Structure: constructs that two readers may understand differently, and parts beyond the limits.

use super::{Check, Found, MessageCheck};
use crate::facts::Facts;
use crate::mail::Weight;
use crate::rules::Policy;
use crate::verdict::{Class, Finding, Grade, Kind};

/// Two readers may see two different messages.
pub const AMBIGUOUS: Kind = Kind {
    name: "mime.ambiguous",
    class: Class::Content,
    about: "a structure that two mail programs may understand differently",
};

/// The check itself broke.
pub const UNSCANNED: Kind =
    Kind { name: "mime.unscanned", class: Class::Content, about: "the structure was not examined" };

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
        let findings = facts.ambiguities.iter().map(|ambiguity| {
            let grade = match ambiguity.weight {
                Weight::Sloppy => Grade::Sloppy,
                Weight::Odd => Grade::Odd,
                Weight::Hiding => Grade::Hiding,
            };
            Finding::at(&AMBIGUOUS, &ambiguity.path, ambiguity.construct)
                .what(ambiguity.construct)
                .graded(grade)
        });
        findings.collect()
    }
}
