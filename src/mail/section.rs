//! The walk over the MIME tree as the first view has it: section numbers, leaves, and for each
//! entity a scan for what other readers make of it.

use super::Spent;
use super::message::{Leaf, fields};
use super::view::{Construct, Header, Reading, Seen};
use bytes::Bytes;
use mail_parser::{ContentType, DecodeProblems, MessageParser, MessagePart, PartFlags, PartKind};
use std::borrow::Cow;
use std::ops::Range;

/// Deeper nesting than any mailer makes; each level costs a stack frame.
const MAX_DEPTH: usize = 64;

/// Attached mails may be transfer-encoded against RFC 2046 §5.2.1; each level is a copy.
const MAX_ENCODED_NESTING: usize = 3;

/// A place in the tree, numbered as IMAP numbers it (RFC 9051 §6.4.5).
pub(super) struct Section {
    /// What precedes the numbers of the parts of this message.
    prefix: String,
    /// This part's own number; empty for the root of a message.
    own: String,
    /// Whether something stands before it that it is no alternative of.
    behind: bool,
}

impl Section {
    /// The message itself.
    pub(super) fn root() -> Section {
        Section { prefix: String::new(), own: String::new(), behind: false }
    }

    /// An entity of another view.
    pub(super) fn exactly(number: String) -> Section {
        Section { prefix: number.clone(), own: number, behind: false }
    }

    /// Child number `index`, from 1.
    pub(super) fn child(&self, index: usize) -> Section {
        let own = match self.prefix.is_empty() {
            true => index.to_string(),
            false => format!("{}.{index}", self.prefix),
        };
        Section { prefix: own.clone(), own, behind: self.behind }
    }

    /// The root of the mail attached here: its parts are numbered below this part.
    pub(super) fn attached(&self) -> Section {
        Section { prefix: self.number(), own: String::new(), behind: false }
    }

    /// The number; a message that is a single part is part 1 of itself.
    fn number(&self) -> String {
        match (self.own.is_empty(), self.prefix.is_empty()) {
            (false, _) => self.own.clone(),
            (true, true) => "1".to_owned(),
            (true, false) => format!("{}.1", self.prefix),
        }
    }
}

/// What is being read: as the parser has it, and as leaves share it.
struct Source<'m> {
    slice: &'m [u8],
    bytes: Bytes,
}

/// Reads bytes as an entity: its leaves and theirs.
pub(super) fn read(raw: &Bytes, at: &Section, reading: &mut Reading<'_>) {
    let budget = &mut reading.budget;
    if let Err(spent) = budget.header(raw).and_then(|()| budget.encoded_words(raw)) {
        reading.message.limit(&at.number(), spent);
        return unstructured(raw, at, reading);
    }
    let parser = MessageParser::new()
        .max_depth(MAX_DEPTH)
        .max_parts(reading.budget.limits().parts as usize)
        .max_encoded_nesting(MAX_ENCODED_NESTING);
    let Some(parsed) = parser.parse(&raw[..]) else {
        return unstructured(raw, at, reading);
    };
    if reading.is_first() {
        reading.message.message_id = parsed.message_id().map(str::to_owned);
        reading.message.fields = fields(&parsed);
        reading.message.received = parsed.headers().all("Received").count();
    }
    let source = Source { slice: &raw[..], bytes: raw.clone() };
    walk(parsed.root_part(), at, &source, reading);
}

/// Neither header nor blank line: a reader shows the bytes as text.
fn unstructured(raw: &Bytes, at: &Section, reading: &mut Reading<'_>) {
    if raw.is_empty() {
        return;
    }
    let bytes = raw.clone();
    let leaf = Leaf { section: at.number(), is_body: true, bytes, ..Leaf::default() };
    let first = reading.message.leaves.len();
    reading.leaf(leaf.clone());
    let seen = Seen {
        head: b"",
        body: raw.clone(),
        boundary: None,
        mail: false,
        encoding: mail_parser::Encoding::None,
        malformed: false,
        leaf,
        first: first..first + 1,
    };
    reading.look(Header::read(b""), seen);
}

/// Collects the leaves below a part. The parser's depth limit bounds the recursion.
fn walk(part: MessagePart<'_>, at: &Section, raw: &Source<'_>, reading: &mut Reading<'_>) {
    if reading.budget.check().is_err() {
        return;
    }
    let number = at.number();
    oddities(&part, &number, reading);
    let header = Header::read(part.raw_headers());
    let first = reading.message.leaves.len();
    let (leaf, malformed) = match part.kind() {
        PartKind::Multipart if part.children().next().is_some() => {
            let apart = !is_alternative(&part);
            for (index, child) in part.children().enumerate() {
                let mut at = at.child(index + 1);
                at.behind |= apart && index > 0;
                walk(child, &at, raw, reading);
            }
            (described(&part, &number, &header), false)
        }
        PartKind::Message(nested) if part.encoding() != mail_parser::Encoding::None => {
            // Decoded into a buffer of its own, which its parts share.
            let slice = nested.source_bytes();
            let raw = Source { slice, bytes: Bytes::copy_from_slice(slice) };
            walk(nested.root_part(), &at.attached(), &raw, reading);
            (described(&part, &number, &header), false)
        }
        PartKind::Message(nested) => {
            walk(nested.root_part(), &at.attached(), raw, reading);
            (described(&part, &number, &header), false)
        }
        _ => {
            let Some(taken) = leaf(&part, at, raw, &header, reading) else { return };
            taken
        }
    };
    let first = first..reading.message.leaves.len();
    reading.look(header, seen(&part, raw, leaf, malformed, first));
}

