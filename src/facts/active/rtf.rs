//! RTF: objects in hexadecimal, templates, fields.
//!
//! Word reads what no writer writes: digits torn apart by blanks, control words and groups. So
//! everything but digits is dropped, and the odd digit in front is tried away.

use super::fields::{Assembler, Away, away};
use super::{Found, equation};
use crate::archive::{Why, olepackage};
use crate::facts::Deed;
use crate::mail::Budget;

/// What text in a group belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Other,
    /// An object's data, in hexadecimal.
    Data,
    /// Inside data, a group that Word skips.
    Skipped,
    Instruction,
    Template,
}

/// One open group.
#[derive(Clone, Copy)]
struct Group {
    place: Place,
    starred: bool,
    field: bool,
}

/// A document being read.
struct Reader<'a> {
    groups: Vec<Group>,
    /// Groups beyond [`DEPTH`].
    deeper: usize,
    now: Group,
    fields: Assembler,
    digits: Vec<u8>,
    template: String,
    /// Characters that stand for one by number in readers that know none, and how many are left.
    fallback: i64,
    skip: i64,
    updates: bool,
    objects: u32,
    found: &'a mut Found,
    budget: &'a mut Budget,
}

/// Groups in groups: Word stops at far fewer.
const DEPTH: usize = 4096;

/// Objects of one document that are taken out: a text of a thousand formulas has as many.
const OBJECTS: u32 = 2000;

/// Looks at a document.
pub(super) fn look(bytes: &[u8], found: &mut Found, budget: &mut Budget) {
    let now = Group { place: Place::Other, starred: false, field: false };
    let mut reader = Reader {
        groups: Vec::new(),
        deeper: 0,
        now,
        fields: Assembler::default(),
        digits: Vec::new(),
        template: String::new(),
        fallback: 1,
        skip: 0,
        updates: false,
        objects: 0,
        found,
        budget,
    };
    let mut at = 0;
    let mut steps = 0u32;
    while let Some(&byte) = bytes.get(at) {
        steps = steps.wrapping_add(1);
        if steps.is_multiple_of(1 << 16) && reader.budget.check().is_err() {
            return;
        }
        at += 1;
        match byte {
            b'{' => reader.open(),
            b'}' => reader.close(),
            b'\\' => at = reader.control(bytes, at),
            _ => reader.text(byte),
        }
    }
    while !reader.groups.is_empty() {
        reader.close();
    }
    reader.object();
    let Reader { fields, found, .. } = reader;
    found.notes(fields.finish());
}

