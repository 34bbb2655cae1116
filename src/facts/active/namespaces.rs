//! Namespaces of a document: which elements an office knows, and which it leaves out.

use crate::archive::xml::all_attributes;
use crate::mail::Budget;
use quick_xml::events::BytesStart;

/// An office, by the year of the latest namespaces that it knows; of year 0 is one that knows none
/// but those of the first standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Generation(pub u16);

/// What a namespace is to an office.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// Word's own: transitional, strict, or that of 2003.
    Word,
    /// One that came with the offices of this year; 0 where all know it.
    Office(u16),
    /// Anybody's.
    Foreign,
}

impl Space {
    fn of(address: &str) -> Space {
        const WORD: &[&str] = &[
            "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            "http://purl.oclc.org/ooxml/wordprocessingml/main",
            "http://schemas.microsoft.com/office/word/2003/wordml",
        ];
        const FIRST: &[&str] = &[
            "http://schemas.openxmlformats.org/",
            "http://purl.oclc.org/ooxml/",
            "http://schemas.microsoft.com/office/2006/xmlPackage",
            "http://schemas.microsoft.com/office/word/2003/",
            "http://schemas.microsoft.com/office/word/2006/",
            "http://schemas.microsoft.com/schemaLibrary/2003/",
            "http://schemas.microsoft.com/aml/2001/",
            "urn:schemas-microsoft-com:",
            "http://www.w3.org/",
        ];
        if WORD.contains(&address) {
            return Space::Word;
        }
        if FIRST.iter().any(|known| address.starts_with(known)) {
            return Space::Office(0);
        }
        let later = address.strip_prefix("http://schemas.microsoft.com/office/");
        let mut steps = later.unwrap_or_default().split('/');
        let year = steps.find_map(|step| step.parse().ok().filter(|year| *year > 2000));
        year.map_or(Space::Foreign, Space::Office)
    }

    /// Whether it is one of Word's own.
    pub(super) fn is_word(self) -> bool {
        self == Space::Word
    }

    /// Whether an office of this generation knows it.
    pub(super) fn is_known(self, office: Generation) -> bool {
        match self {
            Space::Word => true,
            Space::Office(year) => year <= office.0,
            Space::Foreign => false,
        }
    }
}

/// What is declared around an element.
#[derive(Default)]
pub(super) struct Scope {
    depth: usize,
    /// Depth, prefix, namespace; the innermost last.
    declared: Vec<(usize, String, Space)>,
    /// Depth and names of foreign elements whose content is read all the same (`ProcessContent`).
    opened_up: Vec<(usize, String)>,
    /// The prefix that was asked for last: neighbours have the same.
    last: Option<(String, Space)>,
}

impl Scope {
    /// Declarations that are kept: an office writes thirty.
    const MOST: usize = 256;

    /// An element begins; its namespace.
    pub(super) fn open(&mut self, start: &BytesStart<'_>, budget: &Budget) -> Space {
        self.depth += 1;
        let tag: &str = start.as_ref();
        if tag.contains("xmlns") || tag.contains("ProcessContent") {
            self.declare(start, budget);
        }
        let name = start.name();
        let (prefix, _) = split(name.as_ref());
        match &self.last {
            Some((known, space)) if known == prefix => *space,
            _ => {
                let space = self.of_prefix(prefix);
                self.last = Some((prefix.to_owned(), space));
                space
            }
        }
    }

    /// Takes what an element declares.
    fn declare(&mut self, start: &BytesStart<'_>, budget: &Budget) {
        for (name, value) in all_attributes(start) {
            if self.declared.len() + self.opened_up.len() >= Self::MOST {
                budget.cut();
                break;
            }
            match split(&name) {
                ("xmlns", prefix) => {
                    self.declared.push((self.depth, prefix.to_owned(), Space::of(value.trim())));
                }
                ("", "xmlns") => {
                    self.declared.push((self.depth, String::new(), Space::of(value.trim())));
                }
                (_, "ProcessContent") => {
                    let names = value.split_ascii_whitespace().take(Self::MOST);
                    self.opened_up.extend(names.map(|name| (self.depth, name.to_owned())));
                }
                _ => {}
            }
        }
        self.last = None;
    }

    /// An element ends.
    pub(super) fn close(&mut self) {
        let depth = self.depth;
        if self.declared.last().is_some_and(|(at, ..)| *at >= depth) {
            self.declared.retain(|(at, ..)| *at < depth);
            self.last = None;
        }
        if self.opened_up.last().is_some_and(|(at, _)| *at >= depth) {
            self.opened_up.retain(|(at, _)| *at < depth);
        }
        self.depth = depth.saturating_sub(1);
    }

    /// The namespace of a name with a prefix.
    pub(super) fn of_name(&self, name: &str) -> Space {
        self.of_prefix(split(name).0)
    }

    fn of_prefix(&self, prefix: &str) -> Space {
        let found = self.declared.iter().rev().find(|(_, known, _)| known == prefix);
        found.map_or(Space::Foreign, |(.., space)| *space)
    }

    /// Whether the content of a foreign element is read all the same.
    pub(super) fn is_opened_up(&self, start: &BytesStart<'_>) -> bool {
        let name = start.name();
        let (prefix, _) = split(name.as_ref());
        self.opened_up.iter().any(|(_, known)| {
            let (known_prefix, rest) = split(known);
            known == name.as_ref() || rest == "*" && known_prefix == prefix
        })
    }

    /// Whether an office knows all that a branch asks for (`Requires`).
    pub(super) fn fits(&self, start: &BytesStart<'_>, office: Generation) -> bool {
        let all = all_attributes(start);
        let needs = all.iter().find(|(name, _)| name == "Requires").map(|(_, value)| value);
        let mut needs = needs.map(String::as_str).unwrap_or_default().split_ascii_whitespace();
        needs.all(|prefix| self.of_prefix(prefix).is_known(office))
    }
}

/// Prefix and local name.
fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}
