//! Addresses and domains of a list, looked up at once however many there are.

use super::entries::Place;
use crate::mail::Address;
use crate::rules::condition::Who;
use std::collections::HashMap;

/// Whom a list names, and where it does.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    mailboxes: HashMap<String, Place>,
    domains: HashMap<String, Place>,
    null: Option<Place>,
}

impl Book {
    /// Adds an entry; the first of equal ones counts.
    pub(super) fn add(&mut self, who: Who, place: Place) {
        match who {
            Who::Address(text) => self.mailboxes.entry(text).or_insert(place),
            Who::Domain(domain) => self.domains.entry(domain).or_insert(place),
            Who::Null => self.null.get_or_insert(place),
        };
    }

    /// The entry that means this address: itself, else the longest domain that holds it.
    pub(super) fn find(&self, address: &Address) -> Option<&Place> {
        if address.is_null() {
            return self.null.as_ref();
        }
        self.mailboxes.get(&address.mailbox()).or_else(|| {
            let mut rest = Some(address.domain.as_str());
            while let Some(domain) = rest {
                if let Some(place) = self.domains.get(domain) {
                    return Some(place);
                }
                rest = domain.split_once('.').map(|(_, above)| above);
            }
            None
        })
    }
}
