//! A policy: settings and rules of one rule file over the files that it extends.
//!
//! Judging cannot fail and does not depend on the order in which findings arrive.

use super::directory::Directory;
use super::domains::Domains;
use super::file::Status;
use super::lists::Lists;
use super::reply;
use super::rule::{Placed, Rule, Step, Texts};
use super::settings::Settings;
use crate::mail::Envelope;
use crate::verdict::{Action, Catalogue, Class, Code, Finding, Judged, Mode, Reply, Verdict};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

/// One policy, resolved: what it extends is already in it.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// `id` of the file.
    pub id: String,
    /// The regulation, for people.
    pub title: String,
    /// Its number and date.
    pub source: String,
    /// Whether it is in force; one that is not is never picked by recipient.
    pub status: Status,
    /// The policy that it extends.
    pub extends: Option<String>,
    /// Domains with their subdomains, and single addresses, lower case.
    pub recipients: Vec<String>,
    /// What checks ask before they report.
    pub settings: Settings,
    /// The named sets of domains, which checks ask too.
    pub domains: Domains,
    /// How mailboxes are named, and who has one.
    pub directory: Directory,
    /// Of settings, rules and replies as resolved: two policies with the same hash judge alike.
    pub hash: String,
    /// Of all files of the folder as they are, title and comments included.
    pub set_hash: String,
    /// What each section of the settings hashes to, by its name.
    pub sections: Vec<(&'static str, String)>,
    pub(super) rules: Vec<Placed>,
    /// Where the rules of a finding stand in `rules`, in order.
    pub(super) by_finding: HashMap<&'static str, Vec<usize>>,
    pub(super) replies: Replies,
    pub(super) catalogue: Catalogue,
    /// Whether only viruses and executables act, where a rule file says so.
    pub(super) observe: Option<bool>,
    /// Findings of the operators' own.
    pub lists: Arc<Lists>,
}

/// What is said where a rule has no words of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Replies {
    pub(super) policy: Texts,
    pub(super) size: Texts,
    pub(super) content: Texts,
    pub(super) tempfail: Texts,
    pub(super) contact: String,
}

/// The words for what a part is to its reader.
pub const ROLES: [&str; 4] = ["body", "attachment", "member", "component"];

/// What conditions ask about the part of a finding.
#[derive(Clone, Copy, Debug)]
pub struct PartView<'a> {
    /// What it is to its reader, one of [`ROLES`].
    pub role: &'a str,
    /// Every name that some reader would show.
    pub names: &'a [String],
    /// Its media type by content.
    pub detected: &'a str,
}

/// What rules may ask about, beside the finding.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Who sends to whom.
    pub envelope: &'a Envelope,
    /// The part of this path; `None` where there is none, as for the message as a whole.
    pub part: &'a dyn Fn(&str) -> Option<PartView<'a>>,
}

/// What is known when a finding is judged.
pub(super) struct Asked<'a, 'c> {
    pub(super) context: &'a Context<'c>,
    /// The names of all findings of the letter.
    pub(super) present: Vec<&'static str>,
}

