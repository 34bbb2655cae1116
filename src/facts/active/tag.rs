//! Start tags of HTML, as lenient as browsers are: the attributes that matter, and where files stand.
//!
//! Each byte is looked at once, whatever quote is missing.

use super::entity::decoded;
use super::{address, fields, rawtext};
use std::ops::Range;

/// A start tag: its name in lower case and the attributes that matter, decoded values.
#[derive(Default)]
pub(super) struct Tag {
    pub name: String,
    pub attributes: Vec<Attribute>,
    /// Where values stand that are files.
    pub addresses: Vec<Range<usize>>,
    /// Whether it has more attributes that matter than any page writes.
    pub crowded: bool,
    handlers: usize,
}

/// An attribute: its name as it is written and in lower case, and its value.
pub(super) struct Attribute {
    written: String,
    pub key: String,
    pub value: String,
}

impl Tag {
    /// Keeps an attribute, if it matters.
    fn keep(&mut self, written: &[u8], value: &[u8]) {
        /// Of these, and of handlers: one handler is as good as the next.
        const ATTRIBUTES: usize = 256;
        const HANDLERS: usize = 16;
        let key = lower(written);
        if !matters(&key, value) {
            return;
        }
        let handler = is_event(&key);
        if handler && self.handlers >= HANDLERS {
            return;
        }
        self.crowded |= self.attributes.len() >= ATTRIBUTES;
        // The first of equal ones counts (HTML §13.2.5.33). To XML `TYPE` is another than `type`, so
        // each spelling is kept.
        let written = String::from_utf8_lossy(written).into_owned();
        if self.crowded || self.attributes.iter().any(|known| known.written == written) {
            return;
        }
        self.handlers += usize::from(handler);
        // A page in an attribute is as long as a page.
        let value = if key == "srcdoc" { text(value) } else { shortened(value) };
        self.attributes.push(Attribute { written, key, value });
    }

    /// The value of this attribute as HTML takes it: of its first spelling.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// Its values in all spellings.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.attributes.iter().filter(move |one| one.key == name).map(|one| one.value.as_str())
    }

    /// Its value as XML takes it: of the spelling in lower case.
    pub(super) fn exact(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|one| one.written == name).map(|one| one.value.as_str())
    }
}

/// Longer values change nothing about what a tag is.
pub(super) const VALUE: usize = 4096;

fn text(value: &[u8]) -> String {
    decoded(&String::from_utf8_lossy(value))
}

/// As much of a value as says what it is. Browsers drop blanks in front and breaks anywhere in an
/// address (URL Standard §4.4), so any number of them hides nothing.
fn shortened(value: &[u8]) -> String {
    if value.len() <= VALUE || address::is_data(value) {
        return text(value.get(..VALUE).unwrap_or(value));
    }
    let whole: String = text(value).chars().filter(|c| !matches!(c, '\t' | '\r' | '\n')).collect();
    fields::squeezed(&whole).chars().take(VALUE).collect()
}

/// What stands behind a `<`.
pub(super) struct Element {
    /// The tag, if it matters.
    pub tag: Option<Tag>,
    /// Where it ends.
    pub end: usize,
    /// Where a browser reads markup again that took all of this for text.
    pub outside: Option<usize>,
}

/// The tag that begins behind a `<`. Each byte is looked at once.
pub(super) fn tag(content: &[u8], start: usize) -> Element {
    // Names of XML begin with more than letters of ASCII (XML §2.3); to HTML all that is text.
    let first = content.get(start).copied().unwrap_or_default();
    let html = first.is_ascii_alphabetic();
    if !html && !matches!(first, b'_' | b':' | 0x80..) {
        return Element { tag: None, end: start, outside: None };
    }
    let (name, mut at) = word(content, start);
    let mut tag = Tag::default();
    let mut outside = (!html).then_some(start);
    while let Some(&byte) = content.get(at) {
        if byte == b'>' {
            at += 1;
            break;
        }
        if ends(byte) {
            at += 1;
            continue;
        }
        let (key, behind) = word(content, at);
        let (place, next) = value(content, behind);
        at = next;
        let value = content.get(place.clone()).unwrap_or_default();
        outside = outside.or_else(|| Some(place.start + rawtext::end(value)?));
        if address::is_data(value) {
            tag.addresses.push(place);
        }
        tag.keep(key, value);
    }
    // Most tags of a page are bare and do nothing.
    let script = |end: &[u8]| {
        name.len() >= end.len()
            && name.get(name.len() - end.len()..).is_some_and(|name| name.eq_ignore_ascii_case(end))
    };
    let bare = tag.attributes.is_empty() && tag.addresses.is_empty();
    let matters = !bare || script(b"script") || script(b"applet");
    Element { tag: matters.then(|| Tag { name: lower(name), ..tag }), end: at, outside }
}

/// Whether an attribute is one that is asked for: a tag may have any number of others in front.
fn matters(key: &str, value: &[u8]) -> bool {
    const OTHERS: &[&str] = &["type", "download", "http-equiv", "content", "classid"];
    OTHERS.contains(&key) || is_address(key) || is_event(key) && acts(value)
}

/// Whether an attribute is an address or a page.
pub(super) fn is_address(key: &str) -> bool {
    const ADDRESSES: &[&str] =
        &["href", "src", "action", "data", "formaction", "to", "from", "by", "values", "srcdoc"];
    ADDRESSES.contains(&key.rsplit(':').next().unwrap_or_default())
}

/// Whether an attribute is a handler: browsers add events, and none of HTML is called so otherwise.
pub(super) fn is_event(key: &str) -> bool {
    let event = key.strip_prefix("on").unwrap_or_default();
    !event.is_empty() && event.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Whether a handler's value may do something: script calls and assigns with these signs or does
/// nothing, unlike the values of `online` or `once` in data. What a reference stands for is unknown
/// where it is none of HTML's.
fn acts(value: &[u8]) -> bool {
    let signs = |text: &[u8]| text.iter().any(|byte| b"(`=".contains(byte));
    signs(value)
        || memchr::memchr(b'&', value).is_some() && {
            let text = text(value);
            signs(text.as_bytes())
                || text.split('&').skip(1).any(|name| name.starts_with(char::is_alphabetic))
        }
}

fn lower(name: &[u8]) -> String {
    String::from_utf8_lossy(name).to_ascii_lowercase()
}

/// What ends a name.
fn ends(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/' | b'=')
}

/// The end of a name, and where that is: what matters stands behind a prefix of any length.
fn word(content: &[u8], from: usize) -> (&[u8], usize) {
    const NAME: usize = 64;
    let rest = content.get(from..).unwrap_or_default();
    let length = rest.iter().position(|byte| ends(*byte)).unwrap_or(rest.len());
    (rest.get(length.saturating_sub(NAME)..length).unwrap_or_default(), from + length)
}

/// Where the value behind a name stands, empty where there is none, and what follows it.
fn value(content: &[u8], behind: usize) -> (Range<usize>, usize) {
    let blank = |from: usize| {
        let rest = content.get(from..).unwrap_or_default();
        from + rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(rest.len())
    };
    let equals = blank(behind);
    if content.get(equals) != Some(&b'=') {
        return (equals..equals, equals);
    }
    let at = blank(equals + 1);
    let rest = content.get(at..).unwrap_or_default();
    if let Some((&quote @ (b'"' | b'\''), inner)) = rest.split_first() {
        let length = memchr::memchr(quote, inner).unwrap_or(inner.len());
        return (at + 1..at + 1 + length, at + length + 2);
    }
    let end = rest.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'>');
    let length = end.unwrap_or(rest.len());
    (at..at + length, at + length)
}
