//! Active content: what a document starts, loads or builds by itself, macros aside.

use super::{Check, PartCheck};
use crate::facts::{Deed, Part};
use crate::mail::{Weight, name};
use crate::rules::Policy;
use crate::verdict::{Class, Finding, Grade, Kind};

/// What it finds.
pub static FOUND: Kind = Kind {
    name: "active.found",
    class: Class::Policy,
    about: "A document that starts, loads or builds something by itself; `what`: `dde`, `launch`, `package`, `remote`, `template`, `script`, `credentials`, `smuggling`, `form`, `control`, `exploit`",
};

/// Not looked for.
pub static UNSCANNED: Kind = Kind {
    name: "active.unscanned",
    class: Class::Policy,
    about: "A part was not searched for active content",
};

static KINDS: &[&Kind] = &[&FOUND, &UNSCANNED];

/// The check.
pub struct Content;

impl Check for Content {
    fn name(&self) -> &'static str {
        "active"
    }

    fn kinds(&self) -> &'static [&'static Kind] {
        KINDS
    }

    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl PartCheck for Content {
    fn inspect(&self, part: &Part, _: &Policy) -> Vec<Finding> {
        of(part, &FOUND, |deed| !deed.is_macro())
    }
}

/// One finding for each kind of deed that a part holds. Shared with the check for macros.
pub(super) fn of(part: &Part, kind: &'static Kind, wanted: impl Fn(Deed) -> bool) -> Vec<Finding> {
    let mut seen = Vec::new();
    let mut findings = Vec::new();
    for active in part.active.iter().filter(|active| wanted(active.deed)) {
        if seen.contains(&active.deed) {
            continue;
        }
        seen.push(active.deed);
        let detail = name::escape(&active.detail, super::NAME);
        let grade = match active.deed.weight() {
            Weight::Sloppy => Grade::Sloppy,
            Weight::Odd => Grade::Odd,
            Weight::Hiding => Grade::Hiding,
        };
        let finding = Finding::at(kind, &part.path, detail).what(active.deed.name()).graded(grade);
        findings.push(match part.name() {
            Some(written) => finding.named(name::shown(written, super::executable::NAME)),
            None => finding,
        });
    }
    findings
}
