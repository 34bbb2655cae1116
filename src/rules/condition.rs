//! `where` and `unless`: conditions made ready at load, so that judging cannot fail.
//!
//! A condition on a part does not hold for a finding about the message as a whole, and one on a
//! value, cause, grade or word does not hold for a finding that has none.

use super::moment::{self, Hours};
use super::policy::{Asked, Context, PartView};
use crate::mail::{Address, Direction};
use crate::verdict::{Cause, Finding, Grade};
use globset::GlobMatcher;
use ipnet::IpNet;
use jiff::civil::Weekday;
use std::fmt;
use std::sync::LazyLock;

/// All that stand there must hold; of a list, one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Condition {
    pub(super) role: Option<Vec<&'static str>>,
    pub(super) name: Option<Vec<Glob>>,
    pub(super) r#type: Option<Vec<Glob>>,
    pub(super) sender: Option<Vec<Who>>,
    pub(super) recipient: Option<Vec<Who>>,
    pub(super) client: Option<Vec<IpNet>>,
    pub(super) helo: Option<Vec<Glob>>,
    pub(super) direction: Option<Vec<Direction>>,
    pub(super) hours: Option<Vec<Hours>>,
    pub(super) weekday: Option<Vec<Weekday>>,
    pub(super) with: Option<Vec<&'static str>>,
    pub(super) cause: Option<Vec<Cause>>,
    pub(super) grade: Option<Vec<Grade>>,
    pub(super) what: Option<Vec<Glob>>,
    pub(super) over: Option<f64>,
    pub(super) at_least: Option<f64>,
}

/// Asks for nothing.
static EMPTY: LazyLock<Condition> = LazyLock::new(Condition::default);

impl Condition {
    /// Whether it asks for nothing, and so holds always.
    pub(super) fn is_empty(&self) -> bool {
        *self == *EMPTY
    }

    /// Whether it holds for this finding. Conditions on recipients and names ask for `every` one of
    /// them, or for one: whichever is the graver reading, so that one more helps no sender.
    pub(super) fn holds(&self, finding: &Finding, asked: &Asked<'_, '_>, every: bool) -> bool {
        let context = asked.context;
        self.holds_of_finding(finding)
            && one(&self.with, |name| asked.present.contains(name))
            && self.holds_of_time(context)
            && self.holds_of_envelope(context, every)
            && self.holds_of_part(finding, context, every)
    }

    fn holds_of_finding(&self, finding: &Finding) -> bool {
        let value = |test: &dyn Fn(f64) -> bool| finding.value.is_some_and(test);
        one(&self.cause, |cause| finding.cause == Some(*cause))
            && one(&self.grade, |grade| finding.grade == Some(*grade))
            && one(&self.what, |glob| finding.what.as_ref().is_some_and(|what| glob.is_match(what)))
            && self.over.is_none_or(|over| value(&|value| value > over))
            && self.at_least.is_none_or(|least| value(&|value| value >= least))
    }

    fn holds_of_envelope(&self, context: &Context<'_>, every: bool) -> bool {
        let envelope = context.envelope;
        let ip = envelope.client.ip.map(|ip| ip.to_canonical());
        one(&self.sender, |who| who.is(&envelope.sender))
            && most(&self.recipient, &envelope.recipients, every, Who::is)
            && one(&self.client, |net| ip.is_some_and(|ip| net.contains(&ip)))
            && one(&self.helo, |glob| glob.is_match(&envelope.client.helo))
            && one(&self.direction, |direction| *direction == envelope.direction)
    }

    /// No condition on the time holds where nobody knows it.
    fn holds_of_time(&self, context: &Context<'_>) -> bool {
        if self.hours.is_none() && self.weekday.is_none() {
            return true;
        }
        let Some(now) = context.envelope.time.map(moment::wall) else { return false };
        one(&self.hours, |hours| hours.hold(now.time()))
            && one(&self.weekday, |day| *day == now.weekday())
    }

    fn holds_of_part(&self, finding: &Finding, context: &Context<'_>, every: bool) -> bool {
        if self.role.is_none() && self.name.is_none() && self.r#type.is_none() {
            return true;
        }
        let Some(part) = (context.part)(&finding.part) else { return false };
        let PartView { role, names, detected } = part;
        one(&self.role, |wanted| *wanted == role)
            && most(&self.name, names, every, |glob, name| glob.is_match(name))
            && one(&self.r#type, |glob| glob.is_match(detected))
    }

