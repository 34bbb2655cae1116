//! Ham of the corpus: what each policy refuses of it, and why.

use super::refused::{self, Refusal};
use super::{Row, corpus, mail};
use crate::support::gate::Gate;
use std::collections::BTreeMap;

/// Folders of letters without a label that people and programs really sent; what their sources
/// made up to be bad is not among them.
const MIXED: &[&str] = &[
    "notmuch/",
    "deltachat/",
    "mimekit/messages/",
    "mikel-mail/emails/plain_emails/",
    "mail-parser/eml/legacy/",
];

/// How many letters were judged, and those that were refused.
fn refusals(rows: &[Row], policy: &str, ham: impl Fn(&Row) -> bool) -> (usize, Vec<Refusal>) {
    let gate = Gate::with_worker();
    let mut count = 0;
    let mut refused = Vec::new();
    for row in rows.iter().filter(|row| row.kind == "message" && ham(row)) {
        count += 1;
        refused.extend(refused::by(&gate, policy, &row.name, &mail(&row.path)));
    }
    // Stored with mixed line ends: what they were on the wire cannot be known.
    refused.retain(|refusal| refusal.finding != "line.bare");
    (count, refused)
}

#[test]
fn policies_refuse_of_ham_what_their_lists_forbid() {
    let Some(rows) = corpus() else { return };
    let mut all = Vec::new();
    for policy in refused::POLICIES {
        let (count, refused) = refusals(&rows, policy, |row| row.label == "ham");
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        refused.iter().for_each(|refusal| *reasons.entry(refusal.finding).or_default() += 1);
        println!("{policy}: {} of {count} ham refused: {reasons:?}", refused.len());
        all.push((count, refused));
    }
    let listed = all
        .iter()
        .flat_map(|(_, refused)| refused)
        .filter(|refusal| !refusal.exempt && refusal.finding == "attachment.type");
    crate::support::kept("fixtures/corpus/ham.txt", &refused::list(listed));
    for (count, refused) in &all {
        let exempt: Vec<_> = refused.iter().filter(|refusal| refusal.exempt).collect();
        assert!(exempt.is_empty(), "{}", refused::list(exempt));
        // Whatever its list says, a policy refuses next to nothing for structure, name or type.
        let structure = |refusal: &&Refusal| refusal.finding != "attachment.type";
        let structure: Vec<_> = refused.iter().filter(structure).collect();
        assert!(structure.len() * 1000 <= *count, "{}", refused::list(structure));
    }
}

#[test]
fn letters_without_a_label_are_refused_for_what_they_carry() {
    let Some(rows) = corpus() else { return };
    let mixed = |row: &Row| {
        row.label == "message-mixed" && MIXED.iter().any(|folder| row.name.starts_with(folder))
    };
    let (count, refused) = refusals(&rows, "base", mixed);
    println!("{} of {count} letters without a label refused under base", refused.len());
    println!("{}", refused::list(&refused));
    assert!(count > 300, "only {count} letters");
}
