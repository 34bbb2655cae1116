//! What XML makes of itself when a browser opens it: markup from entities, pages by a style sheet.
//!
//! A browser expands the entities that a document declares and obeys a style sheet within it, so
//! what it shows stands nowhere as an element.

use super::entity::decoded;
use super::fields::{Away, away};
use super::tag::{VALUE, is_address};
use super::{Found, address};
use crate::facts::Deed;
use memchr::memmem;

/// Declarations that are looked at: old drawing programs write some thirty.
const DECLARED: usize = 1000;

/// Looks at a page, a drawing or another document of XML.
pub(super) fn look(content: &[u8], found: &mut Found) {
    let has = |word: &[u8]| memmem::find(content, word).is_some();
    if !has(b"<!") && !has(b"<?") {
        return;
    }
    style_sheets(content, found);
    let drawing = has(b"<svg") || has(b"http://www.w3.org/2000/svg") || hides_namespace(content);
    let mut declarations = memmem::find_iter(content, b"<!ENTITY");
    let all = declarations.by_ref().take(DECLARED);
    if let Some(detail) = all.filter_map(|at| declared(content, at, drawing)).next() {
        found.note(Deed::Script, &detail);
    } else if declarations.next().is_some() {
        found.note(Deed::Script, "more entities than are looked at");
    }
    let mut lists = memmem::find_iter(content, b"<!ATTLIST");
    if let Some(name) = lists.by_ref().take(DECLARED).find_map(|at| defaults(content, at)) {
        found.note(Deed::Script, &format!("the attribute {name} declared for all elements"));
    } else if lists.next().is_some() {
        found.note(Deed::Script, "more attributes declared than are looked at");
    }
}

/// Whether a namespace is written with references: none is but by drawing programs, which declare
/// an entity for it.
fn hides_namespace(content: &[u8]) -> bool {
    /// Those that run are shorter.
    const NAMESPACE: usize = 64;
    let mut rest = content;
    while let Some(at) = memmem::find(rest, b"xmlns") {
        let behind = rest.get(at + 5..).unwrap_or_default();
        let Some(quote) = memchr::memchr2(b'"', b'\'', behind) else { return false };
        rest = behind.get(quote + 1..).unwrap_or_default();
        let value = rest.get(..NAMESPACE).unwrap_or(rest);
        let end = memchr::memchr3(b'"', b'\'', b'&', value);
        if end.is_some_and(|end| value.get(end) == Some(&b'&')) {
            return true;
        }
    }
    false
}

/// Style sheets that make the page of their own: in the document itself, in the address, or on
/// another machine that the reader's system signs on to.
fn style_sheets(content: &[u8], found: &mut Found) {
    const WORD: &[u8] = b"<?xml-stylesheet";
    let own = || {
        memmem::find(content, b"http://www.w3.org/1999/XSL/Transform").is_some()
            || hides_namespace(content)
    };
    let mut sheets = memmem::find_iter(content, WORD).take(DECLARED).peekable();
    if sheets.peek().is_some() && own() {
        found.note(Deed::Script, "a style sheet of its own, which makes the page");
    }
    for at in sheets {
        let rest = content.get(at + WORD.len()..).unwrap_or_default();
        let rest = rest.get(..VALUE).unwrap_or(rest);
        let text = rest.get(..memmem::find(rest, b"?>").unwrap_or(rest.len())).unwrap_or_default();
        let text = String::from_utf8_lossy(text);
        let target = decoded(pseudo(&text, "href").unwrap_or_default());
        let plain = address::plain(&target);
        let css = pseudo(&text, "type").is_some_and(|kind| decoded(kind).contains("css"));
        if !css && (plain.is_empty() || plain.starts_with(['#', '?']) || plain.starts_with("data:"))
        {
            found.note(Deed::Script, "a style sheet of its own, which makes the page");
        }
        if away(&target) == Away::Share {
            found.note(Deed::Remote, &format!("style sheet {target}"));
        }
    }
}

/// What an instruction says as if in an attribute (xml-stylesheet §3).
fn pseudo<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let behind = text.split_once(name)?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = behind.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    behind.get(1..)?.split(quote).next()
}

