//! Kinds of the operators' own findings, which live as long as the process.

use crate::verdict::{Class, Kind};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Every kind that a rule file of this process ever named. Findings, metrics and records hold
/// their kind for ever, so one is never taken back; there are as many as operators think up names.
static KNOWN: Mutex<BTreeMap<String, &'static Kind>> = Mutex::new(BTreeMap::new());

/// The kind of this name.
pub(super) fn kind(name: &str) -> &'static Kind {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kind) = known.get(name) {
        return kind;
    }
    let family = name.split('.').next().unwrap_or_default();
    let kind: &'static Kind = Box::leak(Box::new(Kind {
        name: Box::leak(name.to_owned().into_boxed_str()),
        class: Class::Policy,
        about: match family {
            "words" => "a phrase of a list that the operators keep",
            "sender" => "a sender on a list that the operators keep",
            "name" => "a file name that fits a pattern which the operators keep",
            _ => "a header field or recipient that fits a pattern which the operators keep",
        },
    }));
    known.insert(name.to_owned(), kind);
    kind
}
