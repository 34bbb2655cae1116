//! Session facts and envelope: who connected, who sends, to whom.

use std::fmt;
use std::net::IpAddr;

/// A mail address as the envelope gives it.
///
/// The local part keeps its spelling and its quotes, since only the domain's
/// own server may interpret it (RFC 5321 §2.3.11); the domain is lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// Before the last `@`, as written.
    pub local: String,
    /// After it, lower case; empty for `<postmaster>` and for the null sender.
    pub domain: String,
}

impl Address {
    /// Splits at the last `@`. Total: what has none is a local part alone. The root's dot at
    /// the end of a domain says nothing (RFC 1034 §3.1) and is dropped.
    pub fn new(text: &str) -> Address {
        match text.rsplit_once('@') {
            Some((local, domain)) => {
                let domain = domain.strip_suffix('.').unwrap_or(domain).to_lowercase();
                Address { local: local.to_owned(), domain }
            }
            None => Address { local: text.to_owned(), domain: String::new() },
        }
    }

    /// The mailbox that it means, lower case: `"a\b"@x.example` is `ab@x.example` to every server
    /// (RFC 5321 §4.1.2), so a rule for one spelling holds for all of them.
    pub fn mailbox(&self) -> String {
        let inner = self.local.strip_prefix('"').and_then(|local| local.strip_suffix('"'));
        let local = match inner {
            None => self.local.clone(),
            Some(quoted) => {
                let mut plain = String::with_capacity(quoted.len());
                let mut characters = quoted.chars();
                while let Some(c) = characters.next() {
                    plain.extend(if c == '\\' { characters.next() } else { Some(c) });
                }
                plain
            }
        };
        match self.domain.is_empty() {
            true => local.to_lowercase(),
            false => format!("{}@{}", local.to_lowercase(), self.domain),
        }
    }

    /// Whether this is the null reverse path `<>`.
    pub fn is_null(&self) -> bool {
        self.local.is_empty() && self.domain.is_empty()
    }

    /// Whether the domain is `domain` or one of its subdomains.
    pub fn is_under(&self, domain: &str) -> bool {
        self.domain == domain
            || self.domain.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.local)?;
        if !self.domain.is_empty() {
            write!(f, "@{}", self.domain)?;
        }
        Ok(())
    }
}

/// The client of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// Its address; `None` where nobody said (`congthu check` without `--client`).
    pub ip: Option<IpAddr>,
    /// Its port, where known.
    pub port: Option<u16>,
    /// Its name in the DNS, where a trusted peer told it.
    pub name: Option<String>,
    /// What it called itself in HELO or EHLO.
    pub helo: String,
    /// Whether it said EHLO.
    pub esmtp: bool,
    /// Whether the session is encrypted.
    pub tls: bool,
}

/// Which way a letter goes, seen from the bodies whose mail the gate guards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To one of them. What nobody said is this, the graver reading.
    #[default]
    In,
    /// From one of them: its sender logged in, or no recipient belongs to a policy.
    Out,
}

impl Direction {
    /// The word that rules, logs and records use.
    pub fn name(self) -> &'static str {
        match self {
            Direction::In => "in",
            Direction::Out => "out",
        }
    }
}

/// MAIL and RCPT in the client's own words, `<path> parameters`: release says them again, with
/// what a sender asked to be told of (RFC 3461).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Behind `MAIL FROM:`.
    pub mail: String,
    /// Behind `RCPT TO:`, for each recipient.
    pub rcpt: Vec<String>,
}

/// One transaction's envelope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The transaction id: in every reply, log line and record of this message.
    pub id: String,
    /// Who connected.
    pub client: Client,
    /// The reverse path; null for `<>`.
    pub sender: Address,
    /// The forward paths that were accepted, in order.
    pub recipients: Vec<Address>,
    /// Whether MAIL carried SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
    /// `SIZE=` of MAIL (RFC 1870), where given.
    pub size: Option<u64>,
    /// Whether the content came by BDAT (RFC 3030), where octets are counted and no line end can
    /// be mistaken for the end of the message.
    pub chunked: bool,
    /// When the transaction began; `None` where nobody said.
    pub time: Option<jiff::Timestamp>,
    /// Which way it goes. Only a mail server can tell of mail that leaves (the milter door);
    /// everything else comes in.
    pub direction: Direction,
    /// How it was said; empty where nobody said it in SMTP.
    pub words: Words,
}
