//! The operators' lists of senders, file names, header patterns and recipients.

use super::words::{found, header_text};
use super::{Check, Found, MessageCheck};
use crate::facts::{Facts, Role};
use crate::mail::{Address, header};
use crate::rules::Policy;
use crate::verdict::{Cause, Class, Finding, Kind};

/// The check itself broke, or the header is longer than what is read of it.
pub const UNSCANNED: Kind = Kind {
    name: "message.unscanned",
    class: Class::Policy,
    about: "the operators' lists of senders, names and header patterns were not compared",
};

/// Fields of one name that are read.
const SAME: usize = 32;

/// Addresses of the fields that name a sender.
const ADDRESSES: usize = 64;

/// Compares envelope, header and file names with the lists.
pub struct Lists;

impl Check for Lists {
    fn name(&self) -> &'static str {
        "lists"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        &[&UNSCANNED]
    }
    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl MessageCheck for Lists {
    fn conclude(&self, facts: &Facts, _: &Found, policy: &Policy) -> Vec<Finding> {
        let (lists, envelope) = (&policy.lists, &facts.envelope);
        let mut findings = Vec::new();
        let senders = lists.senders(envelope, || addresses(facts));
        findings.extend(senders.into_iter().map(|hit| found(hit, "")));
        let files = facts.parts.iter().filter(|part| part.role != Role::Component);
        for part in files {
            findings.extend(lists.names(&part.names).into_iter().map(|hit| found(hit, &part.path)));
        }
        let values =
            |name: &str| header::values(&facts.header, name).take(SAME).map(header_text).collect();
        let messages = lists.messages(envelope, values);
        findings.extend(messages.into_iter().map(|hit| found(hit, "")));
        if facts.header_is_cut && lists.asks_for_headers() {
            let cut = Finding::whole(&UNSCANNED, "only the beginning of the header was compared");
            findings.push(cut.because(Cause::OverLimit));
        }
        findings
    }
}

/// Who sends: the envelope's sender, and all addresses of the fields that name one.
fn addresses(facts: &Facts) -> Vec<Address> {
    let named = ["From", "Sender", "Reply-To"];
    let fields = facts.fields.iter().filter(|field| named.contains(&field.name));
    let texts: Vec<String> = fields.map(|field| header_text(&field.raw)).collect();
    let apart = |c: char| c.is_whitespace() || "<>,;:\"()[]".contains(c);
    let words = texts.iter().flat_map(|text| text.split(apart));
    let addresses = words.filter(|word| word.contains('@')).take(ADDRESSES).map(Address::new);
    std::iter::once(facts.envelope.sender.clone()).chain(addresses).collect()
}
