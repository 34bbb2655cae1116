//! The rules of one file: those that it has, and what it changes in the file below it.
//!
//! In `local/` a rule with the `id` of a shipped one changes keys of that rule where it stands; all
//! others are rules of their own and come before the shipped ones.

use super::compile::Compiler;
use super::condition::Condition;
use super::file::{self, File};
use super::rule::Rule;
use crate::tomlfile::hint;
use crate::verdict::{Action, Kind, Mode};
use std::sync::Arc;
use toml::Spanned;

/// A rule, and the place in its file's list at which it is written.
#[derive(Clone, Debug)]
pub(super) struct Own {
    pub(super) at: usize,
    pub(super) id: Option<String>,
    pub(super) rule: Arc<Rule>,
}

/// The rules of a file; `below` are those that it may change.
pub(super) fn rules(
    file: &File,
    mut below: Option<&mut Vec<Own>>,
    compiler: &mut Compiler<'_>,
) -> Vec<Own> {
    let mut rules: Vec<Own> = Vec::new();
    for (at, written) in file.rule.iter().enumerate() {
        let id = written.get_ref().id.as_ref();
        if let Some(id) =
            id.filter(|id| rules.iter().any(|own| own.id.as_ref() == Some(id.get_ref())))
        {
            let message =
                format!("another rule of this file has the id `{}` already", id.get_ref());
            compiler.errors.push(compiler.source.error(id.span(), message));
        }
        let id = id.map(|id| id.get_ref().clone());
        let changed = |own: &&mut Own| own.id.is_some() && own.id == id;
        if let Some(own) = below.iter_mut().flat_map(|below| below.iter_mut()).find(changed) {
            change(Arc::make_mut(&mut own.rule), written, compiler);
        } else if !lost(written, below.as_deref(), compiler) {
            let rule = compiler.rule(written).map(Arc::new);
            rules.extend(rule.map(|rule| Own { at, id, rule }));
        }
    }
    rules
}

/// Whether a rule was to change another that is not there: it has an id, and no finding.
fn lost(
    written: &Spanned<file::Rule>,
    below: Option<&Vec<Own>>,
    compiler: &mut Compiler<'_>,
) -> bool {
    let (Some(id), Some(below)) = (&written.get_ref().id, below) else { return false };
    if written.get_ref().finding.is_some() {
        return false;
    }
    let known: Vec<&str> = below.iter().filter_map(|own| own.id.as_deref()).collect();
    let name = id.get_ref();
    let message = format!("the file below has no rule with the id `{name}`{}", hint(name, &known));
    compiler.errors.push(compiler.source.error(id.span(), message));
    true
}

/// Writes what is said over a rule of the file below.
fn change(rule: &mut Rule, written: &Spanned<file::Rule>, compiler: &mut Compiler<'_>) {
    let said = written.get_ref();
    let fixed = [
        ("finding", said.finding.as_ref().map(|words| words.span.clone())),
        ("where", said.r#where.as_ref().map(Spanned::span)),
        ("unless", said.unless.as_ref().map(Spanned::span)),
    ];
    for (key, span) in fixed.into_iter().filter_map(|(key, span)| Some((key, span?))) {
        let message = format!(
            "a rule that changes a shipped one (by its id) keeps its `{key}`; leave the id out to \
             write a rule of your own, which comes before the shipped ones"
        );
        compiler.errors.push(compiler.source.error(span, message));
    }
    if let Some(action) = &said.action {
        rule.action = *action;
        compiler.possible(written.span(), *action, &rule.findings);
    }
    rule.keep = said.keep.unwrap_or(rule.keep);
    if let Some(mode) = &said.mode {
        rule.mode = *mode.get_ref();
    }
    if let Some(text) = &said.reply {
        rule.reply = Some(compiler.texts(text));
    }
    rule.article = said.article.clone().or_else(|| rule.article.take());
    rule.note = said.note.clone().or_else(|| rule.note.take());
    rule.until = compiler.until(said).or(rule.until);
    rule.changed = Some(compiler.place(written.span().start));
}

/// What happens with a list's finding where no rule speaks of it: it is counted.
pub(super) fn counted(kind: &'static Kind, place: &str) -> Rule {
    let mut rule = Rule {
        id: None,
        findings: vec![kind.name],
        action: Action::Accept,
        mode: Mode::Enforce,
        keep: false,
        article: None,
        place: place.to_owned(),
        changed: None,
        until: None,
        note: None,
        examples: Vec::new(),
        r#where: Condition::default(),
        unless: None,
        reply: None,
        hash: String::new(),
    };
    rule.seal();
    rule
}