/// A part after its leaves were taken.
fn seen<'m>(
    part: &MessagePart<'m>,
    raw: &Source<'_>,
    leaf: Leaf,
    malformed: bool,
    first: Range<usize>,
) -> Seen<'m> {
    Seen {
        head: part.raw_headers(),
        body: share(raw, Cow::Borrowed(part.raw_body())),
        boundary: boundary(part),
        mail: part.is_message(),
        encoding: part.encoding(),
        malformed,
        leaf,
        first,
    }
}

/// Whether its parts are the same thing in several forms.
fn is_alternative(part: &MessagePart<'_>) -> bool {
    let subtype = part.content_type().and_then(|declared| declared.subtype());
    subtype.is_some_and(|subtype| subtype.eq_ignore_ascii_case("alternative"))
}

/// The boundary that a multipart was cut at.
fn boundary(part: &MessagePart<'_>) -> Option<Vec<u8>> {
    let cut = part.is_multipart() && part.children().next().is_some();
    cut.then(|| part.boundary().unwrap_or_default().as_bytes().to_vec())
}

/// Adds one leaf; it, and whether its encoding has what it must not have.
fn leaf(
    part: &MessagePart<'_>,
    at: &Section,
    raw: &Source<'_>,
    header: &Header<'_>,
    reading: &mut Reading<'_>,
) -> Option<(Leaf, bool)> {
    let section = &at.number();
    if let Err(spent) = reading.budget.part() {
        reading.message.limit(section, spent);
        return None;
    }
    let (decoded, problems) = part.decoded_checked();
    let malformed = problems.contains(DecodeProblems::MALFORMED_TRANSFER_ENCODING);
    if malformed {
        reading.note(section, Construct::MalformedTransferEncoding);
    }
    let described = described(part, section, header);
    let leaf = Leaf { bytes: share(raw, decoded), behind: at.behind, ..described };
    reading.leaf(leaf.clone());
    Some((leaf, malformed))
}

/// What a part says of itself.
fn described(part: &MessagePart<'_>, section: &str, header: &Header<'_>) -> Leaf {
    let content_type = part.content_type();
    let declared = content_type.as_ref().map(media_type);
    let names = header.names();
    let is_text = matches!(
        declared.as_deref(),
        None | Some("text" | "text/plain" | "text/html" | "multipart")
    );
    let offered = part.content_disposition().is_some_and(|d| d.is_attachment());
    Leaf {
        section: section.to_owned(),
        charset: content_type.and_then(|c| c.attribute("charset")).map(str::to_ascii_lowercase),
        content_id: part.content_id().map(str::to_owned),
        is_body: is_text && !offered && names.is_empty(),
        declared,
        names,
        ..Leaf::default()
    }
}

/// The declared media type, lower case.
fn media_type(content_type: &ContentType<'_>) -> String {
    match content_type.subtype() {
        Some(subtype) => format!("{}/{subtype}", content_type.ctype()).to_ascii_lowercase(),
        None => content_type.ctype().to_ascii_lowercase(),
    }
}

/// The decoded bytes: a slice of the source where nothing was decoded, else their own buffer.
fn share(raw: &Source<'_>, decoded: Cow<'_, [u8]>) -> Bytes {
    match decoded {
        Cow::Owned(bytes) => Bytes::from(bytes),
        Cow::Borrowed(bytes) => {
            let offset = (bytes.as_ptr() as usize).checked_sub(raw.slice.as_ptr() as usize);
            match offset {
                Some(from) if from + bytes.len() <= raw.bytes.len() => {
                    raw.bytes.slice(from..from + bytes.len())
                }
                _ => Bytes::copy_from_slice(bytes),
            }
        }
    }
}

/// Notes what the first view itself met.
fn oddities(part: &MessagePart<'_>, section: &str, reading: &mut Reading<'_>) {
    let flags = part.flags();
    if flags.contains(PartFlags::LIMIT_REACHED) || flags.contains(PartFlags::NESTING_LIMIT) {
        reading.message.limit(section, Spent::Parts);
    }
    for (flag, construct) in [
        (PartFlags::UNTERMINATED, Construct::UnterminatedMultipart),
        (PartFlags::NO_BLANK_LINE, Construct::NoBlankLine),
        (PartFlags::FALLBACK_DELIMITER, Construct::DelimiterInsideLine),
    ] {
        if flags.contains(flag) {
            reading.note(section, construct);
        }
    }
}
