//! RTF: objects in hexadecimal, templates, fields.
//!
//! Word reads what no writer writes: digits torn apart by blanks, control words and groups. So
//! everything but digits is dropped, and the odd digit in front is tried away. Where readers differ
//! the document is read once more for each of their ways.

use super::Found;
use super::fields::{Assembler, Away, away};
use super::rtfobject::Objects;
use crate::archive::{Why, olepackage};
use crate::facts::Deed;
use crate::mail::Budget;

/// What text in a group belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Other,
    /// An object's data, in hexadecimal.
    Data,
    /// A group that a reader skips.
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
    /// Whether the next group within is for readers without Unicode (`\upr`).
    doubled: bool,
}

/// On what readers differ.
#[derive(Clone, Copy, Default)]
struct Ways {
    /// The length of `\bin` is a number of 32 bits, and one beyond the file is none.
    wraps: bool,
    /// `\'hh` among digits makes the odd digit before it void.
    voids: bool,
    /// Groups of destinations that are no text, known or not, belong to nothing.
    skips: bool,
}

/// A document being read.
struct Reader<'a> {
    ways: Ways,
    /// What of it made a difference, or would.
    differs: Ways,
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
    objects: &'a mut Objects,
    found: &'a mut Found,
    budget: &'a mut Budget,
}

/// Groups in groups: Word stops at far fewer.
const DEPTH: usize = 4096;

/// Where a document begins, behind blanks and marks that readers look over.
pub(super) fn beginning(bytes: &[u8]) -> Option<&[u8]> {
    /// More than any editor puts there.
    const FRONT: usize = 64;
    let over = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, 0 | 0xef | 0xbb | 0xbf);
    let front = bytes.iter().take(FRONT).take_while(|byte| over(byte)).count();
    bytes.get(front..).filter(|rest| rest.starts_with(b"{\\rt"))
}

/// Looks at a document.
pub(super) fn look(bytes: &[u8], found: &mut Found, budget: &mut Budget) {
    let mut objects = Objects::default();
    let differs = read(bytes, Ways::default(), &mut objects, found, budget);
    objects.again = true;
    let both = |differs: bool| if differs { [false, true].as_slice() } else { &[false] };
    for &wraps in both(differs.wraps) {
        for &voids in both(differs.voids) {
            for &skips in both(differs.skips) {
                if !(wraps || voids || skips) {
                    continue;
                }
                // The first reading is paid for where the part is made.
                let steps = memchr::memchr_iter(b'\\', bytes).count() as u64;
                if budget.work(bytes.len() as u64 + steps * Budget::STEP).is_err() {
                    let detail = "an RTF that readers take in more ways than are looked at";
                    found.opened.push(olepackage::in_trouble(Why::OverLimit, detail, budget));
                    return;
                }
                read(bytes, Ways { wraps, voids, skips }, &mut objects, found, budget);
            }
        }
    }
}

