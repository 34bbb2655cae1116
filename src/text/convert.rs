//! Text made Unicode, whatever it was in: a document may have one chapter in TCVN3 and the next
//! in VNI.
//!
//! A finding needs only a sample of a long text; converting needs all of it, so it goes chapter
//! by chapter.

use super::reading::{Reading, Sample, judge};
use std::borrow::Cow;

/// Bytes of a chapter: few enough that all of them are looked at, enough to be sure of most.
const CHAPTER: usize = 8 << 10;
/// Stretches of one chapter that are converted, one after the other.
const TURNS: usize = 8;

/// A text in Unicode, and what it was in: the first reading of each encoding, with the words of
/// all. What is right already stays.
pub fn to_unicode(sample: &Sample<'_>) -> (Vec<Reading>, String) {
    let mut readings: Vec<Reading> = Vec::new();
    let mut out = String::with_capacity(sample.text.len());
    let mut rest = sample.text;
    while !rest.is_empty() {
        let (chapter, behind) = rest.split_at(end(rest));
        rest = behind;
        let mut text = Cow::Borrowed(chapter);
        for _ in 0..TURNS {
            let Some(reading) = judge(&Sample { text: &text, ..*sample }) else { break };
            let converted = reading.convert(&text).into_bytes();
            note(&mut readings, reading);
            if converted == *text {
                break;
            }
            text = Cow::Owned(converted);
        }
        match simdutf8::basic::from_utf8(&text) {
            Ok(text) => out += text,
            Err(_) => out += &String::from_utf8_lossy(&text),
        }
    }
    (readings, out)
}

fn note(readings: &mut Vec<Reading>, reading: Reading) {
    let same = |known: &&mut Reading| {
        (known.encoding, known.misread) == (reading.encoding, reading.misread)
    };
    match readings.iter_mut().find(same) {
        Some(known) => known.words += reading.words,
        None => readings.push(reading),
    }
}

/// Where the first chapter ends: at the last line or word that fits, so that none is cut.
fn end(text: &[u8]) -> usize {
    if text.len() <= CHAPTER {
        return text.len();
    }
    let chapter = text.get(..CHAPTER).unwrap_or_default();
    let half = chapter.get(CHAPTER / 2..).unwrap_or_default();
    let cut = memchr::memrchr(b'\n', half).or_else(|| memchr::memrchr(b' ', half));
    match cut {
        Some(at) => CHAPTER / 2 + at + 1,
        // No blank in so many bytes: no text of words; cut where no character is.
        None => {
            let tail = text.get(CHAPTER..).unwrap_or_default();
            CHAPTER + tail.iter().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count()
        }
    }
}
