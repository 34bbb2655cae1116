//! The text of xlsx: cells that hold text, heads and feet of pages, boxes and comments.
//!
//! A shared string is told each time that it stands somewhere, and of a sheet that repeats a few
//! strings without end once for each format.

use super::super::writer::Writer;
use super::super::{Area, Frame, Place, headfoot};
use super::strings::{self, Reading, Runs};
use super::{Package, drawing};
use crate::archive::xml::{Node, attribute};
use std::collections::{HashMap, HashSet};

/// What cells refer to.
struct Book {
    strings: Vec<Runs>,
    /// Fonts by format.
    fonts: Vec<Option<String>>,
    told: HashSet<(usize, usize)>,
    rows: u32,
}

/// Reads a workbook.
pub(in crate::text::document) fn read(package: &Package<'_>, writer: &mut Writer<'_>) {
    let main = package.main("xl/workbook.xml");
    let relations = package.relations(&main);
    let of_kind = |kind: &str| Package::of_kind(&relations, kind).into_iter().next();
    let mut book = Book {
        strings: of_kind("sharedstrings")
            .map(|member| strings::shared(package, &member))
            .unwrap_or_default(),
        fonts: of_kind("styles").map(|m| strings::fonts(package, &m)).unwrap_or_default(),
        told: HashSet::new(),
        rows: 0,
    };
    let sheets: HashMap<&str, &str> = relations
        .iter()
        .filter(|relation| matches!(relation.kind.as_str(), "worksheet" | "chartsheet"))
        .map(|relation| (relation.id.as_str(), relation.target.as_str()))
        .collect();
    for (number, member) in (0u32..).zip(package.in_order(&main, "sheet", sheets)) {
        let place = Place { section: number, ..Place::default() };
        sheet(package, &member, place, &mut book, writer);
        beside(package, &member, place, &mut book, writer);
        if !writer.is_awake() {
            return;
        }
    }
}

/// The cells of a sheet, and what is printed around them.
fn sheet(
    package: &Package<'_>,
    member: &str,
    place: Place,
    book: &mut Book,
    writer: &mut Writer<'_>,
) {
    let mut cell = Cell::default();
    let mut around: Option<(Area, String)> = None;
    package.walk(member, |node| match node {
        Node::Open("row", _) => book.rows = book.rows.saturating_add(1),
        Node::Open("c", start) => {
            cell = Cell {
                shared: attribute(start, "t") == "s",
                text: attribute(start, "t") == "str",
                format: attribute(start, "s").parse().unwrap_or_default(),
                ..Cell::default()
            };
        }
        Node::Close("c") => {
            writer.at(Place { frame: Frame::Cell, row: book.rows, ..place });
            std::mem::take(&mut cell).write(book, writer);
        }
        Node::Open("v", _) => cell.in_value = true,
        Node::Close("v") => cell.in_value = false,
        Node::Open("oddHeader" | "evenHeader" | "firstHeader", _) => {
            around = Some((Area::Header, String::new()));
        }
        Node::Open("oddFooter" | "evenFooter" | "firstFooter", _) => {
            around = Some((Area::Footer, String::new()));
        }
        Node::Close(
            "oddHeader" | "evenHeader" | "firstHeader" | "oddFooter" | "evenFooter" | "firstFooter",
        ) => {
            if let Some((area, codes)) = around.take() {
                writer.at(Place { area, ..place });
                headfoot::write(&codes, writer);
            }
        }
        Node::Text(text) if around.is_some() => {
            if let Some((_, codes)) = &mut around {
                codes.push_str(text);
            }
        }
        Node::Text(text) if cell.in_value => cell.value.push_str(text),
        node => cell.inline.take(&node),
    });
}

/// One cell.
#[derive(Default)]
struct Cell {
    /// Its value is the number of a shared string.
    shared: bool,
    /// Its value is the text that a formula yields.
    text: bool,
    format: usize,
    in_value: bool,
    value: String,
    inline: Reading,
}

impl Cell {
    fn write(mut self, book: &mut Book, writer: &mut Writer<'_>) {
        let font = book.fonts.get(self.format).and_then(Option::as_deref);
        if self.text {
            writer.text(&self.value, font);
        }
        let number = self.value.trim().parse().ok().filter(|_| self.shared);
        if let Some(number) = number
            && (book.told.insert((number, self.format)) || !writer.is_tight())
            && let Some(runs) = book.strings.get(number)
        {
            runs_of(runs, font, writer);
        }
        runs_of(&self.inline.finish(), font, writer);
        writer.end();
    }
}

fn runs_of(runs: &Runs, font: Option<&str>, writer: &mut Writer<'_>) {
    for (text, own) in runs {
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                writer.end();
            }
            writer.text(line, own.as_deref().or(font));
        }
    }
}

/// Boxes that lie on a sheet, and comments.
fn beside(
    package: &Package<'_>,
    member: &str,
    place: Place,
    book: &mut Book,
    writer: &mut Writer<'_>,
) {
    let relations = package.relations(member);
    for drawing in Package::of_kind(&relations, "drawing") {
        let place = Place { frame: Frame::Box, ..place };
        book.rows = drawing::read(package, &drawing, None, place, book.rows, writer);
    }
    for comments in Package::of_kind(&relations, "comments") {
        writer.at(Place { area: Area::Note, ..place });
        let mut reading = Reading::default();
        package.walk(&comments, |node| match node {
            Node::Close("text") => {
                runs_of(&reading.finish(), None, writer);
                writer.end();
            }
            node => reading.take(&node),
        });
    }
}
