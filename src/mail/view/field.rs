//! The header block of an entity, read leniently: its MIME fields, and what looks odd about it.
//!
//! It pays one pass over the lines; a field that is no MIME field is looked at no further than
//! its name.

use super::construct::Construct;
use memchr::memchr;

/// Which MIME field it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// Content-Type.
    Type,
    /// Content-Transfer-Encoding.
    Encoding,
    /// Content-Disposition.
    Disposition,
    /// MIME-Version.
    Version,
}

/// A MIME field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'h> {
    pub(super) name: Name,
    /// What is behind the colon, folds included.
    pub(super) value: &'h [u8],
    /// Where its line begins.
    at: usize,
}

/// Why a line is no field for some reader, which then ends the header before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Break {
    /// `From ` or `>From ` among the fields, where mailbox software leaves it. Above the fields
    /// it ends no header.
    Mailbox,
    /// No colon.
    Colonless,
    /// Nothing before the colon.
    Nameless,
    /// What no name has (RFC 5322 §2.2): controls, blanks inside.
    Named,
    /// Bytes beyond ASCII and nothing worse: a name for sendmail.
    EightBit,
    /// Two hyphens first: sendmail takes the line for a delimiter.
    Dashed,
    /// Blanks before the colon (RFC 5322 §4.5.8 allows reading them): Python ends the header.
    Spaced,
    /// A continuation of nothing: Postfix puts the blank line above it.
    Indented,
}

impl Break {
    /// What a name before a colon breaks, if anything.
    fn of(name: &[u8]) -> Option<Break> {
        let text = name.trim_ascii_end();
        match text {
            [] => Some(Break::Nameless),
            [b'-', b'-', ..] => Some(Break::Dashed),
            _ if text.iter().any(|byte| byte.is_ascii() && !byte.is_ascii_graphic()) => {
                Some(Break::Named)
            }
            _ if !text.is_ascii() => Some(Break::EightBit),
            _ => (text.len() < name.len()).then_some(Break::Spaced),
        }
    }

    /// What real software writes.
    pub(super) fn is_usual(self) -> bool {
        matches!(self, Break::Mailbox | Break::Spaced | Break::Indented)
    }
}

/// Whether a line is what mailbox files have between mails: `From `, quoted or not.
fn is_mailbox(text: &[u8]) -> bool {
    let quotes = text.iter().take_while(|byte| **byte == b'>').count();
    text.get(quotes..).is_some_and(|rest| rest.starts_with(b"From "))
}

/// A header block.
#[derive(Debug, Default)]
pub(super) struct Head<'h> {
    pub(super) fields: Vec<Field<'h>>,
    pub(super) constructs: Vec<Construct>,
    /// The first line of each kind at which some reader ends the header, in the order of the lines.
    pub(super) breaks: Vec<(usize, Break)>,
    /// Where the body begins.
    pub(super) end: usize,
}

/// A byte-order mark, which files have and mails have not.
const BOM: &[u8] = b"\xef\xbb\xbf";