    /// Whether it rests on words that anybody can write, and on no network.
    pub(super) fn is_forgeable(&self) -> bool {
        self.trusts_sender() && self.client.is_none()
    }

    /// Whether it asks about things of which a letter may have several.
    pub(super) fn asks_for_several(&self) -> bool {
        self.recipient.is_some() || self.name.is_some()
    }

    /// Whether it asks who sends, or for what a sender may have written into the letter for it.
    pub(super) fn trusts_sender(&self) -> bool {
        self.sender.is_some() || self.helo.is_some() || self.with.is_some()
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            list("role", &self.role, |role| (*role).to_owned()),
            list("name", &self.name, |glob| glob.text.clone()),
            list("type", &self.r#type, |glob| glob.text.clone()),
            list("sender", &self.sender, Who::to_string),
            list("recipient", &self.recipient, Who::to_string),
            list("client", &self.client, IpNet::to_string),
            list("helo", &self.helo, |glob| glob.text.clone()),
            list("direction", &self.direction, |direction| direction.name().to_owned()),
            list("hours", &self.hours, Hours::to_string),
            list("weekday", &self.weekday, |day| moment::word(*day).to_owned()),
            list("with", &self.with, |name| (*name).to_owned()),
            list("cause", &self.cause, |cause| cause.name().to_owned()),
            list("grade", &self.grade, |grade| grade.name().to_owned()),
            list("what", &self.what, |glob| glob.text.clone()),
            self.over.map(|value| format!("over {value}")),
            self.at_least.map(|value| format!("at least {value}")),
        ];
        f.write_str(&words.into_iter().flatten().collect::<Vec<_>>().join("; "))
    }
}

/// `key a, b`
fn list<T>(key: &str, list: &Option<Vec<T>>, text: impl Fn(&T) -> String) -> Option<String> {
    let words: Vec<String> = list.as_ref()?.iter().map(text).collect();
    Some(format!("{key} {}", words.join(", ")))
}

/// Whether one of a list fits; no list fits always.
fn one<T>(list: &Option<Vec<T>>, fits: impl Fn(&T) -> bool) -> bool {
    list.as_ref().is_none_or(|list| list.iter().any(fits))
}

/// Whether one of a list fits one of these values, or `every` one of them.
fn most<T, V>(
    list: &Option<Vec<T>>,
    values: &[V],
    every: bool,
    fits: impl Fn(&T, &V) -> bool,
) -> bool {
    list.as_ref().is_none_or(|list| {
        let meant = |value: &V| list.iter().any(|wanted| fits(wanted, value));
        if every {
            !values.is_empty() && values.iter().all(meant)
        } else {
            values.iter().any(meant)
        }
    })
}

/// A glob, case-insensitive, compared by its text.
#[derive(Clone)]
pub(super) struct Glob {
    text: String,
    matcher: GlobMatcher,
}

impl Glob {
    /// Reads a pattern.
    pub(super) fn new(text: &str) -> Result<Glob, String> {
        let text = text.to_lowercase();
        match globset::GlobBuilder::new(&text).case_insensitive(true).build() {
            Ok(glob) => Ok(Glob { matcher: glob.compile_matcher(), text }),
            Err(error) => Err(error.kind().to_string()),
        }
    }

    /// Whether it fits the whole of `text`.
    fn is_match(&self, text: &str) -> bool {
        self.matcher.is_match(text.to_lowercase())
    }
}

impl PartialEq for Glob {
    fn eq(&self, other: &Glob) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

/// Whom an address condition means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// One mailbox, compared without case.
    Address(String),
    /// A domain with its subdomains.
    Domain(String),
    /// The null reverse path.
    Null,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Who::Address(text) | Who::Domain(text) => f.write_str(text),
            Who::Null => f.write_str("<>"),
        }
    }
}

impl Who {
    /// A recipient as a policy lists it.
    pub(super) fn of_recipient(text: &str) -> Who {
        let text = text.to_owned();
        if text.contains('@') { Who::Address(text) } else { Who::Domain(text) }
    }

    fn is(&self, address: &Address) -> bool {
        match self {
            Who::Address(text) => address.to_string().to_lowercase() == *text,
            Who::Domain(domain) => address.is_under(domain),
            Who::Null => address.is_null(),
        }
    }
}
