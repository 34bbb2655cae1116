//! A list held against the scheme of its regulation: what is wrong, where, and what would be right.

use super::scheme::{Asked, Fit, Forms, Places, Scheme};
use super::{Column, Kind, Row, Rows};
use crate::mail::fold;
use crate::tomlfile::Error;
use std::collections::{HashMap, HashSet};

/// What holds for an address.
#[derive(Clone, Copy, Debug)]
pub struct Rulebook<'a> {
    /// The scheme of its regulation.
    pub scheme: Scheme,
    /// What the operator says of his province.
    pub places: &'a Places,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// Against the regulation.
    pub errors: Vec<Error>,
    /// Worth a look.
    pub warnings: Vec<Error>,
    /// Entries looked at.
    pub entries: usize,
    /// Entries that no name or no scheme lets anybody hold against a scheme.
    pub unnamed: usize,
    /// Entries that name no written request.
    pub unrequested: usize,
}

/// Holds rows against the rulebook of each.
pub fn audit<'a>(
    rows: &Rows<'_>,
    all: &[Row],
    rulebook: impl Fn(&str) -> Option<Rulebook<'a>>,
) -> Audit {
    let mut audit = Audit { entries: all.len(), ..Audit::default() };
    let taken = Taken::of(all);
    let mut reserved = HashMap::new();
    for row in all {
        let entry = &row.entry;
        audit.unrequested += usize::from(entry.request.is_empty() || entry.requested.is_none());
        let first = taken.holder(&entry.address).filter(|first| first.line != row.line);
        if let Some(first) = first {
            let message = match first.entry.address == entry.address {
                true => format!("`{}` stands in line {} already", entry.address, first.line),
                false => format!(
                    "`{}` is `{}` of line {} without diacritics and capitals",
                    entry.address, first.entry.address, first.line
                ),
            };
            audit.errors.push(rows.error(row, Column::Address, message));
            continue;
        }
        if let Some(message) = malformed(&entry.address) {
            audit.errors.push(rows.error(row, Column::Address, message));
            continue;
        }
        let Some(book) = rulebook(&entry.address) else {
            audit.unnamed += 1;
            continue;
        };
        let key = std::ptr::from_ref(book.places);
        let names: &HashSet<String> =
            reserved.entry(key).or_insert_with(|| book.places.reserved().collect());
        let looked = Looked { rows, row, book, taken: &taken, reserved: names };
        looked.at(&mut audit);
    }
    audit
}

/// One row, and all that is needed to judge it.
struct Looked<'a> {
    rows: &'a Rows<'a>,
    row: &'a Row,
    book: Rulebook<'a>,
    taken: &'a Taken<'a>,
    reserved: &'a HashSet<String>,
}

impl Looked<'_> {
    fn at(&self, audit: &mut Audit) {
        let entry = &self.row.entry;
        let (local, domain) = entry.address.rsplit_once('@').unwrap_or((&entry.address, ""));
        let own = matches!(entry.kind, Kind::Personal | Kind::Agency);
        let asked =
            Asked { name: &entry.name, unit: &entry.unit, born: entry.born, kind: entry.kind };
        let forms = match own && !entry.name.is_empty() {
            true => self.book.scheme.forms(&asked, self.book.places),
            false => Forms::default(),
        };
        let elsewhere = forms.proposed.iter().any(|candidate| candidate.local == entry.address);
        let home = &self.book.places.domain;
        if own && !home.is_empty() && domain != home && !elsewhere {
            let message = format!("`@{domain}` is not the domain of the regulation: `@{home}`");
            audit.errors.push(self.told(message));
            return;
        }
        if entry.kind == Kind::Personal && self.reserved.contains(local) {
            let message = format!("`{local}` is the address of a district or a body");
            audit.errors.push(self.told(message));
            return;
        }
        match own && self.book.scheme.is_binding() && !entry.name.is_empty() {
            true => self.form(&forms, local, domain, audit),
            false => audit.unnamed += usize::from(own),
        }
    }

    /// Holds the local part against the forms of its name.
    fn form(&self, forms: &Forms, local: &str, domain: &str, audit: &mut Audit) {
        let best = forms.proposed.first().map(|first| full(&first.local, domain));
        let Some(best) = best else {
            audit.unnamed += 1;
            audit.warnings.push(self.told(forms.notes.join("; ")));
            return;
        };
        let article = self.book.scheme.article();
        match forms.fit(local, &self.row.entry.address) {
            Fit::Form(at) => audit.warnings.extend(self.earlier(forms, at, domain)),
            Fit::Accepted => {}
            Fit::Doubtful(why) => {
                audit.warnings.push(self.told(format!("{why}: `{best}` ({article})")));
            }
            Fit::Wrong(why) => {
                let right = self.free(forms, domain).unwrap_or(best);
                audit.errors.push(self.told(format!("{why}; right is `{right}` ({article})")));
            }
        }
    }

    fn told(&self, message: impl Into<String>) -> Error {
        self.rows.error(self.row, Column::Address, message)
    }

    /// The first name of the scheme that nobody holds.
    fn free(&self, forms: &Forms, domain: &str) -> Option<String> {
        let mut names = forms.proposed.iter().map(|candidate| full(&candidate.local, domain));
        names.find(|name| self.is_free(name))
    }

    fn is_free(&self, address: &str) -> bool {
        let local = address.split('@').next().unwrap_or_default();
        let reserved = self.row.entry.kind == Kind::Personal && self.reserved.contains(local);
        self.taken.holder(address).is_none() && !reserved
    }

    /// A later form is held while an earlier one is free.
    fn earlier(&self, forms: &Forms, at: usize, domain: &str) -> Option<Error> {
        let mut before = forms.proposed.iter().take(at);
        let free = before.find(|candidate| self.is_free(&full(&candidate.local, domain)))?;
        let address = full(&free.local, domain);
        Some(self.told(format!("`{address}` is free and comes before it ({})", free.form)))
    }
}

/// A candidate as an address.
pub fn full(local: &str, domain: &str) -> String {
    if local.contains('@') { local.to_owned() } else { format!("{local}@{domain}") }
}

/// What no scheme forms, and what it would be.
fn malformed(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let fits = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    if local.split('.').all(fits) {
        return None;
    }
    let plain: String = fold(local)
        .to_lowercase()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '.')
        .collect();
    let parts: Vec<&str> = plain.split('.').filter(|part| !part.is_empty()).collect();
    let right = format!("{}@{domain}", parts.join("."));
    Some(format!("an address has the letters a to z, digits and single dots only, as `{right}`"))
}

/// Who holds which address, spellings that differ in diacritics and capitals alike: boxes of all
/// kinds and in all states.
#[derive(Debug, Default)]
pub struct Taken<'a>(HashMap<String, &'a Row>);

impl<'a> Taken<'a> {
    /// Of these rows; the first holds.
    pub fn of(rows: &'a [Row]) -> Taken<'a> {
        let mut taken = HashMap::with_capacity(rows.len());
        for row in rows {
            taken.entry(key(&row.entry.address)).or_insert(row);
        }
        Taken(taken)
    }

    /// The row that holds an address.
    pub fn holder(&self, address: &str) -> Option<&'a Row> {
        self.0.get(&key(address)).copied()
    }
}

fn key(address: &str) -> String {
    if address.is_ascii() { address.to_lowercase() } else { fold(address).to_lowercase() }
}
