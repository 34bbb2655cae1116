//! What documents do by themselves: macros, DDE, packages, remote templates, script, smuggling.
//!
//! A part is looked at once, where it is made. What it carries inside in an encoding of its own
//! (a package, a payload in base64) is handed back as members, so that every check judges them.

mod address;
mod apple;
mod base64;
mod biff;
mod calendar;
mod cells;
mod entity;
mod equation;
mod fields;
mod formula;
mod html;
mod markup;
mod moniker;
mod namespaces;
mod number;
mod odf;
mod ole;
mod ooxml;
mod rawtext;
mod relationships;
mod rtf;
mod rtfobject;
mod savedpage;
mod sheetxml;
mod shifted;
mod slides97;
mod smuggle;
mod tag;
mod vba;
mod word97;
mod wordfields;
mod wordhtml;
mod wordpage;
mod words;
mod xdp;

use super::leaf;
use super::part::{Active, Deed, Part, Role};
use crate::archive::{Opened, Why, olepackage};
use crate::mail::{Budget, Family, FilesInText};
use std::borrow::Cow;
use words::{Word, Words};

/// What a look at one part yields.
#[derive(Debug, Default)]
pub struct Found {
    /// What it does by itself.
    pub active: Vec<Active>,
    /// What it carries inside, in an encoding of its own; what of it could not be looked at.
    pub opened: Vec<Opened>,
}

impl Found {
    /// Deeds that are noted for one part: the first of each kind becomes a finding.
    const MOST: usize = 64;

    /// Whether nothing more is noted.
    fn is_full(&self) -> bool {
        self.active.len() >= Self::MOST
    }

    /// Notes a deed; the same one is noted once.
    fn note(&mut self, deed: Deed, detail: &str) {
        if self.is_full() {
            return;
        }
        let detail: String = detail.chars().take(200).collect();
        let active = Active { deed, detail };
        if !self.active.contains(&active) {
            self.active.push(active);
        }
    }

    fn notes(&mut self, deeds: Vec<(Deed, String)>) {
        deeds.into_iter().for_each(|(deed, detail)| self.note(deed, &detail));
    }
}

/// Looks at one part. `page` says that it is part of a saved page (`.mht`), which a browser opens
/// rather than a mail program: its HTML runs script.
///
/// Total, linear in the part; what comes out is charged to the budget.
pub fn look(part: &Part, page: bool, budget: &mut Budget) -> Found {
    let mut found = Found::default();
    let bytes = &part.bytes;
    let kind = part.detected.extension;
    carried(part, &mut found, budget);
    if let Some(document) = rtf::beginning(bytes) {
        rtf::look(document, &mut found, budget);
    }
    match bytes.get(..8) {
        Some(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") if kind != "msi" => {
            ole::look(bytes, kind, &mut found, budget);
        }
        Some([b'F' | b'C' | b'Z', b'W', b'S', 3..=60, ..]) if part.role == Role::Component => {
            found.note(Deed::Control, "Flash");
        }
        _ if kind == "xls" => {
            biff::workbook(bytes, &mut found, budget);
        }
        _ if part.role == Role::Component || part.detected.family != Family::Document => {
            text(part, page, &mut found, budget);
        }
        _ => {}
    }
    found
}

/// Files that a part carries in plain or in an encoding of text.
fn carried(part: &Part, found: &mut Found, budget: &mut Budget) {
    let mut files = apple::forks(&part.bytes);
    let document = part.role != Role::Component;
    let text = document && looks_like_text(part);
    let page = document && leaf::is_page(part) && !leaf::is_attached_mail(part);
    if text || page {
        let content = ascii_superset(&part.bytes);
        if text && calendar::is_one(&content, is_calendar(part)) {
            files.extend(calendar::files(&content, budget));
        }
        files.extend(xdp::documents(&content, budget));
        // What a letter's own texts quote is found where they are taken apart; but not in UTF-16.
        if text && (part.role == Role::Member || matches!(content, Cow::Owned(_))) {
            files.extend(in_text(&content, found, budget));
        }
        if let Some(page) = page.then(|| savedpage::behind(&content)).flatten() {
            // No person sees it as a file: the list of formats judges what it stands in.
            let page = vec![("page.mht".to_owned(), page.to_vec())];
            found.opened.push(olepackage::handed_over(true, page, budget));
        }
    }
    if !files.is_empty() {
        found.opened.push(olepackage::handed_over(false, files, budget));
    }
    let macros = part.declared.as_deref() == Some("application/x-mso") || part.is_named(&["mso"]);
    if macros && matches!(part.detected.family, Family::Text | Family::Unknown) {
        let what = "the macros of a saved page that are not readable as such";
        found.opened.push(olepackage::in_trouble(Why::Unreadable, what, budget));
    }
}

