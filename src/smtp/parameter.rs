//! ESMTP parameters of MAIL and RCPT: kept as written, read as far as rules need them.
//!
//! A parameter that the session did not offer is refused, never passed on: the
//! next hop might read it as something that the gate has not seen.

use super::command::Fault;
use super::extension::{Extension, Extensions};

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// As written, `KEYWORD=value`.
    pub raw: String,
    /// Upper case.
    pub keyword: String,
    /// Behind the `=`, if any.
    pub value: Option<String>,
}

/// The parameters of one command, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(Vec<Parameter>);

/// Which command carries them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// MAIL
    Mail,
    /// RCPT
    Rcpt,
}

impl Parameters {
    /// Reads what follows the path; well-formed or a fault (RFC 5321 §4.1.2).
    pub fn parse(text: &str, carrier: Carrier) -> Result<Parameters, Fault> {
        let mut all = Parameters::default();
        for raw in text.split(' ').filter(|word| !word.is_empty()) {
            let (keyword, value) = match raw.split_once('=') {
                Some((keyword, value)) => (keyword, Some(value.to_owned())),
                None => (raw, None),
            };
            let keyword = keyword.to_ascii_uppercase();
            let name = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
            if keyword.is_empty() || !keyword.bytes().all(name) || all.find(&keyword).is_some() {
                return Err(Fault::Parameter);
            }
            let parameter = Parameter { raw: raw.to_owned(), keyword, value };
            if !parameter.is_sound(carrier) {
                return Err(Fault::Parameter);
            }
            all.0.push(parameter);
        }
        Ok(all)
    }

    /// The parameter of this name.
    pub fn find(&self, keyword: &str) -> Option<&Parameter> {
        self.0.iter().find(|parameter| parameter.keyword == keyword)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Parameter> {
        self.0.iter()
    }

    /// `SIZE=` in bytes. A figure beyond `u64` stays beyond every limit.
    pub fn size(&self) -> Option<u64> {
        let value = self.find("SIZE")?.value.as_deref()?;
        Some(value.parse().unwrap_or(u64::MAX))
    }

    /// Whether `SMTPUTF8` is among them (RFC 6531 §3.4).
    pub fn smtputf8(&self) -> bool {
        self.find("SMTPUTF8").is_some()
    }

    /// Without what asks for reports of delivery (RFC 3461): towards a server that makes none, a
    /// letter goes on without it (§5.3.1).
    #[must_use]
    pub fn without_reports(mut self) -> Parameters {
        let dsn = ["RET", "ENVID", "NOTIFY", "ORCPT"];
        self.0.retain(|parameter| !dsn.contains(&parameter.keyword.as_str()));
        self
    }

    /// The first parameter that was not offered.
    pub fn foreign(&self, offered: &Extensions) -> Option<&Parameter> {
        self.0.iter().find(|p| !p.extension().is_some_and(|e| e.is_in(offered)))
    }

    /// What they need of a next hop and it does not offer. Without it they would be left out on
    /// the way, and the sender not know.
    pub fn lacking(&self, offered: &Extensions) -> Option<&'static str> {
        let foreign = self.foreign(offered).map(|p| p.extension());
        let small = offered.size.is_some_and(|most| self.size().is_some_and(|size| size > most));
        match foreign {
            Some(Some(Owner::Extension(extension))) => Some(extension.keyword()),
            Some(_) => Some("a parameter"),
            None => small.then_some("SIZE"),
        }
    }

    /// As they go to a next hop: what it does not know is left out. SIZE and BODY are
    /// hints whose loss changes nothing; the others were only taken because it offers them.
    pub fn passed(&self, offered: &Extensions) -> String {
        let known = self.0.iter().filter(|p| p.extension().is_some_and(|e| e.is_known_to(offered)));
        known.map(|parameter| format!(" {}", parameter.raw)).collect()
    }
}

/// What a parameter belongs to.
#[derive(Clone, Copy)]
enum Owner {
    Size,
    Extension(Extension),
}

impl Owner {
    /// SIZE is always offered: the gate has a limit of its own.
    fn is_in(self, offered: &Extensions) -> bool {
        match self {
            Owner::Size => true,
            Owner::Extension(extension) => offered.has(extension),
        }
    }

    fn is_known_to(self, next_hop: &Extensions) -> bool {
        match self {
            Owner::Size => next_hop.sized,
            Owner::Extension(extension) => next_hop.has(extension),
        }
    }
}

impl Parameter {
    fn extension(&self) -> Option<Owner> {
        Some(match self.keyword.as_str() {
            "SIZE" => Owner::Size,
            "BODY" => Owner::Extension(Extension::EightBitMime),
            "SMTPUTF8" => Owner::Extension(Extension::SmtpUtf8),
            "RET" | "ENVID" | "NOTIFY" | "ORCPT" => Owner::Extension(Extension::Dsn),
            _ => return None,
        })
    }

    /// Whether a known parameter stands at the right command with a value of its kind.
    fn is_sound(&self, carrier: Carrier) -> bool {
        let value = self.value.as_deref();
        let upper = value.unwrap_or_default().to_ascii_uppercase();
        let (place, fine) = match self.keyword.as_str() {
            "SIZE" => (Carrier::Mail, is_number(&upper)),
            // RFC 6152; BINARYMIME is never offered.
            "BODY" => (Carrier::Mail, upper == "7BIT" || upper == "8BITMIME"),
            "SMTPUTF8" => (Carrier::Mail, value.is_none()),
            "RET" => (Carrier::Mail, upper == "FULL" || upper == "HDRS"),
            // RFC 3461 §4.4 and §5.4
            "ENVID" => (Carrier::Mail, value.is_some_and(|v| v.len() <= 100 && is_xtext(v))),
            "NOTIFY" => (Carrier::Rcpt, is_notify(&upper)),
            // RFC 3461 §4.2: `type;xtext`; RFC 6533 adds utf-8 types.
            "ORCPT" => (Carrier::Rcpt, value.is_some_and(|v| v.len() <= 500 && v.contains(';'))),
            _ => return true,
        };
        place == carrier && fine
    }
}

/// Twenty digits are all that RFC 1870 allows.
fn is_number(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// RFC 3461 §4: printable ASCII but `+` and `=`, or `+` with two hexadecimal digits.
fn is_xtext(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b'=')
}

fn is_notify(text: &str) -> bool {
    let known = |word| matches!(word, "SUCCESS" | "FAILURE" | "DELAY");
    text == "NEVER" || text.split(',').all(known)
}
