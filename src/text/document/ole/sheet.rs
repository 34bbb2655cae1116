//! The text of xls (MS-XLS): cells that hold text, heads and feet of pages, boxes.
//!
//! A shared string is told each time that it stands somewhere, and of a sheet that repeats a few
//! strings without end once for each format.

use super::super::writer::Writer;
use super::super::{Area, Frame, Place, headfoot};
use super::records::{self, Cursor, Record, Rich};
use super::strings::Book;
use super::{Streams, le16, size};
use bytes::Bytes;
use std::collections::HashSet;

/// Kinds of records.
const BEGIN: u16 = 0x809;
const END: u16 = 0x0a;
const LOCKED: u16 = 0x2f;
const HEADER: u16 = 0x14;
const FOOTER: u16 = 0x15;
const BOX: u16 = 0x1b6;
const LABEL: u16 = 0x204;
const RICH_LABEL: u16 = 0xd6;
const SHARED_LABEL: u16 = 0xfd;
const RESULT: u16 = 0x207;
const FORMULA: u16 = 0x06;

/// Reads a workbook: the stream of an OLE file, or, of the versions before, the file itself.
pub(in crate::text::document) fn read(bytes: &Bytes, writer: &mut Writer<'_>) {
    let stream = match Streams::open(bytes) {
        Some(mut streams) => streams.read("Workbook").or_else(|| streams.read("Book")),
        None => Some(bytes.to_vec()),
    };
    let mut workbook = Workbook::default();
    for (number, record) in records::all(stream.as_deref().unwrap_or_default()).enumerate() {
        // What is locked is told as such elsewhere.
        let awake = !number.is_multiple_of(1024) || writer.is_awake();
        if record.kind == LOCKED || !awake || writer.is_spent() {
            return;
        }
        workbook.take(&record, writer);
    }
    // A book or a sheet that does not end, or none at all.
    if workbook.depth > 0 || stream.is_none() {
        writer.damage();
    }
}

/// A workbook being read.
#[derive(Default)]
struct Workbook {
    book: Book,
    /// Sheets that began so far; the workbook's own records come first.
    sheets: u32,
    /// The row at hand, and all rows so far.
    row: Option<u16>,
    rows: u32,
    /// The format of the formula whose result follows.
    format: u16,
    told: HashSet<(u32, u16)>,
    depth: u32,
}

impl Workbook {
    fn take(&mut self, record: &Record<'_>, writer: &mut Writer<'_>) {
        let head = record.head();
        match record.kind {
            BEGIN => {
                self.book.unicode = le16(head, 0) == Some(0x600);
                self.sheets += u32::from(self.depth == 0);
                self.depth += 1;
                self.row = None;
            }
            END => self.depth = self.depth.saturating_sub(1),
            HEADER | FOOTER => self.around(record, writer),
            BOX => {
                writer.at(Place { frame: Frame::Box, ..self.place() });
                self.boxed(record, writer);
            }
            FORMULA => {
                self.format = le16(head, 4).unwrap_or_default();
                self.stand(head, writer);
            }
            RESULT => {
                let text = self.book.long(record, 0);
                self.write(text, self.format, writer);
            }
            LABEL | RICH_LABEL => {
                self.stand(head, writer);
                let text = self.book.long(record, 6);
                self.write(text, le16(head, 4).unwrap_or_default(), writer);
            }
            SHARED_LABEL => {
                self.stand(head, writer);
                self.shared(head, writer);
            }
            _ => {
                self.book.take(record);
            }
        }
    }

    /// Sheets count from 0; the workbook itself began first.
    fn place(&self) -> Place {
        Place { section: self.sheets.saturating_sub(2), ..Place::default() }
    }

    /// A cell: its row, its column, its format.
    fn stand(&mut self, head: &[u8], writer: &mut Writer<'_>) {
        let row = le16(head, 0);
        if row != self.row {
            (self.row, self.rows) = (row, self.rows.saturating_add(1));
        }
        writer.at(Place { frame: Frame::Cell, row: self.rows, ..self.place() });
    }

    fn shared(&mut self, head: &[u8], writer: &mut Writer<'_>) {
        let (Some(format), Some(number)) = (le16(head, 4), size(head, 6)) else { return };
        let key = (u32::try_from(number).unwrap_or(u32::MAX), format);
        if self.told.insert(key) || !writer.is_tight() {
            write(&self.book, self.book.shared.get(number), format, writer);
        }
    }

    fn write(&self, text: Option<Rich>, format: u16, writer: &mut Writer<'_>) {
        write(&self.book, text.as_ref(), format, writer);
    }

    fn around(&self, record: &Record<'_>, writer: &mut Writer<'_>) {
        let area = if record.kind == HEADER { Area::Header } else { Area::Footer };
        writer.at(Place { area, ..self.place() });
        headfoot::write(&self.book.around(record).unwrap_or_default(), writer);
    }

    /// A box (`TxO`, 2.4.329): its text is the first continuation, behind a byte of flags.
    fn boxed(&self, record: &Record<'_>, writer: &mut Writer<'_>) {
        let count = le16(record.head(), 10).unwrap_or_default();
        let parts = record.parts.get(1..).unwrap_or_default().to_vec();
        let text = Record { kind: BOX, parts };
        let text = Cursor::new(&text, 0).plain(usize::from(count));
        lines(&text.unwrap_or_default(), None, writer);
        writer.end();
    }
}

/// A cell's text, in the font of its format and those of its runs.
fn write(book: &Book, text: Option<&Rich>, format: u16, writer: &mut Writer<'_>) {
    let Some((text, runs)) = text else { return };
    let mut font = book.font(format);
    let mut rest = text.as_str();
    let mut done = 0;
    for (from, number) in runs {
        let count = from.saturating_sub(done);
        let at = rest.char_indices().nth(count).map_or(rest.len(), |(at, _)| at);
        let (before, behind) = rest.split_at(at);
        lines(before, font, writer);
        (rest, done) = (behind, (*from).max(done));
        font = book.name(*number).or(font);
    }
    lines(rest, font, writer);
    writer.end();
}

fn lines(text: &str, font: Option<&str>, writer: &mut Writer<'_>) {
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            writer.end();
        }
        writer.text(line, font);
    }
}
