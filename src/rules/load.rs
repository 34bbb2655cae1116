//! A folder of rule files → a set of rules, all or nothing, with every mistake that can be told.

use super::compile::{Compiler, is_on};
use super::directory::Files;
use super::file::{File, Status};
use super::order;
use super::policy::{Policy, Replies, Rule};
use super::ruleset::{RuleSet, recipient};
use super::sets::Sets;
use crate::tomlfile::{Error, Source, hint};
use crate::verdict::Catalogue;
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The policy that every other one extends, in the end.
pub(super) const BASE: &str = "base";

/// All mistakes of a folder.
#[derive(Clone, Debug)]
pub struct Errors(pub Vec<Error>);

impl Errors {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Error> {
        self.0.iter()
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("\n\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Errors {}

/// Whether a folder holds rule files, or may hold some that cannot be read: then loading says so,
/// and nobody is left with other rules than those that he wrote.
pub(super) fn is_there(dir: &Path) -> bool {
    match std::fs::read_dir(dir) {
        Ok(entries) => entries
            .filter_map(Result::ok)
            .any(|entry| entry.path().extension().is_some_and(|extension| extension == "toml")),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    }
}

/// The `.toml` files of a folder, in the order of their names; hidden ones are editors' copies.
pub(super) fn sources(dir: &Path) -> Result<Vec<Source>, Errors> {
    let whole = |message: String| Error::whole(dir.display().to_string(), message);
    let unread = |error: std::io::Error| Errors(vec![whole(format!("cannot be read: {error}"))]);
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(unread)? {
        let path = entry.map_err(unread)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let visible = name.is_some_and(|name| !name.starts_with('.'));
        if visible && path.extension().is_some_and(|e| e == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut errors = Vec::new();
    let read = paths.iter().filter_map(|path| Source::read(path).map_err(|e| errors.push(e)).ok());
    let sources: Vec<Source> = read.collect();
    if errors.is_empty() { Ok(sources) } else { Err(Errors(errors)) }
}

/// Sources → a set of rules.
pub(super) fn build(sources: Vec<Source>, catalogue: &Catalogue) -> Result<RuleSet, Errors> {
    let mut errors = Vec::new();
    let mut files = Vec::new();
    for source in sources {
        match source.parse::<File>() {
            Ok(file) => files.push((source, file)),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(Errors(errors));
    }
    names(&files, &mut errors);
    if !errors.is_empty() {
        // Without its base, everything else would be called unknown.
        return Err(Errors(errors));
    }
    let sets = Sets::collect(&files, &mut errors);
    let directories = Files::default();
    let mut loader = Loader { files: &files, sets: &sets, catalogue, directories, errors };
    let policies = loader.policies();
    match loader.errors.is_empty() {
        true => Ok(RuleSet::new(policies, files.iter().map(|(source, _)| source))),
        false => Err(Errors(once(loader.errors))),
    }
}

/// A mistake in a file that several extend is told once.
fn once(errors: Vec<Error>) -> Vec<Error> {
    let mut told: Vec<Error> = Vec::new();
    for error in errors {
        if !told.contains(&error) {
            told.push(error);
        }
    }
    told
}

/// Every file is called as its policy and extends one that exists.
fn names(files: &[(Source, File)], errors: &mut Vec<Error>) {
    let ids: Vec<&str> = files.iter().map(|(_, file)| file.id.get_ref().as_str()).collect();
    if !ids.contains(&BASE) {
        let dir = files.first().and_then(|(source, _)| Path::new(source.file()).parent());
        let file = dir.unwrap_or(Path::new("")).join("base.toml").display().to_string();
        errors.push(Error::whole(file, "is missing: it holds the rules that all others extend"));
        return;
    }
    for (source, file) in files {
        let stem = Path::new(source.file()).file_stem();
        let stem = stem.map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if *file.id.get_ref() != stem {
            let message = format!("the file is called `{stem}`, so its id is `{stem}` too");
            errors.push(source.error(file.id.span(), message));
        }
        let Some(extends) = &file.extends else { continue };
        let name = extends.get_ref();
        if !ids.contains(&name.as_str()) {
            let message = format!("unknown policy `{name}`{}", hint(name, &ids));
            errors.push(source.error(extends.span(), message));
        } else if file.id.get_ref() == BASE {
            let message = "base extends nothing: all others extend it";
            errors.push(source.error(extends.span(), message));
        }
    }
}

/// The files on their way to policies.
struct Loader<'a> {
    files: &'a [(Source, File)],
    sets: &'a Sets,
    catalogue: &'a Catalogue,
    /// Directories that were read.
    directories: Files,
    errors: Vec<Error>,
}

impl<'a> Loader<'a> {
    fn policies(&mut self) -> Vec<Policy> {
        (0..self.files.len()).for_each(|at| self.circle(at));
        self.recipients();
        if !self.errors.is_empty() {
            return Vec::new();
        }
        let own: Vec<Vec<Rule>> = self.files.iter().map(|file| self.rules(file)).collect();
        let policies: Vec<Policy> = (0..self.files.len()).map(|at| self.policy(at, &own)).collect();
        for ((source, file), rules) in self.files.iter().zip(&own) {
            order::reachable(source, file, rules, &mut self.errors);
        }
        if !self.errors.is_empty() {
            // A rule that was not understood leaves gaps that are no mistakes of their own.
            return Vec::new();
        }
        for (policy, (source, file)) in policies.iter().zip(self.files) {
            order::complete(policy, source, self.catalogue, &mut self.errors);
            order::unforgeable(policy, source, file, &mut self.errors);
        }
        policies
    }

    /// More steps up than there are files: a circle.
    fn circle(&mut self, at: usize) {
        let mut next = Some(at);
        for _ in 0..=self.files.len() {
            next = next.and_then(|at| self.parent(at));
        }
        if let (Some(_), Some((source, file))) = (next, self.files.get(at)) {
            let span = file.extends.as_ref().map_or(file.id.span(), |extends| extends.span());
            let id = file.id.get_ref();
            self.errors.push(source.error(span, format!("`{id}` extends itself in a circle")));
        }
    }

    /// The file that this one extends: `base` where it names none.
    fn parent(&self, at: usize) -> Option<usize> {
        let (_, file) = self.files.get(at)?;
        let named = file.extends.as_ref().map_or(BASE, |extends| extends.get_ref());
        if file.id.get_ref() == BASE {
            return None;
        }
        self.files.iter().position(|(_, other)| other.id.get_ref() == named)
    }

    /// One recipient has one policy, and a replaced policy has none.
    fn recipients(&mut self) {
        let mut owners: HashMap<String, String> = HashMap::new();
        for (source, file) in self.files {
            for word in &file.recipients.words {
                let id = file.id.get_ref();
                let at = word.span.clone();
                if file.status == Status::Replaced {
                    let message = "a replaced policy has no recipients: give them to the one that \
                                   replaces it";
                    self.errors.push(source.error(at.clone(), message));
                }
                let key = recipient(source, word, &mut self.errors);
                let owner = format!("`{id}` ({}:{})", source.file(), source.line(at.start));
                if let Some(other) = key.and_then(|key| owners.insert(key, owner)) {
                    let message = format!("`{}` belongs to policy {other} already", word.text);
                    self.errors.push(source.error(at, message));
                }
            }
        }
    }

    fn rules(&mut self, (source, file): &(Source, File)) -> Vec<Rule> {
        let (sets, catalogue) = (self.sets, self.catalogue);
        let mut compiler = Compiler { source, sets, catalogue, errors: &mut self.errors };
        file.rule.iter().map(|rule| compiler.rule(rule)).collect()
    }

    /// One policy with all that it extends.
    fn policy(&mut self, at: usize, own: &[Vec<Rule>]) -> Policy {
        let mut line = vec![at];
        while let Some(parent) = line.last().and_then(|at| self.parent(*at)) {
            line.push(parent);
        }
        let mut policy = Policy { catalogue: self.catalogue.clone(), ..Policy::default() };
        for at in line.iter().rev() {
            self.settings(*at, &mut policy);
        }
        if let Err(errors) = policy.directory.read(&mut self.directories) {
            self.errors.extend(errors);
        }
        if let Some((source, file)) = self.files.get(at) {
            policy.id = file.id.get_ref().clone();
            policy.title = file.title.clone();
            policy.source = file.source.clone();
            policy.status = file.status;
            let parent = self.parent(at).and_then(|at| self.files.get(at));
            policy.extends = parent.map(|(_, parent)| parent.id.get_ref().clone());
            let words = file.recipients.words.iter();
            policy.recipients =
                words.filter_map(|word| recipient(source, word, &mut Vec::new())).collect();
        }
        let rules = line.iter().filter_map(|at| own.get(*at)).flatten();
        policy.rules = rules.filter(|rule| is_on(rule)).cloned().collect();
        order::index(&mut policy);
        policy.seal();
        policy
    }

    /// Writes the settings of one file over those that it extends.
    fn settings(&mut self, at: usize, policy: &mut Policy) {
        let Some((source, file)) = self.files.get(at) else { return };
        policy.domains = self.sets.all_domains();
        file.limits.apply(&mut policy.settings.limits);
        file.archives.apply(&mut policy.settings.archives);
        file.spam.apply(&mut policy.settings.spam);
        file.directory.apply(&mut policy.directory, source, &mut self.errors);
        if let Some(allow) = &file.attachments.allow {
            let formats = self.sets.allow(source, allow, &mut self.errors);
            policy.settings.attachments.allow = Some(formats);
        }
        let (sets, catalogue) = (self.sets, self.catalogue);
        let mut compiler = Compiler { source, sets, catalogue, errors: &mut self.errors };
        let Replies { policy: refusal, size, content, tempfail, contact } = &mut policy.replies;
        for (place, text) in [
            (refusal, &file.replies.policy),
            (size, &file.replies.size),
            (content, &file.replies.content),
            (tempfail, &file.replies.tempfail),
        ] {
            if let Some(text) = text {
                *place = compiler.texts(text);
            }
        }
        if let Some(text) = &file.contact {
            contact.clone_from(text);
        }
    }
}
