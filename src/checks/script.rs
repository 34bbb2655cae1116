//! Scripts: batch, PowerShell, VBScript, JScript, registry files …, by name or by content.
//!
//! HTML and SVG are none here although they may hold some: ordinary letters are
//! made of them. A text that only speaks of scripts is text.

use super::executable::found;
use super::{Check, PartCheck};
use crate::facts::Part;
use crate::mail::Family;
use crate::rules::Policy;
use crate::verdict::{Class, Finding, Kind};

/// A script.
pub static FOUND: Kind = Kind {
    name: "script.found",
    class: Class::Policy,
    about: "A script that a reader's system runs, by content or by name",
};

/// Not looked for.
pub static UNSCANNED: Kind = Kind {
    name: "script.unscanned",
    class: Class::Policy,
    about: "A part was not searched for scripts",
};

static KINDS: &[&Kind] = &[&FOUND, &UNSCANNED];

/// The check.
pub struct Script;

impl Check for Script {
    fn name(&self) -> &'static str {
        "script"
    }

    fn kinds(&self) -> &'static [&'static Kind] {
        KINDS
    }

    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl PartCheck for Script {
    fn inspect(&self, part: &Part, _: &Policy) -> Vec<Finding> {
        found(&FOUND, part, Family::Script).into_iter().collect()
    }
}
