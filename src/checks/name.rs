//! File names that make a reader take a file for another one.
//!
//! Every name of a part is judged, of members of archives too. A component of a
//! document has no name that a person sees, and its paths are the format's own.

use super::{Check, PartCheck};
use crate::facts::{Part, Role};
use crate::mail::{Weight, name};
use crate::rules::Policy;
use crate::verdict::{Class, Finding, Grade, Kind};

/// Shows one thing and is another.
pub static DECEPTIVE: Kind = Kind {
    name: "name.deceptive",
    class: Class::Policy,
    about: "A file name that hides what the file is: turned writing, hidden characters, two extensions, padding, streams, look-alike letters",
};

/// Not looked for.
pub static UNSCANNED: Kind = Kind {
    name: "name.unscanned",
    class: Class::Policy,
    about: "A file name was not searched for tricks",
};

static KINDS: &[&Kind] = &[&DECEPTIVE, &UNSCANNED];

/// The check.
pub struct Name;

impl Check for Name {
    fn name(&self) -> &'static str {
        "name"
    }

    fn kinds(&self) -> &'static [&'static Kind] {
        KINDS
    }

    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl PartCheck for Name {
    fn inspect(&self, part: &Part, _: &Policy) -> Vec<Finding> {
        if part.role == Role::Component {
            return Vec::new();
        }
        let mut findings: Vec<Finding> = Vec::new();
        for written in &part.names {
            for trick in name::tricks(written) {
                let grade = match trick.weight {
                    Weight::Sloppy => Grade::Sloppy,
                    Weight::Odd => Grade::Odd,
                    Weight::Hiding => Grade::Hiding,
                };
                let known =
                    findings.iter_mut().find(|finding| finding.what.as_deref() == Some(trick.word));
                // One finding a trick: the first name that plays it at its gravest.
                if let Some(known) = known {
                    if known.grade < Some(grade) {
                        *known = finding(part, written, trick, grade);
                    }
                } else {
                    findings.push(finding(part, written, trick, grade));
                }
            }
        }
        findings
    }
}

/// One trick as a finding.
fn finding(part: &Part, written: &str, trick: name::Trick, grade: Grade) -> Finding {
    let detail = format!("{} in the name {}", trick.about, name::escape(written, super::NAME));
    Finding::at(&DECEPTIVE, &part.path, detail)
        .what(trick.word)
        .graded(grade)
        .named(name::shown(written, super::executable::NAME))
}
