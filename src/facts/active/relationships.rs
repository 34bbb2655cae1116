//! Relationships of a package (ECMA-376 part 2, 9.3): what a member is, and where it lies.

use super::Found;
use super::fields::{Away, away};
use crate::archive::xml::{Node, attributes, walk};
use crate::facts::Deed;
use crate::mail::{Budget, Family, FileType, name};
use quick_xml::events::BytesStart;

/// A list of relationships.
pub(super) fn look(content: &[u8], found: &mut Found, budget: &Budget) {
    walk(content, budget, |node| {
        if let Node::Open("Relationship", start) = node {
            judge(start, found);
        }
    });
}

/// One relationship. An attribute of a foreign namespace says nothing to an office, and which is
/// one a prefix may hide: what any of them says counts.
pub(super) fn judge(start: &BytesStart<'_>, found: &mut Found) {
    /// Of one name: an office writes one, and another generator would add one.
    const MOST: usize = 8;
    let all = |key: &str| attributes(start, key);
    let (kinds, targets) = (all("Type"), all("Target"));
    if kinds.len() > MOST || targets.len() > MOST {
        found.note(Deed::Exploit, "a relationship that says one thing many times");
    }
    let external = all("TargetMode").iter().any(|mode| mode.eq_ignore_ascii_case("external"));
    for kind in kinds.iter().take(MOST) {
        let kind = kind.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        if matches!(kind.as_str(), "xlmacrosheet" | "xlintlmacrosheet") {
            found.note(Deed::Macro, "Excel 4.0 macro sheet");
        }
        for target in targets.iter().take(MOST).filter(|_| external) {
            if let Some(deed) = leads(&kind, target) {
                found.note(deed, &format!("{kind} {target}"));
            }
        }
    }
}

/// What it is that a relationship of this kind leads there.
fn leads(kind: &str, target: &str) -> Option<Deed> {
    match (kind, away(target)) {
        ("hyperlink", place) => link(target, place),
        (_, Away::Local) => None,
        // Pictures and films are shown, not run.
        ("image" | "audio" | "video" | "media", Away::Web | Away::Share) => None,
        (_, Away::Handler) => Some(Deed::Launch),
        ("attachedtemplate" | "oleobject" | "frame" | "vbaproject" | "control", Away::Web) => {
            Some(Deed::Template)
        }
        _ => Some(Deed::Remote),
    }
}

/// A link that somebody clicks, or a slide follows where the mouse is: to a program of the system, to
/// one on a share, to a scheme that runs what it is handed.
fn link(target: &str, place: Away) -> Option<Deed> {
    const RUNS: &[&str] =
        &["search:", "ms-search:", "ms-officecmd:", "ms-appinstaller:", "mshta:", "hta:", "shell:"];
    let target = target.trim().to_ascii_lowercase();
    let runs = match place {
        Away::Handler => {
            target.contains("ms-msdt:")
                || target.contains("search-ms:")
                || RUNS.iter().any(|scheme| target.starts_with(scheme))
        }
        Away::Share => is_program(&target),
        Away::Local => target.contains("windows") && is_program(&target),
        Away::Web => false,
    };
    runs.then_some(Deed::Launch)
}

/// Whether a path ends in a program or script.
fn is_program(path: &str) -> bool {
    // A host alone may end in `.com`.
    let path = path.trim_start_matches("file:").trim_start_matches(['/', '\\']);
    let Some((_, path)) = path.split_once(['/', '\\']) else { return false };
    let last = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let last = last.split(['?', '#', ' ']).next().unwrap_or_default();
    let kind = name::extension(last).and_then(|extension| FileType::by_extension(&extension));
    kind.is_some_and(|kind| matches!(kind.family, Family::Executable | Family::Script))
}
