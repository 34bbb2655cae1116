//! The definition of a list, key by key: a file over another replaces the keys that it names.

use super::book::Book;
use super::entries::{self, Entry};
use super::globs::Globs;
use super::layer::Layer;
use super::own;
use super::phrases::{List, Phrases, Place};
use super::ready::{Lists, Messages, Names, Senders};
use crate::mail::Letters;
use crate::rules::condition::Who;
use crate::rules::ruleset;
use crate::verdict::Kind;
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A key of a list, made ready.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Entries(Arc<Vec<Entry>>),
    Whom(Arc<Vec<(Who, entries::Place)>>),
    Networks(Arc<Vec<(IpNet, entries::Place)>>),
    Places(Vec<Place>),
    Flag(bool),
    Text(String),
}

/// One list, as far as the files read so far define it.
#[derive(Clone, Debug, Default)]
pub(super) struct Definition {
    /// `file:line`
    pub(super) place: String,
    pub(super) keys: BTreeMap<&'static str, Value>,
}

impl Lists {
    /// The lists of several files, the first extended by the next; the error says what is too
    /// much.
    pub(in crate::rules) fn of<'a>(
        layers: impl Iterator<Item = &'a Layer>,
    ) -> Result<Lists, String> {
        let mut merged: BTreeMap<&str, Definition> = BTreeMap::new();
        for (name, definition) in layers.flat_map(|layer| &layer.definitions) {
            let known = merged.entry(name).or_default();
            known.place.clone_from(&definition.place);
            known.keys.extend(definition.keys.clone());
        }
        let texts = merged.iter().map(|(name, list)| format!("{name} {:?}", list.keys));
        let mut lists = Lists { hash: ruleset::hash(texts), ..Lists::default() };
        let mut phrases = Vec::new();
        for (name, definition) in &merged {
            let kind = own::kind(name);
            lists.kinds.push((kind, definition.place.clone()));
            match name.split('.').next() {
                Some("words") => phrases.push(definition.phrases(kind)),
                Some("sender") => lists.senders.push(definition.senders(kind)?),
                Some("name") => lists.names.push(Names { kind, globs: definition.globs("glob")? }),
                _ => lists.messages.push(definition.messages(kind)?),
            }
        }
        lists.phrases = Phrases::new(phrases)?;
        Ok(lists)
    }
}

impl Definition {
    fn phrases(&self, kind: &'static Kind) -> List {
        let letters = match self.keys.get("exact") {
            Some(Value::Flag(true)) => Letters::Exact,
            _ => Letters::Folded,
        };
        let places = match self.keys.get("in") {
            Some(Value::Places(places)) => places.clone(),
            _ => Place::ALL.to_vec(),
        };
        List { kind, letters, places, entries: self.entries(["phrases", "file"]) }
    }

    fn senders(&self, kind: &'static Kind) -> Result<Senders, String> {
        let clients = match self.keys.get("client") {
            Some(Value::Networks(networks)) => networks.to_vec(),
            _ => Vec::new(),
        };
        let book = self.book(["address", "file"]);
        Ok(Senders { kind, book, clients, helo: self.globs("helo")? })
    }

    fn messages(&self, kind: &'static Kind) -> Result<Messages, String> {
        let header = match self.keys.get("header") {
            Some(Value::Text(header)) => Some(header.clone()),
            _ => None,
        };
        let value = self.keys.contains_key("value").then(|| self.globs("value")).transpose()?;
        if value.is_some() && header.is_none() {
            return Err(format!(
                "{}: the value of which field? add header = \"X-Mailer\"",
                self.place
            ));
        }
        let (recipients, place) = (self.book(["recipient", ""]), self.place.clone());
        Ok(Messages { kind, header, value, recipients, place })
    }

    fn entries(&self, keys: [&str; 2]) -> Vec<Arc<Vec<Entry>>> {
        let entries = keys.iter().filter_map(|key| match self.keys.get(key) {
            Some(Value::Entries(entries)) => Some(entries.clone()),
            _ => None,
        });
        entries.collect()
    }

    fn globs(&self, key: &str) -> Result<Globs, String> {
        // Only name lists have a file of patterns.
        let lists = self.entries([key, "file"]);
        let entries: Vec<Entry> = lists.iter().flat_map(|list| list.iter().cloned()).collect();
        Globs::new(&entries).map_err(|error| format!("{}: {error}", self.place))
    }

    fn book(&self, keys: [&str; 2]) -> Book {
        let mut book = Book::default();
        for key in keys {
            let Some(Value::Whom(whom)) = self.keys.get(key) else { continue };
            whom.iter().for_each(|(who, place)| book.add(who.clone(), place.clone()));
        }
        book
    }
}
