//! Fields and templates in HTML as Word writes and reads it.
//!
//! Word opens a page as a document: marks of fields stand in styles (`mso-element:field-begin`), their
//! instructions in conditional comments, the template in an island of XML.

use super::Found;
use super::entity::decoded;
use super::fields::{Assembler, Away, away};
use super::sheetxml;
use crate::facts::Deed;
use memchr::memmem;

/// Looks at a page that has one of the words.
pub(super) fn look(content: &[u8], found: &mut Found) {
    template(content, found);
    let mut fields = Assembler::default();
    let mut rest = content;
    while let Some(open) = memchr::memchr(b'<', rest) {
        let (text, tag) = rest.split_at(open);
        piece(text, &mut fields);
        let end = memchr::memchr(b'>', tag).map_or(tag.len(), |end| end + 1);
        let (tag, behind) = tag.split_at(end);
        mark(tag, &mut fields);
        rest = behind;
    }
    piece(rest, &mut fields);
    found.notes(fields.finish());
}

/// Text between tags.
fn piece(text: &[u8], fields: &mut Assembler) {
    if !text.is_empty() && fields.takes_text() {
        fields.text(&decoded(&String::from_utf8_lossy(text)));
    }
}

/// A tag whose style may be the mark of a field.
fn mark(tag: &[u8], fields: &mut Assembler) {
    let has = |word: &[u8]| memmem::find(tag, word).is_some();
    if !has(b"ield-") && !has(b"IELD-") && !has(b"&") {
        return;
    }
    let style = decoded(&String::from_utf8_lossy(tag)).to_ascii_lowercase();
    let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
    if style.contains("mso-element:field-begin") {
        fields.begin();
    } else if style.contains("mso-element:field-separator") {
        fields.separate();
    } else if style.contains("mso-element:field-end") {
        fields.end();
    }
}

/// The template that a page is made after: `<w:AttachedTemplate HRef="…">`.
fn template(content: &[u8], found: &mut Found) {
    for at in memmem::find_iter(content, b"AttachedTemplate").take(sheetxml::MOST) {
        let tag = content.get(at..).unwrap_or_default();
        let tag = tag.get(..memchr::memchr(b'>', tag).unwrap_or(tag.len())).unwrap_or_default();
        for target in sheetxml::addresses(tag) {
            if away(&target) != Away::Local {
                found.note(Deed::Template, &format!("template {target}"));
            }
        }
    }
}
