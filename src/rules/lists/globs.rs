//! Patterns of a list, matched all at once, without case.

use super::entries::{Entry, Place};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use unicode_normalization::UnicodeNormalization;

/// The patterns, and where each stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Globs {
    set: GlobSet,
    places: Vec<Place>,
}

impl Globs {
    /// Makes the patterns ready; each of them was read before.
    pub(super) fn new(entries: &[Entry]) -> Result<Globs, globset::Error> {
        let mut set = GlobSetBuilder::new();
        for entry in entries {
            set.add(GlobBuilder::new(&plain(&entry.text)).case_insensitive(true).build()?);
        }
        let places = entries.iter().map(|entry| entry.place.clone()).collect();
        Ok(Globs { set: set.build()?, places })
    }

    /// The first entry that fits the whole text, and how many do.
    pub(super) fn find(&self, text: &str) -> Option<(&Place, usize)> {
        let fit = self.set.matches(plain(text));
        let first = fit.iter().min()?;
        self.places.get(*first).map(|place| (place, fit.len()))
    }
}

/// Lower case, in one form of Unicode.
fn plain(text: &str) -> String {
    text.nfc().flat_map(char::to_lowercase).collect()
}
