//! A list taken in over the one at hand: what the new one does not know is kept, and so is what a
//! person did at once.

use super::{Column, Entry, State};
use std::collections::HashMap;

/// Two lists as one.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    /// All entries.
    pub entries: Vec<Entry>,
    /// Addresses that the old list did not have.
    pub added: usize,
    /// Addresses that only the old list has; they are dropped.
    pub gone: usize,
    /// Addresses that the old list has as revoked, and the new one as something milder.
    pub revoked: Vec<String>,
}

/// Takes `new` in over `old`. Columns that the new list lacks keep their old values. A revoked
/// mailbox stays revoked until a person says otherwise in the file itself: the server behind may
/// still call it active. Deleted and revoked names stay taken though the new list forgot them.
pub fn merge(new: Vec<Entry>, old: Vec<Entry>, known: &[Column]) -> Merged {
    let mut before: HashMap<String, Entry> =
        old.into_iter().map(|entry| (entry.address.clone(), entry)).collect();
    let mut merged = Merged::default();
    for mut entry in new {
        match before.remove(&entry.address) {
            None => merged.added += 1,
            Some(old) => {
                if old.state == State::Revoked && entry.state < State::Revoked {
                    merged.revoked.push(entry.address.clone());
                    entry.state = State::Revoked;
                }
                keep(&mut entry, old, known);
            }
        }
        merged.entries.push(entry);
    }
    let (kept, gone): (Vec<Entry>, Vec<Entry>) =
        before.into_values().partition(|entry| entry.state >= State::Revoked);
    merged.gone = gone.len();
    merged.entries.extend(kept);
    merged
}

/// What only the old list knows.
fn keep(entry: &mut Entry, old: Entry, known: &[Column]) {
    let lacks = |column| !known.contains(&column);
    if lacks(Column::State) {
        entry.state = old.state;
    }
    if lacks(Column::Kind) {
        entry.kind = old.kind;
    }
    for (column, place, value) in [
        (Column::Name, &mut entry.name, old.name),
        (Column::Title, &mut entry.title, old.title),
        (Column::Unit, &mut entry.unit, old.unit),
        (Column::Phone, &mut entry.phone, old.phone),
        (Column::Fax, &mut entry.fax, old.fax),
        (Column::Holder, &mut entry.holder, old.holder),
        (Column::Request, &mut entry.request, old.request),
        (Column::Note, &mut entry.note, old.note),
    ] {
        if lacks(column) {
            *place = value;
        }
    }
    for (column, place, value) in [
        (Column::Requested, &mut entry.requested, old.requested),
        (Column::Issued, &mut entry.issued, old.issued),
        (Column::LastAccess, &mut entry.last_access, old.last_access),
    ] {
        if lacks(column) {
            *place = value;
        }
    }
    if lacks(Column::Born) {
        entry.born = old.born;
    }
    if lacks(Column::Target) {
        entry.target = old.target;
    }
}
