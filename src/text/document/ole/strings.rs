//! Fonts, formats and shared strings of a workbook of Excel 5 to 2003.

use super::le16;
use super::records::{Cursor, Record, Rich};
use crate::text::legacy::as_windows_1252;

/// Fonts and formats of one workbook; Excel has 4,000 formats.
const MOST: usize = 1 << 16;
/// Strings of one workbook.
const STRINGS: usize = 1 << 20;

/// What cells refer to.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// Whether texts are of Excel 97 and later, in one byte or two; before, they are bytes.
    pub(super) unicode: bool,
    fonts: Vec<String>,
    formats: Vec<u16>,
    pub(super) shared: Vec<Rich>,
}

impl Book {
    /// Takes a record of the workbook's own; whether it was one of these.
    pub(super) fn take(&mut self, record: &Record<'_>) -> bool {
        let head = record.head();
        match record.kind {
            // FONT
            0x31 if self.fonts.len() < MOST => {
                let name = self.short(record, 14).unwrap_or_default();
                self.fonts.push(name);
            }
            // XF
            0xe0 if self.formats.len() < MOST => {
                self.formats.push(le16(head, 0).unwrap_or_default());
            }
            // SST: two counts, then the strings.
            0xfc => {
                let mut cursor = Cursor::new(record, 8);
                while self.shared.len() < STRINGS
                    && let Some(count) = cursor.u16()
                    && let Some(rich) = cursor.rich(usize::from(count))
                {
                    self.shared.push(rich);
                }
            }
            _ => return false,
        }
        true
    }

    /// The font of a format of cells.
    pub(super) fn font(&self, format: u16) -> Option<&str> {
        self.formats.get(usize::from(format)).and_then(|font| self.name(*font))
    }

    /// A font by its number; there is no number 4 (2.5.126).
    pub(super) fn name(&self, number: u16) -> Option<&str> {
        let number = usize::from(if number > 4 { number - 1 } else { number });
        self.fonts.get(number).map(String::as_str).filter(|name| !name.is_empty())
    }

    /// A text with its length in one byte.
    fn short(&self, record: &Record<'_>, at: usize) -> Option<String> {
        let count = usize::from(*record.head().get(at)?);
        self.characters(record, at + 1, count).map(|(text, _)| text)
    }

    /// A text with its length in two bytes.
    pub(super) fn long(&self, record: &Record<'_>, at: usize) -> Option<Rich> {
        let count = usize::from(le16(record.head(), at)?);
        self.characters(record, at + 2, count)
    }

    /// So many characters.
    fn characters(&self, record: &Record<'_>, at: usize, count: usize) -> Option<Rich> {
        if self.unicode {
            return Cursor::new(record, at).rich(count);
        }
        let head = record.head();
        let end = (at + count).min(head.len());
        Some((as_windows_1252(head.get(at..end)?), Vec::new()))
    }

    /// The text of a head or foot of a page, whose length has one byte before Excel 97.
    pub(super) fn around(&self, record: &Record<'_>) -> Option<String> {
        match self.unicode {
            true => self.long(record, 0).map(|(text, _)| text),
            false => self.short(record, 0),
        }
    }
}
