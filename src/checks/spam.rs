//! Spam score: what rspamd and SpamAssassin say, on one scale, the highest counts.
//!
//! An engine only scores; whether a score is worth a finding is the policy's
//! setting, and what follows is its rules'.

use super::engine::{Answer, Appetite, Ask, EngineCheck, Scanning};
use super::{Check, Finding, Found, Kind, MessageCheck, signature};
use crate::engines::{Rspamd, Score, Spamd};
use crate::facts::Facts;
use crate::rules::Policy;
use crate::verdict::Class;
use std::sync::Arc;

/// The score reached what the policy reports.
pub static SCORE: Kind = Kind {
    name: "spam.score",
    class: Class::Policy,
    about: "a spam score; 5 is the engine's own threshold",
};

/// An engine did not answer, or not about the whole message.
pub static UNSCANNED: Kind =
    Kind { name: "spam.unscanned", class: Class::Policy, about: "not scored by a spam engine" };

/// All kinds, whether or not an engine is configured.
pub static KINDS: &[&Kind] = &[&SCORE, &UNSCANNED];

/// The check that asks one spam engine.
#[derive(Clone, Debug)]
pub enum Spam {
    /// Asks rspamd.
    Rspamd(Arc<Rspamd>),
    /// Asks SpamAssassin.
    Spamd(Arc<Spamd>),
}

impl Check for Spam {
    fn name(&self) -> &'static str {
        "spam"
    }

    fn kinds(&self) -> &'static [&'static Kind] {
        KINDS
    }

    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl EngineCheck for Spam {
    fn engine(&self) -> &'static str {
        match self {
            Spam::Rspamd(_) => "rspamd",
            Spam::Spamd(_) => "spamd",
        }
    }

    fn appetite(&self) -> Appetite {
        Appetite::Whole
    }

    fn scan(&self, ask: Ask) -> Scanning {
        let engine = self.clone();
        Box::pin(async move {
            let (score, whole) = match engine {
                Spam::Rspamd(rspamd) => rspamd.scan(ask.tap, &ask.envelope).await?,
                Spam::Spamd(spamd) => spamd.scan(ask.tap).await?,
            };
            Ok(Answer::Scored(score, whole))
        })
    }
}

/// The highest score; of equal ones the first by its words, so that no order of answers shows.
pub fn highest(scores: impl IntoIterator<Item = Score>) -> Option<Score> {
    scores
        .into_iter()
        .min_by(|a, b| b.points.total_cmp(&a.points).then_with(|| a.detail.cmp(&b.detail)))
}

/// The finding for the highest score, where the policy wants to hear of it.
pub fn conclude(highest: Option<&Score>, policy: &Policy) -> Option<Finding> {
    let report = policy.settings.spam.report;
    let score = highest.filter(|score| score.points >= report)?;
    Some(Finding::whole(&SCORE, score.detail.clone()).measured(score.points, report))
}

/// Reports the highest of all scores, the built-in one included.
pub struct Highest;

impl Check for Highest {
    fn name(&self) -> &'static str {
        "spam"
    }

    fn kinds(&self) -> &'static [&'static Kind] {
        KINDS
    }

    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl MessageCheck for Highest {
    fn conclude(&self, facts: &Facts, found: &Found, policy: &Policy) -> Vec<Finding> {
        conclude(of(facts, found).as_ref(), policy).into_iter().collect()
    }
}

/// The score of a message: the highest that any engine or the built-in test gives.
pub fn of(facts: &Facts, found: &Found) -> Option<Score> {
    highest(found.scores.iter().cloned().chain(signature::score(facts)))
}
