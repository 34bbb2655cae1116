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

/// A header block.
#[derive(Debug, Default)]
pub(super) struct Head<'h> {
    pub(super) fields: Vec<Field<'h>>,
    pub(super) constructs: Vec<Construct>,
    /// Where the first line begins that is neither a field nor a continuation.
    pub(super) junk: Option<usize>,
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
            if !(blank || folded && open.is_some()) {
                head.close(block, open.take(), at);
                open = Some(head.begin(text, at, folded));
            }
            at = next;
        }
        let end = at.min(head.end);
        head.close(block, open, end);
        head.controls(block);
        head
    }

    /// A line that begins a field, or none.
    fn begin(&mut self, text: &[u8], at: usize, folded: bool) -> (usize, Option<Name>, usize) {
        let Some(colon) = memchr(b':', text) else {
            if at > 0 || !text.starts_with(b"From ") {
                self.junk.get_or_insert(at);
                self.note(Construct::JunkInHeader);
            }
            return (at, None, 0);
        };
        let written = text.get(..colon).unwrap_or_default();
        let name = self.name(written, folded);
        (at, name, at + colon + 1)
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
