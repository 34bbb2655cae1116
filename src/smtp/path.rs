//! Forward and reverse paths: `<mailbox>` of MAIL and RCPT.
//!
//! The spelling of the mailbox is kept for the next hop, since only the domain's
//! own server may interpret a local part (RFC 5321 §2.3.11). A source route is
//! stripped, as RFC 5321 §4.1.1.3 asks.

use super::command::Fault;
use crate::mail::Address;

/// RFC 5321 §4.5.3.1.3 has 256; VERP and SRS senders write longer local parts.
const PATH_OCTETS: usize = 512;

/// A path, read and as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// What rules compare.
    pub address: Address,
    /// Between the angle brackets, without source route, as the client wrote it.
    pub raw: String,
}

impl Path {
    /// Reads the path that `text` begins with, and what is behind it.
    pub fn parse(text: &str) -> Result<(Path, &str), Fault> {
        let text = text.trim_start_matches(' ');
        let (inner, rest) = match text.strip_prefix('<') {
            Some(open) => {
                let end = end(open).ok_or(Fault::Address)?;
                (open.get(..end).unwrap_or(""), open.get(end + 1..).unwrap_or(""))
            }
            // Old mailers leave the brackets out; such a path has no spaces.
            None => text.split_at(text.find(' ').unwrap_or(text.len())),
        };
        if !(rest.is_empty() || rest.starts_with(' ')) || text.is_empty() {
            return Err(Fault::Address);
        }
        let mailbox = without_route(inner)?;
        let path = Path { address: Address::new(mailbox), raw: mailbox.to_owned() };
        if path.is_sound() { Ok((path, rest)) } else { Err(Fault::Address) }
    }

    /// Whether another server could read the local part as a route of its own:
    /// `user%other@here`, `other!user@here`, `"user@other"@here`. The next hop trusts our
    /// address, so such a recipient could relay through it.
    pub fn is_routed(&self) -> bool {
        self.address.local.contains(['%', '!', '@'])
    }

    /// Whether it needs SMTPUTF8.
    pub fn is_international(&self) -> bool {
        !self.raw.is_ascii()
    }

    fn is_sound(&self) -> bool {
        let Address { local, domain } = &self.address;
        if self.raw.len() > PATH_OCTETS || self.raw.chars().any(char::is_control) {
            return false;
        }
        match (local.is_empty(), domain.is_empty()) {
            (true, true) => self.raw.is_empty(),
            // Only `<postmaster>` may lack a domain (RFC 5321 §4.1.1.3).
            (false, true) => !self.raw.contains('@') && is_local(local),
            (true, false) => false,
            (false, false) => is_local(local) && is_domain(domain),
        }
    }
}

/// Where the closing bracket stands; quotes may hide one.
fn end(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// `@one,@two:user@domain` without the route.
fn without_route(text: &str) -> Result<&str, Fault> {
    match text.strip_prefix('@') {
        None => Ok(text),
        Some(route) => route.split_once(':').map(|(_, mailbox)| mailbox).ok_or(Fault::Address),
    }
}

/// A dot-string, loosely (real mailers double dots), or a quoted string.
fn is_local(text: &str) -> bool {
    match text.strip_prefix('"') {
        Some(quoted) => is_quoted(quoted),
        None => !text.contains([' ', '<', '>', '"', '(', ')', ',', ';', ':', '\\', '[', ']', '@']),
    }
}

/// The rest of a quoted string: it ends with the only quote that is not escaped.
fn is_quoted(text: &str) -> bool {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.next().is_none() => return false,
            '"' => return chars.next().is_none(),
            _ => {}
        }
    }
    false
}

/// Labels, or an address literal.
fn is_domain(text: &str) -> bool {
    if let Some(literal) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        let fits = |b: u8| b.is_ascii_hexdigit() || b".:IPVipv6".contains(&b);
        return !literal.is_empty() && literal.bytes().all(fits);
    }
    let label = |label: &str| {
        let fits = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || c == '-' || c == '_';
        (1..=63).contains(&label.chars().count()) && label.chars().all(fits)
    };
    // RFC 1035 §2.3.4; one final dot is the root's.
    text.len() <= 255 && text.strip_suffix('.').unwrap_or(text).split('.').all(label)
}
