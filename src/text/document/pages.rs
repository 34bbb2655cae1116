//! The text of PDF as a document: its lines, a section for each page.

use super::Place;
use super::writer::Writer;
use crate::archive::Pages;

/// Takes what the reader of PDF told.
pub(super) fn read(pages: Option<&Pages>, writer: &mut Writer<'_>) {
    let Some(pages) = pages else { return };
    for run in &pages.runs {
        if run.begins {
            writer.end();
            writer.at(Place { section: run.page, ..Place::default() });
        }
        writer.text(&run.text, Some(run.font.as_str()).filter(|font| !font.is_empty()));
        if writer.is_spent() {
            return;
        }
    }
    if pages.damaged {
        writer.damage();
    }
    if pages.cut {
        writer.cut();
    }
}
