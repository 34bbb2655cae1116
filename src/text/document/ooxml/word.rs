//! The text of docx: paragraphs, tables, text boxes, headers and footers, notes.

use super::super::tables::Tables;
use super::super::writer::Writer;
use super::super::{Area, Frame, Place, is_red_name};
use super::Package;
use super::styles::{Styles, font};
use crate::archive::xml::{Node, attribute};
use quick_xml::events::BytesStart;

/// Elements within elements that are remembered, of each kind.
const DEEPEST: usize = 64;

/// Reads a document: headers first, as they stand on the page, footers last.
pub(in crate::text::document) fn read(package: &Package<'_>, writer: &mut Writer<'_>) {
    let main = package.main("word/document.xml");
    let relations = package.relations(&main);
    let of_kind = |kind: &str| Package::of_kind(&relations, kind);
    let styles = of_kind("styles").into_iter().next();
    let styles = Styles::read(package, &styles.unwrap_or_else(|| "word/styles.xml".to_owned()));
    let notes = ["footnotes", "endnotes", "comments"].into_iter().flat_map(of_kind).collect();
    let mut row = 0;
    for (area, members) in [
        (Area::Header, of_kind("header")),
        (Area::Body, vec![main.clone()]),
        (Area::Note, notes),
        (Area::Footer, of_kind("footer")),
    ] {
        for member in members {
            writer.at(Place { area, ..Place::default() });
            let mut reader = Reader::new(&styles, writer, row);
            package.walk(&member, |node| reader.take(&node));
            row = reader.tables.finish(reader.writer);
            if !writer.is_awake() {
                return;
            }
        }
    }
}

/// One member being read.
struct Reader<'r, 'b> {
    styles: &'r Styles,
    writer: &'r mut Writer<'b>,
    tables: Tables,
    /// The styles of the paragraph and the run at hand, and the run's own font and colour.
    now: Styled,
    /// Those around text boxes.
    outer: Vec<Styled>,
    /// Text that was written before each alternative that is open.
    alternatives: Vec<usize>,
    /// How deep a fallback lies that is not read, since its other form was.
    skipped: usize,
    in_text: bool,
    in_properties: bool,
}

#[derive(Clone, Debug, Default)]
struct Styled {
    paragraph: Option<String>,
    run: Option<String>,
    font: Option<String>,
    red: Option<bool>,
}

impl<'r, 'b> Reader<'r, 'b> {
    fn new(styles: &'r Styles, writer: &'r mut Writer<'b>, row: u32) -> Reader<'r, 'b> {
        Reader {
            styles,
            writer,
            tables: Tables::after(row),
            now: Styled::default(),
            outer: Vec::new(),
            alternatives: Vec::new(),
            skipped: 0,
            in_text: false,
            in_properties: false,
        }
    }

    fn take(&mut self, node: &Node<'_>) {
        if self.is_skipped(node) {
            return;
        }
        match node {
            Node::Open(name, start) => self.open(name, start),
            Node::Close(name) => self.close(name),
            Node::Text(text) if self.in_text => {
                let (run, paragraph) = (self.now.run.as_deref(), self.now.paragraph.as_deref());
                let font = self.now.font.as_deref();
                let red = self.now.red.unwrap_or_else(|| self.styles.is_red(run, paragraph));
                self.writer.ink(red);
                self.writer.text(text, font.or_else(|| self.styles.font(run, paragraph)));
            }
            Node::Text(_) => {}
        }
    }

    /// Whether this is in a fallback of what was read already: a text box stands in a document
    /// twice, for programs of today and of 2007 (ECMA-376 part 3, 10.2).
    fn is_skipped(&mut self, node: &Node<'_>) -> bool {
        match node {
            Node::Open("AlternateContent", _) if self.alternatives.len() < DEEPEST => {
                self.alternatives.push(self.writer.written());
            }
            Node::Close("AlternateContent") => {
                self.alternatives.pop();
            }
            Node::Open("Fallback", _) => {
                let before = self.alternatives.last().copied();
                let read = before.is_some_and(|before| self.writer.written() > before);
                self.skipped += usize::from(self.skipped > 0 || read);
            }
            Node::Close("Fallback") => {
                let was = self.skipped > 0;
                self.skipped = self.skipped.saturating_sub(1);
                return was;
            }
            _ => {}
        }
        self.skipped > 0
    }

    fn open(&mut self, name: &str, start: &BytesStart<'_>) {
        match name {
            "p" => self.now = Styled::default(),
            "pPr" => self.in_properties = true,
            "pStyle" => self.now.paragraph = Some(attribute(start, "val")),
            "r" => (self.now.run, self.now.font, self.now.red) = (None, None, None),
            // Within the properties of a paragraph these are of its end mark.
            "rStyle" if !self.in_properties => self.now.run = Some(attribute(start, "val")),
            "rFonts" if !self.in_properties => self.now.font = font(start),
            "color" if !self.in_properties => {
                self.now.red = Some(is_red_name(&attribute(start, "val")));
            }
            "t" => self.in_text = true,
            "tab" | "ptab" if !self.in_properties => self.writer.text("\t", None),
            "noBreakHyphen" => self.writer.text("-", None),
            "br" | "cr" => self.writer.end(),
            "tr" => self.tables.row(),
            "tc" => self.tables.open(self.writer),
            "txbxContent" if self.outer.len() < DEEPEST => {
                let place = Place { frame: Frame::Box, ..self.writer.place() };
                self.writer.begin(place);
                self.outer.push(std::mem::take(&mut self.now));
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "p" => self.writer.end(),
            "pPr" => self.in_properties = false,
            "t" => self.in_text = false,
            "tc" => self.tables.close(self.writer),
            "txbxContent" => {
                if let Some(outer) = self.outer.pop() {
                    self.writer.close();
                    self.now = outer;
                }
            }
            _ => {}
        }
    }
}
