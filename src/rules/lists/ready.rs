//! The lists of one policy, ready to be asked by checks.

use super::book::Book;
use super::globs::Globs;
use super::phrases::{self, Phrases};
use crate::mail::{Address, Envelope};
use crate::verdict::Kind;
use ipnet::IpNet;

/// The lists of one policy.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    pub(super) phrases: Phrases,
    pub(super) senders: Vec<Senders>,
    pub(super) names: Vec<Names>,
    pub(super) messages: Vec<Messages>,
    /// What all of them find, and `file:line` of each definition.
    pub(super) kinds: Vec<(&'static Kind, String)>,
    /// Of all entries: two policies with other lists judge otherwise.
    pub(super) hash: String,
}

/// An entry that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// What is found.
    pub kind: &'static Kind,
    /// Which entry of the list, and where it is written; never what the letter says.
    pub entry: String,
    /// How many different entries fit.
    pub count: usize,
}

/// `[sender.x]`
#[derive(Clone, Debug)]
pub(super) struct Senders {
    pub(super) kind: &'static Kind,
    pub(super) book: Book,
    pub(super) clients: Vec<(IpNet, super::entries::Place)>,
    pub(super) helo: Globs,
}

/// `[name.x]`
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) kind: &'static Kind,
    pub(super) globs: Globs,
}

/// `[message.x]`
#[derive(Clone, Debug)]
pub(super) struct Messages {
    pub(super) kind: &'static Kind,
    pub(super) header: Option<String>,
    /// `None`: any value.
    pub(super) value: Option<Globs>,
    pub(super) recipients: Book,
    pub(super) place: String,
}

impl Lists {
    /// Whether there are phrases to look for.
    pub fn has_phrases(&self) -> bool {
        !self.phrases.is_empty()
    }

    /// What the lists find, with `file:line` of each definition.
    pub(in crate::rules) fn kinds(&self) -> impl Iterator<Item = (&'static Kind, &str)> {
        self.kinds.iter().map(|(kind, place)| (*kind, place.as_str()))
    }

    /// Tells apart lists that differ.
    pub(in crate::rules) fn hash(&self) -> &str {
        &self.hash
    }

    /// The word lists of which a phrase stands in this text, given in pieces.
    pub fn phrases<'t>(
        &self,
        text: impl Iterator<Item = &'t str> + Clone,
        place: phrases::Place,
    ) -> Vec<Hit> {
        self.phrases.find(text, place)
    }

    /// The lists that name who sends: the client, or one of these addresses.
    pub fn senders(
        &self,
        envelope: &Envelope,
        addresses: impl FnOnce() -> Vec<Address>,
    ) -> Vec<Hit> {
        if self.senders.is_empty() {
            return Vec::new();
        }
        let addresses = addresses();
        let ip = envelope.client.ip.map(|ip| ip.to_canonical());
        let hits = self.senders.iter().filter_map(|list| {
            let address = || addresses.iter().find_map(|address| list.book.find(address));
            let client = || {
                let of = |(net, _): &&(IpNet, _)| ip.is_some_and(|ip| net.contains(&ip));
                list.clients.iter().find(of).map(|(_, place)| place)
            };
            let helo = || list.helo.find(&envelope.client.helo).map(|(place, _)| place);
            let place = address().or_else(client).or_else(helo)?;
            Some(Hit { kind: list.kind, entry: place.to_string(), count: 1 })
        });
        hits.collect()
    }

    /// The lists with a pattern that one of these file names fits.
    pub fn names(&self, names: &[String]) -> Vec<Hit> {
        let hits = self.names.iter().filter_map(|list| {
            let (place, count) = names.iter().find_map(|name| list.globs.find(name))?;
            Some(Hit { kind: list.kind, entry: place.to_string(), count })
        });
        hits.collect()
    }

    /// Whether header fields are asked for.
    pub fn asks_for_headers(&self) -> bool {
        self.messages.iter().any(|list| list.header.is_some())
    }

    /// The lists that a header field or a recipient fits; `values` tells all values of a field.
    pub fn messages(&self, envelope: &Envelope, values: impl Fn(&str) -> Vec<String>) -> Vec<Hit> {
        let hits = self.messages.iter().filter_map(|list| {
            let recipient = envelope.recipients.iter().find_map(|to| list.recipients.find(to));
            let entry = match (recipient, &list.header) {
                (Some(place), _) => place.to_string(),
                (None, None) => return None,
                (None, Some(header)) => {
                    let values = values(header);
                    match &list.value {
                        None => values.first().map(|_| list.place.clone())?,
                        Some(globs) => {
                            values.iter().find_map(|value| globs.find(value))?.0.to_string()
                        }
                    }
                }
            };
            Some(Hit { kind: list.kind, entry, count: 1 })
        });
        hits.collect()
    }
}
