//! Letters in a foreign language between two bodies of the State, which write Vietnamese to each
//! other. With partners abroad any language is right, so other letters are not looked at.

use super::{Check, Found, MessageCheck};
use crate::facts::{Facts, Part, Role};
use crate::rules::Policy;
use crate::text;
use crate::verdict::{Class, Finding, Kind};

/// Not Vietnamese.
pub const FOREIGN: Kind = Kind {
    name: "text.foreign",
    class: Class::Policy,
    about: "a letter in a foreign language from one body of the State (set `state-bodies`) to another; `what` is the language (ISO 639-3)",
};

/// Not looked for.
pub const UNSCANNED: Kind = Kind {
    name: "text.unscanned",
    class: Class::Policy,
    about: "the language of a letter was not looked at",
};

/// The set of domains of the State.
const BODIES: &str = "state-bodies";
/// Bodies of one letter that are read.
const PARTS: usize = 8;

/// Looks at the language of letters within the State.
pub struct Language;

impl Check for Language {
    fn name(&self) -> &'static str {
        "language"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        &[&FOREIGN, &UNSCANNED]
    }
    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl MessageCheck for Language {
    fn conclude(&self, facts: &Facts, _: &Found, policy: &Policy) -> Vec<Finding> {
        let (envelope, domains) = (&facts.envelope, &policy.domains);
        let domestic = domains.has(BODIES, &envelope.sender)
            && !envelope.recipients.is_empty()
            && envelope.recipients.iter().all(|recipient| domains.has(BODIES, recipient));
        if !domestic {
            return Vec::new();
        }
        let letter = |part: &&Part| part.role == Role::Body && !part.path.contains(['/', '~']);
        let bodies = facts.parts.iter().filter(letter).take(PARTS);
        let found = bodies.filter_map(|part| {
            let lines = part.document().lines().iter().map(|line| line.text.as_str());
            Some((part, text::foreign(lines)?))
        });
        found.take(1).map(|(part, language)| report(part, language)).collect()
    }
}

fn report(part: &Part, language: &'static str) -> Finding {
    Finding::at(&FOREIGN, &part.path, format!("a letter in {language} between bodies of the State"))
        .what(language)
}
