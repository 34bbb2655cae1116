//! The first look at a PDF: whether there is anything in it for a whole reader.
//!
//! A name that matters stands either in the plain bytes or in a packed object stream; those are
//! unpacked here, if nothing about them is unusual. What is unusual goes to the reader as well:
//! this look may only ever ask too often.

use super::names::{Name, all, behind_blanks};
use super::strings::{head, is_file_address};
use crate::archive::drain::Drain;
use flate2::bufread::ZlibDecoder;
use memchr::memmem;
use std::io::Read;

/// Names of what a person can save, of what runs or loads by itself, and of what hides both.
const NAMES: &[&[u8]] = &[
    b"JavaScript",
    b"JS",
    b"Launch",
    b"EF",
    b"EmbeddedFile",
    b"EmbeddedFiles",
    b"FileAttachment",
    b"RichMedia",
    b"XFA",
    b"GoToR",
    b"GoToE",
    b"SubmitForm",
    b"ImportData",
    b"U3D",
    b"PRC",
    b"Encrypt",
];

/// Bytes before and behind a name in which the rest of its dictionary is looked for.
const NEAR: usize = 2 << 10;

/// Bytes that all object streams of one file may unpack to here.
const UNPACKED: usize = 32 << 20;

/// Object streams that are unpacked here: each costs a decoder, and thousands of pages make a
/// thousand.
const STREAMS: usize = 5000;

/// What of a PDF the child is to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::archive) enum Wanted {
    /// All of it.
    Everything,
    /// Its text: it has fonts, and nothing else of interest.
    Text,
    /// Nothing; scanners write such files.
    Nothing,
}

/// What of a PDF is to be read by the child. What is unpacked is charged to the budget.
pub(in crate::archive) fn wanted(bytes: &[u8], drain: &mut Drain<'_>) -> Wanted {
    let mut fonts = false;
    match is_telling_anywhere(bytes, &mut fonts, drain) {
        true => Wanted::Everything,
        false if fonts => Wanted::Text,
        false => Wanted::Nothing,
    }
}

fn is_telling_anywhere(bytes: &[u8], fonts: &mut bool, drain: &mut Drain<'_>) -> bool {
    let mut left = UNPACKED;
    let mut pays = |count: usize| match left.checked_sub(count) {
        Some(rest) => {
            left = rest;
            drain.pay("objects", count)
        }
        None => false,
    };
    let (mut covered, mut streams) = (0, 0);
    for name in all(bytes) {
        if is_telling(bytes, &name) {
            return true;
        }
        *fonts |= *name.letters == *b"Font";
        let at = name.at;
        let packs = match &*name.letters {
            b"ObjStm" => true,
            // Readers take an object stream without its type, but not without this number.
            b"First" => {
                name.is_escaped() || is_plain_number(bytes.get(at + 6..).unwrap_or_default())
            }
            _ => false,
        };
        // Both names stand in one dictionary, which is looked at once.
        if !packs || at < covered {
            continue;
        }
        let Some(packed) = Packed::around(bytes, at) else { return true };
        streams += 1;
        if streams > STREAMS || !packed.is_harmless(fonts, &mut pays) {
            return true;
        }
        covered = packed.start;
    }
    false
}

/// Whether a name asks for a reader.
fn is_telling(bytes: &[u8], name: &Name<'_>) -> bool {
    if NAMES.contains(&&*name.letters) {
        return true;
    }
    if *name.letters != *b"URI" {
        return false;
    }
    if name.is_escaped() {
        return true;
    }
    // The kind of an action, `/S /URI`, is followed by a name or an end; the address itself by
    // a string, or by a reference to one that stands elsewhere.
    let behind = behind_blanks(bytes.get(name.at + 4..).unwrap_or_default());
    match head(behind, 16) {
        Some(address) => is_file_address(&address),
        None => !matches!(behind.first(), Some(b'/' | b'>' | b']')),
    }
}

/// Whether a whole number stands here that is no reference: `/First 12` is of a stream,
/// `/First 12 0 R` of an outline.
fn is_plain_number(bytes: &[u8]) -> bool {
    let number = behind_blanks(bytes);
    let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let behind = behind_blanks(number.get(digits..).unwrap_or_default());
    digits > 0 && !behind.first().is_some_and(u8::is_ascii_digit)
}

/// An object stream.
pub(super) struct Packed<'a> {
    pub(super) dictionary: &'a [u8],
    start: usize,
    pub(super) content: &'a [u8],
}

impl<'a> Packed<'a> {
    /// The stream in whose dictionary a name stands; `None` where that is not certain.
    pub(super) fn around(bytes: &'a [u8], at: usize) -> Option<Packed<'a>> {
        let before = bytes.get(at.saturating_sub(NEAR)..at)?;
        let begin = at - before.len() + memmem::rfind(before, b"obj")? + 3;
        let behind = bytes.get(at..)?;
        let behind = behind.get(..NEAR).unwrap_or(behind);
        let end = at + memmem::find(behind, b"stream")?;
        let dictionary = bytes.get(begin..end)?;
        // A string or a comment could hold another stream, for us alone; a name that stands in an
        // object of its own belongs to a stream that refers to it.
        if dictionary.iter().any(|byte| b"()%".contains(byte))
            || memmem::find(dictionary, b"endobj").is_some()
        {
            return None;
        }
        let start = end + b"stream".len();
        let content = match bytes.get(start..)? {
            [b'\r', b'\n', rest @ ..] | [b'\n' | b'\r', rest @ ..] => rest,
            _ => return None,
        };
        Some(Packed { dictionary, start, content })
    }

    /// Whether it can be unpacked, and nothing in it asks for a reader.
    fn is_harmless(&self, fonts: &mut bool, pays: &mut dyn FnMut(usize) -> bool) -> bool {
        let (mut filtered, mut flate) = (0, 0);
        for name in all(self.dictionary) {
            match &*name.letters {
                b"Filter" => filtered += 1,
                b"FlateDecode" | b"Fl" => flate += 1,
                b"DecodeParms" | b"DP" | b"F" | b"Crypt" => return false,
                name if name.ends_with(b"Decode") => return false,
                _ => {}
            }
        }
        match (filtered, flate) {
            // Its bytes are plain, and searched as all others.
            (0, 0) => true,
            (1, 1) => {
                let mut plain = Vec::new();
                let unpacked = self.unpack(&mut plain, pays);
                let mut names = all(&plain);
                unpacked
                    && !names.any(|name| {
                        *fonts |= *name.letters == *b"Font";
                        is_telling(&plain, &name)
                    })
            }
            _ => false,
        }
    }

    /// Unpacks it as far as it goes; whether that was to its end.
    pub(super) fn unpack(&self, plain: &mut Vec<u8>, pays: &mut dyn FnMut(usize) -> bool) -> bool {
        let mut chunk = [0; 16 << 10];
        let mut decoder = ZlibDecoder::new(self.content);
        loop {
            match decoder.read(&mut chunk) {
                Ok(0) => return true,
                Ok(count) => {
                    plain.extend_from_slice(chunk.get(..count).unwrap_or_default());
                    if !pays(count) {
                        return false;
                    }
                }
                Err(_) => return false,
            }
        }
    }
}