/// The attribute that a declaration (XML §3.3) gives to elements that do not write it, if that may
/// do something.
fn defaults(content: &[u8], at: usize) -> Option<String> {
    let rest = content.get(at + 9..)?;
    let rest = rest.get(..VALUE).unwrap_or(rest);
    let text = String::from_utf8_lossy(rest);
    let mut rest = &text[..];
    let mut name = String::new();
    loop {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let end = match first {
            '>' => return None,
            '"' | '\'' => {
                let value = rest.get(1..)?.split(first).next()?;
                if acts(&name, &decoded(value)) {
                    return Some(name);
                }
                value.len() + 2
            }
            '(' => rest.find(')').map_or(rest.len(), |end| end + 1),
            _ => {
                let end = |c: char| c.is_whitespace() || matches!(c, '>' | '"' | '\'' | '(');
                let end = rest.find(end).unwrap_or(rest.len());
                let word = rest.get(..end)?;
                let kind = word.starts_with('#') || word.chars().all(|c| c.is_ascii_uppercase());
                if !kind {
                    name = word.chars().take(64).collect();
                }
                end.max(first.len_utf8())
            }
        };
        rest = rest.get(end..).unwrap_or_default();
    }
}

/// Whether the value that an attribute has by declaration may run, lead elsewhere or ask for a
/// password. Namespaces and words are what documents declare.
fn acts(name: &str, value: &str) -> bool {
    let lower = value.trim().to_ascii_lowercase();
    let leads = is_address(name) && (lower.contains("//") || lower.contains(':'));
    let words = ["password", "refresh"];
    leads
        || value.contains(['(', '`', '=', '&', '<'])
        || lower.contains("script")
        || words.contains(&&lower[..])
}

/// The prefixes of LibreOffice's that stand for its own namespaces alone, wherever they are declared:
/// no browser runs elements of these.
pub(super) fn of_documents(content: &[u8]) -> Vec<&'static str> {
    const PREFIXES: [&str; 4] = ["office", "ooo", "form", "config"];
    const OWN: [&[u8]; 3] = [
        b"=\"urn:oasis:names:tc:opendocument:",
        b"=\"http://openoffice.org/",
        b"=\"urn:openoffice:",
    ];
    if memmem::find(content, b"office:document").is_none() {
        return Vec::new();
    }
    let mut own = PREFIXES.to_vec();
    for at in memmem::find_iter(content, b"xmlns:") {
        let rest = content.get(at + 6..).unwrap_or_default();
        own.retain(|prefix| {
            let Some((name, rest)) = rest.split_at_checked(prefix.len()) else { return true };
            // The names of these namespaces have such words in them.
            let declared = rest.trim_ascii_start().starts_with(b"=");
            let ours = OWN.iter().any(|start| rest.starts_with(start));
            !name.eq_ignore_ascii_case(prefix.as_bytes()) || !declared || ours
        });
    }
    own
}

/// What is wrong with the declaration that begins here (XML §4.2). Documents declare words, too, and
/// drawings do not.
fn declared(content: &[u8], at: usize, drawing: bool) -> Option<String> {
    /// Longer than any that a drawing program writes.
    const LONGEST: usize = 4096;
    let rest = content.get(at + 8..)?;
    let rest = rest.get(..LONGEST).unwrap_or(rest);
    let mut words = rest.trim_ascii_start().splitn(2, u8::is_ascii_whitespace);
    let name = String::from_utf8_lossy(words.next()?.get(..).unwrap_or_default()).into_owned();
    let name: String = name.chars().take(64).collect();
    if name.starts_with('%') {
        return Some("entities within the declaration of entities".to_owned());
    }
    let value = words.next().unwrap_or_default().trim_ascii_start();
    // One that stands elsewhere (`SYSTEM`) is loaded by no browser.
    let (quote, value) = value.split_first().filter(|(q, _)| matches!(q, b'"' | b'\''))?;
    let end = memchr::memchr(*quote, value);
    let text = decoded(&String::from_utf8_lossy(value.get(..end.unwrap_or(value.len()))?));
    (end.is_none() || is_markup(&text) || drawing && !is_plain(&text))
        .then(|| format!("markup in the entity {name}"))
}

/// Whether a value is a piece of markup, or of an address that runs.
fn is_markup(text: &str) -> bool {
    text.contains(['<', '&']) || text.to_ascii_lowercase().contains("script")
}

/// Whether a value is what drawing programs declare: names of namespaces, styles, signs by number.
/// Several others together may make an address that runs.
fn is_plain(text: &str) -> bool {
    const STARTS: &[&str] = &[
        "http://",
        "https://",
        "urn:",
        "fill",
        "stroke",
        "font",
        "opacity",
        "stop-",
        "display",
        "enable-background",
        "letter-",
        "clip",
        "filter",
        "mask",
        "overflow",
        "color",
        "marker",
        "visibility",
        "shape",
        "image",
        "text-",
    ];
    let lower = text.trim().to_ascii_lowercase();
    text.chars().count() <= 1 || STARTS.iter().any(|start| lower.starts_with(start))
}
