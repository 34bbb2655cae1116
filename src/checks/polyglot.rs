//! Files that are two things at once: a picture with an archive behind it, a page that is a zip.
//!
//! The other types are judged by the checks for executables, scripts and formats
//! too; this finding says that a reader and a filter may see different files.

use super::{Check, PartCheck};
use crate::facts::Part;
use crate::mail::{Family, FileType, name};
use crate::rules::Policy;
use crate::verdict::{Class, Finding, Grade, Kind};

/// Two things in one.
pub static FOUND: Kind = Kind {
    name: "polyglot.found",
    class: Class::Policy,
    about: "A file that is of two types at once, such as a picture that is an archive too",
};

/// Not looked for.
pub static UNSCANNED: Kind = Kind {
    name: "polyglot.unscanned",
    class: Class::Policy,
    about: "A part was not searched for a second type",
};

static KINDS: &[&Kind] = &[&FOUND, &UNSCANNED];

/// The check.
pub struct Polyglot;

impl Check for Polyglot {
    fn name(&self) -> &'static str {
        "polyglot"
    }

    fn kinds(&self) -> &'static [&'static Kind] {
        KINDS
    }

    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl PartCheck for Polyglot {
    fn inspect(&self, part: &Part, _: &Policy) -> Vec<Finding> {
        let graded = part.also.iter().filter_map(|&other| {
            let grade = weight(part.detected, other)?;
            let detail = format!("{} that is also {}", part.detected.about(), other.about());
            let finding = Finding::at(&FOUND, &part.path, detail).what(other.mime).graded(grade);
            Some(match part.name() {
                Some(written) => finding.named(name::shown(written, super::executable::NAME)),
                None => finding,
            })
        });
        graded.collect()
    }
}

/// How much it weighs that a file is both; `None` where that is how such files are made.
fn weight(first: FileType, other: FileType) -> Option<Grade> {
    use Family::{Archive, Executable, Script, Text, Unknown};
    match (first.family, other.family) {
        // Programs that unpack themselves, scripts with an archive behind them.
        (Executable | Script, Archive) | (Archive, Script) => None,
        // Files on a page of OneNote, in the form in which a server hands them out.
        _ if first.extension == "one" => None,
        // What is not known at all, or a text in front: no second reader is deceived.
        (Unknown, _) | (_, Text) => Some(Grade::Odd),
        _ => Some(Grade::Hiding),
    }
}
