//! `[archives]`: passwords that are tried on locked archives beside those that the letter tells.

use crate::tomlfile::Words;
use serde::Deserialize;

/// What helps to open archives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archives {
    /// Passwords that correspondents use, likeliest first.
    pub passwords: Vec<String>,
}

/// What `rules/base.toml` ships; a test holds the two together.
impl Default for Archives {
    fn default() -> Archives {
        const USUAL: [&str; 5] = ["123456", "12345678", "123456789", "password", "infected"];
        Archives { passwords: USUAL.map(str::to_owned).to_vec() }
    }
}

/// `[archives]` as it is written: a list replaces that of the extended policy.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::rules) struct Section {
    passwords: Option<Words>,
}

impl Section {
    /// Writes what is present over what was extended.
    pub(in crate::rules) fn apply(&self, archives: &mut Archives) {
        if let Some(passwords) = &self.passwords {
            archives.passwords = passwords.words.iter().map(|word| word.text.clone()).collect();
        }
    }
}
