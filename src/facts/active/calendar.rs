//! Files inside calendars and address cards (RFC 5545 §3.8.1.1, RFC 6350 §6, vCard 2.1).
//!
//! A calendar program shows an attachment in base64 or of a `data:` address as a file that a click
//! opens, so it is a member; the photograph on a card is a picture in its place.

use super::{address, base64, smuggle};
use crate::mail::Family::{Audiovisual, Mail, Picture, Text, Unknown};
use crate::mail::{Budget, FileType};
use std::borrow::Cow;

/// Whether bytes are, or are called, such a text.
pub(super) fn is_one(content: &[u8], named: bool) -> bool {
    /// In front of the first component there is nothing but blanks.
    const HEAD: usize = 1024;
    let head = content.get(..HEAD).unwrap_or(content);
    named || memchr::memchr2_iter(b'B', b'b', head).any(|at| begins(head.get(at..)))
}

/// Whether a component begins here. Programs unfold lines before they read them, so folds and
/// blanks count for nothing.
fn begins(head: Option<&[u8]>) -> bool {
    let bytes = head.unwrap_or_default().iter().filter(|byte| byte.is_ascii_graphic());
    let mut bytes = bytes.map(u8::to_ascii_uppercase);
    if !b"BEGIN".iter().all(|wanted| bytes.next() == Some(*wanted)) {
        return false;
    }
    let colon = match bytes.next() {
        Some(b';') => bytes.any(|byte| byte == b':'),
        next => next == Some(b':'),
    };
    colon && bytes.next() == Some(b'V')
}

/// The files, with their names.
pub(super) fn files(content: &[u8], budget: &Budget) -> Vec<(String, Vec<u8>)> {
    let (mut found, mut at, mut count) = (Vec::new(), 0, 0u32);
    // One more than may be members says that there were too many.
    let most = budget.limits().members as usize + 1;
    while at < content.len() && found.len() < most {
        count = count.wrapping_add(1);
        if count.is_multiple_of(1024) && budget.check().is_err() {
            break;
        }
        let (line, next) = unfolded(content, at);
        at = next;
        let Some(property) = Property::read(&line).filter(Property::may_hold) else { continue };
        if budget.work(LOOK).is_err() {
            break;
        }
        if let Some(bytes) = property.bytes().filter(|bytes| !bytes.is_empty()) {
            let Some(extension) = property.kept(&bytes) else { continue };
            let name = property.name.clone();
            let number = found.len() + 1;
            found.push((name.unwrap_or_else(|| format!("attachment{number}.{extension}")), bytes));
        }
    }
    found
}

/// What it costs to make out what a value is: two hundred thousand are looked at, which no address
/// book has.
const LOOK: u64 = 512;

/// A line with those that continue it, and where the next begins: those behind a blank (RFC 5545
/// §3.1), and in vCard 2.1 those that hold base64 up to an empty line. `ATT` is base64, too, but
/// not where the line behind it makes a property of it.
fn unfolded(content: &[u8], start: usize) -> (Cow<'_, [u8]>, usize) {
    let (first, mut at) = physical(content, start);
    let mut line = Cow::Borrowed(first);
    let mut binary = None;
    while let Some(&byte) = content.get(at) {
        let (next, behind) = physical(content, at);
        let blank = matches!(byte, b' ' | b'\t');
        let bare = !blank && !next.is_empty() && next.iter().all(|byte| base64::is_digit(*byte));
        let in_base64 = || Property::read(&line).is_some_and(|property| property.is_packed());
        let continues =
            blank || bare && *binary.get_or_insert_with(in_base64) && !is_key(content, behind);
        if !continues {
            break;
        }
        line.to_mut().extend_from_slice(next.get(usize::from(blank)..).unwrap_or_default());
        at = behind;
    }
    (line, at)
}

/// Whether what stands here continues a key rather than a value: behind a blank, with its colon.
fn is_key(content: &[u8], at: usize) -> bool {
    let blank = matches!(content.get(at), Some(b' ' | b'\t'));
    blank && memchr::memchr2(b':', b';', physical(content, at).0).is_some()
}

