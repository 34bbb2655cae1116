//! How a regulation forms the names of mailboxes: what it would propose, and what it accepts.

mod angiang;
mod binhthuan;
mod body;
mod places;
mod tiengiang;
mod words;

pub use places::Places;
pub(super) use words::plain_words;

use super::Kind;
use serde::Deserialize;

/// The schemes of the regulations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Scheme {
    /// QĐ 15/2009, Điều 2 and khoản 1 Điều 3: official addresses, but no way to form them.
    #[serde(rename = "tiengiang-2009")]
    Tiengiang2009,
    /// QĐ 51/2016, Điều 4.
    #[serde(rename = "tiengiang-2016")]
    Tiengiang2016,
    /// Nội quy 189/QĐ-BDT, mục II.2.
    #[serde(rename = "binhthuan-2012")]
    Binhthuan2012,
    /// QĐ 63/2016 of An Giang.
    #[serde(rename = "angiang-2016")]
    Angiang2016,
}

/// Whose mailbox is to be named.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Họ và tên, or the body's name.
    pub name: &'a str,
    /// The body above, empty where there is none.
    pub unit: &'a str,
    /// A person's year of birth.
    pub born: Option<i16>,
    /// A person's or a body's.
    pub kind: Kind,
}

impl Asked<'_> {
    /// A body's where the name begins as bodies' names do, else a person's.
    pub fn kind_of(name: &str) -> Kind {
        if body::is_body(name) { Kind::Agency } else { Kind::Personal }
    }
}

/// A local part that the scheme forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Before the `@`; with an `@` of its own where the body's address is on another domain.
    pub local: String,
    /// How it is formed.
    pub form: &'static str,
}

/// What a scheme says of one mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forms {
    /// The first of these that is free is its name.
    pub proposed: Vec<Candidate>,
    /// Names that are never proposed, but right where they are held.
    pub accepted: Vec<String>,
    /// What is wrong with these, where the regulation names them as wrong or ambiguous.
    pub doubtful: Vec<(String, &'static str)>,
    /// What a person has to know or decide.
    pub notes: Vec<String>,
    /// What may stand behind the first form.
    tail: Tail,
}

/// Endings that make other names of the first form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Tail {
    #[default]
    None,
    /// Two digits of a year of birth that is not known.
    TwoDigits,
    /// A dot and one to six letters, agreed with the person.
    Extension,
}

/// Whether a name that is held is one that the scheme forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It is this one of `proposed`.
    Form(usize),
    /// It is right, though another would be proposed.
    Accepted,
    /// It is doubtful, and why.
    Doubtful(&'static str),
    /// It is not.
    Wrong(&'static str),
}

impl Forms {
    fn push(&mut self, local: String, form: &'static str) {
        if !local.is_empty() && !self.proposed.iter().any(|known| known.local == local) {
            self.proposed.push(Candidate { local, form });
        }
    }

    /// Whether this local part, or whole address where a candidate has one, is among them.
    pub fn fit(&self, local: &str, address: &str) -> Fit {
        let is = |name: &String| name == local || name == address;
        if let Some(at) = self.proposed.iter().position(|candidate| is(&candidate.local)) {
            return Fit::Form(at);
        }
        if self.accepted.iter().any(is) {
            return Fit::Accepted;
        }
        if let Some((_, why)) = self.doubtful.iter().find(|(name, _)| is(name)) {
            return Fit::Doubtful(why);
        }
        let first = self.proposed.first().map_or("", |candidate| candidate.local.as_str());
        match (local.strip_prefix(first), &self.tail) {
            (Some(digits), Tail::TwoDigits) if is_two_digits(digits) => Fit::Accepted,
            (Some(rest), Tail::Extension) => match binhthuan::extension(rest) {
                Ok(()) => Fit::Accepted,
                Err(why) => Fit::Wrong(why),
            },
            _ => Fit::Wrong("it is not formed from the name"),
        }
    }
}

fn is_two_digits(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Scheme {
    /// The names that this mailbox may have, the best first.
    pub fn forms(self, asked: &Asked<'_>, places: &Places) -> Forms {
        if asked.kind == Kind::Agency
            && let [first, others @ ..] = places.short(asked.name)
        {
            let form = "the official short name";
            let proposed = vec![Candidate { local: first.clone(), form }];
            let accepted = others.to_vec();
            return Forms { proposed, accepted, ..Forms::default() };
        }
        match (self, asked.kind == Kind::Agency) {
            (Scheme::Tiengiang2009 | Scheme::Tiengiang2016, true) => tiengiang::body(asked, places),
            (Scheme::Tiengiang2009 | Scheme::Tiengiang2016, false) => tiengiang::person(asked),
            (Scheme::Binhthuan2012, true) => binhthuan::body(asked),
            (Scheme::Binhthuan2012, false) => binhthuan::person(asked),
            (Scheme::Angiang2016, true) => angiang::body(asked, places),
            (Scheme::Angiang2016, false) => angiang::person(asked),
        }
    }

    /// Whether the regulation says how names are formed at all.
    pub fn is_binding(self) -> bool {
        self != Scheme::Tiengiang2009
    }

    /// Where the regulation says it.
    pub fn article(self) -> &'static str {
        match self {
            Scheme::Tiengiang2009 => "Điều 2, khoản 1 Điều 3 QĐ 15/2009/QĐ-UBND",
            Scheme::Tiengiang2016 => "Điều 4 QĐ 51/2016/QĐ-UBND",
            Scheme::Binhthuan2012 => "mục II.2 Nội quy 189/QĐ-BDT",
            Scheme::Angiang2016 => "QĐ 63/2016/QĐ-UBND",
        }
    }
}
