//! Formats and named sets: one namespace for all files of a folder, resolved before any rule.

use super::domains::Domains;
use super::files::{Files, Written};
use super::settings::attachments::Format;
use crate::tomlfile::{Error, Source, Word, Words, hint};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use toml::Spanned;

/// All formats and sets.
#[derive(Debug, Default)]
pub(super) struct Sets {
    /// Extension → media types.
    formats: BTreeMap<String, Vec<String>>,
    format_sets: BTreeMap<String, Vec<String>>,
    domain_sets: BTreeMap<String, Vec<String>>,
}

impl Sets {
    /// Collects those of all files; one in `local/` replaces the shipped one of its name.
    pub(super) fn collect(files: &Files, errors: &mut Vec<Error>) -> Sets {
        let mut sets = Sets::default();
        for written in &files.0 {
            let source = &written.source;
            for (name, types) in &written.file.formats {
                let types = types.iter().map(|t| t.to_lowercase()).collect();
                let extension = bare(name.get_ref()).to_owned();
                add(&mut sets.formats, written, "format", name.span(), extension, types, errors);
            }
            for (name, list) in &written.file.sets.domains {
                let domains = list.words.iter().filter_map(|w| domain(source, w, errors)).collect();
                let key = name.get_ref().clone();
                add(&mut sets.domain_sets, written, "set", name.span(), key, domains, errors);
            }
        }
        let raw = files.0.iter().flat_map(|written| {
            written.file.sets.formats.iter().map(move |(name, list)| (written, name, list))
        });
        // Those of `local/` are found first.
        let mut raw: Vec<_> = raw.collect();
        raw.sort_by_key(|(written, ..)| !written.local);
        for (written, name, list) in raw.iter().rev() {
            let mut seen = BTreeSet::new();
            let members = sets.expand(&written.source, list, &raw, &mut seen, errors);
            let key = name.get_ref().clone();
            add(&mut sets.format_sets, written, "set", name.span(), key, members, errors);
        }
        sets
    }

    /// A whitelist as it is written → formats.
    pub(super) fn allow(
        &self,
        source: &Source,
        allow: &Words,
        errors: &mut Vec<Error>,
    ) -> Vec<Format> {
        let mut extensions = BTreeSet::new();
        for word in &allow.words {
            match word.text.strip_prefix('@') {
                Some(name) => match self.format_sets.get(name) {
                    Some(members) => extensions.extend(members.iter().cloned()),
                    None => errors.push(unknown_set(source, word, self.format_sets.keys())),
                },
                None => extensions.extend(self.extension(source, word, errors)),
            }
        }
        let types = |extension: &String| self.formats.get(extension).cloned().unwrap_or_default();
        let format = |extension: String| Format { types: types(&extension), extension };
        extensions.into_iter().map(format).collect()
    }

    /// All sets of domains.
    pub(super) fn all_domains(&self) -> Domains {
        Domains(self.domain_sets.clone())
    }

    /// The domains of `@name`.
    pub(super) fn domains(&self, source: &Source, word: &Word) -> Result<&[String], Error> {
        let name = word.text.trim_start_matches('@');
        let known = || unknown_set(source, word, self.domain_sets.keys());
        self.domain_sets.get(name).map(Vec::as_slice).ok_or_else(known)
    }

    /// The members of a format set, those of sets within it included.
    fn expand(
        &self,
        source: &Source,
        list: &Words,
        raw: &[(&Written, &Spanned<String>, &Words)],
        seen: &mut BTreeSet<String>,
        errors: &mut Vec<Error>,
    ) -> Vec<String> {
        let mut members = Vec::new();
        for word in &list.words {
            let Some(inner) = word.text.strip_prefix('@') else {
                members.extend(self.extension(source, word, errors));
                continue;
            };
            // A set that includes itself adds nothing the second time.
            if !seen.insert(inner.to_owned()) {
                continue;
            }
            match raw.iter().find(|(_, name, _)| name.get_ref() == inner) {
                Some((written, _, list)) => {
                    members.extend(self.expand(&written.source, list, raw, seen, errors));
                }
                None => {
                    let names = raw.iter().map(|(_, name, _)| name.get_ref());
                    errors.push(unknown_set(source, word, names));
                }
            }
        }
        members
    }

    /// An extension that `[formats]` knows.
    fn extension(&self, source: &Source, word: &Word, errors: &mut Vec<Error>) -> Option<String> {
        let extension = bare(&word.text).to_lowercase();
        if self.formats.contains_key(&extension) {
            return Some(extension);
        }
        let known: Vec<&str> = self.formats.keys().map(String::as_str).collect();
        let hint = hint(&extension, &known);
        let message = format!(
            "unknown format `{extension}`{hint}; or add it with the media types that it may be: \
             [formats] {extension} = [\"…/…\"]"
        );
        errors.push(source.error(word.span.clone(), message));
        None
    }
}

/// A domain as recipients and sets have them.
pub(super) fn domain(source: &Source, word: &Word, errors: &mut Vec<Error>) -> Option<String> {
    let text = word.text.trim_start_matches('.').to_lowercase();
    let label = |label: &str| {
        let fit = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        !label.is_empty() && label.chars().all(fit)
    };
    if text.split('.').all(label) {
        return Some(text);
    }
    let message = format!("`{}` is no domain; write it as `tiengiang.gov.vn`", word.text);
    errors.push(source.error(word.span.clone(), message));
    None
}

/// `+pdf`, `.pdf` and `pdf` are the same.
fn bare(extension: &str) -> &str {
    extension.trim_start_matches(['+', '.', '*'])
}

/// Adds what may stand in one file only.
fn add(
    map: &mut BTreeMap<String, Vec<String>>,
    written: &Written,
    what: &str,
    span: Range<usize>,
    name: String,
    values: Vec<String>,
    errors: &mut Vec<Error>,
) {
    let twice = format!("the {what} `{name}` is defined twice in this folder");
    if map.insert(name, values).is_some() && !written.local {
        errors.push(written.source.error(span, twice));
    }
}

fn unknown_set<'a>(source: &Source, word: &Word, known: impl Iterator<Item = &'a String>) -> Error {
    let known: Vec<String> = known.map(|name| format!("@{name}")).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let message = format!("unknown set `{}`{}", word.text, hint(&word.text, &known));
    source.error(word.span.clone(), message)
}
