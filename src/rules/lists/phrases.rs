//! Phrases of all word lists of a policy, searched for together in one pass over a text.

use super::entries::Entry;
use super::ready::Hit;
use crate::mail::{Letters, Tokens};
use crate::verdict::Kind;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Where a phrase may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The subject.
    Subject,
    /// The letter itself.
    Body,
    /// An attachment, or what is in it.
    Attachment,
}

impl Place {
    /// All of them.
    pub(in crate::rules) const ALL: [Place; 3] = [Place::Subject, Place::Body, Place::Attachment];

    /// The word that rule files use.
    pub(in crate::rules) fn name(self) -> &'static str {
        match self {
            Place::Subject => "subject",
            Place::Body => "body",
            Place::Attachment => "attachment",
        }
    }
}

/// Bytes of all phrases of a policy together: what searches for them takes some fifty times that.
pub(super) const BYTES_MAX: usize = 2 << 20;

/// One word list, as its definitions leave it.
#[derive(Clone, Debug)]
pub(super) struct List {
    pub(super) kind: &'static Kind,
    pub(super) letters: Letters,
    pub(super) places: Vec<Place>,
    pub(super) entries: Vec<Arc<Vec<Entry>>>,
}

/// All word lists of a policy.
#[derive(Clone, Debug, Default)]
pub(super) struct Phrases {
    lists: Vec<List>,
    folded: Search,
    exact: Search,
}

/// One automaton, and which entry of which list each of its patterns is.
#[derive(Clone, Debug, Default)]
struct Search {
    automaton: Option<AhoCorasick>,
    patterns: Vec<Pattern>,
}

#[derive(Clone, Copy, Debug)]
struct Pattern {
    list: usize,
    entry: usize,
}

impl Phrases {
    /// Makes the lists ready; the error says why that cannot be done.
    pub(super) fn new(lists: Vec<List>) -> Result<Phrases, String> {
        let folded = Search::new(&lists, Letters::Folded)?;
        let exact = Search::new(&lists, Letters::Exact)?;
        Ok(Phrases { lists, folded, exact })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.folded.automaton.is_none() && self.exact.automaton.is_none()
    }

    /// One hit a list: its first entry in the order of the list, and how many different ones.
    pub(super) fn find<'t>(
        &self,
        text: impl Iterator<Item = &'t str> + Clone,
        place: Place,
    ) -> Vec<Hit> {
        let mut met: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.lists.len()];
        self.folded.find(Letters::Folded, text.clone(), &mut met);
        self.exact.find(Letters::Exact, text, &mut met);
        let lists = self.lists.iter().zip(met).filter(|(list, _)| list.places.contains(&place));
        lists.filter_map(|(list, entries)| list.hit(entries)).collect()
    }
}

impl List {
    fn entry(&self, at: usize) -> Option<&Entry> {
        self.entries.iter().flat_map(|entries| entries.iter()).nth(at)
    }

    fn hit(&self, entries: BTreeSet<usize>) -> Option<Hit> {
        let first = self.entry(*entries.first()?)?;
        Some(Hit { kind: self.kind, entry: first.place.to_string(), count: entries.len() })
    }
}

impl Search {
    fn new(lists: &[List], letters: Letters) -> Result<Search, String> {
        let (mut texts, mut patterns) = (Vec::new(), Vec::new());
        for (at, list) in lists.iter().enumerate().filter(|(_, list)| list.letters == letters) {
            for (entry, written) in list.entries.iter().flat_map(|list| list.iter()).enumerate() {
                // The blank behind is looked at when it is found: two phrases may share it.
                let mut text = Tokens::of(letters, &written.text);
                text.pop();
                texts.push(text);
                patterns.push(Pattern { list: at, entry });
            }
        }
        if texts.is_empty() {
            return Ok(Search::default());
        }
        let bytes: usize = texts.iter().map(Vec::len).sum();
        if bytes > BYTES_MAX {
            let message =
                format!("the word lists have {bytes} bytes together, {BYTES_MAX} at most");
            return Err(message);
        }
        let kind = AhoCorasickKind::ContiguousNFA;
        // Of most words the first letters alone are in a phrase: near its root it is a table.
        let mut builder = AhoCorasick::builder();
        let automaton = builder.kind(Some(kind)).prefilter(false).dense_depth(6).build(texts);
        let automaton = automaton.map_err(|error| format!("the word lists: {error}"))?;
        Ok(Search { automaton: Some(automaton), patterns })
    }

    /// Notes the entries that stand in a text whole.
    fn find<'t>(
        &self,
        letters: Letters,
        text: impl Iterator<Item = &'t str>,
        met: &mut [BTreeSet<usize>],
    ) {
        let Some(automaton) = &self.automaton else { return };
        let mut words = Tokens::new(letters);
        text.for_each(|piece| words.push(piece));
        let words = words.finish();
        for found in automaton.find_overlapping_iter(&words) {
            let whole = words.get(found.end()) == Some(&b' ');
            let pattern = self.patterns.get(found.pattern().as_usize()).filter(|_| whole);
            if let Some(Pattern { list, entry }) = pattern {
                met.get_mut(*list).map(|met| met.insert(*entry));
            }
        }
    }
}