impl Reader<'_> {
    fn open(&mut self) {
        self.skip = 0;
        if self.groups.len() >= DEPTH {
            self.deeper += 1;
            return;
        }
        self.groups.push(self.now);
        self.now = Group { starred: false, field: false, ..self.now };
    }

    fn close(&mut self) {
        if self.deeper > 0 {
            self.deeper -= 1;
            return;
        }
        let Some(outer) = self.groups.pop() else { return };
        if self.now.field {
            self.fields.end();
        }
        if self.now.place == Place::Data && outer.place != Place::Data {
            self.object();
        }
        if self.now.place == Place::Template && outer.place != Place::Template {
            let target = std::mem::take(&mut self.template);
            match away(&target) {
                Away::Local => {}
                Away::Share => self.found.note(Deed::Remote, &format!("template {target}")),
                _ => self.found.note(Deed::Template, &format!("template {target}")),
            }
        }
        self.now = outer;
    }

    /// A control word or sign; `at` is behind the backslash. Where the text goes on.
    fn control(&mut self, bytes: &[u8], at: usize) -> usize {
        let rest = bytes.get(at..).unwrap_or_default();
        // Word knows no control word beyond 32 letters and no number beyond ten digits.
        let letters = rest.iter().take(64).take_while(|byte| byte.is_ascii_alphabetic()).count();
        if letters == 0 {
            return at + self.sign(rest);
        }
        let (word, rest) = rest.split_at(letters);
        let minus = usize::from(rest.first() == Some(&b'-'));
        let digits =
            rest.iter().skip(minus).take(12).take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = rest.split_at(if digits == 0 { 0 } else { minus + digits });
        let number: Option<i64> =
            std::str::from_utf8(number).ok().and_then(|text| text.parse().ok());
        let blank = usize::from(rest.first() == Some(&b' '));
        let behind = bytes.len() - rest.len() + blank;
        if word == b"bin" {
            let length = usize::try_from(number.unwrap_or_default()).unwrap_or_default();
            return behind + self.binary(bytes.get(behind..).unwrap_or_default(), length);
        }
        self.word(word, number);
        behind
    }

    /// A control sign: `\*`, `\'hh`, `\\`. How many bytes it takes.
    fn sign(&mut self, rest: &[u8]) -> usize {
        match rest.first() {
            Some(b'*') => {
                self.now.starred = true;
                1
            }
            Some(b'\'') => {
                let hex = rest.get(1..3).and_then(|two| std::str::from_utf8(two).ok());
                let byte = hex.and_then(|two| u8::from_str_radix(two, 16).ok());
                if let Some(byte) = byte
                    && self.now.place != Place::Data
                {
                    self.text(byte);
                }
                if byte.is_some() { 3 } else { 1 }
            }
            Some(&byte @ (b'\\' | b'{' | b'}')) => {
                self.text(byte);
                1
            }
            Some(_) => 1,
            None => 0,
        }
    }

    /// Bytes as they are.
    fn binary(&mut self, rest: &[u8], length: usize) -> usize {
        let taken = rest.get(..length).unwrap_or(rest);
        if self.now.place == Place::Data {
            for byte in taken {
                self.digits.extend([byte >> 4, byte & 15]);
            }
        }
        taken.len()
    }

    fn word(&mut self, word: &[u8], number: Option<i64>) {
        match word {
            b"objdata" => self.now.place = Place::Data,
            b"objupdate" => self.updates = true,
            b"template" => self.now.place = Place::Template,
            b"field" => {
                self.now.field = true;
                self.fields.begin();
            }
            b"fldinst" => self.now.place = Place::Instruction,
            b"fldrslt" => {
                self.fields.separate();
                self.now.place = Place::Other;
            }
            b"u" => {
                let unit = number.unwrap_or_default().rem_euclid(65536);
                if let Some(c) = u32::try_from(unit).ok().and_then(char::from_u32) {
                    self.character(c);
                }
                self.skip = self.fallback;
            }
            b"uc" => self.fallback = number.unwrap_or(1),
            // A group of an unknown destination is skipped, and what it holds is no data.
            _ if self.now.starred && self.now.place == Place::Data => {
                self.now.place = Place::Skipped;
            }
            _ => {}
        }
        self.now.starred = false;
    }

    fn text(&mut self, byte: u8) {
        if self.skip > 0 && self.now.place != Place::Data {
            self.skip -= 1;
            return;
        }
        match self.now.place {
            Place::Data => {
                let digit = char::from(byte).to_digit(16);
                self.digits.extend(digit.map(|digit| digit as u8));
            }
            Place::Instruction | Place::Template if byte >= b' ' => {
                self.character(char::from(byte))
            }
            _ => {}
        }
    }

    fn character(&mut self, c: char) {
        match self.now.place {
            Place::Instruction => self.fields.text(c.encode_utf8(&mut [0; 4])),
            Place::Template if self.template.len() < 2000 => self.template.push(c),
            _ => {}
        }
    }

    /// An object's data is complete.
    fn object(&mut self) {
        let digits = std::mem::take(&mut self.digits);
        let updates = std::mem::take(&mut self.updates);
        if digits.len() < 16 {
            return;
        }
        self.objects += 1;
        if self.objects > OBJECTS {
            return self.beyond();
        }
        let bytes = pairs(&digits);
        let shifted = || pairs(digits.get(1..).unwrap_or_default());
        let bytes = if is_object(&bytes) {
            bytes
        } else {
            Some(shifted()).filter(|b| is_object(b)).unwrap_or(bytes)
        };
        let risky = self.content(&bytes);
        if updates && risky {
            self.found
                .note(Deed::Launch, "an object that updates by itself when the document is opened");
        }
    }

    /// Says once that objects are left that nobody looked at.
    fn beyond(&mut self) {
        if self.objects == OBJECTS + 1 {
            let detail = "more objects than are opened";
            let told = olepackage::in_trouble(Why::OverLimit, detail, self.budget);
            self.found.opened.push(told);
        }
    }

    /// What the object is (MS-OLEDS 2.2.5). Whether it may load or start something.
    fn content(&mut self, bytes: &[u8]) -> bool {
        let mut risky = false;
        let (class, format, behind) = header(bytes).unwrap_or_default();
        let name = class.to_ascii_lowercase();
        if format == 1 {
            let target = text(behind).map(|(target, _)| target).unwrap_or_default();
            if matches!(away(&target), Away::Web | Away::Handler) {
                self.found.note(Deed::Template, &format!("object linked to {target}"));
                risky = true;
            }
        }
        let data = text(behind).and_then(|(_, rest)| text(rest)).map(|(_, rest)| rest);
        if name == "package" {
            self.found.note(Deed::Package, "a file packed inside (OLE package)");
            // The length field stands where the stream of an OLE file has its own.
            let package = data.and_then(|data| olepackage::package(data, self.budget));
            self.found.opened.extend(package);
            risky = true;
        }
        if name.starts_with("equation") {
            equation::stream(data.and_then(|data| data.get(4..)).unwrap_or_default(), self.found);
            risky = true;
        }
        if name.starts_with("otkloadr") {
            self.found.note(Deed::Exploit, "object that loads a library at a known address");
        }
        if name.contains("shockwave") {
            self.found.note(Deed::Control, "Flash");
        }
        risky |= name == "ole2link" || name.contains("html") || name.contains("script");
        if let Some(at) = memchr::memmem::find(bytes, OLE) {
            let inner = bytes.get(at..).unwrap_or_default().to_owned();
            let files = vec![(format!("object{}", self.objects), inner)];
            self.found.opened.push(olepackage::handed_over(true, files, self.budget));
        }
        risky
    }
}

const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Two digits a byte.
fn pairs(digits: &[u8]) -> Vec<u8> {
    digits
        .chunks_exact(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .collect()
}

/// Whether bytes have the head of an embedded or linked object, or an OLE file in them.
fn is_object(bytes: &[u8]) -> bool {
    header(bytes).is_some() || memchr::memmem::find(bytes, OLE).is_some()
}

/// Class name and format (1 linked, 2 embedded) of an object, and what follows.
fn header(bytes: &[u8]) -> Option<(String, u32, &[u8])> {
    let format = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
    let (class, rest) = text(bytes.get(8..)?)?;
    let named = class.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    (matches!(format, 1 | 2) && named && !class.is_empty()).then_some((class, format, rest))
}

/// A text with its length in front, its NUL included.
fn text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let length = usize::try_from(u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?)).ok()?;
    let rest = bytes.get(4..)?;
    if length > 4096 {
        return None;
    }
    let content = rest.get(..length)?;
    let content = content.strip_suffix(b"\0").unwrap_or(content);
    let text =
        content.iter().take_while(|byte| **byte != 0).map(|&byte| char::from(byte)).collect();
    Some((text, rest.get(length..)?))
}
