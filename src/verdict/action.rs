//! What is done with a message: a total order, so that the gravest is well defined.

use serde::{Deserialize, Serialize};

/// What is done with a message, from mildest to gravest.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Relay it as it is.
    #[default]
    Accept,
    /// Relay it with one header on top that names the findings.
    Tag,
    /// Keep it here, answer 250; a person judges.
    Quarantine,
    /// Answer 451: the sender comes back when it can be examined.
    Tempfail,
    /// Answer 5xx with the reason.
    Reject,
}

impl Action {
    /// All actions, mildest first.
    pub const ALL: [Action; 5] =
        [Action::Accept, Action::Tag, Action::Quarantine, Action::Tempfail, Action::Reject];

    /// The word that rule files, JSON, logs and metrics use.
    pub fn name(self) -> &'static str {
        match self {
            Action::Accept => "accept",
            Action::Tag => "tag",
            Action::Quarantine => "quarantine",
            Action::Tempfail => "tempfail",
            Action::Reject => "reject",
        }
    }
}
