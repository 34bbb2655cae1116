//! What the MIME fields of an entity say, to every reader: types, boundaries, transfer encodings,
//! names.
//!
//! Where two fields, or two ways to read one field, differ, all of what they say is kept.

use super::construct::Construct;
use super::field::{Head, Name};
use super::parameter::{Parameter, Value, distinct};
use super::transfer::{self, Transfer};
use super::{names, word};

/// Kinds of content that are read differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Cut at a boundary.
    Multipart,
    /// A mail.
    Mail,
    /// Bytes.
    Leaf,
}

/// What the fields say.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// Media types, lower case; the first view's may be any of them.
    pub(super) media: Vec<String>,
    pub(super) boundaries: Vec<Vec<u8>>,
    pub(super) transfers: Vec<Transfer>,
    pub(super) names: Vec<String>,
    pub(super) charsets: Vec<String>,
    /// Whether it is offered as a file.
    pub(super) attached: bool,
    /// The `smime-type` (RFC 8551 §3.2.2), lower case.
    pub(super) smime: Option<String>,
    pub(super) constructs: Vec<Construct>,
}

/// Fields of one name in one entity that are read, beside the last one, which the first view has.
pub(super) const FIELDS: usize = 8;

/// Boundaries of one entity that are tried.
const BOUNDARIES: usize = 6;

impl Fields {
    /// Reads the MIME fields of a header block.
    pub(super) fn of(head: &Head<'_>) -> Fields {
        let mut fields = Fields { constructs: head.constructs.clone(), ..Fields::default() };
        if head.fields.is_empty() {
            return fields;
        }
        fields.duplicates(head);
        for raw in head.all(Name::Type).take(FIELDS) {
            fields.content_type(raw);
        }
        for raw in head.all(Name::Encoding).take(FIELDS) {
            let (found, odd) = transfer::label(raw);
            odd.into_iter().for_each(|odd| fields.note(odd));
            for transfer in found {
                if !fields.transfers.contains(&transfer) {
                    fields.transfers.push(transfer);
                }
            }
        }
        let version = head.all(Name::Version).next();
        if version.is_some_and(|raw| !raw.trim_ascii().starts_with(b"1.0")) {
            fields.note(Construct::OddMimeVersion);
        }
        let (names, cut) = names::of(head);
        fields.names = names;
        fields.attached = head.all(Name::Disposition).any(|raw| {
            raw.trim_ascii().get(..10).is_some_and(|word| word.eq_ignore_ascii_case(b"attachment"))
        });
        fields.boundaries = distinct(std::mem::take(&mut fields.boundaries));
        let repeated = [Name::Type, Name::Encoding, Name::Disposition];
        let repeated = repeated.iter().any(|name| head.all(*name).nth(FIELDS).is_some());
        if cut || repeated || fields.boundaries.len() > BOUNDARIES {
            fields.note(Construct::EndlessField);
        }
        fields.boundaries.truncate(BOUNDARIES);
        fields
    }

    /// Fields that stand twice and differ.
    fn duplicates(&mut self, head: &Head<'_>) {
        for (name, construct) in [
            (Name::Type, Construct::DuplicateContentType),
            (Name::Encoding, Construct::DuplicateTransferEncoding),
            (Name::Disposition, Construct::DuplicateDisposition),
            (Name::Version, Construct::DuplicateMimeVersion),
        ] {
            let mut values = head.all(name).map(<[u8]>::trim_ascii);
            let Some(first) = values.next() else { continue };
            if values.any(|other| !other.eq_ignore_ascii_case(first)) {
                self.note(construct);
            }
        }
    }

    /// One Content-Type.
    fn content_type(&mut self, raw: &[u8]) {
        let value = Value::read(raw, true);
        self.main(&value.main);
        self.parameters(&value);
        if value.comment {
            self.note(Construct::CommentInField);
            let other = Value::read(raw, false);
            self.also(media(&other.main).0);
            self.parameters(&other);
        }
    }

    /// The media type.
    fn main(&mut self, main: &[u8]) {
        let (media, odd) = media(main);
        odd.into_iter().for_each(|odd| self.note(odd));
        self.also(media);
    }

    /// A media type more, unless it is known.
    fn also(&mut self, media: String) {
        if !media.is_empty() && !self.media.contains(&media) {
            self.media.push(media);
        }
    }

    /// The parameters that decide about the structure.
    fn parameters(&mut self, value: &Value) {
        if value.cut {
            self.note(Construct::EndlessField);
        }
        let mut plain: Vec<&Parameter> = Vec::new();
        let mut pieces: Vec<&Parameter> = Vec::new();
        for parameter in &value.parameters {
            let first = parameter.values.first().map(Vec::as_slice).unwrap_or_default();
            let text = || String::from_utf8_lossy(first).to_ascii_lowercase();
            match parameter.name.as_str() {
                "boundary" => plain.push(parameter),
                "charset" => self.charsets.push(text()),
                "smime-type" => self.smime = Some(text()),
                name if name.starts_with("boundary*") => pieces.push(parameter),
                _ => {}
            }
        }
        if self.charsets.iter().any(|charset| Some(charset) != self.charsets.first()) {
            self.note(Construct::DuplicateParameter);
        }
        let first = |parameter: &&Parameter| parameter.values.first().cloned();
        if distinct(plain.iter().filter_map(first)).len() > 1 {
            self.note(Construct::TwoBoundaries);
        }
        for parameter in plain {
            self.boundary(parameter);
        }
        if !pieces.is_empty() {
            self.note(Construct::BoundaryInPieces);
            pieces.sort_by_key(|piece| {
                let number = piece.name.trim_start_matches("boundary").trim_matches('*');
                number.parse::<u32>().unwrap_or(0)
            });
            let joined: Vec<u8> = pieces.iter().filter_map(first).flatten().collect();
            let behind = joined.rsplit(|byte| *byte == b'\'').next().unwrap_or_default();
            let (plain, percent) = (behind.to_vec(), word::percent(behind));
            self.boundaries.extend([percent, plain, joined]);
        }
    }

