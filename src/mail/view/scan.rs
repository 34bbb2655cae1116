//! The cheap scan of an entity: whether there is anything on which readers differ.
//!
//! Each question is one pass of a vectorised search, or a look at the few fields of the header;
//! the alternatives themselves are read elsewhere, and only where one of them is answered yes.

use super::construct::Construct;
use super::field::{Head, begins_with_field};
use super::fields::{Class, Fields, class_of};
use super::split::{Look, Mark, guess, marks, too_many};
use super::transfer::{Transfer, looks_like_base64};
use super::{Job, Reading, gap, uu};
use crate::mail::Spent;
use crate::mail::message::Leaf;
use crate::mail::name::extension;
use bytes::Bytes;
use memchr::{memchr, memmem};
use std::ops::Range;

/// An entity of the first view, or of an alternative, after its leaves were taken.
pub(in crate::mail) struct Seen<'h> {
    pub(in crate::mail) head: &'h [u8],
    pub(in crate::mail) body: Bytes,
    /// The boundary that it was cut at.
    pub(in crate::mail) boundary: Option<Vec<u8>>,
    /// Whether it was read as a mail.
    pub(in crate::mail) mail: bool,
    pub(in crate::mail) encoding: mail_parser::Encoding,
    /// Whether its transfer encoding has what it must not have.
    pub(in crate::mail) malformed: bool,
    /// The leaf that it is, or what its leaves are like.
    pub(in crate::mail) leaf: Leaf,
    /// Its leaves in the first view.
    pub(in crate::mail) first: Range<usize>,
}

/// The header of an entity, read leniently, before its leaves are taken.
pub(in crate::mail) struct Header<'h> {
    head: Head<'h>,
    fields: Fields,
}

impl<'h> Header<'h> {
    pub(in crate::mail) fn read(block: &'h [u8]) -> Header<'h> {
        let head = Head::read(block, true);
        let fields = Fields::of(&head);
        Header { head, fields }
    }

    /// The file names.
    pub(in crate::mail) fn names(&self) -> Vec<String> {
        self.fields.names.clone()
    }
}

impl Reading<'_> {
    /// Notes what is odd about an entity, and puts it off where it is to be read again.
    pub(in crate::mail) fn look(&mut self, header: Header<'_>, seen: Seen<'_>) {
        let section = seen.leaf.section.clone();
        let Header { head, fields } = header;
        for construct in &fields.constructs {
            self.note(&section, *construct);
        }
        if self.now.is_none() && hides_a_file(&head, seen.head) {
            self.note(&section, Construct::BodyInHeader);
        }
        let class = match (&seen.boundary, seen.mail) {
            (Some(_), _) => Class::Multipart,
            (None, true) => Class::Mail,
            (None, false) => Class::Leaf,
        };
        let text = may_hold_files(&seen, class);
        self.named(&section, &fields, &seen.leaf, text);
        let differs = header_differs(&head, &seen)
            || fields_differ(&fields, &seen, class)
            || match class {
                // Each level of a nested structure is searched once more.
                Class::Multipart => self.pay(&section, seen.body.len()) && cuts_differ(&seen),
                Class::Mail => seen.encoding != mail_parser::Encoding::None || is_file(&seen.leaf),
                Class::Leaf => leaf_differs(&seen, text),
            };
        let nested = self.now.map_or(0, |now| now.nested);
        if differs && nested < super::NESTED {
            self.jobs.push_back(Job {
                section,
                first: match self.now {
                    Some(now) => now.before..now.before,
                    None => seen.first,
                },
                nested,
                head: Bytes::copy_from_slice(seen.head),
                body: seen.body,
                class,
                boundary: seen.boundary,
                transfer: Transfer::from(seen.encoding),
                like: Leaf { bytes: Bytes::new(), ..seen.leaf },
            });
        }
    }

    /// What is named without being read another way.
    fn named(&mut self, section: &str, fields: &Fields, leaf: &Leaf, text: bool) {
        let has = |wanted: &str| fields.media.iter().any(|media| media == wanted);
        if has("message/partial") {
            self.note(section, Construct::MessagePartial);
        }
        if has("message/external-body") {
            self.note(section, Construct::ExternalBody);
        }
        let seven =
            |charset: &String| matches!(charset.as_str(), "utf-7" | "utf7" | "unicode-1-1-utf-7");
        if fields.charsets.iter().any(seven) && memchr(b'+', &leaf.bytes).is_some() {
            self.note(section, Construct::Utf7);
        }
        if has("multipart/encrypted") || has("application/pgp-encrypted") {
            self.unread(section, true, "an OpenPGP message is encrypted");
        }
        let cms = has("application/pkcs7-mime") || has("application/x-pkcs7-mime");
        if cms && is_enveloped(fields, &leaf.bytes) {
            self.unread(section, true, "an S/MIME message is encrypted");
        }
        if let Some(what) = Some(leaf).filter(|_| text).and_then(|leaf| uu::unread(&leaf.bytes)) {
            self.unread(section, false, what);
        }
        if text && too_many(&leaf.bytes) {
            self.message.limit(section, Spent::Parts);
        }
        if leaf.is_body && armoured(&leaf.bytes) {
            self.unread(section, true, "an OpenPGP message in the text is encrypted");
        }
    }
}

/// Whether a CMS is enveloped: by its content type (RFC 5652 §14), else by its label.
fn is_enveloped(fields: &Fields, bytes: &[u8]) -> bool {
    /// 1.2.840.113549.1.7, of which 3 is enveloped-data.
    const PKCS7: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07";
    let start = bytes.get(..bytes.len().min(64)).unwrap_or_default();
    match memmem::find(start, PKCS7).and_then(|at| start.get(at + PKCS7.len())) {
        Some(kind) => *kind == 3,
        None => fields.smime.as_deref().is_some_and(|smime| smime.contains("enveloped")),
    }
}

