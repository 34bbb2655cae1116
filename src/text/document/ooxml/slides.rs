//! The text of pptx: slides in their order, each with its notes.

use super::super::writer::Writer;
use super::super::{Area, Place};
use super::{Package, drawing};

/// Reads a presentation.
pub(in crate::text::document) fn read(package: &Package<'_>, writer: &mut Writer<'_>) {
    let main = package.main("ppt/presentation.xml");
    let relations = package.relations(&main);
    let themes = Package::of_kind(&relations, "theme");
    let theme = themes.first().and_then(|theme| drawing::theme(package, theme));
    let mut row = 0;
    let slides = relations.iter().filter(|relation| relation.kind == "slide");
    let slides = slides.map(|relation| (relation.id.as_str(), relation.target.as_str())).collect();
    for (number, slide) in (0u32..).zip(package.in_order(&main, "sldId", slides)) {
        let place = Place { section: number, ..Place::default() };
        row = drawing::read(package, &slide, theme.as_deref(), place, row, writer);
        for notes in Package::of_kind(&package.relations(&slide), "notesslide") {
            let place = Place { area: Area::Note, ..place };
            row = drawing::read(package, &notes, theme.as_deref(), place, row, writer);
        }
        if !writer.is_awake() {
            return;
        }
    }
}
