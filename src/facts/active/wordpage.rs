//! Fields in a page that Word opens: `<span style="mso-element:field-begin">`, in comments or not.

use super::Found;
use super::entity::decoded;
use super::fields::Assembler;
use aho_corasick::AhoCorasick;
use std::sync::LazyLock;

/// What marks a field's parts, in the order of [`mark`].
const MARKS: [&str; 3] = ["field-begin", "field-separator", "field-end"];

/// A fixed automaton of fixed words: there is nothing that could fail.
static FINDER: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(MARKS).ok());

/// Notes what the fields of a page do by themselves.
pub(super) fn look(content: &[u8], found: &mut Found) {
    if memchr::memmem::find(content, b"mso").is_none()
        && memchr::memmem::find(content, b"MSO").is_none()
    {
        return;
    }
    let mut fields = Assembler::default();
    let mut from = None;
    for part in FINDER.iter().flat_map(|finder| finder.find_iter(content)) {
        if let Some(from) = from.replace(part.end()) {
            text(content.get(from..part.start()).unwrap_or_default(), &mut fields);
        }
        match part.pattern().as_usize() {
            0 => fields.begin(),
            1 => fields.separate(),
            _ => fields.end(),
        }
    }
    if let Some(from) = from {
        text(content.get(from..).unwrap_or_default(), &mut fields);
    }
    found.notes(fields.finish());
}

/// Hands over the text between two marks, each of which stands within a tag.
fn text(between: &[u8], fields: &mut Assembler) {
    for tag in between.split(|byte| *byte == b'<') {
        let text = memchr::memchr(b'>', tag).and_then(|end| tag.get(end + 1..));
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            fields.text(&decoded(&String::from_utf8_lossy(text)));
        }
    }
}
