//! Advertising: what its header, its label or its words show to be sent to many to sell something.
//!
//! Lists on which people talk are none. Bodies of the State and their portals are exempt.

use super::{Check, Found, MessageCheck};
use crate::facts::Facts;
use crate::rules::Policy;
use crate::verdict::{Class, Finding, Kind};

/// Advertising.
pub const ADVERTISING: Kind = Kind {
    name: "bulk.advertising",
    class: Class::Policy,
    about: "advertising; `what`: `sender` (of the set `advertisers`), `label` ([QC] in the subject), `campaign` (the header of a mailer of campaigns), `offer` (words of an offer and a way to unsubscribe); senders of the sets `state-bodies`, `state-portals` and `newsletters` are exempt",
};

/// Not looked for.
pub const UNSCANNED: Kind =
    Kind { name: "bulk.unscanned", class: Class::Policy, about: "advertising was not looked for" };

/// Looks for advertising.
pub struct Bulk;

impl Check for Bulk {
    fn name(&self) -> &'static str {
        "bulk"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        &[&ADVERTISING, &UNSCANNED]
    }
    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl MessageCheck for Bulk {
    fn conclude(&self, facts: &Facts, _: &Found, policy: &Policy) -> Vec<Finding> {
        let domains = &policy.domains;
        let sent = facts.head();
        let is_in = |set: &str| sent.from.iter().any(|from| domains.has(set, from));
        let exempt = ["state-bodies", "state-portals", "newsletters"];
        let (what, detail) = if is_in("advertisers") {
            ("sender", "a sender of the operators' list")
        } else if is_labelled(&sent.subject) {
            ("label", "labelled as advertising in the subject")
        } else if !sent.from.is_empty()
            && sent.from.iter().all(|from| exempt.iter().any(|set| domains.has(set, from)))
        {
            return Vec::new();
        } else if sent.campaign {
            ("campaign", "the header of a mailer of campaigns")
        } else if sent.automatic
            && facts.words_of_bodies().iter().any(|body| is_offer(&sent.subject, body))
        {
            ("offer", "words of an offer, and a way to unsubscribe")
        } else {
            return Vec::new();
        };
        vec![Finding::whole(&ADVERTISING, detail).what(what)]
    }
}

/// `[QC]` (NĐ 91/2020, điều 20) and what others require.
fn is_labelled(subject: &str) -> bool {
    ["[qc]", "(qc)", "<qc>", "[adv]", "<adv>", "(adv)", "adv:", "[ad]", "[quang cao]"]
        .iter()
        .any(|label| subject.starts_with(label))
}

/// Ways out of a list.
const WAYS: &[&str] = &[
    "unsubscribe",
    "opt-out",
    "opt out",
    "huy dang ky",
    "ngung nhan",
    "khong muon nhan",
    "tu choi nhan",
    "remove yourself",
    "to be removed",
    "removed from",
];

/// Words of offers.
const OFFERS: &[&str] = &[
    "khuyen mai",
    "giam gia",
    "uu dai",
    "mua ngay",
    "dat hang ngay",
    "mien phi van chuyen",
    "qua tang",
    "discount",
    "% off",
    "special offer",
    "limited time",
    "buy now",
    "order now",
    "free shipping",
    "save up to",
    "best price",
    "click here to buy",
];

fn is_offer(subject: &str, body: &str) -> bool {
    let has = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    has(body, WAYS)
        && (has(subject, OFFERS) || OFFERS.iter().filter(|word| body.contains(**word)).count() >= 2)
}
