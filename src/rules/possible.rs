//! Conditions that no finding of a kind can meet: a grade of what has none, a file name of a score.

use super::compile::Compiler;
use super::file::Conditions;
use crate::verdict::Facet;
use std::ops::Range;
use toml::Spanned;

/// The keys by which conditions ask for what a finding has.
const KEYS: [(&str, Facet); 8] = [
    ("role", Facet::Part),
    ("name", Facet::Part),
    ("type", Facet::Part),
    ("cause", Facet::Cause),
    ("grade", Facet::Grade),
    ("what", Facet::What),
    ("over", Facet::Value),
    ("at_least", Facet::Value),
];

impl Compiler<'_> {
    /// Refuses what is asked of findings that do not have it.
    pub(super) fn askable<'w>(
        &mut self,
        written: impl Iterator<Item = &'w Spanned<Conditions>>,
        findings: &[&'static str],
    ) {
        let keys = written.flat_map(|written| KEYS.into_iter().zip(spans(written.get_ref())));
        for ((key, facet), span) in keys {
            let Some(span) = span else { continue };
            for finding in findings {
                let known = self.catalogue.find(finding).and_then(|kind| kind.facets());
                let Some(facets) = known.filter(|facets| !facets.contains(&facet)) else {
                    continue;
                };
                let message = format!(
                    "`{finding}` has no {}, so `{key}` never holds; {}",
                    noun(facet),
                    instead(facets)
                );
                self.errors.push(self.source.error(span.clone(), message));
            }
        }
    }
}

/// Where each of the keys stands, if it does.
fn spans(written: &Conditions) -> [Option<Range<usize>>; 8] {
    let Conditions { role, name, r#type, cause, grade, what, over, at_least, .. } = written;
    let words = [role, name, r#type, cause, grade, what];
    let [role, name, r#type, cause, grade, what] =
        words.map(|words| words.as_ref().map(|words| words.span.clone()));
    let [over, at_least] = [over, at_least].map(|amount| amount.as_ref().map(|at| at.span()));
    [role, name, r#type, cause, grade, what, over, at_least]
}

fn noun(facet: Facet) -> &'static str {
    match facet {
        Facet::Part => "part (it is about the whole letter)",
        Facet::Cause => "cause",
        Facet::Grade => "grade",
        Facet::What => "word of its own",
        Facet::Value => "measured value",
    }
}

/// What can be asked for.
fn instead(facets: &[Facet]) -> String {
    let keys = KEYS.iter().filter(|(_, facet)| facets.contains(facet));
    let keys: Vec<String> = keys.map(|(key, _)| format!("`{key}`")).collect();
    match keys.is_empty() {
        true => "ask for `client`, `sender`, `recipient` or the time".to_owned(),
        false => format!("ask for {}, or for `client`, `sender`, `recipient`", keys.join(", ")),
    }
}
