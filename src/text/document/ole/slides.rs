//! The text of ppt (MS-PPT): slides and their notes, fonts by run.
//!
//! Records hold records; text stands in atoms, and the atom behind it says which characters are
//! in which font. Masters and layouts are read as well: what stands there stands on each slide.

use super::super::writer::Writer;
use super::super::{Area, Frame, Place};
use super::{Streams, le16, le32, size, wide};
use crate::text::legacy::as_windows_1252;
use bytes::Bytes;

/// Kinds of records.
const SLIDE: u16 = 0x03ee;
const NOTES: u16 = 0x03f0;
const HANDOUT: u16 = 0x0fc9;
const FONT: u16 = 0x0fb7;
const CHARS: u16 = 0x0fa0;
const BYTES: u16 = 0x0fa8;
const STYLES: u16 = 0x0fa1;
const HEAD: usize = 8;
/// Fonts of one presentation.
const FONTS: usize = 4096;

/// Reads a presentation.
pub(in crate::text::document) fn read(bytes: &Bytes, writer: &mut Writer<'_>) {
    let stream = Streams::open(bytes).and_then(|mut s| s.read("PowerPoint Document"));
    let Some(stream) = stream else { return writer.damage() };
    let fonts = fonts(&stream);
    let mut place = Place { frame: Frame::Box, ..Place::default() };
    let mut pending: Option<String> = None;
    let mut slides = 0u32;
    for (step, record) in records(&stream).enumerate() {
        if step.is_multiple_of(1024) && !writer.is_awake() || writer.is_spent() {
            return;
        }
        if record.cut {
            writer.damage();
        }
        match record.kind {
            SLIDE => {
                place.area = Area::Body;
                place.section = slides;
                slides = slides.saturating_add(1);
            }
            NOTES | HANDOUT => place.area = Area::Note,
            CHARS | BYTES => {
                flush(pending.take(), &[], place, writer);
                pending = Some(match record.kind {
                    CHARS => wide(record.body),
                    _ => as_windows_1252(record.body),
                });
            }
            STYLES => {
                let count = pending.as_ref().map_or(0, |text| text.encode_utf16().count());
                let runs = runs(record.body, count, &fonts).unwrap_or_default();
                flush(pending.take(), &runs, place, writer);
            }
            _ => {}
        }
    }
    flush(pending, &[], place, writer);
}

/// A record: an atom, or a container whose content follows as records.
struct Record<'r> {
    kind: u16,
    instance: u16,
    body: &'r [u8],
    /// Whether the file ends before it does.
    cut: bool,
}

/// All records, those in containers behind their container.
fn records(stream: &[u8]) -> impl Iterator<Item = Record<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (head, kind) = (le16(stream, at)?, le16(stream, at + 2)?);
        let length = size(stream, at + 4)?;
        let begin = at + HEAD;
        let end = begin.saturating_add(length).min(stream.len());
        let body = stream.get(begin..end)?;
        at = if head & 15 == 15 { begin } else { end };
        let cut = body.len() < length;
        let body = if head & 15 == 15 { &[] } else { body };
        Some(Record { kind, instance: head >> 4, body, cut })
    })
}

/// Names of fonts by their number.
fn fonts(stream: &[u8]) -> Vec<String> {
    let mut fonts: Vec<String> = Vec::new();
    for record in records(stream).filter(|record| record.kind == FONT) {
        let number = usize::from(record.instance).min(FONTS);
        if fonts.len() <= number {
            fonts.resize(number + 1, String::new());
        }
        let name = wide(record.body.get(..64).unwrap_or(record.body));
        if let Some(font) = fonts.get_mut(number) {
            name.split('\0').next().unwrap_or_default().clone_into(font);
        }
    }
    fonts
}

