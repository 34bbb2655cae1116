//! A rule as it is written → a rule as it is judged by; each mistake with its place.

use super::condition::{Condition, Glob, Who};
use super::file;
use super::files::Written;
use super::moment::{self, Hours};
use super::policy::ROLES;
use super::reply::Template;
use super::rule::{Rule, Texts};
use super::sets::{self, Sets};
use crate::mail::Direction;
use crate::tomlfile::{Amount, Error, Source, Word, Words, hint};
use crate::verdict::{Action, Catalogue, Cause, Grade, Mode};
use ipnet::IpNet;
use std::net::IpAddr;
use std::ops::Range;
use toml::Spanned;

/// What compiling a file needs, and where its mistakes go.
pub(super) struct Compiler<'a> {
    pub(super) source: &'a Source,
    /// The file as places name it: `local/base.toml`.
    pub(super) label: String,
    pub(super) sets: &'a Sets,
    pub(super) catalogue: &'a Catalogue,
    pub(super) errors: &'a mut Vec<Error>,
}

impl<'a> Compiler<'a> {
    /// What compiles this file.
    pub(super) fn new(
        written: &'a Written,
        sets: &'a Sets,
        catalogue: &'a Catalogue,
        errors: &'a mut Vec<Error>,
    ) -> Compiler<'a> {
        Compiler { source: &written.source, label: written.label(), sets, catalogue, errors }
    }

    /// The rule, with what is wrong in it left out and reported.
    pub(super) fn rule(&mut self, written: &Spanned<file::Rule>) -> Option<Rule> {
        let rule = written.get_ref();
        let (Some(finding), Some(action)) = (&rule.finding, rule.action) else {
            let key = if rule.finding.is_none() { "finding" } else { "action" };
            let message = format!("the key `{key}` is missing");
            self.errors.push(self.source.error(written.span(), message));
            return None;
        };
        let findings = self.words(finding, |this, word| this.finding(word));
        self.possible(finding.span.clone(), action, &findings);
        let empty = Condition::default();
        self.askable(rule.r#where.iter().chain(&rule.unless), &findings);
        let r#where = rule.r#where.as_ref().map_or(empty, |c| self.condition(c.get_ref()));
        let unless = rule.unless.as_ref().map(|spanned| {
            let condition = self.condition(spanned.get_ref());
            self.unless(&condition, &findings, spanned);
            if condition.covers(&r#where) {
                let message = "what `where` asks for, `unless` excludes: this rule never matches";
                self.errors.push(self.source.error(spanned.span(), message));
            }
            condition
        });
        let place = self.place(written.span().start);
        Some(Rule {
            id: rule.id.as_ref().map(|id| id.get_ref().clone()),
            findings,
            action,
            mode: rule.mode.as_ref().map(|mode| *mode.get_ref()).unwrap_or_default(),
            keep: rule.keep.unwrap_or_default(),
            article: rule.article.clone(),
            place,
            changed: None,
            until: self.until(rule),
            note: rule.note.clone(),
            examples: rule.example.clone(),
            r#where,
            unless,
            reply: rule.reply.as_ref().map(|text| self.texts(text)),
            hash: String::new(),
        })
    }

    /// The last day of a rule.
    pub(super) fn until(&mut self, rule: &file::Rule) -> Option<jiff::civil::Date> {
        let written = rule.until.as_ref()?;
        let date = moment::date(written.get_ref());
        date.map_err(|message| self.errors.push(self.source.error(written.span(), message))).ok()
    }

    /// `file:line` of a byte.
    pub(super) fn place(&self, at: usize) -> String {
        format!("{}:{}", self.label, self.source.line(at))
    }

    /// A recipient is answered before there is a letter to keep or to tag.
    pub(super) fn possible(&mut self, at: Range<usize>, action: Action, findings: &[&str]) {
        if findings.contains(&"account.code") && action > Action::Tag {
            let message =
                "somebody waits for a one-time code: accept or tag, nothing that holds it up";
            self.errors.push(self.source.error(at.clone(), message));
        }
        let recipient = findings.iter().any(|finding| finding.starts_with("recipient."));
        if recipient && matches!(action, Action::Tag | Action::Quarantine) {
            let message = "a recipient is let in, put off or refused: accept, tempfail or reject";
            self.errors.push(self.source.error(at, message));
        }
    }

    /// A reply in both languages.
    pub(super) fn texts(&mut self, text: &Spanned<file::Text>) -> Texts {
        let mut template = |words: &str| match Template::new(words) {
            Ok(template) => template,
            Err(message) => {
                self.errors.push(self.source.error(text.span(), message));
                Template::default()
            }
        };
        Texts { vi: template(&text.get_ref().vi), en: template(&text.get_ref().en) }
    }

    /// Those of a list that make sense.
    pub(super) fn words<T>(
        &mut self,
        words: &Words,
        mut read: impl FnMut(&mut Self, &Word) -> Result<T, String>,
    ) -> Vec<T> {
        if words.words.is_empty() {
            let message = "an empty list fits nothing, so the rule would never match";
            self.errors.push(self.source.error(words.span.clone(), message));
        }
        let mut values = Vec::new();
        for word in &words.words {
            match read(self, word) {
                Ok(value) => values.push(value),
                Err(message) => self.wrong(word, message),
            }
        }
        values
    }

    pub(super) fn wrong(&mut self, word: &Word, message: String) {
        self.errors.push(self.source.error(word.span.clone(), message));
    }

    fn finding(&self, word: &Word) -> Result<&'static str, String> {
        let unknown = || {
            let known: Vec<&str> = self.catalogue.iter().map(|kind| kind.name).collect();
            format!("unknown finding `{}`{}", word.text, hint(&word.text, &known))
        };
        self.catalogue.find(&word.text).map(|kind| kind.name).ok_or_else(unknown)
    }

    fn condition(&mut self, written: &file::Conditions) -> Condition {
        let role = |_: &mut Self, word: &Word| {
            let known = ROLES.into_iter().find(|role| *role == word.text);
            known.ok_or_else(|| format!("unknown role `{}`{}", word.text, hint(&word.text, &ROLES)))
        };
        let glob = |_: &mut Self, word: &Word| {
            Glob::new(&word.text).map_err(|error| format!("`{}`: {error}", word.text))
        };
        Condition {
            role: self.list(&written.role, role),
            name: self.list(&written.name, glob),
            r#type: self.list(&written.r#type, glob),
            sender: self.who(&written.sender),
            recipient: self.who(&written.recipient),
            client: self.list(&written.client, |_, word| network(&word.text)),
            helo: self.list(&written.helo, glob),
            direction: self.list(&written.direction, |_, word| known_word("direction", word)),
            hours: self.list(&written.hours, |_, word| Hours::new(&word.text)),
            weekday: self.list(&written.weekday, |_, word| moment::weekday(&word.text)),
            with: self.list(&written.with, |this, word| this.finding(word)),
            cause: self.list(&written.cause, |_, word| known_word::<Cause>("cause", word)),
            grade: self.list(&written.grade, |_, word| known_word::<Grade>("grade", word)),
            what: self.list(&written.what, glob),
            over: written.over.as_ref().map(|amount| self.amount(amount)),
            at_least: written.at_least.as_ref().map(|amount| self.amount(amount)),
        }
    }

    fn list<T>(
        &mut self,
        words: &Option<Words>,
        read: impl FnMut(&mut Self, &Word) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        words.as_ref().map(|words| self.words(words, read))
    }

    fn who(&mut self, words: &Option<Words>) -> Option<Vec<Who>> {
        let list = self.list(words, Self::whom);
        list.map(|list| list.into_iter().flatten().collect())
    }

    /// Whom one word means.
    pub(super) fn whom(&mut self, word: &Word) -> Result<Vec<Who>, String> {
        match word.text.as_str() {
            "<>" | "" => Ok(vec![Who::Null]),
            text if text.starts_with('@') && !text.contains('.') => {
                match self.sets.domains(self.source, word) {
                    Ok(domains) => Ok(domains.iter().cloned().map(Who::Domain).collect()),
                    Err(error) => Err(error.message),
                }
            }
            text if text.trim_start_matches('@').contains('@') => {
                Ok(vec![Who::Address(text.to_lowercase())])
            }
            text => {
                let word =
                    Word { text: text.trim_start_matches('@').to_owned(), span: word.span.clone() };
                let domain = sets::domain(self.source, &word, self.errors);
                Ok(domain.into_iter().map(Who::Domain).collect())
            }
        }
    }

    fn amount(&mut self, amount: &Spanned<Amount>) -> f64 {
        let Amount(value) = *amount.get_ref();
        if value < 0.0 {
            let message = "nothing measured is below 0, so this condition would always hold";
            self.errors.push(self.source.error(amount.span(), message));
        }
        value
    }

    /// An exemption may rest on a sender only where the client's network vouches for it: anybody
    /// can write any sender and any HELO.
    fn unless(
        &mut self,
        condition: &Condition,
        findings: &[&str],
        written: &Spanned<file::Conditions>,
    ) {
        let hard = findings.iter().find(|finding| is_hard(finding));
        let message = match hard {
            Some(hard) if condition.trusts_sender() => {
                format!("no sender is exempt from `{hard}`: anybody can write any sender")
            }
            None if condition.is_forgeable() => "anybody can write any sender: add the networks \
                that it writes from, such as client = \"10.0.0.0/8\""
                .to_owned(),
            _ => return,
        };
        self.errors.push(self.source.error(written.span(), message));
    }
}

