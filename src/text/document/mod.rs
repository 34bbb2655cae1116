//! The text of a document, whatever its format: lines where they stand, runs in their fonts.
//!
//! Checks read this and never a format. What a font of its own shows (`.VnTime`) is letters of
//! Latin-1 to every program, so a run keeps the name of its font; [`Document::lines`] has the
//! same text in Unicode.

mod headfoot;
mod ink;
mod judge;
mod odf;
mod ole;
mod ooxml;
mod pages;
mod plain;
mod rtf;
mod tables;
mod unicode;
mod writer;

pub use judge::Seen;

pub(super) use ink::is_red_name;

use super::legacy::Encoding;
use crate::archive::Pages;
use crate::mail::{Budget, Spent};
use bytes::Bytes;
use std::sync::OnceLock;

/// The part of a document in which a line stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Area {
    /// The text itself.
    #[default]
    Body,
    /// The head of a page.
    Header,
    /// The foot of a page.
    Footer,
    /// A footnote, an endnote, a comment, the notes to a slide.
    Note,
}

/// What holds a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Frame {
    /// The page.
    #[default]
    Page,
    /// A cell of a table or a sheet.
    Cell,
    /// A text box.
    Box,
}

/// Where a line stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The part of the document.
    pub area: Area,
    /// What holds it.
    pub frame: Frame,
    /// The number of its sheet, slide or page, from 0, where the format has any.
    pub section: u32,
    /// The number of its row among all rows of tables of the document, from 1; 0 outside of
    /// tables. Cells of one row share it.
    pub row: u32,
}

/// One line, paragraph or cell, in Unicode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Where it stands.
    pub place: Place,
    /// Its text, without controls but for tabs.
    pub text: String,
}

/// A stretch of one line in one font, as the document has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'d> {
    /// Where its line stands.
    pub place: Place,
    /// The number of its line.
    pub line: usize,
    /// Its text: letters of a font that is no Unicode are what windows-1252 has for their bytes.
    pub text: &'d str,
    /// Its font, where the document names one.
    pub font: Option<&'d str>,
    /// Whether it is written in the red of a stamp.
    pub red: bool,
}

/// Why some of a document's text is not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// More text than is read of one document.
    OverLimit,
    /// The deadline passed, or the client is gone.
    Cancelled,
    /// Damaged where the text should be, or in letters of which nothing tells what they are.
    Damaged,
}

impl From<Spent> for Gap {
    fn from(spent: Spent) -> Gap {
        match spent {
            Spent::Cancelled => Gap::Cancelled,
            Spent::Bomb | Spent::Bytes | Spent::Members | Spent::Depth | Spent::Parts => {
                Gap::OverLimit
            }
        }
    }
}

/// The bit of a run's font that says that the run is red.
const RED: u16 = 1 << 15;

/// The text of a document.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// All lines, each with a line feed behind it.
    text: String,
    /// Names of fonts; 0 is none.
    fonts: Vec<String>,
    /// Where each run begins, and its font; with [`RED`] where it is red.
    runs: Vec<(usize, u16)>,
    /// Where each line ends, and where it stands.
    ends: Vec<(usize, Place)>,
    /// What the label says that it is in, where it has one.
    hint: Option<Encoding>,
    gap: Option<Gap>,
    unicode: OnceLock<Vec<Line>>,
}

impl Document {
    /// The lines in reading order, as far as the format tells it, in Unicode: what stands in a
    /// legacy encoding or in a font of one is converted. Made at the first call.
    pub fn lines(&self) -> &[Line] {
        self.unicode.get_or_init(|| unicode::lines(self))
    }

    /// The text as it stands, in runs of one font and one line.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let mut line = 0;
        self.runs.iter().enumerate().filter_map(move |(number, (from, font))| {
            let to = self.runs.get(number + 1).map_or(self.text.len(), |next| next.0);
            // No run reaches beyond its line, and no line is empty.
            while self.ends.get(line).is_some_and(|(end, _)| end <= from) {
                line += 1;
            }
            let (_, place) = self.ends.get(line)?;
            let text = self.text.get(*from..to)?.trim_end_matches('\n');
            let red = font & RED != 0;
            let font = usize::from(font & !RED).checked_sub(1).and_then(|at| self.fonts.get(at));
            Some(Piece { place: *place, line, text, font: font.map(String::as_str), red })
        })
    }

    /// What of it is in a legacy encoding: each with its words, the one of most words first.
    pub fn legacy(&self) -> Vec<Seen> {
        judge::seen(self)
    }

    /// All text as it stands, a line each.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Why some of the text is missing.
    pub fn gap(&self) -> Option<Gap> {
        self.gap
    }
}

/// What a document is read from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'s> {
    /// The usual extension of its type.
    pub kind: &'s str,
    /// Its charset label, lower case, where it is text.
    pub label: Option<&'s str>,
    /// Its bytes.
    pub bytes: &'s Bytes,
    /// Its members, where it is a zip: names as the archive has them.
    pub members: &'s [(String, Bytes)],
    /// The text of its pages, where it is a PDF.
    pub pages: Option<&'s Pages>,
}

/// Office Open XML, by what is in it.
const WORD: [&str; 4] = ["docx", "docm", "dotx", "dotm"];
const SHEETS: [&str; 4] = ["xlsx", "xlsm", "xltx", "xltm"];
const SLIDES: [&str; 4] = ["pptx", "pptm", "ppsx", "potx"];

/// OpenDocument.
const OPEN: [&str; 7] = ["odt", "ott", "ods", "ots", "odp", "otp", "odg"];

/// Formats whose text is read.
pub fn is_read(kind: &str) -> bool {
    matches!(kind, "txt" | "html" | "csv" | "rtf" | "doc" | "xls" | "ppt" | "pdf")
        || [&WORD[..], &SHEETS, &SLIDES, &OPEN].iter().any(|kinds| kinds.contains(&kind))
}

/// Reads the text of a document. Total; what comes out is charged to the budget, and what does not
/// fit is a [`Gap`].
pub fn read(source: &Source<'_>, budget: &mut Budget) -> Document {
    // Readers ask whether anybody still waits while the writer spends.
    let watch = Budget::new(*budget.limits(), 0, budget.trip().clone());
    let watch = watch.with_work(budget.work_left());
    let mut writer = writer::Writer::new(budget);
    let package = ooxml::Package::new(source.members, &watch);
    match source.kind {
        kind if WORD.contains(&kind) => ooxml::word(&package, &mut writer),
        kind if SHEETS.contains(&kind) => ooxml::sheet(&package, &mut writer),
        kind if SLIDES.contains(&kind) => ooxml::slides(&package, &mut writer),
        kind if OPEN.contains(&kind) => odf::read(source.members, &watch, &mut writer),
        "rtf" => rtf::read(source.bytes, &mut writer),
        "pdf" => pages::read(source.pages, &mut writer),
        "ppt" => ole::slides(source.bytes, &mut writer),
        "doc" => ole::word(source.bytes, &mut writer),
        "xls" => ole::sheet(source.bytes, &mut writer),
        "html" => plain::page(source.bytes, source.label, &mut writer),
        _ => plain::text(source.bytes, source.label, &mut writer),
    }
    if watch.take_cut() {
        writer.cut();
    }
    if package.is_damaged() {
        writer.damage();
    }
    writer.finish()
}