/// Writes a text in its runs: so many UTF-16 units in a font.
fn flush(
    text: Option<String>,
    runs: &[(usize, Option<&str>)],
    place: Place,
    writer: &mut Writer<'_>,
) {
    let Some(text) = text else { return };
    writer.at(place);
    let mut runs = runs.iter().copied();
    let (mut left, mut font) = runs.next().unwrap_or((usize::MAX, None));
    let mut run = String::new();
    for c in text.chars() {
        while left == 0 {
            writer.text(&std::mem::take(&mut run), font);
            (left, font) = runs.next().unwrap_or((usize::MAX, None));
        }
        left = left.saturating_sub(c.len_utf16());
        match c {
            // Ends of paragraphs and of lines.
            '\r' | '\n' | '\u{b}' => {
                writer.text(&std::mem::take(&mut run), font);
                writer.end();
            }
            c => run.push(c),
        }
    }
    writer.text(&run, font);
    writer.end();
}

/// The fonts of a text (`StyleTextPropAtom`, 2.9.44): properties of paragraphs, then of characters.
fn runs<'f>(
    body: &[u8],
    count: usize,
    fonts: &'f [String],
) -> Option<Vec<(usize, Option<&'f str>)>> {
    let mut at = Cursor { body, at: 0 };
    // Both lists cover the text and the end of its last paragraph.
    let mut done = 0;
    while done < count + 1 {
        done = done.checked_add(at.u32()?)?;
        at.skip(2)?;
        at.paragraph()?;
    }
    let mut runs = Vec::new();
    let mut done = 0;
    while done < count + 1 {
        let length = at.u32()?;
        done = done.checked_add(length)?;
        let font = at.characters()?.and_then(|number| fonts.get(usize::from(number)));
        runs.push((length, font.map(String::as_str).filter(|name| !name.is_empty())));
    }
    Some(runs)
}

struct Cursor<'c> {
    body: &'c [u8],
    at: usize,
}

impl Cursor<'_> {
    fn u16(&mut self) -> Option<u16> {
        self.at += 2;
        le16(self.body, self.at - 2)
    }

    fn u32(&mut self) -> Option<usize> {
        self.at += 4;
        size(self.body, self.at - 4)
    }

    fn mask(&mut self) -> Option<u32> {
        self.at += 4;
        le32(self.body, self.at - 4)
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        self.at = self.at.checked_add(count)?;
        (self.at <= self.body.len()).then_some(())
    }

    /// `TextPFException` (2.9.20): a mask, and what it says is there, in an order of its own.
    fn paragraph(&mut self) -> Option<()> {
        const FIELDS: [(u32, usize); 13] = [
            (0xf, 2),
            (0x80, 2),
            (0x10, 2),
            (0x40, 2),
            (0x20, 4),
            (0x800, 2),
            (0x1000, 2),
            (0x2000, 2),
            (0x4000, 2),
            (0x100, 2),
            (0x400, 2),
            (0x8000, 2),
            (0x10_0000, 0),
        ];
        let mask = self.mask()?;
        for (bits, length) in FIELDS {
            if mask & bits == 0 {
                continue;
            }
            match length {
                // Tab stops, with their number in front.
                0 => {
                    let stops = usize::from(self.u16()?);
                    self.skip(4 * stops)?;
                }
                length => self.skip(length)?,
            }
        }
        for bits in [0x1_0000, 0xe_0000, 0x20_0000] {
            if mask & bits != 0 {
                self.skip(2)?;
            }
        }
        Some(())
    }

    /// `TextCFException` (2.9.13); the number of its font: for letters as bytes have them, else
    /// the font of all.
    fn characters(&mut self) -> Option<Option<u16>> {
        let mask = self.mask()?;
        if mask & 0xffff != 0 {
            self.skip(2)?;
        }
        let mut font = None;
        for bit in [0x1_0000, 0x20_0000, 0x40_0000, 0x80_0000] {
            if mask & bit != 0 {
                let number = self.u16()?;
                if matches!(bit, 0x1_0000 | 0x40_0000) {
                    font = Some(number);
                }
            }
        }
        for (bit, length) in [(0x2_0000, 2), (0x4_0000, 4), (0x8_0000, 2)] {
            if mask & bit != 0 {
                self.skip(length)?;
            }
        }
        Some(font)
    }
}
