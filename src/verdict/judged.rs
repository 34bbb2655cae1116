//! The end of the matter: what is done, what is said, and every finding with its rule.

use super::{Action, Finding, Reply};
use serde::{Deserialize, Serialize};

/// The finding of a secrecy stamp.
const SECRET: &str = "secret.marked";

/// Its word for marks that may mean anything.
const WEAK: &str = "weak";

/// Whether a rule acts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Acted upon.
    #[default]
    Enforce,
    /// Counted and shown, not acted upon.
    Shadow,
    /// As if the rule did not stand there.
    Off,
}

impl Mode {
    /// The word that rule files, JSON and metrics use.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Enforce => "enforce",
            Mode::Shadow => "shadow",
            Mode::Off => "off",
        }
    }
}

/// A finding with what the policy makes of it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The fact.
    pub finding: Finding,
    /// What the rule asks for.
    pub action: Action,
    /// Whether that is acted upon.
    pub mode: Mode,
    /// Whether the rule wants a copy of the letter kept.
    pub keep: bool,
    /// The article that the rule cites.
    pub article: Option<String>,
    /// `file:line` of the rule; empty where no rule speaks.
    pub rule: String,
}

/// What is concluded about one message.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// The gravest enforced action.
    pub action: Action,
    /// What the sender is told.
    pub reply: Reply,
    /// The policy that judged.
    pub policy: String,
    /// All findings, shadow included: gravest action first, then catalogue order, then part path.
    pub findings: Vec<Judged>,
    /// The spam score on the common scale (5 is the engine's own threshold), where one was given.
    pub spam: Option<f64>,
    /// It was deferred too often, and is kept instead.
    pub held: bool,
}

impl Verdict {
    /// Whether the letter bears a mark of secrecy, lifted or not: then no subject, no file name and
    /// no word of it may be written down or told, only addresses, times, grades and places.
    pub fn bears_mark(&self) -> bool {
        self.findings.iter().any(|judged| judged.finding.is_secret())
    }

    /// Whether a rule that acts wants a copy kept: an effect, united over all of them.
    pub fn wants_copy(&self) -> bool {
        self.findings.iter().any(|judged| judged.keep)
    }

    /// Whether a strong secrecy stamp was found: such a letter is kept apart from all others. A weak
    /// mark is a word that may mean anything.
    pub fn is_secret(&self) -> bool {
        self.findings.iter().any(|judged| {
            let Finding { kind, what, .. } = &judged.finding;
            kind.name == SECRET && what.as_deref() != Some(WEAK)
        })
    }

    /// Keeps what would be deferred once more: the findings stay, the sender is not asked back.
    pub fn hold(&mut self) {
        self.held = true;
        self.action = Action::Quarantine;
        self.reply = Reply::default();
    }
}
