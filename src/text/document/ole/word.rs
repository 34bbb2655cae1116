//! The text of Word 97 (MS-DOC 2.4.1): pieces of one byte or two a character, fonts by property
//! and style; and of Word 6 and 95, whose text is one piece.

use super::super::writer::Writer;
use super::super::{Area, Frame, Place};
use super::fields::Fields;
use super::fonts::{self, Named, Styles};
use super::papers::{self, Paragraph, Ranges};
use super::{Streams, size, wide};
use crate::text::legacy::as_windows_1252;
use bytes::Bytes;

/// The header of all versions, and what stands where in it.
const MAGIC: u16 = 0xa5ec;
const WORD_95: u16 = 0xa5dc;

/// Reads a document.
pub(in crate::text::document) fn read(bytes: &Bytes, writer: &mut Writer<'_>) {
    let streams = Streams::open(bytes);
    let opened = streams.and_then(|mut s| s.read("WordDocument").map(|main| (s, main)));
    let Some((mut streams, main)) = opened else { return writer.damage() };
    let flags = super::le16(&main, 10).unwrap_or_default();
    // What is locked is told as such elsewhere.
    if flags & 0x100 != 0 {
        return;
    }
    match super::le16(&main, 0) {
        Some(MAGIC) => {
            let name = if flags & 0x200 != 0 { "1Table" } else { "0Table" };
            let table = streams.read(name).unwrap_or_default();
            Document::new(&main, &table).write(writer);
        }
        Some(WORD_95) => old(&main, writer),
        _ => writer.damage(),
    }
}

/// A document of Word 6 or 95 that was not saved in pieces; its fonts are not read.
fn old(main: &[u8], writer: &mut Writer<'_>) {
    let (Some(from), Some(to)) = (size(main, 0x18), size(main, 0x1c)) else { return };
    let text = main.get(from..to.min(main.len())).unwrap_or_default();
    let mut fields = Fields::default();
    Text { writer, fields: &mut fields, rows: &mut 0 }.write(
        &as_windows_1252(text),
        None,
        Paragraph::default(),
    );
    writer.end();
}

/// A document of Word 97 and later.
struct Document<'d> {
    main: &'d [u8],
    /// The table of pieces.
    pieces: &'d [u8],
    /// Where headers and footers end.
    headers: &'d [u8],
    fonts: Vec<String>,
    styles: Styles,
    runs: Ranges<Named>,
    paragraphs: Ranges<Paragraph>,
}

/// A piece of text: where it stands in the file, and whether a character has two bytes.
struct Piece {
    at: usize,
    characters: usize,
    wide: bool,
}

impl<'d> Document<'d> {
    fn new(main: &'d [u8], table: &'d [u8]) -> Document<'d> {
        // Places in the header: FibRgFcLcb97 begins at 0x9a, two numbers each.
        let part = |number: usize| fonts::slice(table, main, 0x9a + number * 8).unwrap_or_default();
        Document {
            main,
            pieces: pieces(part(33)).unwrap_or_default(),
            headers: part(11),
            fonts: fonts::names(part(15)),
            styles: Styles::read(part(1)),
            runs: papers::runs(main, part(12)),
            paragraphs: papers::paragraphs(main, part(13)),
        }
    }

    /// Writes all texts, one after the other.
    fn write(&self, writer: &mut Writer<'_>) {
        let count = self.pieces.len().saturating_sub(4) / 12;
        let mut cursor = Cursor { number: 0, count, done: 0, left: 4 * self.main.len() };
        let mut rows = 0;
        for (length, area, frame) in self.parts() {
            writer.at(Place { area, frame, ..Place::default() });
            let mut fields = Fields::default();
            let mut left = length;
            while left > 0 {
                let Some(piece) = cursor.next(self.pieces, left) else {
                    writer.damage();
                    break;
                };
                left -= piece.characters;
                let text = Text { writer, fields: &mut fields, rows: &mut rows };
                self.piece(&piece, text);
                if !writer.is_awake() {
                    return;
                }
            }
            writer.end();
        }
    }

    /// The lengths of the texts, in characters: the document, footnotes, headers and footers,
    /// macros, comments, endnotes, boxes, boxes in headers (2.4.1).
    fn parts(&self) -> Vec<(usize, Area, Frame)> {
        let length = |at: usize| size(self.main, at).unwrap_or_default();
        let mut parts =
            vec![(length(0x4c), Area::Body, Frame::Page), (length(0x50), Area::Note, Frame::Page)];
        parts.extend(self.around(length(0x54)));
        parts.extend([0x58, 0x5c, 0x60].map(|at| (length(at), Area::Note, Frame::Page)));
        parts.push((length(0x64), Area::Body, Frame::Box));
        parts.push((length(0x68), Area::Header, Frame::Box));
        parts
    }

    /// Headers and footers are one text, cut by a table of their ends (`Plcfhdd`, 2.8.22): six of
    /// separators, then six of each section.
    fn around(&self, length: usize) -> Vec<(usize, Area, Frame)> {
        let mut parts = Vec::new();
        let mut done = 0;
        for number in 0..self.headers.len() / 4 {
            let end = size(self.headers, number * 4 + 4).unwrap_or(length).min(length);
            let area = if matches!(number % 6, 2 | 3 | 5) { Area::Footer } else { Area::Header };
            if end > done {
                parts.push((end - done, area, Frame::Page));
                done = end;
            }
        }
        if length > done {
            parts.push((length - done, Area::Header, Frame::Page));
        }
        parts
    }

    /// Writes a piece, run by run.
    fn piece(&self, piece: &Piece, mut text: Text<'_, '_>) {
        let bytes = if piece.wide { 2 } else { 1 };
        let end = piece.at.saturating_add(piece.characters * bytes);
        if end > self.main.len() {
            text.writer.damage();
        }
        let end = end.min(self.main.len());
        let mut at = piece.at;
        while at < end {
            let place = u32::try_from(at).unwrap_or(u32::MAX);
            let (run, run_end) = self.runs.at(place);
            let (paragraph, paragraph_end) = self.paragraphs.at(place);
            let until = usize::try_from(run_end.min(paragraph_end)).unwrap_or(end).min(end);
            // A boundary within a character is none.
            let until = until.max(at + bytes).min(end.max(at + bytes));
            let Some(stretch) = self.main.get(at..until) else { return };
            let font = self.styles.font(run, paragraph.style);
            let font = fonts::name(&self.fonts, font);
            let content = if piece.wide { wide(stretch) } else { as_windows_1252(stretch) };
            text.writer.ink(self.styles.is_red(run, paragraph.style));
            text.write(&content, font, paragraph);
            at = until;
        }
    }
}

