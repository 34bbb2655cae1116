//! Letters that a policy does not let in, and why.

use crate::support::gate::{Gate, judge_in_chunks};
use congthu::facts::{Facts, Part};
use congthu::mail::Family;
use congthu::verdict::Action;
use std::borrow::Borrow;

/// The shipped policies beside `base`.
pub const POLICIES: &[&str] =
    &["angiang-2016", "binhthuan-2012", "tiengiang-2009", "tiengiang-2016"];

/// A letter that is refused or kept back, for the gravest finding.
pub struct Refusal {
    pub policy: String,
    pub letter: String,
    pub action: Action,
    pub finding: &'static str,
    pub part: String,
    pub detail: String,
    /// Whether it is refused for what mail itself is made of: an inline picture, a signature, a
    /// calendar, a report (design: what an attachment is).
    pub exempt: bool,
}

/// Whether a letter is refused under a policy, and why.
pub fn by(gate: &Gate, policy: &str, letter: &str, mail: &[u8]) -> Option<Refusal> {
    let (verdict, facts) = judge_in_chunks(gate, policy, mail, mail.len().max(1));
    if verdict.action < Action::Quarantine {
        return None;
    }
    let acting = verdict.findings.iter().find(|judged| judged.action == verdict.action)?;
    let finding = &acting.finding;
    Some(Refusal {
        policy: policy.to_owned(),
        letter: letter.to_owned(),
        action: verdict.action,
        finding: finding.kind.name,
        part: finding.part.clone(),
        detail: finding.detail.clone(),
        exempt: finding.kind.name == "attachment.type" && is_exempt(&facts, &finding.part),
    })
}

fn is_exempt(facts: &Facts, path: &str) -> bool {
    facts.parts.iter().find(|part| part.path == path).is_some_and(|part| {
        let declared = part.declared.as_deref().unwrap_or_default();
        let report = declared.starts_with("message/") || declared == "text/rfc822-headers";
        let calendar = ["text/calendar", "application/ics"].contains(&declared);
        let signature = declared.ends_with("-signature");
        report || calendar || signature || is_shown(facts, part)
    })
}

/// A picture that an HTML body shows; its Content-ID is no fact, so the part's being told apart by
/// the unfolding is what counts.
fn is_shown(_: &Facts, part: &Part) -> bool {
    part.detected.family == Family::Picture && !part.listed
}

/// One line each.
pub fn list<R: Borrow<Refusal>>(refusals: impl IntoIterator<Item = R>) -> String {
    let line = |refusal: R| {
        let Refusal { policy, letter, action, finding, part, detail, .. } = refusal.borrow();
        format!("{policy} {letter}: {} {finding} {part} ({detail})\n", action.name())
    };
    refusals.into_iter().map(line).collect()
}
