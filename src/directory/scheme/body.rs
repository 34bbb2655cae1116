//! A body's name: which kind of body it is, and what is left without the word for that.

use super::words::words;

/// Kinds of bodies that schemes treat differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Huyện, thị xã, thành phố.
    District,
    /// Xã, phường, thị trấn.
    Commune,
    /// Sở, ban, hội, ngành: bodies of the province.
    Department,
    /// Phòng, trung tâm, chi cục and whatever else.
    Unit,
}

/// The words for kinds of bodies as they are written, and what they stand for; longer ones first.
const TYPES: [(&str, &str, Class); 15] = [
    ("thị xã", "thị xã", Class::District),
    ("thành phố", "thành phố", Class::District),
    ("thị trấn", "thị trấn", Class::Commune),
    ("huyện", "huyện", Class::District),
    ("quận", "quận", Class::District),
    ("tp", "thành phố", Class::District),
    ("tx", "thị xã", Class::District),
    ("xã", "xã", Class::Commune),
    ("phường", "phường", Class::Commune),
    ("tt", "thị trấn", Class::Commune),
    ("sở", "sở", Class::Department),
    ("ban", "ban", Class::Department),
    ("hội", "hội", Class::Department),
    ("ngành", "ngành", Class::Department),
    ("nghành", "ngành", Class::Department),
];

/// Words with which only bodies begin, beside [`TYPES`]: a person is not called so.
const BODIES: [&str; 18] = [
    "phòng",
    "trung tâm",
    "văn phòng",
    "chi cục",
    "cục",
    "ủy ban",
    "uỷ ban",
    "hội đồng",
    "trường",
    "bệnh viện",
    "thanh tra",
    "công an",
    "tòa án",
    "ubnd",
    "hđnd",
    "viện",
    "đảng ủy",
    "tt",
];

/// A body's name, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) class: Class,
    /// `thị xã`, as the table has it; empty where the name begins with no such word.
    pub(super) kind: &'static str,
    /// All words.
    pub(super) words: Vec<String>,
    /// How many of them are the kind.
    skip: usize,
}

impl Body {
    /// Reads a name. "UBND huyện Chợ Gạo" is the mailbox of huyện Chợ Gạo.
    pub(super) fn new(name: &str) -> Body {
        let mut all = words(name);
        for office in [&["ubnd"][..], &["ủy", "ban", "nhân", "dân"], &["uỷ", "ban", "nhân", "dân"]]
        {
            let rest = all.get(office.len()..).map(<[String]>::to_vec).unwrap_or_default();
            if begins(&all, office) && kind(&rest).is_some_and(|(_, class, _)| is_place(class)) {
                all = rest;
            }
        }
        match kind(&all) {
            Some((kind, class, skip)) => Body { class, kind, words: all, skip },
            None => Body { class: Class::Unit, kind: "", words: all, skip: 0 },
        }
    }

    /// Whether the words before this one are more than the kind.
    pub(super) fn is_named_before(&self, at: usize) -> bool {
        at > self.skip
    }

    /// The words without the kind.
    pub(super) fn name(&self) -> &[String] {
        self.words.get(self.skip..).unwrap_or_default()
    }
}

pub(super) fn is_place(class: Class) -> bool {
    matches!(class, Class::District | Class::Commune)
}

/// The kind that a name begins with, and its words; the kind alone is no name.
fn kind(words: &[String]) -> Option<(&'static str, Class, usize)> {
    TYPES.iter().find_map(|(name, kind, class)| {
        let parts: Vec<&str> = name.split(' ').collect();
        let fits = words.len() > parts.len() && begins(words, &parts);
        // "TT" is a town before a name, and a centre before an abbreviation or another unit.
        let town = *name != "tt" || words.get(1).is_some_and(|next| !is_upper(next));
        (fits && town).then_some((*kind, *class, parts.len()))
    })
}

fn is_upper(word: &str) -> bool {
    word.chars().count() > 1 && !word.chars().any(char::is_lowercase)
}

fn begins(words: &[String], start: &[&str]) -> bool {
    let fits = |(word, part): (&String, &&str)| word.to_lowercase() == **part;
    words.len() >= start.len() && words.iter().zip(start).all(fits)
}

/// Whether a name is that of a body, by its first words.
pub(super) fn is_body(name: &str) -> bool {
    let words = words(name);
    let known = BODIES.iter().any(|body| begins(&words, &body.split(' ').collect::<Vec<_>>()));
    known || kind(&words).is_some()
}