/// The table of pieces (`Clx`, 2.9.38), behind properties that pieces refer to.
fn pieces(clx: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    while clx.get(at) == Some(&1) {
        at = at.checked_add(3 + usize::from(super::le16(clx, at + 1)?))?;
    }
    let length = size(clx, at + 1)?;
    clx.get(at + 5..at.checked_add(5)?.checked_add(length)?)
}

/// Where among the pieces the reading stands.
struct Cursor {
    number: usize,
    count: usize,
    /// Characters of the piece at hand that were read.
    done: usize,
    /// Bytes that may still be read: pieces may all be one and the same text.
    left: usize,
}

impl Cursor {
    /// The next piece, no more of it than so many characters.
    fn next(&mut self, pieces: &[u8], most: usize) -> Option<Piece> {
        loop {
            if self.number >= self.count {
                return None;
            }
            let (from, to) = (size(pieces, self.number * 4)?, size(pieces, self.number * 4 + 4)?);
            let all = to.checked_sub(from)?;
            if self.done >= all {
                (self.number, self.done) = (self.number + 1, 0);
                continue;
            }
            let place = size(pieces, (self.count + 1) * 4 + self.number * 8 + 2)?;
            let wide = place & 0x4000_0000 == 0;
            let (begin, bytes) = if wide { (place, 2) } else { ((place & 0x3fff_ffff) / 2, 1) };
            let characters = (all - self.done).min(most);
            self.left = self.left.checked_sub(characters.checked_mul(bytes)?)?;
            let at = begin.checked_add(self.done.checked_mul(bytes)?)?;
            self.done += characters;
            return Some(Piece { at, characters, wide });
        }
    }
}

/// Writes characters of Word: those that end lines and cells, and those that are none.
struct Text<'t, 'b> {
    writer: &'t mut Writer<'b>,
    fields: &'t mut Fields,
    /// Rows of tables so far.
    rows: &'t mut u32,
}

impl Text<'_, '_> {
    fn write(&mut self, text: &str, font: Option<&str>, paragraph: Paragraph) {
        self.stand(paragraph);
        let mut run = String::new();
        for c in text.chars().filter(|c| self.fields.shows(*c)) {
            match c {
                // Pictures, notes, comments: marks in the text, no letters of it.
                '\u{1}' | '\u{2}' | '\u{5}' | '\u{8}' | '\u{1f}' => {}
                '\u{1e}' => run.push('-'),
                '\u{7}' | '\u{b}' | '\u{c}' | '\r' | '\n' | '\u{e}' => {
                    self.writer.text(&std::mem::take(&mut run), font);
                    self.writer.end();
                }
                c => run.push(c),
            }
        }
        self.writer.text(&run, font);
        if paragraph.row_end {
            *self.rows = self.rows.saturating_add(1);
        }
    }

    /// Whether a line is a cell's.
    fn stand(&mut self, paragraph: Paragraph) {
        let place = self.writer.place();
        let (frame, row) = match (place.frame, paragraph.in_table) {
            (Frame::Box, _) => (Frame::Box, 0),
            (_, true) => (Frame::Cell, *self.rows + 1),
            (_, false) => (Frame::Page, 0),
        };
        self.writer.at(Place { frame, row, ..place });
    }
}