impl Policy {
    /// Its rules in the order in which they are asked, those of the extended policy last.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().map(|placed| &*placed.rule)
    }

    /// All that can be found under it, the operators' own findings last.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The rules of this finding, in the order in which they are asked.
    pub fn rules_of(&self, finding: &str) -> impl Iterator<Item = &Rule> {
        self.placed(finding).map(|placed| &*placed.rule)
    }

    /// The same, with what their place makes of them.
    pub(super) fn placed(&self, finding: &str) -> impl DoubleEndedIterator<Item = &Placed> {
        let places = self.by_finding.get(finding);
        places.into_iter().flatten().filter_map(|at| self.rules.get(*at))
    }

    /// The gravest action that is acted upon decides; all findings are kept, in a stable order.
    pub fn judge(&self, findings: Vec<Finding>, context: &Context<'_>) -> Verdict {
        let present = findings.iter().map(|finding| finding.kind.name).collect();
        let asked = Asked { context, present };
        let mut all: Vec<(Judged, Option<&Texts>)> =
            findings.into_iter().map(|finding| self.decide(finding, &asked)).collect();
        all.sort_by_cached_key(|(judged, _)| {
            let finding = &judged.finding;
            let place = (self.catalogue.rank(finding.kind), finding.part.clone());
            // Two findings of one kind in one part: their evidence decides, not their arrival.
            let words = (finding.detail.clone(), finding.name.clone(), finding.what.clone());
            let measure = (finding.cause, finding.grade, finding.value.map(f64::to_bits));
            (Reverse(judged.action), place, words, measure)
        });
        let first = all.iter().find(|(judged, _)| judged.mode == Mode::Enforce);
        let action = first.map_or(Action::Accept, |(judged, _)| judged.action);
        let class = first.map_or(Class::Policy, |(judged, _)| judged.finding.kind.class);
        let code = Code::of(action, class);
        let reply = match first.filter(|_| action >= Action::Tempfail) {
            Some((judged, texts)) => self.reply(code, judged, *texts, context),
            None => Reply { code, text: String::new(), english: String::new() },
        };
        let findings: Vec<Judged> = all.into_iter().map(|(judged, _)| judged).collect();
        let policy = self.id.clone();
        Verdict { action, reply, policy, findings, ..Verdict::default() }
    }

    /// The first rule that matches decides.
    fn decide(&self, finding: Finding, asked: &Asked<'_, '_>) -> (Judged, Option<&Texts>) {
        let name = finding.kind.name;
        let placed = self.placed(name).find(|placed| placed.matches(&finding, asked));
        let Some(Placed { rule, .. }) = placed else { return (undecided(finding), None) };
        let mode = match self.observes() && !acts_when_observing(name) {
            true => Mode::Shadow,
            false => rule.mode,
        };
        let (action, article) = (rule.action, rule.article.clone());
        let keep = rule.keep && mode == Mode::Enforce;
        let judged = Judged { finding, action, mode, keep, article, rule: rule.place.clone() };
        (judged, rule.reply.as_ref())
    }

    /// The rules that are asked about a finding, up to the one that decides; `present` are the
    /// names of all findings of the letter.
    pub fn steps(
        &self,
        finding: &Finding,
        present: Vec<&'static str>,
        context: &Context<'_>,
    ) -> Vec<(&Rule, Step)> {
        let asked = Asked { context, present };
        let mut steps = Vec::new();
        for placed in self.placed(finding.kind.name) {
            let step = placed.step(finding, &asked);
            steps.push((&*placed.rule, step));
            if step == Step::Decides {
                break;
            }
        }
        steps
    }

    /// Whether a rule stands in the policy's own file or in that of `local/` over it.
    pub fn owns(&self, rule: &Rule) -> bool {
        let file = rule.place.rsplit_once(':').map_or("", |(file, _)| file);
        file.strip_prefix("local/").unwrap_or(file).strip_suffix(".toml") == Some(&self.id)
    }

    /// Whether only viruses and executables act.
    pub fn observes(&self) -> bool {
        self.observe.unwrap_or_default()
    }

    /// Lets every rule in shadow act.
    pub(super) fn enforce(&mut self) {
        for placed in self.rules.iter_mut().filter(|placed| placed.rule.mode == Mode::Shadow) {
            let rule = Arc::make_mut(&mut placed.rule);
            rule.mode = Mode::Enforce;
            rule.seal();
        }
        super::order::index(self);
    }

    /// Writes the hash, once everything else is in place. What people read (title) is left out: it
    /// changes no verdict.
    pub(super) fn seal(&mut self) {
        self.sections = self.settings.sections();
        let domains = super::ruleset::hash([format!("{:?}", self.domains)]);
        self.sections.push(("domains", domains.chars().take(12).collect()));
        self.sections.push(("lists", self.lists.hash().to_owned()));
        let rules: Vec<&str> = self.rules().map(|rule| rule.hash.as_str()).collect();
        self.hash = super::ruleset::hash([
            format!("{:?}", (&self.settings, rules, &self.replies, self.observe)),
            format!("{:?}", self.domains),
            self.lists.hash().to_owned(),
        ]);
    }

    fn reply(
        &self,
        code: Code,
        judged: &Judged,
        texts: Option<&Texts>,
        context: &Context<'_>,
    ) -> Reply {
        let texts = texts.unwrap_or(match (judged.action, judged.finding.kind.class) {
            (Action::Tempfail, _) => &self.replies.tempfail,
            (_, Class::Policy | Class::UnknownRecipient | Class::LockedRecipient) => {
                &self.replies.policy
            }
            (_, Class::Size) => &self.replies.size,
            (_, Class::Content) => &self.replies.content,
        });
        let words = reply::Words { judged, envelope: context.envelope, policy: &self.replies };
        Reply { code, text: texts.vi.fill(&words, ','), english: texts.en.fill(&words, '.') }
    }
}

/// A finding that no rule names. `base.toml` names all of the catalogue, so this is a check that
/// the catalogue does not list: the letter waits, and the log shows an empty rule.
fn undecided(finding: Finding) -> Judged {
    let action = Action::Tempfail;
    let (keep, mode, article) = (false, Mode::Enforce, None);
    Judged { finding, action, mode, keep, article, rule: String::new() }
}

/// What acts in the first days of an installation.
fn acts_when_observing(finding: &str) -> bool {
    finding.starts_with("virus.") || finding.starts_with("executable.")
}
