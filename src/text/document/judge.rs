//! Which encoding the text of a document is in, font by font.
//!
//! A table in .VnTime within a document in Unicode is few words among many; all text of fonts
//! of one encoding is judged together, apart from the rest.

use super::super::legacy::Encoding;
use super::super::reading::{Reading, Sample, judge};
use super::unicode::kind_of;
use super::{Document, Piece, Place};

/// Text of a document that is in a legacy encoding.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The encoding, its words, how many there are.
    pub reading: Reading,
    /// Where the first of them stand.
    pub place: Place,
    /// The font that they stand in, where the document names one.
    pub font: Option<String>,
}

/// The reading of each kind of font that has one, the one of most words first.
pub(super) fn seen(document: &Document) -> Vec<Seen> {
    let encoding = |piece: &Piece<'_>| kind_of(piece.font).0;
    let mut encodings: Vec<Option<Encoding>> = document.pieces().map(|p| encoding(&p)).collect();
    encodings.sort();
    encodings.dedup();
    let mut all: Vec<Seen> = encodings.into_iter().filter_map(|e| of_fonts(document, e)).collect();
    all.sort_by_key(|seen| std::cmp::Reverse(seen.reading.words));
    all
}

/// The reading of all text whose fonts show this encoding, or none.
fn of_fonts(document: &Document, wanted: Option<Encoding>) -> Option<Seen> {
    let of_fonts = || document.pieces().filter(|piece| kind_of(piece.font).0 == wanted);
    let mut text = String::new();
    let mut line = None;
    for piece in of_fonts() {
        if line.is_some_and(|line| line != piece.line) {
            text.push('\n');
        }
        line = Some(piece.line);
        text += piece.text;
    }
    let font = wanted.or(document.hint);
    let reading = judge(&Sample { text: text.as_bytes(), label: None, font })?;
    let (mut at, mut line) = (0, None);
    let first = of_fonts().find(|piece| {
        at += piece.text.len() + usize::from(line.is_some_and(|line| line != piece.line));
        line = Some(piece.line);
        at > reading.span.start
    });
    let place = first.map(|piece| piece.place).unwrap_or_default();
    Some(Seen { reading, place, font: first.and_then(|piece| piece.font).map(str::to_owned) })
}
