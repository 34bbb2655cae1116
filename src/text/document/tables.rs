//! Rows and cells of tables, also of tables in cells.

use super::writer::Writer;
use super::{Frame, Place};

/// Tables in tables.
const DEEPEST: usize = 64;

/// Where a reader is among tables.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// Rows so far.
    rows: u32,
    /// The place around each open cell.
    around: Vec<Place>,
    /// Cells beyond [`DEEPEST`].
    deeper: usize,
}

impl Tables {
    /// Behind so many rows.
    pub(super) fn after(rows: u32) -> Tables {
        Tables { rows, ..Tables::default() }
    }

    /// A row begins.
    pub(super) fn row(&mut self) {
        self.rows = self.rows.saturating_add(1);
    }

    /// A cell begins.
    pub(super) fn open(&mut self, writer: &mut Writer<'_>) {
        writer.end();
        if self.around.len() >= DEEPEST {
            self.deeper += 1;
            return;
        }
        let around = writer.place();
        self.around.push(around);
        writer.at(Place { frame: Frame::Cell, row: self.rows, ..around });
    }

    /// A cell ends.
    pub(super) fn close(&mut self, writer: &mut Writer<'_>) {
        writer.end();
        if self.deeper > 0 {
            self.deeper -= 1;
        } else if let Some(around) = self.around.pop() {
            writer.at(around);
        }
    }

    /// The text ends, whatever is open; the number of its rows.
    pub(super) fn finish(mut self, writer: &mut Writer<'_>) -> u32 {
        writer.end();
        if let Some(around) = self.around.drain(..).next() {
            writer.at(around);
        }
        self.rows
    }
}