/// The files that a text quotes; what is not opened of them is told.
fn in_text(content: &[u8], found: &mut Found, budget: &mut Budget) -> Vec<(String, Vec<u8>)> {
    let FilesInText { files, more, unread } = FilesInText::of(content);
    let more = more.then_some((Why::OverLimit, "more uuencoded files than are opened"));
    let unread = unread.map(|what| (Why::Unsupported, what));
    for (why, what) in more.into_iter().chain(unread) {
        found.opened.push(olepackage::in_trouble(why, what, budget));
    }
    files
}

/// Calendars and address cards by their name or label.
fn is_calendar(part: &Part) -> bool {
    let declared = part.declared.as_deref().unwrap_or_default();
    ["calendar", "vcard", "ics", "directory"].iter().any(|word| declared.contains(word))
        || part.is_named(&["ics", "ical", "ifb", "vcs", "vcf", "vcard"])
}

/// What looking at a part costs where it is read byte by byte, rather than searched for words or
/// walked as XML: its bytes, and a step for each tag or control word.
pub(super) fn cost(part: &Part) -> u64 {
    let cost = |mark: u8| {
        let steps = memchr::memchr_iter(mark, &part.bytes).count() as u64;
        part.bytes.len() as u64 + steps * Budget::STEP
    };
    let markup = || (is_markup(part) || is_table(part)) && looks_like_text(part);
    match part.role {
        _ if rtf::beginning(&part.bytes).is_some() => cost(b'\\'),
        Role::Component => 0,
        Role::Body | Role::Attachment | Role::Member if markup() => cost(b'<'),
        Role::Body | Role::Attachment | Role::Member => 0,
    }
}

/// Parts that are text of some kind, or binary components known by their place.
fn text(part: &Part, page: bool, found: &mut Found, budget: &mut Budget) {
    let path = part.names.first().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
    if part.role == Role::Component && by_place(&path, &part.bytes, found) {
        return;
    }
    let (markup, table) = (is_markup(part), is_table(part));
    if !markup && !table || !looks_like_text(part) {
        return;
    }
    let content = ascii_superset(&part.bytes);
    if table {
        cells::judge(&cells::plain(&content), found);
        sheetxml::look(&content, found);
        biff::symbolic(&content, found);
    }
    match part.role {
        _ if !markup => {}
        Role::Component => {
            let page =
                part.detected.extension == "html" || part.is_named(&["htm", "html", "xhtml"]);
            component(&path, &content, page, found, budget);
        }
        Role::Body if !page => html::body(&content, found, budget),
        Role::Body | Role::Attachment | Role::Member => {
            html::file(&content, found, budget);
            if let Some(other) = shifted::other(&part.bytes) {
                html::file(&other, found, budget);
            }
            let words = Words::of(&content);
            if words.have(Word::Page) {
                wordhtml::look(&content, found);
            }
            ooxml::flat(&path, &content, words, found, budget);
            odf::look(&path, &content, words, found, budget);
        }
    }
}

/// Components that are no XML; `path` is the member name in lower case. Whether it is one.
fn by_place(path: &str, bytes: &[u8], found: &mut Found) -> bool {
    let binary = path.ends_with(".bin") && !begins_as_markup(bytes);
    if binary && path.contains("externallink") {
        biff::external(bytes, found);
    }
    if binary && path.contains("macrosheets/") {
        biff::binary_macros(bytes, found);
    }
    // OpenDocument keeps programs for its own interpreters in folders by language.
    let scripts = ["scripts/python/", "scripts/beanshell/", "scripts/javascript/"];
    // A library of Basic behind a password runs from what was compiled, without its source.
    let compiled = path.starts_with("basic/") && path.ends_with(".pba");
    let script = compiled || scripts.iter().any(|folder| path.starts_with(folder));
    if script {
        found.note(Deed::Macro, "script of a document");
    }
    binary || script
}

