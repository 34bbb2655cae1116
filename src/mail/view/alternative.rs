//! An entity read again, in each way that some reader has and the first view has not.

use super::construct::Construct;
use super::field::Head;
use super::fields::{Class, Fields, class_of};
use super::scan::{behind_close, is_file, oddities};
use super::split::{Look, Mark, delimiters, guesses, marks, parts};
use super::transfer::{self, Transfer};
use super::{Job, Reading, gap, uu};
use crate::mail::Spent;
use crate::mail::message::Leaf;
use crate::mail::section::Section;
use bytes::Bytes;
use memchr::memmem;

/// Delimiters of one multipart that are looked at: as many as a message may have parts.
pub(super) const MARKS: usize = 10_000;

/// Delimiters of one multipart that are tried where its boundary is not known.
const GUESSES: usize = 6;

/// Delimiters of one text that are tried: a digest of a mailing list has many.
const EMBEDDED: usize = 3;

impl Reading<'_> {
    /// All alternatives of one entity.
    pub(super) fn alternatives(&mut self, job: &Job) {
        let head = Head::read(&job.head, true);
        let fields = Fields::of(&head);
        self.headers(job, &head);
        self.structures(job, &fields);
        match job.class {
            Class::Multipart => self.cuts(job),
            Class::Mail => self.mails(job),
            Class::Leaf => self.leaves(job, &fields),
        }
        self.now = None;
    }

    /// The types, boundaries and transfer encodings that the first view did not take.
    fn structures(&mut self, job: &Job, fields: &Fields) {
        let multipart = job.class == Class::Multipart || fields.has(Class::Multipart);
        let mut cut = job.class == Class::Multipart;
        for boundary in fields.boundaries.iter().filter(|_| multipart) {
            if Some(boundary) != job.boundary.as_ref() {
                cut |= self.cut(job, "boundary", &job.body, boundary);
            }
        }
        let encoded =
            |transfer: &&Transfer| matches!(transfer, Transfer::Base64 | Transfer::Quoted);
        for transfer in fields.transfers.iter().filter(encoded).filter(|_| multipart) {
            self.encoded_multipart(job, fields, *transfer);
        }
        if multipart && !cut {
            self.note(&job.section, Construct::MissingBoundary);
            self.guessed(job, "boundary", &job.body);
        }
        if fields.has(Class::Mail) && job.class != Class::Mail {
            for transfer in transfers(job, fields) {
                let body = self.decoded(job, transfer);
                self.mail(job, "type", &body);
            }
        }
        self.other_leaves(job, fields);
    }

    /// A multipart that is encoded as a whole.
    fn encoded_multipart(&mut self, job: &Job, fields: &Fields, transfer: Transfer) {
        self.note(&job.section, Construct::EncodedMultipart);
        let body = self.decoded(job, transfer);
        for boundary in &fields.boundaries {
            if self.cut(job, "encoding", &body, boundary) {
                return;
            }
        }
        self.guessed(job, "encoding", &body);
    }

    /// A multipart whose boundary is not known, cut at each delimiter that it may have.
    fn guessed(&mut self, job: &Job, kind: &str, body: &Bytes) {
        let found = guesses(body, GUESSES * 4);
        for delimiter in found.iter().take(GUESSES) {
            self.pieces(job, kind, body, &delimiters(body, delimiter, MARKS));
        }
        let others = found.get(GUESSES..).filter(|others| !others.is_empty());
        let Some(others) = others else { return };
        // More than anybody writes: the others at once, and it is told that this is no reader's way.
        self.message.limit(&job.section, Spent::Parts);
        let mut marks = Vec::new();
        for delimiter in others {
            if self.pay(&job.section, body.len()) {
                marks.extend(delimiters(body, delimiter, MARKS));
            }
        }
        marks.sort_by_key(|mark| mark.at);
        marks.dedup_by_key(|mark| mark.at);
        self.pieces(job, kind, body, &marks);
    }

    /// A mail that is encoded, or offered as a file of another kind.
    fn mails(&mut self, job: &Job) {
        if job.transfer != Transfer::Identity {
            self.note(&job.section, Construct::EncodedMessage);
            self.mail(job, "raw", &job.body.clone());
        }
        if is_file(&job.like) {
            let bytes = self.decoded(job, job.transfer);
            self.single(job, "file", job.like.clone(), bytes);
        }
    }

    /// The same bytes under another type, or decoded otherwise.
    fn other_leaves(&mut self, job: &Job, fields: &Fields) {
        for media in fields.media.iter().filter(|media| class_of(media) == Class::Leaf) {
            if job.class == Class::Leaf && job.like.declared.as_ref() == Some(media) {
                continue;
            }
            for transfer in transfers(job, fields) {
                let bytes = self.decoded(job, transfer);
                let like = Leaf { declared: Some(media.clone()), ..job.like.clone() };
                self.single(job, "type", like, bytes);
            }
        }
        if job.class != Class::Leaf {
            return;
        }
        for transfer in fields.transfers.iter().filter(|other| **other != job.transfer) {
            let bytes = self.decoded(job, *transfer);
            self.single(job, "encoding", job.like.clone(), bytes);
        }
    }

    /// A leaf decoded in other ways, and the files in a text.
    fn leaves(&mut self, job: &Job, fields: &Fields) {
        let known = !fields.constructs.contains(&Construct::UnknownTransferEncoding);
        let text = self.decoded(job, job.transfer);
        if job.transfer == Transfer::Base64 && self.pay(&job.section, transfer::effort(&job.body)) {
            let (constructs, others) = transfer::other_base64(&job.body, true);
            constructs.into_iter().for_each(|construct| self.note(&job.section, construct));
            for bytes in others {
                let damaged = alike(&text, &bytes);
                let like = Leaf { damaged, ..job.like.clone() };
                self.single(job, "base64", like, bytes.into());
            }
        } else if job.transfer == Transfer::Quoted {
            let bytes = transfer::lenient_quoted(&job.body);
            let like = Leaf { damaged: alike(&text, &bytes), ..job.like.clone() };
            self.single(job, "quoted", like, bytes.into());
        } else if !known {
            if transfer::looks_like_base64(&job.body) {
                let bytes = self.decoded(job, Transfer::Base64);
                self.single(job, "encoding", job.like.clone(), bytes);
            }
            if transfer::looks_quoted(&job.body) {
                let bytes = self.decoded(job, Transfer::Quoted);
                self.single(job, "encoding", job.like.clone(), bytes);
            }
        }
        if job.transfer == Transfer::Identity
            && known
            && !job.like.is_body
            && transfer::looks_like_base64(&job.body)
        {
            self.note(&job.section, Construct::Base64Undeclared);
            let bytes = self.decoded(job, Transfer::Base64);
            self.single(job, "encoding", job.like.clone(), bytes);
        }
        self.files(job, &text);
        if job.transfer != Transfer::Identity {
            self.files(job, &job.body);
        }
    }

    /// Files in a text: uuencode, and a multipart that nobody declared.
    fn files(&mut self, job: &Job, text: &Bytes) {
        let uu::Files { files, more } = uu::files(text);
        if !files.is_empty() {
            self.note(&job.section, Construct::Uuencode);
        }
        for file in files {
            let mut like = Leaf::default();
            super::names::push(&mut like.names, file.name);
            self.single(job, "uu", like, file.bytes.into());
        }
        if more {
            self.message.limit(&job.section, Spent::Parts);
        }
        // What a text quotes may hold further texts: those are cut once.
        let most = if job.nested == 0 { EMBEDDED } else { 1 };
        for delimiter in guesses(text, most) {
            self.note(&job.section, Construct::MimeInText);
            self.pieces(job, "embedded", text, &delimiters(text, delimiter, MARKS));
        }
    }

    /// A multipart cut by stricter and by more lenient readers, and what is outside of its parts.
    fn cuts(&mut self, job: &Job) {
        let boundary = job.boundary.as_deref().unwrap_or_default();
        let marks = marks(&job.body, boundary, MARKS);
        if marks.last().is_some_and(|mark| mark.at == job.body.len()) {
            self.message.limit(&job.section, Spent::Parts);
        }
        let (stricter, looser) = oddities(&marks);
        self.note_marks(job, boundary, &marks);
        if stricter {
            let strict = |mark: &&Mark| mark.look == Look::Plain;
            let strict: Vec<Mark> = marks.iter().filter(strict).copied().collect();
            let end = strict.iter().position(|mark| mark.close).map_or(strict.len(), |at| at + 1);
            self.pieces(job, "strict", &job.body, strict.get(..end).unwrap_or_default());
        }
        if looser {
            self.pieces(job, "lenient", &job.body, &marks);
        }
        for (kind, gap) in gap::gaps(&job.body, &marks) {
            if !gap::is_content(gap) {
                continue;
            }
            let construct = match kind {
                "preamble" => Construct::Preamble,
                _ => Construct::Epilogue,
            };
            self.note(&job.section, construct);
            let Some(section) = self.begin(job, kind, gap.len()) else { return };
            let gap = job.body.slice_ref(gap);
            // Read as a mail without fields, so that what is inside is found in it too.
            let entity = Bytes::from([b"\r\n", &gap[..]].concat());
            self.entity(entity, &Section::exactly(section));
        }
    }

    /// What is odd about the delimiters.
    fn note_marks(&mut self, job: &Job, boundary: &[u8], marks: &[Mark]) {
        let has = |look| marks.iter().find(|mark| mark.look == look);
        if has(Look::Text).is_some() {
            self.note(&job.section, Construct::DelimiterWithText);
        }
        if has(Look::Indented).is_some() {
            self.note(&job.section, Construct::BlankBeforeDelimiter);
        }
        if let Some(mark) = has(Look::Longer) {
            let line = job.body.get(mark.at + 2..mark.next).unwrap_or_default();
            let line = line.trim_ascii_end();
            let longer = line.strip_suffix(b"--").unwrap_or(line);
            let declared = is_declared(&job.body, longer);
            let construct = match declared {
                true => Construct::BoundaryPrefix,
                false => Construct::DelimiterWithText,
            };
            self.note(&job.section, construct);
        }
        if is_declared(&job.body, boundary) {
            self.note(&job.section, Construct::ReusedBoundary);
        }
        if behind_close(marks) {
            self.note(&job.section, Construct::PartsBehindClose);
        }
    }

    /// Reads a body as a multipart with this boundary; whether it is one.
    fn cut(&mut self, job: &Job, kind: &str, body: &Bytes, boundary: &[u8]) -> bool {
        let marks = marks(body, boundary, MARKS);
        let sure = |mark: &Mark| !mark.close && mark.look != Look::Longer;
        let found = marks.iter().any(sure);
        if found {
            self.pieces(job, kind, body, &marks);
        }
        found
    }

    /// Reads the parts between these delimiters.
    fn pieces(&mut self, job: &Job, kind: &str, body: &Bytes, marks: &[Mark]) {
        let Some(section) = self.begin(job, kind, body.len()) else { return };
        self.replaces(job);
        let at = Section::exactly(section);
        for (index, part) in parts(body, marks).into_iter().enumerate() {
            if self.budget.check().is_err() {
                return;
            }
            self.entity(body.slice(part), &at.child(index + 1));
        }
    }

    /// Reads a body as a mail.
    fn mail(&mut self, job: &Job, kind: &str, body: &Bytes) {
        if let Some(section) = self.begin(job, kind, body.len()) {
            self.replaces(job);
            self.entity(body.clone(), &Section::exactly(section).attached());
        }
    }

    /// Takes one leaf that is like the first view's but for its bytes.
    fn single(&mut self, job: &Job, kind: &str, like: Leaf, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        let Some(section) = self.begin(job, kind, bytes.len()) else { return };
        if let Err(spent) = self.budget.part() {
            self.message.limit(&job.section, spent);
            return;
        }
        if kind != "uu" {
            self.replaces(job);
        }
        self.leaf(Leaf { section, bytes, ..like });
    }

    /// The body decoded; itself where nothing is to be decoded, and nothing where there is no
    /// budget for it.
    fn decoded(&mut self, job: &Job, transfer: Transfer) -> Bytes {
        match transfer {
            Transfer::Identity | Transfer::Uuencode => job.body.clone(),
            Transfer::Base64 | Transfer::Quoted => match self.pay(&job.section, job.body.len()) {
                true => transfer.decode(&job.body).into(),
                false => Bytes::new(),
            },
        }
    }
}

/// Whether two decodings begin alike, as far as types are told by.
fn alike(one: &[u8], other: &[u8]) -> bool {
    const START: usize = 64;
    let start = |bytes: &[u8]| bytes.len().min(START);
    start(one) == start(other) && one.iter().zip(other).take(START).all(|(one, other)| one == other)
}

/// The transfer encodings that some reader takes.
fn transfers(job: &Job, fields: &Fields) -> Vec<Transfer> {
    match fields.transfers.is_empty() {
        true => vec![job.transfer],
        false => fields.transfers.clone(),
    }
}

/// Whether a part of this body declares this boundary.
fn is_declared(body: &[u8], boundary: &[u8]) -> bool {
    let quoted = [b"=\"", boundary, b"\""].concat();
    let plain = [b"boundary=", boundary, b"\r\n"].concat();
    memmem::find(body, &quoted).is_some() || memmem::find(body, &plain).is_some()
}
