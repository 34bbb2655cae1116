//! Shared strings and fonts of a workbook (ECMA-376 part 1, 18.4 and 18.8).

use super::Package;
use crate::archive::xml::{Node, attribute};

/// A string of a workbook: runs with the fonts that they name.
pub(super) type Runs = Vec<(String, Option<String>)>;

/// Strings of one workbook: as many as cells of a sheet of Excel's size that hold text.
const STRINGS: usize = 1 << 20;
/// Formats and fonts: Excel has 64,000 formats.
const FORMATS: usize = 1 << 16;

/// Collects the text of a string, in a shared table or in a cell.
#[derive(Debug, Default)]
pub(super) struct Reading {
    runs: Runs,
    font: Option<String>,
    in_text: bool,
    /// Within `rPh`, which says how Japanese is pronounced.
    phonetic: bool,
}

impl Reading {
    /// Takes a node within the string.
    pub(super) fn take(&mut self, node: &Node<'_>) {
        match node {
            Node::Open("r", _) => self.font = None,
            Node::Open("rFont", start) => self.font = Some(attribute(start, "val")),
            Node::Open("rPh", _) => self.phonetic = true,
            Node::Close("rPh") => self.phonetic = false,
            Node::Open("t", _) => {
                self.in_text = !self.phonetic;
                self.runs.push((String::new(), self.font.clone()));
            }
            Node::Close("t") => self.in_text = false,
            Node::Text(text) if self.in_text => {
                if let Some((run, _)) = self.runs.last_mut() {
                    run.push_str(text);
                }
            }
            _ => {}
        }
    }

    /// The string, complete.
    pub(super) fn finish(&mut self) -> Runs {
        std::mem::take(self).runs
    }
}

/// The shared strings.
pub(super) fn shared(package: &Package<'_>, member: &str) -> Vec<Runs> {
    let mut strings = Vec::new();
    let mut reading = Reading::default();
    package.walk(member, |node| match node {
        Node::Open("si", _) => reading = Reading::default(),
        Node::Close("si") if strings.len() < STRINGS => strings.push(reading.finish()),
        node => reading.take(&node),
    });
    strings
}

/// The font of each format of cells.
pub(super) fn fonts(package: &Package<'_>, member: &str) -> Vec<Option<String>> {
    let (mut fonts, mut formats) = (Vec::new(), Vec::new());
    let (mut in_fonts, mut in_formats) = (false, false);
    package.walk(member, |node| match node {
        Node::Open("fonts", _) => in_fonts = true,
        Node::Close("fonts") => in_fonts = false,
        Node::Open("cellXfs", _) => in_formats = true,
        Node::Close("cellXfs") => in_formats = false,
        Node::Open("font", _) if in_fonts && fonts.len() < FORMATS => fonts.push(None),
        Node::Open("name", start) if in_fonts => {
            if let Some(font) = fonts.last_mut() {
                *font = Some(attribute(start, "val"));
            }
        }
        Node::Open("xf", start) if in_formats && formats.len() < FORMATS => {
            let number: usize = attribute(start, "fontId").parse().unwrap_or_default();
            formats.push(number);
        }
        _ => {}
    });
    formats.into_iter().map(|number| fonts.get(number).cloned().flatten()).collect()
}