/// Reads a document in one way; on what readers differ in it.
fn read(
    bytes: &[u8],
    ways: Ways,
    objects: &mut Objects,
    found: &mut Found,
    budget: &mut Budget,
) -> Ways {
    let now = Group { place: Place::Other, starred: false, field: false, doubled: false };
    let mut reader = Reader {
        ways,
        differs: Ways::default(),
        groups: Vec::new(),
        deeper: 0,
        now,
        fields: Assembler::default(),
        digits: Vec::new(),
        template: String::new(),
        fallback: 1,
        skip: 0,
        updates: false,
        objects,
        found,
        budget,
    };
    let mut at = 0;
    let mut steps = 0u32;
    while let Some(&byte) = bytes.get(at) {
        steps = steps.wrapping_add(1);
        if steps.is_multiple_of(1 << 16) && reader.budget.check().is_err() {
            return reader.differs;
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
    let Reader { fields, found, differs, .. } = reader;
    found.notes(fields.finish());
    differs
}

impl Reader<'_> {
    fn open(&mut self) {
        self.skip = 0;
        if self.groups.len() >= DEPTH {
            self.deeper += 1;
            return;
        }
        let doubled = std::mem::take(&mut self.now.doubled);
        self.groups.push(self.now);
        self.now = Group { starred: false, field: false, ..self.now };
        if doubled && self.ways.skips {
            self.now.place = Place::Skipped;
        }
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
        // Word knows no control word beyond 32 letters.
        let letters = rest.iter().take(64).take_while(|byte| byte.is_ascii_alphabetic()).count();
        if letters == 0 {
            return at + self.sign(rest);
        }
        let (word, rest) = rest.split_at(letters);
        let minus = usize::from(rest.first() == Some(&b'-'));
        let digits = rest.iter().skip(minus).take_while(|byte| byte.is_ascii_digit()).count();
        // One reader takes ten digits and a few, the other all that there are.
        let taken = if self.ways.wraps { digits } else { digits.min(12) };
        self.differs.wraps |= digits > 12;
        let (number, rest) = rest.split_at(if taken == 0 { 0 } else { minus + taken });
        let number = self.number(number);
        let blank = usize::from(rest.first() == Some(&b' '));
        let behind = bytes.len() - rest.len() + blank;
        if word == b"bin" {
            let rest = bytes.get(behind..).unwrap_or_default();
            return behind + self.binary(rest, number.unwrap_or_default());
        }
        self.word(word, number);
        behind
    }

    /// The number of a control word. Readers keep as many of its bits as theirs have.
    fn number(&mut self, digits: &[u8]) -> Option<i64> {
        let (minus, digits) = match digits.split_first()? {
            (b'-', digits) => (true, digits),
            _ => (false, digits),
        };
        let add = |sum: i64, digit: &u8| {
            sum.wrapping_mul(10).wrapping_add(i64::from(digit.wrapping_sub(b'0')))
        };
        let number = digits.iter().fold(0i64, add);
        let number = if minus { number.wrapping_neg() } else { number };
        self.differs.wraps |= i32::try_from(number).is_err();
        let bits = number.to_le_bytes();
        let low = bits.first_chunk::<4>().map(|low| i64::from(i32::from_le_bytes(*low)));
        if self.ways.wraps { low } else { Some(number) }
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
                match byte {
                    Some(byte) if self.now.place != Place::Data => self.text(byte),
                    _ if self.now.place == Place::Data && self.digits.len() % 2 == 1 => {
                        self.differs.voids = true;
                        if self.ways.voids {
                            self.digits.pop();
                        }
                    }
                    _ => {}
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
    fn binary(&mut self, rest: &[u8], length: i64) -> usize {
        let length = usize::try_from(length).unwrap_or_default();
        self.differs.wraps |= length > rest.len();
        let taken = match rest.get(..length) {
            Some(taken) => taken,
            None if self.ways.wraps => return 0,
            None => rest,
        };
        if self.now.place == Place::Data {
            for byte in taken {
                self.digits.extend([byte >> 4, byte & 15]);
            }
        }
        taken.len()
    }

    fn word(&mut self, word: &[u8], number: Option<i64>) {
        if self.ways.skips && self.now.place == Place::Skipped {
            return;
        }
        if self.is_apart(word) {
            self.differs.skips = true;
            if self.ways.skips && word != b"upr" {
                self.now.place = Place::Skipped;
            }
        }
        match word {
            b"upr" => self.now.doubled = true,
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

    /// Whether a word makes the group within an instruction or a template one that is no part of it.
    fn is_apart(&self, word: &[u8]) -> bool {
        const TEXT: &[&[u8]] = &[b"fldinst", b"template", b"objdata", b"ud", b"cs"];
        const APART: &[&[u8]] = &[
            b"info",
            b"pict",
            b"fonttbl",
            b"colortbl",
            b"stylesheet",
            b"footnote",
            b"annotation",
            b"title",
            b"author",
            b"subject",
            b"keywords",
            b"comment",
            b"operator",
            b"doccomm",
            b"header",
            b"footer",
            b"headerl",
            b"headerr",
            b"headerf",
            b"footerl",
            b"footerr",
            b"footerf",
            b"xe",
            b"tc",
            b"rxe",
            b"txe",
            b"result",
            b"nonshppict",
            b"listtext",
            b"pntext",
            b"filetbl",
            b"revtbl",
            b"upr",
        ];
        matches!(self.now.place, Place::Instruction | Place::Template)
            && (self.now.starred && !TEXT.contains(&word) || APART.contains(&word))
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
        self.objects.take(&digits, updates, self.found, self.budget);
    }
}
