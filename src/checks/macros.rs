//! Macros: code of a document's own, by what its reader found in it.

use super::{Check, PartCheck};
use crate::facts::{Deed, Part};
use crate::rules::Policy;
use crate::verdict::{Class, Finding, Kind};

/// What it finds.
pub static FOUND: Kind = Kind {
    name: "macro.found",
    class: Class::Policy,
    about: "A document with code of its own (VBA, Excel 4.0 sheets, Basic); `what`: `empty` a project without code, `macro` code that somebody starts, `auto` runs when opened, `calls` runs and starts or loads something, `hidden` code hidden from whoever looks",
};

/// Not looked for.
pub static UNSCANNED: Kind = Kind {
    name: "macro.unscanned",
    class: Class::Policy,
    about: "A part was not searched for macros",
};

static KINDS: &[&Kind] = &[&FOUND, &UNSCANNED];

/// The check.
pub struct Macros;

impl Check for Macros {
    fn name(&self) -> &'static str {
        "macro"
    }

    fn kinds(&self) -> &'static [&'static Kind] {
        KINDS
    }

    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl PartCheck for Macros {
    fn inspect(&self, part: &Part, _: &Policy) -> Vec<Finding> {
        super::active::of(part, &FOUND, Deed::is_macro)
    }
}