/// Whether a text is an OpenPGP message (RFC 9580 §6.2); one that quotes some is a text.
fn armoured(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"-----BEGIN PGP MESSAGE-----")
}

/// Whether a mail is offered as a file of another kind: then it is that file for many readers.
pub(super) fn is_file(leaf: &Leaf) -> bool {
    let extensions = leaf.names.iter().filter_map(|name| extension(name));
    // What mails are saved as, and what a subject ends in that has a dot.
    let mut other = extensions
        .filter(|end| !matches!(end.as_str(), "eml" | "msg" | "mht" | "mhtml" | "txt" | "email"));
    other.any(|end| end.len() <= 5 && end.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Whether readers look for files in a leaf: a text, a file that is sent as it stands, a file
/// that begins as uuencode does.
fn may_hold_files(seen: &Seen<'_>, class: Class) -> bool {
    let leaf = &seen.leaf;
    let is_text = leaf.declared.as_deref().is_none_or(|declared| {
        // What a multipart without its parts is shown as.
        declared.starts_with("text") || declared.starts_with("multipart")
    });
    let plain = seen.encoding == mail_parser::Encoding::None;
    let begins = |bytes: &[u8]| bytes.trim_ascii_start().starts_with(b"begin");
    class == Class::Leaf && (is_text || plain || begins(&leaf.bytes) || begins(&seen.body))
}

/// Whether the header block may end elsewhere, or hides fields.
fn header_differs(head: &Head<'_>, seen: &Seen<'_>) -> bool {
    let odd = |construct| head.constructs.contains(&construct);
    !head.breaks.is_empty()
        || odd(Construct::BlankLineOfSpaces)
        || odd(Construct::BareCrInHeader)
        || seen.leaf.declared.as_deref() != Some("message/external-body")
            && begins_with_field(seen.body.trim_ascii_start())
}

/// Whether content begins in the header: a file is announced, and behind a line that no software
/// writes there is no MIME field more.
fn hides_a_file(head: &Head<'_>, block: &[u8]) -> bool {
    let Some((at, _)) = head.breaks.iter().find(|(_, found)| !found.is_usual()) else {
        return false;
    };
    // Scripts lose the blank before `name=`, which is then a line of its own.
    let unfolded = block.get(..*at).unwrap_or_default().trim_ascii_end().ends_with(b";");
    if unfolded || head.has_behind(*at) {
        return false;
    }
    let before = Fields::of(&head.before(*at));
    !before.names.is_empty()
        || before.attached
        || before
            .media
            .iter()
            .any(|media| class_of(media) == Class::Leaf && !media.starts_with("text"))
}

/// Whether the fields say more than the first view took from them.
fn fields_differ(fields: &Fields, seen: &Seen<'_>, class: Class) -> bool {
    let transfer = Transfer::from(seen.encoding);
    let transfers = fields.transfers.iter().any(|other| *other != transfer);
    let classes = fields.media.iter().any(|media| class_of(media) != class);
    let boundaries = fields.boundaries.iter().any(|other| Some(other) != seen.boundary.as_ref());
    let unknown = fields.constructs.contains(&Construct::UnknownTransferEncoding);
    let several = fields.media.len() > 1;
    transfers
        || classes
        || several
        || unknown
        || boundaries && (class == Class::Multipart || fields.has(Class::Multipart))
}

/// Whether a multipart may be cut in other places, or has content outside of its parts.
fn cuts_differ(seen: &Seen<'_>) -> bool {
    let boundary = seen.boundary.as_deref().unwrap_or_default();
    let marks = marks(&seen.body, boundary, super::alternative::MARKS);
    oddities(&marks) != (false, false)
        || gap::gaps(&seen.body, &marks).iter().any(|(_, gap)| gap::is_content(gap))
}

/// Whether stricter and more lenient readers than the first view find other delimiters.
pub(super) fn oddities(marks: &[Mark]) -> (bool, bool) {
    let strict = marks.iter().any(|mark| mark.look == Look::Text);
    let odd = marks.iter().any(|mark| matches!(mark.look, Look::Longer | Look::Indented));
    (strict, odd || behind_close(marks))
}

/// Whether a part begins behind the last delimiter.
pub(super) fn behind_close(marks: &[Mark]) -> bool {
    let sure = |mark: &&Mark| matches!(mark.look, Look::Plain | Look::Text);
    marks.iter().filter(sure).skip_while(|mark| !mark.close).any(|mark| !mark.close)
}

/// Whether the content of a leaf may be decoded in other ways, or holds files.
fn leaf_differs(seen: &Seen<'_>, text: bool) -> bool {
    use mail_parser::Encoding::{Base64, QuotedPrintable};
    let encoded = match seen.encoding {
        Base64 => {
            let text = seen.body.trim_ascii_end();
            let padding = memchr(b'=', text).map_or(0, |at| text.len() - at);
            seen.malformed || padding > 2
        }
        QuotedPrintable => seen.malformed,
        _ => !seen.leaf.is_body && looks_like_base64(&seen.body),
    };
    encoded
        || text && holds_files(&seen.leaf.bytes)
        || text && seen.encoding != mail_parser::Encoding::None && holds_files(&seen.body)
}

/// Whether there may be a file in a text.
fn holds_files(text: &[u8]) -> bool {
    let begins = |at: usize| at == 0 || text.get(at - 1).is_some_and(u8::is_ascii_whitespace);
    uu::BEGIN.find_iter(text).any(begins) || guess(text).is_some()
}