/// HTML, SVG, XML: by content, name or label, since any of them decides for some program.
fn is_markup(part: &Part) -> bool {
    const NAMES: &[&str] =
        &["html", "htm", "xhtml", "xht", "shtml", "shtm", "svg", "xml", "rels", "hta"];
    let declared = part.declared.as_deref().unwrap_or_default();
    // The parts of a document are named as it pleases (ECMA-376-2 §8), with a declaration or without.
    part.role == Role::Component && begins_as_markup(&part.bytes)
        || matches!(part.detected.extension, "html" | "svg" | "xml" | "hta")
        || declared.contains("html")
        || declared.contains("xml")
        || part.is_named(NAMES)
}

/// Whether `<` is the first that is no blank, behind the mark of an encoding or in UTF-16.
fn begins_as_markup(bytes: &[u8]) -> bool {
    let mark = encoding_rs::Encoding::for_bom(bytes).map_or(0, |(_, length)| length);
    let behind = bytes.get(mark..).unwrap_or_default();
    behind.iter().find(|byte| **byte != 0 && !byte.is_ascii_whitespace()) == Some(&b'<')
}

/// Tables in text, which Excel opens.
fn is_table(part: &Part) -> bool {
    part.bytes.starts_with(b"ID;P")
        || part.declared.as_deref() == Some("text/csv")
        || part.is_named(&["csv", "tsv", "tab", "slk", "dif", "prn"])
        // Excel opens a text of its own names as a table, after a question.
        || part.is_named(&["xls", "xlt", "xlw", "xlsb", "xlsx", "xlsm"])
}

/// XML inside a document, or a page that Word takes in (`altChunk`).
fn component(path: &str, content: &[u8], page: bool, found: &mut Found, budget: &mut Budget) {
    let words = Words::of_component(content);
    ooxml::component(path, content, words, found, budget);
    odf::look(path, content, words, found, budget);
    if words.have(Word::Page) {
        wordhtml::look(content, found);
    }
    if path.ends_with(".svg") {
        html::file(content, found, budget);
    } else if page {
        // Word runs no script of it, but loads what it shows.
        let mut taken = Found::default();
        html::file(content, &mut taken, budget);
        let loads = |active: &Active| matches!(active.deed, Deed::Remote | Deed::Control);
        taken.active.iter().filter(|active| loads(active)).for_each(|active| {
            found.note(active.deed, &active.detail);
        });
    }
}

/// No picture or program that happens to be called `a.html`: those are judged by their type. What
/// begins like sound or film is a page to a browser that goes by the name.
fn looks_like_text(part: &Part) -> bool {
    const PAGES: &[&str] = &["html", "htm", "shtml", "shtm"];
    part.detected.family == Family::Audiovisual && part.is_named(PAGES)
        || matches!(
            part.detected.family,
            Family::Text | Family::Script | Family::Unknown | Family::Mail
        )
        || matches!(part.detected.extension, "svg" | "csv" | "slk")
}

/// Bytes in which ASCII is ASCII: UTF-16 (by its mark, or by its NULs) becomes UTF-8.
fn ascii_superset(bytes: &[u8]) -> Cow<'_, [u8]> {
    let little = match bytes.get(..4) {
        Some([0xff, 0xfe, ..] | [b'<', 0, _, 0]) => true,
        Some([0xfe, 0xff, ..] | [0, b'<', 0, _]) => false,
        _ => return Cow::Borrowed(bytes),
    };
    let utf16 = if little { encoding_rs::UTF_16LE } else { encoding_rs::UTF_16BE };
    let (text, _) = utf16.decode_without_bom_handling(bytes);
    Cow::Owned(text.trim_start_matches('\u{feff}').as_bytes().to_owned())
}