impl<'h> Head<'h> {
    /// Reads a header block up to its blank line. Where `blanks_end`, a line of blanks ends it
    /// too, as the first view has it.
    pub(super) fn read(block: &'h [u8], blanks_end: bool) -> Head<'h> {
        let mut head = Head { end: block.len(), ..Head::default() };
        let mut open: Option<(usize, Option<Name>, usize)> = None;
        // Whether nothing but lines of mailbox files was met.
        let mut top = true;
        let mut at = 0;
        while let Some(rest) = block.get(at..).filter(|rest| !rest.is_empty()) {
            let next = memchr(b'\n', rest).map_or(block.len(), |end| at + end + 1);
            let line = block.get(at..next).unwrap_or_default();
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            let folded = text.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
            let blank = text.trim_ascii().is_empty();
            if blank && (text.is_empty() || blanks_end) {
                if !text.is_empty() {
                    head.note(Construct::BlankLineOfSpaces);
                }
                head.end = next;
                break;
            }
            if !(blank || folded && open.is_some() && !top) {
                head.close(block, open.take(), at);
                open = Some(head.begin(text, at, top, folded));
                top &= is_mailbox(text);
            }
            at = next;
        }
        let end = at.min(head.end);
        head.close(block, open, end);
        head.controls(block);
        head
    }

    /// A line that begins a field, or none.
    fn begin(
        &mut self,
        text: &[u8],
        at: usize,
        top: bool,
        folded: bool,
    ) -> (usize, Option<Name>, usize) {
        let colon = memchr(b':', text);
        let written = text.get(..colon.unwrap_or(0)).unwrap_or_default();
        let found = match colon {
            _ if is_mailbox(text) => (!top).then_some(Break::Mailbox),
            _ if folded => Some(Break::Indented),
            None => Some(Break::Colonless),
            Some(_) => Break::of(written),
        };
        if let Some(found) = found {
            self.breaks_at(at, found);
        }
        match colon {
            Some(colon) => (at, self.name(written, folded), at + colon + 1),
            None => (at, None, 0),
        }
    }

    /// Notes the first line of its kind.
    fn breaks_at(&mut self, at: usize, found: Break) {
        if self.breaks.iter().any(|(_, known)| *known == found) {
            return;
        }
        self.breaks.push((at, found));
        match found {
            Break::Mailbox | Break::Colonless => self.note(Construct::JunkInHeader),
            Break::Nameless | Break::Named | Break::EightBit | Break::Dashed => {
                self.note(Construct::OddHeaderLine)
            }
            Break::Spaced | Break::Indented => {}
        }
    }

    /// Which MIME field a name is, for the most lenient reader.
    fn name(&mut self, written: &[u8], folded: bool) -> Option<Name> {
        let plain = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'-';
        if let Some(name) = exact(written) {
            return Some(name);
        }
        // Longer than any MIME field with a disguise: not worth a look.
        if written.len() > 64 || written.iter().all(plain) {
            return None;
        }
        let kept: Vec<u8> = written.iter().copied().filter(|byte| plain(byte)).collect();
        let name = exact(&kept)?;
        let inner = written.strip_prefix(BOM).unwrap_or(written);
        self.note(match () {
            () if exact(inner).is_some() => Construct::IndentedFirstField,
            () if folded && exact(inner.trim_ascii()).is_some() => Construct::IndentedFirstField,
            () if exact(inner.trim_ascii_end()).is_some() => Construct::BlankBeforeColon,
            () => Construct::OddFieldName,
        });
        Some(name)
    }

    /// The field that began ends here.
    fn close(&mut self, block: &'h [u8], open: Option<(usize, Option<Name>, usize)>, end: usize) {
        if let Some((at, Some(name), value)) = open {
            let value = block.get(value..end).unwrap_or_default();
            self.fields.push(Field { name, value, at });
        }
    }

    /// Bytes that a header never has.
    fn controls(&mut self, block: &[u8]) {
        let block = block.get(..self.end).unwrap_or_default();
        let nul = |field: &Field<'_>| memchr(0, field.value).is_some();
        if memchr(0, block).is_some() && self.fields.iter().any(nul) {
            self.note(Construct::NulInHeader);
        }
        let mut rest = block;
        while let Some(at) = memchr(b'\r', rest) {
            rest = rest.get(at + 1..).unwrap_or_default();
            if rest.first().is_some_and(|byte| *byte != b'\n') {
                self.note(Construct::BareCrInHeader);
                return;
            }
        }
    }

    fn note(&mut self, construct: Construct) {
        if !self.constructs.contains(&construct) {
            self.constructs.push(construct);
        }
    }

    /// The values of one field, in document order.
    pub(super) fn all(&self, name: Name) -> impl Iterator<Item = &'h [u8]> + '_ {
        self.fields.iter().filter(move |field| field.name == name).map(|field| field.value)
    }

    /// The fields before this place.
    pub(super) fn before(&self, at: usize) -> Head<'h> {
        let fields = self.fields.iter().filter(|field| field.at < at).copied().collect();
        Head { fields, ..Head::default() }
    }

    /// Whether a MIME field stands behind this place.
    pub(super) fn has_behind(&self, at: usize) -> bool {
        self.fields.iter().any(|field| field.at > at && field.name != Name::Version)
    }
}

/// The MIME field of exactly this name.
fn exact(name: &[u8]) -> Option<Name> {
    const NAMES: [(&[u8], Name); 4] = [
        (b"content-type", Name::Type),
        (b"content-transfer-encoding", Name::Encoding),
        (b"content-disposition", Name::Disposition),
        (b"mime-version", Name::Version),
    ];
    // `eq_ignore_ascii_case` compares the lengths first; most names end there.
    NAMES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|(_, name)| *name)
}

/// Whether bytes begin with a MIME field: `Content-Type: …`.
pub(super) fn begins_with_field(bytes: &[u8]) -> bool {
    let line = bytes.get(..64.min(bytes.len())).unwrap_or_default();
    let content = line.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"content-"));
    content
        && memchr(b':', line).is_some_and(|colon| {
            let name = line.get(..colon).unwrap_or_default().trim_ascii_end();
            name.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'-')
        })
}
