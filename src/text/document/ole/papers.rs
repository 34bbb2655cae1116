//! Properties of Word 97 by the place of their text (MS-DOC 2.8.5, 2.9.32, 2.9.174): pages of
//! 512 bytes that hold lists for ranges of the file.

use super::fonts::{Named, named, properties};
use super::{le16, le32, size};

const PAGE: usize = 512;
/// Properties of paragraphs: in a table, and the end of its row.
const IN_TABLE: u16 = 0x2416;
const ROW_END: u16 = 0x2417;

/// What is said of ranges of the file, in order.
#[derive(Debug)]
pub(super) struct Ranges<T> {
    /// Where each begins and ends, and what is said.
    all: Vec<(u32, u32, T)>,
}

/// What is said of a paragraph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Paragraph {
    /// The number of its style.
    pub(super) style: u16,
    /// Whether it stands in a table.
    pub(super) in_table: bool,
    /// Whether it is the end of a row.
    pub(super) row_end: bool,
}

impl<T: Copy + Default> Ranges<T> {
    /// What is said of the text at a place, and where that ends.
    pub(super) fn at(&self, place: u32) -> (T, u32) {
        let next = self.all.partition_point(|(_, end, _)| *end <= place);
        match self.all.get(next) {
            Some((begin, end, said)) if *begin <= place => (*said, *end),
            Some((begin, ..)) => (T::default(), *begin),
            None => (T::default(), u32::MAX),
        }
    }

    /// Reads all pages. `index` lists them, `entry` is the length of what points into one.
    fn read(
        document: &[u8],
        index: &[u8],
        entry: usize,
        said: impl Fn(&[u8], usize) -> Option<T>,
    ) -> Ranges<T> {
        let mut all = Vec::new();
        let count = index.len().saturating_sub(4) / 8;
        // Each page is there once; an index that names one over and over is made to cost.
        for number in 0..count.min(document.len() / PAGE + 1) {
            let Some(page) = size(index, (count + 1) * 4 + number * 4) else { break };
            let at = (page & 0x3f_ffff) * PAGE;
            let Some(page) = document.get(at..at + PAGE) else { continue };
            let runs = usize::from(page.last().copied().unwrap_or_default());
            for run in 0..runs {
                let (Some(from), Some(to)) = (le32(page, run * 4), le32(page, run * 4 + 4)) else {
                    break;
                };
                let list = page.get((runs + 1) * 4 + run * entry);
                let list = list.map_or(0, |at| usize::from(*at) * 2);
                let value = if list == 0 { None } else { said(page, list) };
                if from < to {
                    all.push((from, to, value.unwrap_or_default()));
                }
            }
        }
        all.sort_by_key(|(from, to, _)| (*to, *from));
        Ranges { all }
    }
}

/// Fonts of runs.
pub(super) fn runs(document: &[u8], index: &[u8]) -> Ranges<Named> {
    Ranges::read(document, index, 1, |page, at| {
        let length = usize::from(*page.get(at)?);
        page.get(at + 1..at + 1 + length).map(named)
    })
}

/// Styles of paragraphs, and which are in tables.
pub(super) fn paragraphs(document: &[u8], index: &[u8]) -> Ranges<Paragraph> {
    Ranges::read(document, index, 13, |page, at| {
        let words = usize::from(*page.get(at)?);
        // A length of nought means that the next byte has it, in whole words.
        let (begin, length) = match words {
            0 => (at + 2, usize::from(*page.get(at + 1)?) * 2),
            words => (at + 1, words * 2 - 1),
        };
        let said = page.get(begin..(begin + length).min(page.len()))?;
        let mut paragraph = Paragraph { style: le16(said, 0)?, ..Paragraph::default() };
        for (code, operand) in properties(said.get(2..).unwrap_or_default()) {
            let set = operand.first().is_some_and(|value| *value != 0);
            match code {
                IN_TABLE => paragraph.in_table = set,
                ROW_END => paragraph.row_end = set,
                _ => {}
            }
        }
        Some(paragraph)
    })
}
