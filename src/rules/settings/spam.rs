//! `[spam]`: which scores are worth a finding.

use crate::tomlfile::Amount;
use serde::Deserialize;

/// On the common scale, where 5 is an engine's own threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spam {
    /// From this score on `spam.score` is reported; rules say what follows.
    pub report: f64,
}

/// What `rules/base.toml` ships; a test holds the two together.
impl Default for Spam {
    fn default() -> Spam {
        Spam { report: 5.0 }
    }
}

/// `[spam]` as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::rules) struct Section {
    report: Option<Amount>,
}

impl Section {
    /// Writes what is present over what was extended.
    pub(in crate::rules) fn apply(&self, spam: &mut Spam) {
        if let Some(Amount(report)) = self.report {
            spam.report = report;
        }
    }
}
