//! Commands: one line in, one value or one fault out.
//!
//! Whatever a client writes, the next hop gets a command that is written anew
//! from this value: a byte that is not understood here never reaches it.

use super::parameter::{Carrier, Parameters};
use super::path::Path;
use super::reply::Reply;
use crate::verdict::Code;

/// EHLO or HELO.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hello {
    /// What the client calls itself.
    pub name: String,
    /// Whether it said EHLO.
    pub esmtp: bool,
}

/// MAIL FROM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mail {
    /// The reverse path.
    pub path: Path,
    /// What follows it.
    pub parameters: Parameters,
}

/// RCPT TO.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rcpt {
    /// The forward path.
    pub path: Path,
    /// What follows it.
    pub parameters: Parameters,
}

impl Mail {
    /// As it was said, behind `MAIL FROM:`.
    pub fn words(&self) -> String {
        words(&self.path, &self.parameters)
    }
}

impl Rcpt {
    /// As it was said, behind `RCPT TO:`.
    pub fn words(&self) -> String {
        words(&self.path, &self.parameters)
    }
}

fn words(path: &Path, parameters: &Parameters) -> String {
    let parameters = parameters.iter().map(|parameter| format!(" {}", parameter.raw));
    format!("<{}>{}", path.raw, parameters.collect::<String>())
}

/// `NAME=value` of XCLIENT and XFORWARD, the value decoded; `None` for `[UNAVAILABLE]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Upper case.
    pub name: String,
    /// What is said of the client.
    pub value: Option<String>,
}

/// What the client said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// BDAT (RFC 3030): so many octets follow the line.
    Bdat {
        /// Octets of this chunk.
        size: u64,
        /// Whether it ends the message.
        last: bool,
    },
    /// DATA
    Data,
    /// EHLO, HELO
    Hello(Hello),
    /// HELP
    Help,
    /// MAIL FROM
    Mail(Mail),
    /// NOOP
    Noop,
    /// QUIT
    Quit,
    /// RCPT TO
    Rcpt(Rcpt),
    /// RSET
    Reset,
    /// STARTTLS
    StartTls,
    /// VRFY
    Verify,
    /// XCLIENT: the client that a trusted peer speaks for.
    Xclient(Vec<Attribute>),
    /// XFORWARD: the same, for logs only.
    Xforward(Vec<Attribute>),
}

/// Why a line is no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Not a mailbox.
    Address,
    /// Known, but not here.
    Argument,
    /// A BDAT whose length cannot be read: what follows it cannot be told from commands.
    Length,
    /// A parameter that is malformed, doubled or out of place.
    Parameter,
    /// A web browser, or something made to speak through one: the port is not for it.
    Stranger,
    /// Nothing that SMTP knows.
    Unknown,
    /// Known, and not done here: AUTH, ETRN, TURN, ATRN, EXPN, BURL.
    Unsupported,
}

impl Fault {
    /// What the client is told.
    pub fn reply(self) -> Reply {
        match self {
            Fault::Address => Reply::new(501, "5.1.3 Bad address syntax"),
            Fault::Argument => Reply::new(501, "5.5.4 Syntax error in arguments"),
            Fault::Length => Reply::new(501, "5.5.4 BDAT needs a number of octets"),
            Fault::Parameter => Reply::new(501, "5.5.4 Syntax error in parameters"),
            Fault::Stranger => Reply::own(Code::CLOSING, "This is a mail server"),
            Fault::Unknown => Reply::new(500, "5.5.2 Command not recognized"),
            Fault::Unsupported => Reply::new(502, "5.5.1 Command not implemented"),
        }
    }

    /// Whether nothing more can be read from this client.
    pub fn is_fatal(self) -> bool {
        matches!(self, Fault::Length | Fault::Stranger)
    }
}

