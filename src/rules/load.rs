//! A folder of rule files → a set of rules, all or nothing, with every mistake that can be told.

use super::compile::{Compiler, is_on};
use super::directory;
use super::file::Status;
use super::files::{Files, Text, Written};
use super::lists::{Layer, Lists};
use super::order;
use super::own::{self, Own};
use super::policy::{Policy, Replies};
use super::rule::Placed;
use super::ruleset::{RuleSet, recipient};
use super::sets::Sets;
use crate::tomlfile::{Error, Words};
use crate::verdict::Catalogue;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

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

/// Texts → a set of rules.
pub(super) fn build(texts: Vec<Text>, catalogue: &Catalogue) -> Result<RuleSet, Errors> {
    let files = Files::parse(texts)?;
    let mut errors = Vec::new();
    let sets = Sets::collect(&files, &mut errors);
    let directories = directory::Files::default();
    let mut loader =
        Loader { files: &files, sets, catalogue, layers: Vec::new(), directories, errors };
    let policies = loader.policies();
    match loader.errors.is_empty() {
        true => {
            let lists = loader.layers.iter().flat_map(|layer| &layer.sources);
            Ok(RuleSet::new(policies, files.0.iter().map(|file| &file.source).chain(lists)))
        }
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

/// The files on their way to policies.
struct Loader<'a> {
    files: &'a Files,
    sets: Sets,
    catalogue: &'a Catalogue,
    /// The lists of each file.
    layers: Vec<Layer>,
    /// Directories that were read.
    directories: directory::Files,
    errors: Vec<Error>,
}

impl Loader<'_> {
    fn policies(&mut self) -> Vec<Policy> {
        self.circles();
        self.recipients();
        if !self.errors.is_empty() {
            return Vec::new();
        }
        self.layers = self
            .files
            .0
            .iter()
            .map(|written| {
                let (sets, catalogue, errors) = (&self.sets, self.catalogue, &mut self.errors);
                Layer::read(&written.file, &mut Compiler::new(written, sets, catalogue, errors))
            })
            .collect();
        let own = self.rules();
        let ready = self.ready();
        let ids: Vec<usize> = self.files.policies().collect();
        let policies: Vec<Policy> = ids.iter().map(|at| self.policy(*at, &own, &ready)).collect();
        for (written, own) in self.files.0.iter().zip(&own) {
            order::reachable(written, own, &mut self.errors);
        }
        if !self.errors.is_empty() {
            // A rule that was not understood leaves gaps that are no mistakes of their own.
            return Vec::new();
        }
        for (policy, at) in policies.iter().zip(ids) {
            let Some(written) = self.files.get(at) else { continue };
            order::complete(policy, &written.source, self.catalogue, &mut self.errors);
            let of: Vec<_> = self
                .files
                .of_policy(at)
                .filter_map(|at| Some((self.files.get(at)?, own.get(at)?)))
                .collect();
            order::unforgeable(policy, &of, &mut self.errors);
            order::addressed(policy, &of, &mut self.errors);
        }
        policies
    }

    fn circles(&mut self) {
        for at in self.files.policies().filter(|at| self.files.is_circle(*at)) {
            let Some(Written { source, file, id, .. }) = self.files.get(at) else { continue };
            let span = file.extends.as_ref().map_or(0..0, |extends| extends.span());
            self.errors.push(source.error(span, format!("`{id}` extends itself in a circle")));
        }
    }

    /// The recipients of a policy, where its local file or it itself names some.
    fn recipients_of(&self, at: usize) -> Option<(&Written, &Words)> {
        let named = |at: usize| {
            let written = self.files.get(at)?;
            Some((written, written.file.recipients.as_ref()?))
        };
        self.files.of_policy(at).find_map(named)
    }

    /// Whether a policy is in force.
    fn status(&self, at: usize) -> Status {
        let status = |at: usize| self.files.get(at)?.file.status;
        self.files.of_policy(at).find_map(status).unwrap_or_default()
    }

    /// One recipient has one policy, and a replaced policy has none.
    fn recipients(&mut self) {
        let mut owners: HashMap<String, String> = HashMap::new();
        let mut errors = Vec::new();
        for at in self.files.policies() {
            let Some((written, words)) = self.recipients_of(at) else { continue };
            let Written { source, id, .. } = written;
            for word in &words.words {
                let at_word = word.span.clone();
                if self.status(at) == Status::Replaced {
                    let message = "a replaced policy has no recipients: give them to the one that \
                                   replaces it";
                    errors.push(source.error(at_word.clone(), message));
                }
                let key = recipient(source, word, &mut errors);
                let owner = format!("`{id}` ({}:{})", source.file(), source.line(at_word.start));
                if let Some(other) = key.and_then(|key| owners.insert(key, owner)) {
                    let message = format!("`{}` belongs to policy {other} already", word.text);
                    errors.push(source.error(at_word, message));
                }
            }
        }
        self.errors.append(&mut errors);
    }

    /// The rules of each file, those that a local file changes changed.
    fn rules(&mut self) -> Vec<Vec<Own>> {
        let mut all = Vec::new();
        for (at, written) in self.files.0.iter().enumerate() {
            let line = self.files.line(self.files.policy_of(at));
            let lists = line.iter().filter_map(|at| self.layers.get(*at));
            let kinds = self.catalogue.iter().chain(lists.flat_map(Layer::kinds));
            let catalogue = Catalogue::new(kinds);
            let (sets, errors) = (&self.sets, &mut self.errors);
            let mut compiler = Compiler::new(written, sets, &catalogue, errors);
            let below = self.files.below(at).and_then(|below| all.get_mut(below));
            let rules = own::rules(&written.file, below, &mut compiler);
            all.push(rules);
        }
        all.iter_mut().flatten().for_each(|own: &mut Own| Arc::make_mut(&mut own.rule).seal());
        all
    }

    /// The lists of each policy; those of several that have the same are made ready once.
    fn ready(&mut self) -> HashMap<usize, Arc<Lists>> {
        let mut known: HashMap<Vec<usize>, Arc<Lists>> = HashMap::new();
        let mut ready = HashMap::new();
        for at in self.files.policies() {
            let mut line = self.files.line(at);
            line.retain(|at| self.layers.get(*at).is_some_and(|layer| !layer.is_empty()));
            line.reverse();
            if !known.contains_key(&line) {
                let layers = line.iter().filter_map(|at| self.layers.get(*at));
                let lists = Lists::of(layers).unwrap_or_else(|message| {
                    let file = self.files.get(at).map_or("", |written| written.source.file());
                    self.errors.push(Error::whole(file, message));
                    Lists::default()
                });
                known.insert(line.clone(), Arc::new(lists));
            }
            ready.insert(at, known.get(&line).cloned().unwrap_or_default());
        }
        ready
    }

    /// One policy with all that it extends.
    fn policy(
        &mut self,
        at: usize,
        own: &[Vec<Own>],
        ready: &HashMap<usize, Arc<Lists>>,
    ) -> Policy {
        let line = self.files.line(at);
        let lists = ready.get(&at).cloned().unwrap_or_default();
        let kinds = self.catalogue.iter().chain(lists.kinds().map(|(kind, _)| kind));
        let mut policy = Policy { catalogue: Catalogue::new(kinds), ..Policy::default() };
        for at in line.iter().rev() {
            self.settings(*at, &mut policy);
        }
        if let Err(errors) = policy.directory.read(&mut self.directories) {
            self.errors.extend(errors);
        }
        policy.id = self.files.get(at).map(|written| written.id.clone()).unwrap_or_default();
        for written in self.files.of_policy(at).filter_map(|at| self.files.get(at)) {
            let said = |place: &mut String, text: &Option<String>| {
                if let (true, Some(text)) = (place.is_empty(), text) {
                    place.clone_from(text);
                }
            };
            said(&mut policy.title, &written.file.title);
            said(&mut policy.source, &written.file.source);
        }
        policy.status = self.status(at);
        let parent = self.files.parent(at).and_then(|at| self.files.get(at));
        policy.extends = parent.map(|parent| parent.id.clone());
        if let Some((Written { source, .. }, words)) = self.recipients_of(at) {
            let words = words.words.iter();
            policy.recipients =
                words.filter_map(|word| recipient(source, word, &mut Vec::new())).collect();
        }
        let rules = line.iter().filter_map(|at| own.get(*at)).flatten().map(|own| &own.rule);
        let counted = lists.kinds().map(|(kind, place)| Arc::new(own::counted(kind, place)));
        let rules = rules.filter(|rule| is_on(rule)).cloned().chain(counted);
        policy.rules = rules.map(|rule| Placed { rule, lenient: false }).collect();
        policy.lists = lists;
        order::index(&mut policy);
        policy.seal();
        policy
    }

    /// Writes the settings of one file over those that it extends.
    fn settings(&mut self, at: usize, policy: &mut Policy) {
        let Some(written) = self.files.get(at) else { return };
        let Written { source, file, .. } = written;
        policy.domains = self.sets.all_domains();
        file.limits.apply(&mut policy.settings.limits);
        file.archives.apply(&mut policy.settings.archives);
        file.spam.apply(&mut policy.settings.spam);
        file.directory.apply(&mut policy.directory, source, &mut self.errors);
        if let Some(allow) = &file.attachments.allow {
            let formats = self.sets.allow(source, allow, &mut self.errors);
            policy.settings.attachments.allow = Some(formats);
        }
        if let Some(mode) = &file.mode {
            policy.observe = Some(*mode.get_ref() == super::file::Observing::Observe);
        }
        let mut compiler = Compiler::new(written, &self.sets, self.catalogue, &mut self.errors);
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
