//! Records of a workbook (MS-XLS 2.1.4): a kind, a length, and what continues it.

use super::le16;

const CONTINUE: u16 = 0x3c;

/// A record, with its continuations.
#[derive(Clone, Debug)]
pub(super) struct Record<'r> {
    pub(super) kind: u16,
    /// Its bytes; a text that is cut between two of them says anew how wide its letters are.
    pub(super) parts: Vec<&'r [u8]>,
}

impl<'r> Record<'r> {
    /// The bytes before any continuation.
    pub(super) fn head(&self) -> &'r [u8] {
        self.parts.first().copied().unwrap_or_default()
    }
}

/// All records of a stream, up to the first that is cut.
pub(super) fn all(stream: &[u8]) -> impl Iterator<Item = Record<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (kind, body, behind) = one(stream, at)?;
        at = behind;
        let mut parts = vec![body];
        // Only strings and boxes are read beyond their first part.
        while let Some((CONTINUE, more, behind)) = one(stream, at) {
            parts.push(more);
            at = behind;
        }
        Some(Record { kind, parts })
    })
}

fn one(stream: &[u8], at: usize) -> Option<(u16, &[u8], usize)> {
    let (kind, length) = (le16(stream, at)?, usize::from(le16(stream, at + 2)?));
    let begin = at + 4;
    let end = (begin + length).min(stream.len());
    Some((kind, stream.get(begin..end)?, begin + length))
}

/// Reads numbers and texts of a record across its continuations.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'r> {
    parts: Vec<&'r [u8]>,
    part: usize,
    at: usize,
}

/// A text, and where in it which fonts begin, by character.
pub(super) type Rich = (String, Vec<(usize, u16)>);

impl<'r> Cursor<'r> {
    pub(super) fn new(record: &Record<'r>, at: usize) -> Cursor<'r> {
        Cursor { parts: record.parts.clone(), part: 0, at }
    }

    fn byte(&mut self) -> Option<u8> {
        loop {
            let part = self.parts.get(self.part)?;
            if let Some(byte) = part.get(self.at) {
                self.at += 1;
                return Some(*byte);
            }
            (self.part, self.at) = (self.part + 1, 0);
        }
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    fn u32(&mut self) -> Option<usize> {
        let number = u32::from_le_bytes([self.byte()?, self.byte()?, self.byte()?, self.byte()?]);
        usize::try_from(number).ok()
    }

    fn skip(&mut self, mut count: usize) -> Option<()> {
        while count > 0 {
            let left = self.parts.get(self.part)?.len().saturating_sub(self.at);
            if count <= left {
                self.at += count;
                return Some(());
            }
            count -= left;
            (self.part, self.at) = (self.part + 1, 0);
        }
        Some(())
    }

    /// A text (`XLUnicodeRichExtendedString`, 2.5.293) of so many characters.
    pub(super) fn rich(&mut self, count: usize) -> Option<Rich> {
        let flags = self.byte()?;
        let runs = if flags & 8 != 0 { usize::from(self.u16()?) } else { 0 };
        let more = if flags & 4 != 0 { self.u32()? } else { 0 };
        let text = self.characters(count, flags & 1 != 0)?;
        let mut fonts = Vec::new();
        for _ in 0..runs {
            fonts.push((usize::from(self.u16()?), self.u16()?));
        }
        self.skip(more)?;
        Some((text, fonts))
    }

    /// A text without runs, whose first byte says how wide its letters are.
    pub(super) fn plain(&mut self, count: usize) -> Option<String> {
        let wide = self.byte()? & 1 != 0;
        self.characters(count, wide)
    }

    /// Characters; where a continuation begins among them, its first byte says how wide the rest are.
    fn characters(&mut self, count: usize, mut wide: bool) -> Option<String> {
        if let Some(text) = self.uncut(count, wide) {
            return Some(text);
        }
        let mut units = Vec::new();
        while units.len() < count {
            let part = self.parts.get(self.part)?;
            if self.at >= part.len() {
                (self.part, self.at) = (self.part + 1, 1);
                wide = self.parts.get(self.part)?.first()? & 1 != 0;
                continue;
            }
            units.push(match wide {
                true => self.u16()?,
                false => u16::from(self.byte()?),
            });
        }
        Some(text(&units))
    }

    /// The same, where all of them stand in one part, as nearly all do.
    fn uncut(&mut self, count: usize, wide: bool) -> Option<String> {
        let bytes = count.checked_mul(if wide { 2 } else { 1 })?;
        let end = self.at.checked_add(bytes)?;
        let text = self.parts.get(self.part)?.get(self.at..end)?;
        self.at = end;
        Some(match wide {
            true => encoding_rs::UTF_16LE.decode_without_bom_handling(text).0.into_owned(),
            false => encoding_rs::mem::decode_latin1(text).into_owned(),
        })
    }
}

/// UTF-16 units as text; letters of one byte are those of Latin-1.
fn text(units: &[u16]) -> String {
    let units = units.iter().copied();
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
