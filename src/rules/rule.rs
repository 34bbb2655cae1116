//! A rule as it is judged by, and what its place among the rules of a policy makes of it.

use super::condition::Condition;
use super::file::Example;
use super::policy::Asked;
use super::reply::Template;
use super::{moment, ruleset};
use crate::verdict::{Action, Finding, Mode};
use jiff::Timestamp;
use std::sync::Arc;

/// A rule as it is judged by.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name in its file.
    pub id: Option<String>,
    /// Names of findings in the catalogue.
    pub findings: Vec<&'static str>,
    /// What is done.
    pub action: Action,
    /// Whether that is acted upon.
    pub mode: Mode,
    /// Whether a copy of the letter is kept, whatever is done with it.
    pub keep: bool,
    /// The article that it cites.
    pub article: Option<String>,
    /// `file:line`
    pub place: String,
    /// `file:line` in `local/` of what changes it.
    pub changed: Option<String>,
    /// Its last day; then it is as if it did not stand there.
    pub until: Option<jiff::civil::Date>,
    /// Who made it and why.
    pub note: Option<String>,
    /// Mails that show what it does.
    pub examples: Vec<Example>,
    pub(super) r#where: Condition,
    pub(super) unless: Option<Condition>,
    pub(super) reply: Option<Texts>,
    /// Of all that judges: two rules with the same decide alike.
    pub(super) hash: String,
}

impl Rule {
    /// What it does: a rule that is only shown lets pass.
    pub(super) fn effect(&self) -> Action {
        if self.mode == Mode::Enforce { self.action } else { Action::Accept }
    }

    /// Whether it decides every finding of its name, for ever.
    pub fn is_unconditional(&self) -> bool {
        self.r#where.is_empty() && self.unless.is_none() && self.until.is_none()
    }

    /// Its conditions in words; empty where it has none.
    pub fn when(&self) -> String {
        match &self.unless {
            None => self.r#where.to_string(),
            Some(unless) if self.r#where.is_empty() => format!("unless {unless}"),
            Some(unless) => format!("{}; unless {unless}", self.r#where),
        }
    }

    /// Writes the hash, once everything else is in place. What people read and where it stands (id,
    /// note, file, line, examples) is left out: it changes no verdict.
    pub(super) fn seal(&mut self) {
        let of = (&self.findings, self.action, self.mode, self.keep, &self.article);
        let when = (&self.r#where, &self.unless, &self.reply, self.until);
        self.hash = ruleset::hash([format!("{:?}", (of, when))]);
    }

    /// Whether its last day has passed.
    pub fn is_over(&self, time: Timestamp) -> bool {
        self.until.is_some_and(|until| moment::day(time) > until)
    }
}

/// A rule where a policy asks it. The policies that extend a file share its rules.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) rule: Arc<Rule>,
    /// Whether a rule behind it is graver, so that matching lets something pass.
    pub(super) lenient: bool,
}

impl Placed {
    pub(super) fn matches(&self, finding: &Finding, asked: &Asked<'_, '_>) -> bool {
        let rule = &*self.rule;
        let unless = |unless: &Condition| unless.holds(finding, asked, !self.lenient);
        !self.is_over(asked.context.envelope.time)
            && rule.r#where.holds(finding, asked, self.lenient)
            && !rule.unless.as_ref().is_some_and(unless)
    }

    /// What becomes of it when it is asked.
    pub(super) fn step(&self, finding: &Finding, asked: &Asked<'_, '_>) -> Step {
        if self.matches(finding, asked) {
            Step::Decides
        } else if self.is_over(asked.context.envelope.time) {
            Step::Over
        } else {
            Step::Passed
        }
    }

    /// Whether its last day has passed. Where nobody knows the time, an exception holds no more
    /// and a prohibition does.
    fn is_over(&self, time: Option<Timestamp>) -> bool {
        match time {
            Some(time) => self.rule.is_over(time),
            None => self.lenient && self.rule.until.is_some(),
        }
    }
}

/// What became of a rule that was asked about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Its conditions do not hold.
    Passed,
    /// Its last day has passed.
    Over,
    /// It holds: no rule behind it is asked.
    Decides,
}

/// A reply in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Texts {
    pub(super) vi: Template,
    pub(super) en: Template,
}
