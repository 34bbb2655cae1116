//! Text of DrawingML (ECMA-376 part 1, 21.1.2): slides, their notes, boxes on sheets.

use super::super::tables::Tables;
use super::super::writer::Writer;
use super::super::{Frame, Place};
use super::Package;
use crate::archive::xml::{Node, attribute};

/// Reads one member; `default` is the font of runs that name none. Behind `row` rows of tables;
/// how many there are then.
pub(super) fn read(
    package: &Package<'_>,
    member: &str,
    default: Option<&str>,
    place: Place,
    row: u32,
    writer: &mut Writer<'_>,
) -> u32 {
    writer.at(place);
    let mut tables = Tables::after(row);
    let (mut font, mut in_text, mut in_run) = (None, false, false);
    package.walk(member, |node| match node {
        Node::Open("sp", _) => writer.at(place),
        Node::Open("cNvSpPr", start) if attribute(start, "txBox") == "1" => {
            writer.at(Place { frame: Frame::Box, ..place });
        }
        // A run, or a field: the number of a slide, a date.
        Node::Open("r" | "fld", _) => (font, in_run) = (None, true),
        Node::Close("r" | "fld") => in_run = false,
        Node::Open("latin", start) if in_run => font = Some(attribute(start, "typeface")),
        Node::Open("t", _) => in_text = true,
        Node::Close("t") => in_text = false,
        // `+mn-lt` and its kin are fonts of the theme.
        Node::Text(text) if in_text => {
            let named = font.as_deref().filter(|font| !font.starts_with('+'));
            writer.text(text, named.or(default));
        }
        Node::Open("br", _) | Node::Close("p") => writer.end(),
        Node::Open("tr", _) => tables.row(),
        Node::Open("tc", _) => tables.open(writer),
        Node::Close("tc") => tables.close(writer),
        _ => {}
    });
    tables.finish(writer)
}

/// The font of a theme's text.
pub(super) fn theme(package: &Package<'_>, member: &str) -> Option<String> {
    let (mut inside, mut font) = (false, None);
    package.walk(member, |node| match node {
        Node::Open("minorFont", _) => inside = true,
        Node::Close("minorFont") => inside = false,
        Node::Open("latin", start) if inside => font = Some(attribute(start, "typeface")),
        _ => {}
    });
    font.filter(|font| !font.is_empty())
}
