//! Office Open XML (ECMA-376): what its members are to each other, by their relationships.
//!
//! Names of members prove nothing, but where relationships are missing or broken the usual names
//! are taken, as Office's repair does.

mod drawing;
mod sheet;
mod slides;
mod strings;
mod styles;
mod word;

pub(super) use sheet::read as sheet;
pub(super) use slides::read as slides;
pub(super) use word::read as word;

use super::super::unicode::unicode;
use crate::archive::xml::{Node, attribute, walk};
use crate::mail::Budget;
use bytes::Bytes;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;

/// Relationships of one member that are read: a book of ten thousand slides has fewer.
const RELATIONS: usize = 20_000;

/// Attributes of one element.
const ATTRIBUTES: usize = 64;

/// The members of a document by name.
pub(super) struct Package<'m> {
    members: HashMap<String, &'m Bytes>,
    budget: &'m Budget,
    /// Whether a member is not well-formed, or the document itself is not there.
    damaged: Cell<bool>,
}

/// What leads from one member to another.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub(super) id: String,
    /// The last step of its type: `header`, `worksheet`.
    pub(super) kind: String,
    /// The member that it leads to.
    pub(super) target: String,
}

impl<'m> Package<'m> {
    pub(super) fn new(members: &'m [(String, Bytes)], budget: &'m Budget) -> Package<'m> {
        let members = members.iter().rev().map(|(name, bytes)| (plain(name), bytes)).collect();
        Package { members, budget, damaged: Cell::new(false) }
    }

    /// The XML of a member, as UTF-8.
    pub(super) fn xml(&self, name: &str) -> Option<Cow<'m, [u8]>> {
        self.members.get(&plain(name)).map(|bytes| unicode(bytes, None))
    }

    /// Walks a member, if there is one.
    pub(super) fn walk(&self, name: &str, take: impl FnMut(Node<'_>)) {
        if let Some(content) = self.xml(name)
            && !walk(&content, self.budget, take)
        {
            self.damaged.set(true);
        }
    }

    /// Whether something of it could not be read.
    pub(in crate::text::document) fn is_damaged(&self) -> bool {
        self.damaged.get()
    }

    /// What a member leads to inside of the document; the document itself is `""`.
    pub(super) fn relations(&self, of: &str) -> Vec<Relation> {
        let (folder, name) = of.rsplit_once('/').unwrap_or(("", of));
        let path = match folder {
            "" => format!("_rels/{name}.rels"),
            folder => format!("{folder}/_rels/{name}.rels"),
        };
        let mut relations = Vec::new();
        self.walk(&path, |node| {
            let Node::Open("Relationship", start) = node else { return };
            let outside = attribute(start, "TargetMode").eq_ignore_ascii_case("external");
            if outside || relations.len() >= RELATIONS {
                return;
            }
            let kind = attribute(start, "Type");
            let kind = kind.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
            let target = resolved(folder, &attribute(start, "Target"));
            relations.push(Relation { id: attribute(start, "Id"), kind, target });
        });
        relations
    }

    /// Members in the order in which elements of the document refer to them, each once; what
    /// nothing refers to comes last.
    pub(super) fn in_order(
        &self,
        document: &str,
        element: &str,
        mut members: HashMap<&str, &str>,
    ) -> Vec<String> {
        let mut order = Vec::new();
        self.walk(document, |node| {
            let Node::Open(name, start) = node else { return };
            if name != element {
                return;
            }
            // `r:id`; an `id` without a prefix is a number of its own.
            let mut attributes = start.attributes();
            let attributes = attributes.with_checks(false).take(ATTRIBUTES).flatten();
            let mut ids = attributes.filter(|attribute| attribute.key.as_ref().ends_with(":id"));
            let member = ids.next().and_then(|id| members.remove(id.value.as_ref()));
            order.extend(member.map(str::to_owned));
        });
        let mut rest: Vec<String> = members.into_values().map(str::to_owned).collect();
        rest.sort_by_key(|name| (name.len(), name.clone()));
        order.extend(rest);
        order
    }

    /// The members of a kind that one leads to, each once, in the order of their names.
    pub(super) fn of_kind(relations: &[Relation], kind: &str) -> Vec<String> {
        let of_kind = relations.iter().filter(|relation| relation.kind == kind);
        let mut targets: Vec<String> = of_kind.map(|relation| relation.target.clone()).collect();
        targets.sort_by_key(|name| (name.len(), name.clone()));
        targets.dedup();
        targets
    }

    /// The member that the document is, or the one of the usual name.
    pub(super) fn main(&self, usual: &str) -> String {
        let relations = self.relations("");
        let found = relations.into_iter().find(|relation| relation.kind == "officedocument");
        let known = found.map(|found| found.target).filter(|name| self.members.contains_key(name));
        let missing = known.is_none() && !self.members.contains_key(usual);
        self.damaged.set(self.damaged.get() || missing);
        known.unwrap_or_else(|| usual.to_owned())
    }
}

/// A member's name as others refer to it.
fn plain(name: &str) -> String {
    name.replace('\\', "/").trim_start_matches('/').to_ascii_lowercase()
}

/// A target, seen from a folder (RFC 3986 §5.2, as far as members go).
fn resolved(folder: &str, target: &str) -> String {
    if target.starts_with(['/', '\\']) {
        return plain(target);
    }
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split(['/', '\\']) {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    plain(&steps.join("/"))
}
