//! The first name of a scheme that nobody holds, and who holds those before it.

use super::audit::{Taken, full};
use super::scheme::{Asked, Forms, Places, Scheme};
use super::{Kind, Row};
use std::collections::HashSet;

/// What is proposed.
#[derive(Clone, Debug)]
pub struct Proposal<'a> {
    /// Address and form; `None` where all forms are taken.
    pub free: Option<(String, &'static str)>,
    /// Better ones, each with its holder; `None`: it is the name of a district or a body.
    pub held: Vec<(String, Option<&'a Row>)>,
    /// What a person has to know or decide.
    pub notes: Vec<String>,
}

/// Asks the scheme for a mailbox, among those that are taken.
pub fn propose<'a>(
    scheme: Scheme,
    asked: &Asked<'_>,
    places: &Places,
    taken: &Taken<'a>,
) -> Proposal<'a> {
    let Forms { proposed, notes, .. } = scheme.forms(asked, places);
    let reserved: HashSet<String> = match asked.kind {
        Kind::Personal => places.reserved().collect(),
        _ => HashSet::new(),
    };
    let mut held = Vec::new();
    for candidate in proposed {
        let address = full(&candidate.local, &places.domain);
        let holder = taken.holder(&address);
        if holder.is_none() && !reserved.contains(&candidate.local) {
            return Proposal { free: Some((address, candidate.form)), held, notes };
        }
        held.push((address, holder));
    }
    Proposal { free: None, held, notes }
}
