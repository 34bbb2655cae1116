//! Service extensions: what a peer offers, and what may be offered because all next hops do.
//!
//! Only extensions named here are ever offered. Exchange's private ones (XOORG,
//! X-EXPS, XEXCH50 …) change what the bytes after them mean, and would be passed on blindly.

use super::reply::Reply;

use std::collections::BTreeSet;

/// An extension that the gate knows how to honour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extension {
    /// 8BITMIME, RFC 6152.
    EightBitMime,
    /// CHUNKING, RFC 3030; BINARYMIME is never offered beside it.
    Chunking,
    /// DSN, RFC 3461.
    Dsn,
    /// ENHANCEDSTATUSCODES, RFC 2034.
    EnhancedStatusCodes,
    /// PIPELINING, RFC 2920.
    Pipelining,
    /// SMTPUTF8, RFC 6531.
    SmtpUtf8,
    /// STARTTLS, RFC 3207: each side has its own, so it is in no intersection.
    StartTls,
}

impl Extension {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Extension; 7] = [
        Extension::Pipelining,
        Extension::StartTls,
        Extension::EnhancedStatusCodes,
        Extension::EightBitMime,
        Extension::Dsn,
        Extension::SmtpUtf8,
        Extension::Chunking,
    ];

    /// Its keyword in EHLO.
    pub fn keyword(self) -> &'static str {
        match self {
            Extension::EightBitMime => "8BITMIME",
            Extension::Chunking => "CHUNKING",
            Extension::Dsn => "DSN",
            Extension::EnhancedStatusCodes => "ENHANCEDSTATUSCODES",
            Extension::Pipelining => "PIPELINING",
            Extension::SmtpUtf8 => "SMTPUTF8",
            Extension::StartTls => "STARTTLS",
        }
    }
}

/// A set of extensions with their parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    set: BTreeSet<Extension>,
    /// Whether SIZE was offered at all (RFC 1870).
    pub sized: bool,
    /// Its figure in bytes; `None` where there is none, or 0, which means "no limit".
    pub size: Option<u64>,
    /// Attributes that the peer takes in XCLIENT; empty: not offered.
    pub xclient: Vec<String>,
    /// Attributes that the peer takes in XFORWARD; empty: not offered.
    pub xforward: Vec<String>,
    /// The text behind LIMITS (RFC 9422), such as `RCPTDOMAINMAX=1`.
    pub limits: Option<String>,
}

impl Extensions {
    /// Extensions without parameters.
    pub fn of(list: &[Extension]) -> Extensions {
        Extensions { set: list.iter().copied().collect(), ..Extensions::default() }
    }

    /// What a folder or another destination without a protocol can take: all but DSN,
    /// since nobody there would send the notices that it promises.
    pub fn local() -> Extensions {
        let mut all = Extensions::of(&Extension::ALL);
        all.set.remove(&Extension::Dsn);
        all.set.remove(&Extension::StartTls);
        all.sized = true;
        all
    }

    /// Reads a peer's answer to EHLO. Total: what is not understood is not offered.
    pub fn read(reply: &Reply) -> Extensions {
        let mut found = Extensions::default();
        for line in reply.lines.iter().skip(1) {
            // `AUTH=LOGIN` is an old misspelling of `AUTH LOGIN`: a keyword ends at `=` too.
            let end = line.find([' ', '=']).unwrap_or(line.len());
            let (keyword, rest) = line.split_at(end);
            found.note(&keyword.to_ascii_uppercase(), rest.trim_start_matches([' ', '=']).trim());
        }
        found
    }

    fn note(&mut self, keyword: &str, value: &str) {
        let words = || value.split_whitespace().map(str::to_ascii_uppercase).collect();
        match keyword {
            "SIZE" => {
                self.sized = true;
                self.size = value.parse().ok().filter(|size| *size > 0);
            }
            "XCLIENT" => self.xclient = words(),
            "XFORWARD" => self.xforward = words(),
            "LIMITS" => self.limits = Some(value.to_owned()),
            _ => {
                let known = Extension::ALL.into_iter().find(|e| e.keyword() == keyword);
                self.set.extend(known);
            }
        }
    }

    /// Whether an extension is in the set.
    pub fn has(&self, extension: Extension) -> bool {
        self.set.contains(&extension)
    }

    /// Adds one.
    pub fn with(mut self, extension: Extension) -> Extensions {
        self.set.insert(extension);
        self
    }

    /// Takes one away.
    pub fn without(mut self, extension: Extension) -> Extensions {
        self.set.remove(&extension);
        self
    }

    /// What both honour; the smaller SIZE. XCLIENT, XFORWARD, LIMITS and STARTTLS
    /// concern one connection and are not inherited.
    pub fn meet(&self, other: &Extensions) -> Extensions {
        let mut set: BTreeSet<Extension> = self.set.intersection(&other.set).copied().collect();
        set.remove(&Extension::StartTls);
        let size = [self.size, other.size].into_iter().flatten().min();
        Extensions { set, size, sized: self.sized && other.sized, ..Extensions::default() }
    }

    /// The answer to EHLO.
    pub fn render(&self, hostname: &str) -> Reply {
        let mut lines = vec![hostname.to_owned()];
        lines.extend(self.size.map(|size| format!("SIZE {size}")));
        let offered = Extension::ALL.into_iter().filter(|e| self.has(*e));
        lines.extend(offered.map(|e| e.keyword().to_owned()));
        for (keyword, words) in [("XCLIENT", &self.xclient), ("XFORWARD", &self.xforward)] {
            if !words.is_empty() {
                lines.push(format!("{keyword} {}", words.join(" ")));
            }
        }
        lines.extend(self.limits.as_ref().map(|limits| format!("LIMITS {limits}")));
        Reply { code: 250, lines }
    }
}