/// One line as it stands, without its end, and where the next begins.
fn physical(content: &[u8], start: usize) -> (&[u8], usize) {
    let rest = content.get(start..).unwrap_or_default();
    let Some(end) = memchr::memchr2(b'\r', b'\n', rest) else { return (rest, content.len()) };
    let pair = rest.get(end..end + 2) == Some(b"\r\n");
    (rest.get(..end).unwrap_or_default(), start + end + if pair { 2 } else { 1 })
}

/// A property that may hold a file.
struct Property<'a> {
    /// What it is called, upper case, without its group.
    key: String,
    /// The file's name.
    name: Option<String>,
    /// Its media type.
    media: Option<String>,
    binary: bool,
    value: &'a [u8],
}

impl Property<'_> {
    /// The property of a line; `None` where it has no value.
    fn read(line: &[u8]) -> Option<Property<'_>> {
        let mut quoted = false;
        let colon = line.iter().position(|byte| {
            quoted ^= *byte == b'"';
            *byte == b':' && !quoted
        });
        // An odd quote hides no value.
        let colon = colon.or_else(|| memchr::memchr(b':', line))?;
        let (head, value) = line.split_at(colon);
        let head = String::from_utf8_lossy(head);
        let mut pieces = pieces(&head).into_iter();
        let key = pieces.next()?.rsplit('.').next()?.trim().to_ascii_uppercase();
        let mut property =
            Property { key, name: None, media: None, binary: false, value: value.get(1..)? };
        for piece in pieces {
            let (key, value) = piece.split_once('=').unwrap_or(("ENCODING", piece));
            property.parameter(&key.trim().to_ascii_uppercase(), value.trim().trim_matches('"'));
        }
        Some(property)
    }

    fn parameter(&mut self, key: &str, value: &str) {
        match key {
            "ENCODING" => {
                self.binary |= ["BASE64", "B"].iter().any(|name| value.eq_ignore_ascii_case(name));
            }
            "VALUE" => self.binary |= value.eq_ignore_ascii_case("BINARY"),
            "FMTTYPE" | "MEDIATYPE" => self.media = Some(value.to_ascii_lowercase()),
            // `X-FILENAME`, `X-APPLE-FILENAME`, `X-ORACLE-FILENAME` …
            _ if key.ends_with("FILENAME") && !value.is_empty() => {
                self.name = Some(value.to_owned());
            }
            _ => {}
        }
    }

    /// Whether its value is base64, or an address that carries a file.
    fn is_packed(&self) -> bool {
        self.binary || address::is_data(self.value)
    }

    /// Whether it may hold a file that anybody is shown: one without a name is no shorter.
    fn may_hold(&self) -> bool {
        const SHORTEST: usize = 24;
        self.is_packed()
            && (self.value.len() >= SHORTEST || self.name.is_some() || self.key.contains("ATTACH"))
    }

    /// What it holds, decoded.
    fn bytes(&self) -> Option<Vec<u8>> {
        match self.binary {
            true if !address::is_data(self.value) => Some(base64::decode(self.value)),
            _ => address::content(self.value),
        }
    }

    /// The extension of a file that a reader can take out; `None` for what is shown in its place.
    fn kept(&self, bytes: &[u8]) -> Option<&'static str> {
        let kind = FileType::detect(bytes);
        let detected = kind.extension;
        let shown = matches!(kind.family, Picture | Audiovisual | Text | Mail | Unknown);
        if !self.key.contains("ATTACH") && self.name.is_none() && shown {
            return smuggle::worth(bytes);
        }
        let declared = self.media.as_deref().and_then(FileType::by_mime);
        let extension = declared.map_or(detected, |kind| kind.extension);
        Some(if extension.is_empty() { "bin" } else { extension })
    }
}

/// The pieces between semicolons that stand in no quotes.
fn pieces(head: &str) -> Vec<&str> {
    let mut quoted = false;
    let split = head.split(|c: char| {
        quoted ^= c == '"';
        c == ';' && !quoted
    });
    split.collect()
}
