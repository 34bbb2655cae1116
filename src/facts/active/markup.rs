//! What XML makes of itself when a browser opens it: markup from entities, pages by a style sheet.
//!
//! A browser expands the entities that a document declares and obeys a style sheet within it, so
//! what it shows stands nowhere as an element.

use super::Found;
use super::entity::decoded;
use crate::facts::Deed;
use memchr::memmem;

/// Declarations that are looked at: old drawing programs write some thirty.
const DECLARED: usize = 1000;

/// Looks at a page, a drawing or another document of XML.
pub(super) fn look(content: &[u8], found: &mut Found) {
    let has = |word: &[u8]| memmem::find(content, word).is_some();
    if has(b"<?xml-stylesheet") && has(b"http://www.w3.org/1999/XSL/Transform") {
        found.note(Deed::Script, "a style sheet of its own, which makes the page");
    }
    let drawing = has(b"<svg") || has(b"http://www.w3.org/2000/svg");
    let mut declarations = memmem::find_iter(content, b"<!ENTITY");
    let all = declarations.by_ref().take(DECLARED);
    if let Some(detail) = all.filter_map(|at| declared(content, at, drawing)).next() {
        found.note(Deed::Script, &detail);
    } else if declarations.next().is_some() {
        found.note(Deed::Script, "more entities than are looked at");
    }
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
