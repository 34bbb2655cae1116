//! What the findings of a kind have beside their evidence: only for that can a condition ask.

use super::Kind;
use Facet::{Cause, Grade, Part, Value, What};

/// One thing that a finding may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facet {
    /// It is about a part, with a role, a name and a type.
    Part,
    /// Why something was not examined.
    Cause,
    /// How much it weighs.
    Grade,
    /// The one word that matters.
    What,
    /// What was measured.
    Value,
}

/// Those of each kind that a check reports. `<check>.unscanned` has a cause, and perhaps a part; a
/// list of an operator's is not known here, and may have everything.
const FACETS: [(&[&str], &[Facet]); 11] = [
    (&["size.message", "size.attachments", "spam.score", "line.long"], &[Value]),
    (&["account.code", "message.poison"], &[]),
    (&["account.registration", "bulk.advertising"], &[What]),
    (&["recipient.unknown", "recipient.locked", "recipient.revoked"], &[What]),
    (&["line.bare"], &[What, Grade]),
    (&["virus.found", "executable.found", "script.found", "attachment.type"], &[Part, What]),
    (
        &["encoding.legacy", "encoding.mislabelled", "encoding.invalid", "text.foreign"],
        &[Part, What],
    ),
    (
        &["macro.found", "active.found", "polyglot.found", "name.deceptive", "type.mismatch"],
        &[Part, What, Grade],
    ),
    (&["mime.ambiguous", "secret.marked"], &[Part, What, Grade]),
    (&["text.combining", "text.undiacritical", "archive.unlocked", "secret.declassified"], &[Part]),
    (&["restricted.marked"], &[Part]),
];

/// Obstacles: what could not be opened, why, and over which limit.
const OBSTACLES: [&str; 6] = [
    "archive.bomb",
    "archive.encrypted",
    "archive.over_limit",
    "archive.unreadable",
    "archive.unsupported",
    "mime.over_limit",
];

impl Kind {
    /// What its findings may have; nothing is said of kinds that are not known here.
    pub fn facets(&self) -> Option<&'static [Facet]> {
        let listed = FACETS.iter().find(|(names, _)| names.contains(&self.name));
        match listed {
            Some((_, facets)) => Some(facets),
            None if OBSTACLES.contains(&self.name) => Some(&[Part, Cause, Value]),
            None if self.name.ends_with(".unscanned") || self.name == "encoding.unread" => {
                Some(&[Part, Cause])
            }
            None => None,
        }
    }
}
