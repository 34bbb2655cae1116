//! Trace information: the `Received` lines of a header, counted, and one of our own.

use crate::mail::Envelope;

/// RFC 5321 §6.3 asks for at least 100 hops; 50 are more than any real way has, and
/// a loop through the gate doubles them every second.
pub const HOPS: u32 = 50;

/// Counts `Received:` fields in a header, in whatever pieces it arrives.
#[derive(Debug, Default)]
pub struct Hops {
    /// The first octets of the line at hand, no more than needed.
    head: Vec<u8>,
    count: u32,
    done: bool,
}

impl Hops {
    /// Takes the next bytes of the message.
    pub fn push(&mut self, chunk: &[u8]) {
        for line in chunk.split_inclusive(|byte| *byte == b'\n') {
            if self.done {
                return;
            }
            let room = FIELD.len().saturating_sub(self.head.len());
            self.head.extend_from_slice(line.get(..room.min(line.len())).unwrap_or_default());
            if line.ends_with(b"\n") {
                self.end_line();
            }
        }
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.count
    }

    fn end_line(&mut self) {
        self.done = self.head.trim_ascii_end().is_empty();
        self.count += u32::from(self.head.eq_ignore_ascii_case(FIELD));
        self.head.clear();
    }
}

const FIELD: &[u8] = b"Received:";

/// The trace line of RFC 5321 §4.4, for next hops that learn the client in no other
/// way. `date` is RFC 5322 §3.3.
pub fn received(envelope: &Envelope, hostname: &str, date: &str) -> String {
    let client = &envelope.client;
    let name = client.name.as_deref().unwrap_or("unknown");
    let ip = match client.ip {
        Some(ip @ std::net::IpAddr::V6(_)) => format!("[IPv6:{ip}]"),
        Some(ip) => format!("[{ip}]"),
        None => "[unknown]".to_owned(),
    };
    let with = protocol(client.esmtp, client.tls, envelope.smtputf8);
    let helo = if client.helo.is_empty() { "unknown" } else { &client.helo };
    // A parenthesis in HELO would open a comment that hides what follows it.
    let helo: String =
        helo.chars().map(|c| if "()<>;\\\"".contains(c) { '_' } else { c }).collect();
    format!(
        "Received: from {helo} ({name} {ip})\r\n\tby {hostname} (congthu) with {with} id {};\r\n\t{date}\r\n",
        envelope.id
    )
}

/// RFC 3848 and RFC 6531 §4.3.
fn protocol(esmtp: bool, tls: bool, utf8: bool) -> &'static str {
    match (esmtp, utf8, tls) {
        (_, true, true) => "UTF8SMTPS",
        (_, true, false) => "UTF8SMTP",
        (true, false, true) => "ESMTPS",
        (true, false, false) => "ESMTP",
        (false, false, _) => "SMTP",
    }
}
