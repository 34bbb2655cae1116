//! How a client is introduced to the next hop, which sees only our address.
//!
//! XCLIENT makes it treat the connection as the client's own: its access rules,
//! its logs. XFORWARD reaches its logs only.

use crate::mail::Client;

use std::net::IpAddr;

/// What is told of a client.
#[derive(Clone, Debug, Default)]
pub struct Introduction {
    /// Whose session this is.
    pub client: Client,
}

impl Introduction {
    /// The arguments of XCLIENT, as far as the next hop takes them.
    pub(super) fn xclient(&self, taken: &[String]) -> String {
        self.attributes(taken, &["NAME", "ADDR", "PORT", "PROTO", "HELO"])
    }

    /// The arguments of XFORWARD, as far as the next hop takes them.
    pub(super) fn xforward(&self, taken: &[String]) -> String {
        self.attributes(taken, &["NAME", "ADDR", "PORT", "PROTO", "HELO", "SOURCE"])
    }

    /// What the client called itself, if it can be said in EHLO.
    pub(super) fn helo(&self) -> Option<&str> {
        let name = self.client.helo.as_str();
        (!name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic())).then_some(name)
    }

    fn attributes(&self, taken: &[String], wanted: &[&str]) -> String {
        let both = wanted.iter().filter(|name| taken.iter().any(|t| t == *name));
        both.map(|name| format!(" {name}={}", self.value(name))).collect()
    }

    fn value(&self, name: &str) -> String {
        let unavailable = || "[UNAVAILABLE]".to_owned();
        let client = &self.client;
        match name {
            // Nobody here asks the DNS for names; where no trusted peer told it, the next
            // hop must not take the silence for a proof that there is none.
            "NAME" => client.name.as_deref().map_or("[TEMPUNAVAIL]".to_owned(), xtext),
            "ADDR" => client.ip.map_or_else(unavailable, address),
            "PORT" => client.port.map_or_else(unavailable, |port| port.to_string()),
            "PROTO" => if client.esmtp { "ESMTP" } else { "SMTP" }.to_owned(),
            "HELO" => self.helo().map_or_else(unavailable, xtext),
            "SOURCE" => "REMOTE".to_owned(),
            _ => unavailable(),
        }
    }
}

fn address(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("IPV6:{ip}"),
    }
}

/// RFC 3461 §4: `+`, `=` and what is not printable as `+XX`.
fn xtext(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'!'..=b'~' if byte != b'+' && byte != b'=' => out.push(char::from(byte)),
            _ => out.push_str(&format!("+{byte:02X}")),
        }
    }
    out
}
