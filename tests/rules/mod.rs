//! What operators write: rule files, what they decide, and how their mistakes are told.

mod bad;
mod command;
mod judge;
mod language;
mod readme;
mod reload;
mod shipped;

use congthu::mail::{Address, Envelope};
use congthu::rules::{Context, PartView, Policy};
use congthu::verdict::{Catalogue, Finding, Kind, Verdict};

/// A catalogue of them.
pub(crate) fn catalogue() -> Catalogue {
    congthu::checks::catalogue()
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