    /// One boundary, and what other readers take for it.
    fn boundary(&mut self, parameter: &Parameter) {
        let first = parameter.values.first().map(Vec::as_slice).unwrap_or_default();
        if let Some(decoded) = word::decoded(first).filter(|_| first.ends_with(b"?=")) {
            self.note(Construct::EncodedStructure);
            self.boundaries.push(decoded.into_bytes());
        }
        parameter.odd.into_iter().for_each(|odd| self.note(odd));
        if first.iter().any(|byte| !byte.is_ascii() || byte.is_ascii_control()) {
            self.note(Construct::BoundaryEightBit);
        }
        if first.len() > 70 {
            self.note(Construct::BoundaryTooLong);
            self.boundaries.push(first.get(..70).unwrap_or(first).to_vec());
        }
        if parameter.quoted && first.trim_ascii_end().len() < first.len() {
            self.note(Construct::BoundaryBlanks);
        }
        let values = parameter
            .values
            .iter()
            .flat_map(|value| [&value[..], value.trim_ascii_end(), value.trim_ascii()])
            .map(<[u8]>::to_vec);
        let values = values.chain(pieces_of(first, parameter.quoted));
        self.boundaries.extend(values.filter(|value| !value.is_empty()));
    }

    pub(super) fn note(&mut self, construct: Construct) {
        if !self.constructs.contains(&construct) {
            self.constructs.push(construct);
        }
    }

    /// Whether some reader takes it for this.
    pub(super) fn has(&self, class: Class) -> bool {
        self.media.iter().any(|media| class_of(media) == class)
    }
}

/// What readers of another mind make of a boundary: a blank inside may be a fold, which some drop,
/// or the end; `boundary==b` begins twice.
fn pieces_of(boundary: &[u8], quoted: bool) -> impl Iterator<Item = Vec<u8>> {
    let inner = boundary.trim_ascii();
    let split = inner.iter().any(u8::is_ascii_whitespace);
    let closed = inner.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let word = inner.split(u8::is_ascii_whitespace).next().unwrap_or_default().to_vec();
    let twice = inner.strip_prefix(b"=").filter(|_| !quoted).map(<[u8]>::to_vec);
    [split.then_some(closed), split.then_some(word), twice].into_iter().flatten()
}

/// The kind of a media type.
pub(super) fn class_of(media: &str) -> Class {
    match media {
        _ if media.starts_with("multipart/") => Class::Multipart,
        "message/rfc822" | "message/global" | "message/news" => Class::Mail,
        _ => Class::Leaf,
    }
}

/// A media type as the most lenient reader has it, and what is odd about it.
fn media(main: &[u8]) -> (String, Option<Construct>) {
    let token = |text: &[u8]| {
        let clean = |byte: &u8| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(byte);
        !text.is_empty() && text.iter().all(clean)
    };
    let main = main.trim_ascii();
    let inner = main.strip_prefix(b"'").and_then(|rest| rest.strip_suffix(b"'"));
    let inner = inner.or_else(|| main.strip_prefix(b"x-").filter(|rest| rest.contains(&b'/')));
    if let Some(inner) = inner.filter(|inner| inner.starts_with(b"multipart/")) {
        let media = String::from_utf8_lossy(inner).to_ascii_lowercase();
        return (media, Some(Construct::MultipartInWords));
    }
    let mut halves = main.splitn(2, |byte| *byte == b'/');
    let whole = halves.next().is_some_and(token) && halves.next().is_some_and(token);
    let lower = |text: &[u8]| String::from_utf8_lossy(text).to_ascii_lowercase();
    if whole {
        return (lower(main), None);
    }
    if let Some(decoded) = word::decoded(main) {
        return (decoded.trim().to_ascii_lowercase(), Some(Construct::EncodedStructure));
    }
    let kept = |byte: &u8| byte.is_ascii_alphanumeric() || b"/-+._".contains(byte);
    let text: Vec<u8> = main.iter().copied().filter(kept).collect();
    let text = lower(&text);
    match text.strip_prefix("multipart") {
        Some(rest) => {
            let subtype = rest.trim_matches('/');
            let subtype = if subtype.is_empty() { "mixed" } else { subtype };
            (format!("multipart/{subtype}"), Some(Construct::MultipartInWords))
        }
        None => (text, Some(Construct::MalformedContentType)),
    }
}
