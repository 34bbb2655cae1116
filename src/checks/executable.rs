//! Executables: programs, installers, shortcuts and images of disks, by content or by name.
//!
//! One of the two is enough: Windows runs by the name, but a renamed program is
//! one command away. Where no name has an extension, readers give one by the
//! declared type. Components of documents have no name that a person could
//! click, so there the content alone decides. A file that is two things is both.

use super::{Check, PartCheck};
use crate::facts::{Part, Role};
use crate::mail::{Family, FileType, name};
use crate::rules::Policy;
use crate::verdict::{Class, Finding, Kind};

/// A program, a library, an installer, a shortcut, a disk image.
pub static FOUND: Kind = Kind {
    name: "executable.found",
    class: Class::Policy,
    about: "An executable, a shortcut, an installer or a disk image, by content or by name",
};

/// Not looked for.
pub static UNSCANNED: Kind = Kind {
    name: "executable.unscanned",
    class: Class::Policy,
    about: "A part was not searched for executables",
};

static KINDS: &[&Kind] = &[&FOUND, &UNSCANNED];

/// The check.
pub struct Executable;

impl Check for Executable {
    fn name(&self) -> &'static str {
        "executable"
    }

    fn kinds(&self) -> &'static [&'static Kind] {
        KINDS
    }

    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl PartCheck for Executable {
    fn inspect(&self, part: &Part, _: &Policy) -> Vec<Finding> {
        found(&FOUND, part, Family::Executable).into_iter().collect()
    }
}

/// What of this family the part is or claims to be. Shared with the check for scripts.
pub(super) fn found(kind: &'static Kind, part: &Part, family: Family) -> Option<Finding> {
    let promises = |name: &&String| promised(name).is_some_and(|kind| kind.family == family);
    let by_name = part.names.iter().find(promises).filter(|_| part.role != Role::Component);
    // A body is read, not run: letters quote scripts, and nobody's system runs a letter.
    let read = family == Family::Script && part.role == Role::Body;
    let is = part.types().find(|kind| kind.family == family).filter(|_| !read);
    let by_content = is.is_some();
    let by_label = declared(part).find(|kind| kind.family == family);
    let what = match (is, by_name, by_label) {
        (Some(is), ..) => is.describe(&part.bytes),
        (None, Some(name), _) => promised(name).map_or("", FileType::about),
        (None, None, Some(label)) => label.about(),
        (None, None, None) => return None,
    };
    let shown = by_name.or(part.names.first()).map(|written| name::shown(written, NAME));
    let detail = match (by_content, by_name, &shown) {
        (true, None, Some(shown)) => format!("{what} that is named {shown}"),
        (true, ..) => what.to_owned(),
        (false, Some(_), Some(shown)) => format!("{what} by its name {shown}"),
        (false, ..) => format!("{what} by its declared type"),
    };
    let finding = Finding::at(kind, &part.path, detail).what(what);
    Some(match shown {
        Some(shown) => finding.named(shown),
        None => finding,
    })
}

/// What its media type promises of a file whose names say nothing: readers name it by that.
fn declared(part: &Part) -> impl Iterator<Item = FileType> {
    let silent = part.names.iter().all(|name| name::extension(name).is_none());
    let asked = part.role == Role::Attachment && silent;
    let types = part.declared.iter().chain(&part.also_declared).filter(move |_| asked);
    types.filter_map(|declared| FileType::by_mime(declared))
}

/// Characters of a name that a reply may show.
pub(super) const NAME: usize = 40;

/// What the name promises to the system of a reader.
pub(super) fn promised(written: &str) -> Option<FileType> {
    FileType::by_extension(&name::extension(written)?)
}
