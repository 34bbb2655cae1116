//! The named sets of domains, as checks ask for them: `[sets.domains]` of all files of a folder.

use crate::mail::Address;
use std::collections::BTreeMap;

/// Domains by the name of their set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Domains(pub(super) BTreeMap<String, Vec<String>>);

impl Domains {
    /// Whether an address is of a domain of this set, or of a subdomain. A set that nobody wrote
    /// has none.
    pub fn has(&self, set: &str, address: &Address) -> bool {
        self.0.get(set).is_some_and(|domains| domains.iter().any(|domain| address.is_under(domain)))
    }
}
