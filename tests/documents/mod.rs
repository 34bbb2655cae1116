//! The text of documents: where lines stand, in which fonts, and what encoding they are in.

mod docx;
mod made;
mod plain;

use bytes::Bytes;
use congthu::archive::Opener;
use congthu::facts::{Facts, Part, unfold};
use congthu::mail::{Budget, Limits, Trip};
use congthu::text::Document;
use congthu::text::document::{Area, Frame, Line};

/// A letter with this file attached, taken apart.
fn letter(file: &[u8]) -> Facts {
    let raw = Bytes::from(crate::support::letter_with(file));
    let mut budget = Budget::new(Limits::default(), raw.len() as u64, Trip::default());
    unfold(&raw, &Opener::default(), &mut budget)
}

/// The file attached to a letter.
fn attached(facts: &Facts) -> &Part {
    facts.parts.iter().find(|part| part.path == "2").expect("an attachment")
}

/// The text of a file as the gate reads it.
fn read(file: &[u8]) -> Document {
    attached(&letter(file)).document().clone()
}

/// Lines as `area frame row: text`, short enough to compare.
fn shown(lines: &[Line]) -> Vec<String> {
    let area = |area| match area {
        Area::Body => "",
        Area::Header => "header ",
        Area::Footer => "footer ",
        Area::Note => "note ",
    };
    let frame = |line: &Line| match line.place.frame {
        Frame::Page => String::new(),
        Frame::Cell => format!("row{} ", line.place.row),
        Frame::Box => "box ".to_owned(),
    };
    let line = |line: &Line| format!("{}{}| {}", area(line.place.area), frame(line), line.text);
    lines.iter().map(line).collect()
}
