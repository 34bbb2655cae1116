//! What one file says of lists, read and checked.

use super::definition::{Definition, Value};
use super::entries::{self, Entry, Places};
use super::own;
use super::phrases::Place;
use super::written::{Family, Messages, Names, Phrases, Senders};
use crate::mail::{Letters, Tokens};
use crate::rules::compile::{Compiler, network};
use crate::rules::condition::{Glob, Who};
use crate::rules::file::File;
use crate::tomlfile::{Source, Word, Words, hint};
use crate::verdict::Kind;
use std::collections::BTreeMap;
use std::sync::Arc;
use toml::Spanned;

/// Characters of a list's name: it is a label of metrics.
const NAME_MAX: usize = 40;

/// The lists of one file, by the name of their finding.
#[derive(Debug, Default)]
pub(in crate::rules) struct Layer {
    pub(super) definitions: BTreeMap<String, Definition>,
    /// The text files that were read for them.
    pub(in crate::rules) sources: Vec<Source>,
}

impl Layer {
    /// Reads the lists of a file and the text files that they name.
    pub(in crate::rules) fn read(file: &File, compiler: &mut Compiler<'_>) -> Layer {
        let mut reader = Reader { compiler, layer: Layer::default() };
        reader.family("words", &file.words, Reader::words);
        reader.family("sender", &file.sender, Reader::senders);
        reader.family("name", &file.name, Reader::names);
        reader.family("message", &file.message, Reader::messages);
        reader.layer
    }

    /// The kinds of findings that it defines.
    pub(in crate::rules) fn kinds(&self) -> impl Iterator<Item = &'static Kind> {
        self.definitions.keys().map(|name| own::kind(name))
    }

    pub(in crate::rules) fn is_empty(&self) -> bool {
        self.definitions.is_empty()
    }
}

/// Entries with their places.
type Placed<T> = Vec<(T, entries::Place)>;

/// What reads one entry.
type Read<T> = fn(&mut Compiler<'_>, &Word) -> Result<T, String>;

struct Reader<'r, 'c> {
    compiler: &'r mut Compiler<'c>,
    layer: Layer,
}

impl Reader<'_, '_> {
    fn family<T>(
        &mut self,
        family: &str,
        lists: &Family<T>,
        read: impl Fn(&mut Self, &T) -> BTreeMap<&'static str, Option<Value>>,
    ) {
        for (name, list) in lists {
            let finding = format!("{family}.{}", name.get_ref());
            if let Some(problem) = self.problem(name, &finding) {
                let error = self.compiler.source.error(name.span(), problem);
                self.compiler.errors.push(error);
                continue;
            }
            let keys = read(self, list).into_iter();
            let keys = keys.filter_map(|(key, value)| Some((key, value?))).collect();
            let place = self.compiler.place(name.span().start);
            self.layer.definitions.insert(finding, Definition { place, keys });
        }
    }

    /// What is wrong with the name of a list.
    fn problem(&self, name: &Spanned<String>, finding: &str) -> Option<String> {
        let fit = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let name = name.get_ref();
        if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(fit) {
            let message = format!(
                "`{name}`: a list is called with a-z, 0-9 and -, {NAME_MAX} letters at most"
            );
            return Some(message);
        }
        // A list may be defined again by a file that lies over another, but no finding of ours.
        let shipped = self.compiler.catalogue.find(finding);
        shipped
            .filter(|kind| !std::ptr::eq(*kind, own::kind(finding)))
            .map(|_| format!("`{finding}` is a finding of the gate's own; call the list otherwise"))
    }

    fn words(&mut self, list: &Phrases) -> BTreeMap<&'static str, Option<Value>> {
        let places =
            list.r#in.as_ref().map(|words| self.compiler.words(words, |_, word| place(word)));
        BTreeMap::from([
            ("phrases", self.inline(&list.phrases, phrase).map(entries_of)),
            ("file", self.file(&list.file, phrase).map(entries_of)),
            ("exact", list.exact.map(Value::Flag)),
            ("in", places.map(Value::Places)),
        ])
    }

    fn senders(&mut self, list: &Senders) -> BTreeMap<&'static str, Option<Value>> {
        let client = self.inline(&list.client, |_, word| network(&word.text));
        BTreeMap::from([
            ("address", self.inline(&list.address, who).map(whom_of)),
            ("file", self.file(&list.file, who).map(whom_of)),
            ("client", client.map(|networks| Value::Networks(Arc::new(networks)))),
            ("helo", self.inline(&list.helo, glob).map(entries_of)),
        ])
    }

    fn names(&mut self, list: &Names) -> BTreeMap<&'static str, Option<Value>> {
        BTreeMap::from([
            ("glob", self.inline(&list.glob, glob).map(entries_of)),
            ("file", self.file(&list.file, glob).map(entries_of)),
        ])
    }

    fn messages(&mut self, list: &Messages) -> BTreeMap<&'static str, Option<Value>> {
        let header = list.header.as_ref().and_then(|name| self.header(name));
        BTreeMap::from([
            ("header", header.map(Value::Text)),
            ("value", self.inline(&list.value, glob).map(entries_of)),
            ("recipient", self.inline(&list.recipient, who).map(whom_of)),
        ])
    }

    /// The name of a header field (RFC 5322 §2.2).
    fn header(&mut self, name: &Spanned<String>) -> Option<String> {
        let text = name.get_ref().trim_end_matches(':');
        let fit = |c: char| c.is_ascii_graphic() && c != ':';
        if !text.is_empty() && text.chars().all(fit) {
            return Some(text.to_owned());
        }
        let message = format!("`{text}` is no header field; write its name, such as X-Mailer");
        self.compiler.errors.push(self.compiler.source.error(name.span(), message));
        None
    }

    fn inline<T>(&mut self, words: &Option<Words>, read: Read<T>) -> Option<Placed<T>> {
        Some(each(words.as_ref()?, self.compiler, read))
    }

    fn file<T>(&mut self, name: &Option<Spanned<String>>, read: Read<T>) -> Option<Placed<T>> {
        let (sets, catalogue) = (self.compiler.sets, self.compiler.catalogue);
        match entries::read(self.compiler.source, name.as_ref()?) {
            Ok((source, words)) => {
                let errors = &mut *self.compiler.errors;
                let label = name.as_ref().map(|name| name.get_ref().clone()).unwrap_or_default();
                let mut compiler = Compiler { source: &source, label, sets, catalogue, errors };
                let placed = each(&words, &mut compiler, read);
                self.layer.sources.push(source);
                Some(placed)
            }
            Err(error) => {
                self.compiler.errors.push(error);
                None
            }
        }
    }
}

