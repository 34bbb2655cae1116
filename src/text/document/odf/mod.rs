//! The text of OpenDocument (1.3): content.xml, and the heads and feet of styles.xml.

mod styles;

use super::super::unicode::unicode;
use super::tables::Tables;
use super::writer::Writer;
use super::{Area, Frame, Place};
use crate::archive::xml::{Node, attribute, walk, walk_while};
use crate::mail::Budget;
use bytes::Bytes;
use quick_xml::events::BytesStart;
use styles::Styles;

/// Spans and boxes in one another.
const DEEPEST: usize = 64;

/// Reads a document: heads of pages first, feet last.
pub(super) fn read(members: &[(String, Bytes)], watch: &Budget, writer: &mut Writer<'_>) {
    let member = |wanted: &str| {
        let found = members.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, bytes)| unicode(bytes, None)).unwrap_or_default()
    };
    let (content, around) = (member("content.xml"), member("styles.xml"));
    let mut whole = !content.is_empty();
    let mut styles = Styles::default();
    whole &= walk(&around, watch, |node| styles.take(&node, "common"));
    // The text that they are for stands behind them (ODF 1.3 part 3, 3.1.3.2).
    whole &= walk_while(&content, watch, |node| {
        styles.take(&node, "content");
        !matches!(node, Node::Open("body", _))
    });
    if !whole {
        writer.damage();
    }
    for (area, xml, of) in [
        (Area::Header, &around, "common"),
        (Area::Body, &content, "content"),
        (Area::Footer, &around, "common"),
    ] {
        writer.at(Place { area, ..Place::default() });
        let mut reader = Reader::new(area, of, &styles, writer);
        let sound = walk(xml, watch, |node| reader.take(&node));
        reader.finish();
        if !sound {
            writer.damage();
        }
        if !writer.is_awake() {
            return;
        }
    }
}

/// One member being read, for one area of the document.
struct Reader<'r, 'b> {
    area: Area,
    /// Which member's styles count first.
    of: &'static str,
    styles: &'r Styles,
    writer: &'r mut Writer<'b>,
    tables: Tables,
    /// Styles of the paragraphs and spans that are open.
    open: Vec<String>,
    /// Those around boxes and notes that are open.
    outer: Vec<Vec<String>>,
    /// Open elements whose text is wanted.
    inside: usize,
    /// Whether tables are sheets.
    sheets: bool,
    sections: u32,
}

impl<'r, 'b> Reader<'r, 'b> {
    fn new(
        area: Area,
        of: &'static str,
        styles: &'r Styles,
        writer: &'r mut Writer<'b>,
    ) -> Reader<'r, 'b> {
        Reader {
            area,
            of,
            styles,
            writer,
            tables: Tables::default(),
            open: Vec::new(),
            outer: Vec::new(),
            inside: 0,
            sheets: false,
            sections: 0,
        }
    }

    fn take(&mut self, node: &Node<'_>) {
        match node {
            Node::Open(name, _) if self.is_wanted(name) => self.inside += 1,
            Node::Close(name) if self.is_wanted(name) => {
                self.writer.end();
                self.inside = self.inside.saturating_sub(1);
            }
            _ if self.inside == 0 => {}
            Node::Open(name, start) => self.open(name, start),
            Node::Close(name) => self.close(name),
            Node::Text(text) if !self.open.is_empty() => {
                let font = self.styles.font(self.of, &self.open);
                self.writer.ink(self.styles.is_red(self.of, &self.open));
                self.writer.text(text, font);
            }
            Node::Text(_) => {}
        }
    }

    /// Elements that hold the text of this area.
    fn is_wanted(&self, name: &str) -> bool {
        match self.area {
            Area::Header => matches!(name, "header" | "header-left" | "header-first"),
            Area::Footer => matches!(name, "footer" | "footer-left" | "footer-first"),
            Area::Body | Area::Note => name == "body",
        }
    }

    fn open(&mut self, name: &str, start: &BytesStart<'_>) {
        match name {
            "p" | "h" | "span" | "a" => {
                if name == "p" || name == "h" {
                    self.open.clear();
                }
                if self.open.len() < DEEPEST {
                    self.open.push(attribute(start, "style-name"));
                }
            }
            "s" | "tab" => self.writer.text(if name == "s" { " " } else { "\t" }, None),
            "line-break" => self.writer.end(),
            "table-row" => self.tables.row(),
            "table-cell" => self.tables.open(self.writer),
            "text-box" => self.inner(Place { frame: Frame::Box, ..self.writer.place() }),
            "note-body" | "annotation" | "notes" => {
                self.inner(Place { area: Area::Note, frame: Frame::Page, ..self.writer.place() });
            }
            "spreadsheet" => self.sheets = true,
            "page" => self.section(),
            "table" if self.sheets => self.section(),
            _ => {}
        }
    }

    /// A slide or a sheet begins.
    fn section(&mut self) {
        let place = self.writer.place();
        self.writer.at(Place { section: self.sections, ..place });
        self.sections = self.sections.saturating_add(1);
    }

    /// A box or a note within a line.
    fn inner(&mut self, place: Place) {
        if self.outer.len() < DEEPEST {
            self.writer.begin(place);
            self.outer.push(std::mem::take(&mut self.open));
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "p" | "h" => {
                self.writer.end();
                self.open.clear();
            }
            "span" | "a" => {
                self.open.pop();
            }
            "table-cell" => self.tables.close(self.writer),
            "text-box" | "note-body" | "annotation" | "notes" => {
                if let Some(outer) = self.outer.pop() {
                    self.writer.close();
                    self.open = outer;
                }
            }
            _ => {}
        }
    }

    fn finish(self) {
        self.tables.finish(self.writer);
    }
}