/// Findings from which no sender is exempt.
pub fn is_hard(finding: &str) -> bool {
    ["virus.", "executable.", "secret."].iter().any(|family| finding.starts_with(family))
}

/// A network, or one address.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let single = || text.parse::<IpAddr>().map(IpNet::from);
    let wrong = |_| format!("`{text}` is no network; write it as `10.1.0.0/16` or `2001:db8::/32`");
    text.parse::<IpNet>().map(|net| net.trunc()).or_else(|_| single()).map_err(wrong)
}

/// A word of one of the enums that conditions name.
fn known_word<T: Named>(what: &str, word: &Word) -> Result<T, String> {
    let names: Vec<&str> = T::all().iter().map(T::name).collect();
    let known = T::all().into_iter().find(|value| value.name() == word.text);
    known.ok_or_else(|| format!("unknown {what} `{}`{}", word.text, hint(&word.text, &names)))
}

/// All words of such an enum.
pub(super) fn words_of<T: Named>() -> Vec<&'static str> {
    T::all().iter().map(T::name).collect()
}

/// An enum whose words rule files use.
pub(super) trait Named: Sized {
    fn all() -> Vec<Self>;
    fn name(&self) -> &'static str;
}

impl Named for Cause {
    fn all() -> Vec<Cause> {
        use Cause::*;
        vec![EngineDown, EngineLimit, Encrypted, OverLimit, Panic, Timeout, Unreadable, Unsupported]
    }

    fn name(&self) -> &'static str {
        Cause::name(*self)
    }
}

impl Named for Direction {
    fn all() -> Vec<Direction> {
        vec![Direction::In, Direction::Out]
    }

    fn name(&self) -> &'static str {
        Direction::name(*self)
    }
}

impl Named for Grade {
    fn all() -> Vec<Grade> {
        use Grade::*;
        vec![Sloppy, Odd, Hiding, Mat, ToiMat, TuyetMat]
    }

    fn name(&self) -> &'static str {
        Grade::name(*self)
    }
}

/// Whether a rule takes part in judging at all.
pub(super) fn is_on(rule: &Rule) -> bool {
    rule.mode != Mode::Off
}
