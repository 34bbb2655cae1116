//! What operators write: rule files, what they decide, and how their mistakes are told.

mod bad;
mod command;
mod judge;
mod language;
mod readme;
mod shipped;

use congthu::mail::{Address, Envelope};
use congthu::rules::{Context, PartView, Policy};
use congthu::verdict::{Catalogue, Class, Finding, Kind, Verdict};

/// Every finding that the shipped rules speak of.
const KINDS: &[(&str, Class)] = &[
    ("virus.found", Class::Policy),
    ("virus.unscanned", Class::Policy),
    ("executable.found", Class::Policy),
    ("executable.unscanned", Class::Policy),
    ("script.found", Class::Policy),
    ("script.unscanned", Class::Policy),
    ("size.message", Class::Size),
    ("size.attachments", Class::Size),
    ("size.unscanned", Class::Size),
    ("attachment.type", Class::Policy),
    ("attachment.unscanned", Class::Policy),
    ("type.mismatch", Class::Policy),
    ("signature.unscanned", Class::Policy),
    ("archive.bomb", Class::Policy),
    ("archive.encrypted", Class::Policy),
    ("archive.unreadable", Class::Policy),
    ("archive.over_limit", Class::Policy),
    ("archive.unsupported", Class::Policy),
    ("archive.unscanned", Class::Policy),
    ("spam.score", Class::Policy),
    ("spam.unscanned", Class::Policy),
    ("line.bare", Class::Content),
    ("line.long", Class::Content),
    ("line.unscanned", Class::Content),
    ("mime.ambiguous", Class::Content),
    ("mime.over_limit", Class::Content),
    ("mime.unscanned", Class::Content),
    ("encoding.invalid", Class::Policy),
    ("encoding.legacy", Class::Policy),
    ("encoding.unscanned", Class::Policy),
    ("message.poison", Class::Policy),
];

/// A catalogue of them.
pub(crate) fn catalogue() -> Catalogue {
    use std::sync::LazyLock;
    static ALL: LazyLock<Vec<Kind>> = LazyLock::new(|| {
        KINDS.iter().map(|(name, class)| Kind { name, class: *class, about: "" }).collect()
    });
    Catalogue::new(ALL.iter())
}

/// The kind of this name.
pub(crate) fn kind(name: &str) -> &'static Kind {
    catalogue().find(name).unwrap_or_else(|| panic!("no such kind: {name}"))
}

/// A finding of this name about the message as a whole.
pub(crate) fn finding(name: &str) -> Finding {
    Finding::whole(kind(name), name)
}

/// An envelope from and to.
pub(crate) fn envelope(from: &str, to: &[&str]) -> Envelope {
    let recipients = to.iter().map(|to| Address::new(to)).collect();
    Envelope { sender: Address::new(from), recipients, ..Envelope::default() }
}

/// What a policy makes of findings; part `1` is the body, others are attachments, and
/// `3` has two names.
pub(crate) fn judge(policy: &Policy, findings: Vec<Finding>, envelope: &Envelope) -> Verdict {
    let (one, two) = (["Báo cáo.PDF".to_owned()], ["a.docx".to_owned(), "a.exe".to_owned()]);
    let parts = |path: &str| {
        let role = match path.as_bytes().first()? {
            b'1' => "body",
            _ => "attachment",
        };
        let names: &[String] = if path.starts_with('3') { &two } else { &one };
        Some(PartView { role, names, detected: "application/pdf" })
    };
    policy.judge(findings, &Context { envelope, part: &parts })
}
