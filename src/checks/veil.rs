//! What is told of a letter that bears a mark of secrecy: what was found, and where; none of its
//! words, no names.
//!
//! Findings go into replies, logs, records and notices, and some show words or names as evidence.

use crate::verdict::{Finding, Verdict};

/// Takes all that is the letter's own out of findings, where one of them is a mark of secrecy:
/// words and names. Kinds, causes, grades and measures stay, so rules decide as before.
pub fn words(findings: &mut [Finding]) {
    if !findings.iter().any(Finding::is_secret) {
        return;
    }
    for finding in findings.iter_mut().filter(|finding| !finding.is_secret()) {
        finding.detail = "not told: the letter bears a mark of secrecy".to_owned();
        // A reply would take the name from the path.
        finding.name = Some(section(&finding.part).to_owned());
    }
}

/// The same for places, once rules have looked at the parts there: of `2/names.zip/name.doc`
/// remains the section of the letter.
pub fn places(verdict: &mut Verdict) {
    if !verdict.bears_mark() {
        return;
    }
    for judged in &mut verdict.findings {
        judged.finding.part = section(&judged.finding.part).to_owned();
    }
}

fn section(path: &str) -> &str {
    path.split('/').next().unwrap_or_default()
}