/// Each entry with its place; what makes no sense is reported and left out.
fn each<T>(words: &Words, compiler: &mut Compiler<'_>, read: Read<T>) -> Placed<T> {
    let mut places = Places::of(&compiler.label);
    let mut placed = Vec::new();
    for word in &words.words {
        let place = places.next(compiler.source, word);
        match read(compiler, word) {
            Ok(value) => placed.push((value, place)),
            Err(message) => compiler.wrong(word, message),
        }
    }
    placed
}

fn entries_of(placed: Placed<String>) -> Value {
    let entries = placed.into_iter().map(|(text, place)| Entry { text, place });
    Value::Entries(Arc::new(entries.collect()))
}

fn whom_of(placed: Placed<Vec<Who>>) -> Value {
    let whom = placed.into_iter();
    let whom = whom.flat_map(|(whom, place)| whom.into_iter().map(move |who| (who, place.clone())));
    Value::Whom(Arc::new(whom.collect()))
}

fn phrase(_: &mut Compiler<'_>, word: &Word) -> Result<String, String> {
    match Tokens::of(Letters::Folded, &word.text).is_empty() {
        true => Err(format!("`{}` holds no letter and no digit: nothing to look for", word.text)),
        false => Ok(word.text.clone()),
    }
}

fn glob(_: &mut Compiler<'_>, word: &Word) -> Result<String, String> {
    let text = &word.text;
    Glob::new(text).map(|_| text.clone()).map_err(|error| format!("`{text}`: {error}"))
}

fn who(compiler: &mut Compiler<'_>, word: &Word) -> Result<Vec<Who>, String> {
    compiler.whom(word)
}

fn place(word: &Word) -> Result<Place, String> {
    let known = Place::ALL.into_iter().find(|place| place.name() == word.text);
    let names = Place::ALL.map(Place::name);
    known.ok_or_else(|| format!("unknown place `{}`{}", word.text, hint(&word.text, &names)))
}