impl Command {
    /// Reads a line without its line end. Total.
    pub fn parse(line: &[u8]) -> Result<Command, Fault> {
        // A control character in a command is an attack on whoever reads the log, or binary.
        let text = std::str::from_utf8(line).map_err(|_| Fault::Unknown)?;
        if text.chars().any(char::is_control) {
            return Err(Fault::Unknown);
        }
        let text = text.trim_end_matches(' ');
        let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
        let verb = verb.to_ascii_uppercase();
        let plain = |command| if rest.is_empty() { Ok(command) } else { Err(Fault::Argument) };
        match verb.as_str() {
            "EHLO" => hello(rest, true),
            "HELO" => hello(rest, false),
            "MAIL" => {
                let (path, parameters) = path(rest, "FROM:", Carrier::Mail)?;
                Ok(Command::Mail(Mail { path, parameters }))
            }
            "RCPT" => {
                let (path, parameters) = path(rest, "TO:", Carrier::Rcpt)?;
                Ok(Command::Rcpt(Rcpt { path, parameters }))
            }
            "DATA" => plain(Command::Data),
            "BDAT" => bdat(rest),
            "RSET" => plain(Command::Reset),
            "NOOP" => Ok(Command::Noop),
            "QUIT" => plain(Command::Quit),
            "VRFY" => Ok(Command::Verify),
            "HELP" => Ok(Command::Help),
            "STARTTLS" => plain(Command::StartTls),
            "XCLIENT" => attributes(rest).map(Command::Xclient),
            "XFORWARD" => attributes(rest).map(Command::Xforward),
            "AUTH" | "ETRN" | "TURN" | "ATRN" | "EXPN" | "BURL" => Err(Fault::Unsupported),
            "GET" | "POST" | "PUT" | "HEAD" | "OPTIONS" | "CONNECT" => Err(Fault::Stranger),
            _ => Err(Fault::Unknown),
        }
    }
}

/// RFC 5321 §4.1.1.1. Clients call themselves all sorts of things; only what could
/// not be passed on or logged is refused.
fn hello(rest: &str, esmtp: bool) -> Result<Command, Fault> {
    let name = rest.split(' ').next().unwrap_or_default();
    let fine = (1..=255).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic());
    let name = name.to_owned();
    if fine { Ok(Command::Hello(Hello { name, esmtp })) } else { Err(Fault::Argument) }
}

/// `FROM:<path> parameters`.
fn path(rest: &str, label: &str, carrier: Carrier) -> Result<(Path, Parameters), Fault> {
    let rest = rest.trim_start_matches(' ');
    let (head, rest) = rest.split_at_checked(label.len()).ok_or(Fault::Argument)?;
    if !head.eq_ignore_ascii_case(label) {
        return Err(Fault::Argument);
    }
    let (path, rest) = Path::parse(rest)?;
    let parameters = Parameters::parse(rest, carrier)?;
    let bare = path.address.domain.is_empty();
    let fits = match carrier {
        // RFC 5321 §4.1.1.2: the null path or a whole mailbox.
        Carrier::Mail => path.address.is_null() || !bare,
        // RFC 5321 §4.1.1.3: `<postmaster>` is a recipient everywhere.
        Carrier::Rcpt => !bare || path.address.local.eq_ignore_ascii_case("postmaster"),
    };
    if fits { Ok((path, parameters)) } else { Err(Fault::Address) }
}

/// RFC 3030 §2: `BDAT size [LAST]`.
fn bdat(rest: &str) -> Result<Command, Fault> {
    let mut words = rest.split(' ').filter(|word| !word.is_empty());
    let size = words.next().filter(|word| word.bytes().all(|b| b.is_ascii_digit()));
    let size = size.and_then(|word| word.parse().ok()).ok_or(Fault::Length)?;
    let last = match words.next() {
        None => false,
        Some(word) if word.eq_ignore_ascii_case("LAST") => true,
        Some(_) => return Err(Fault::Length),
    };
    if words.next().is_some() { Err(Fault::Length) } else { Ok(Command::Bdat { size, last }) }
}

/// Postfix, XCLIENT_README: `NAME=xtext` pairs.
fn attributes(rest: &str) -> Result<Vec<Attribute>, Fault> {
    let mut found = Vec::new();
    for word in rest.split(' ').filter(|word| !word.is_empty()) {
        let (name, value) = word.split_once('=').ok_or(Fault::Argument)?;
        let value = xtext(value).ok_or(Fault::Argument)?;
        let upper = value.to_ascii_uppercase();
        let known = upper != "[UNAVAILABLE]" && upper != "[TEMPUNAVAIL]";
        found.push(Attribute { name: name.to_ascii_uppercase(), value: known.then_some(value) });
    }
    if found.is_empty() { Err(Fault::Argument) } else { Ok(found) }
}

/// Decodes xtext (RFC 3461 §4); `None` when it hides what could not be logged.
fn xtext(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'+' {
            out.push(byte);
            continue;
        }
        let pair = [bytes.next()?, bytes.next()?];
        out.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
    }
    String::from_utf8(out).ok().filter(|text| !text.chars().any(char::is_control))
}
