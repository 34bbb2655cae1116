//! The lines of a document in Unicode, whatever fonts they stand in.
//!
//! All text of fonts of one encoding is judged together: a stamp of two words proves nothing,
//! the page around it does.

use super::super::convert::to_unicode;
use super::super::legacy::{self, Encoding, is_capital_font};
use super::super::letter::Letters;
use super::super::reading::Sample;
use super::super::runs::{self, Says};
use super::{Document, Line, Piece};
use std::collections::BTreeSet;

/// What a font says: the encoding that it shows, and whether it shows capitals only.
pub(super) type Kind = (Option<Encoding>, bool);

pub(super) fn kind_of(font: Option<&str>) -> Kind {
    (font.and_then(Encoding::of_font), font.is_some_and(is_capital_font))
}

/// A stretch of one line in fonts of one kind.
struct Stretch {
    kind: Kind,
    line: usize,
    text: String,
}

/// All lines.
pub(super) fn lines(document: &Document) -> Vec<Line> {
    match document.fonts.is_empty() {
        true => of_no_font(document),
        false => of_fonts(document),
    }
}

/// Plain text, as most letters are, is one text as it stands.
fn of_no_font(document: &Document) -> Vec<Line> {
    let stands = &document.text;
    let converted = converted(stands, (None, false), document.hint);
    // No conversion touches a line feed; if one did, the text would stay as it stands.
    let same = converted.split('\n').count() == document.ends.len() + 1;
    let texts = if same { &converted } else { stands }.split('\n');
    let lines = document.ends.iter().zip(texts);
    lines.map(|((_, place), text)| Line { place: *place, text: text.to_owned() }).collect()
}

fn of_fonts(document: &Document) -> Vec<Line> {
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut lines: Vec<Line> = Vec::new();
    for piece in document.pieces() {
        if piece.line >= lines.len() {
            lines.push(Line { place: piece.place, text: String::new() });
        }
        join(&mut stretches, &piece);
    }
    let kinds: BTreeSet<Kind> = stretches.iter().map(|stretch| stretch.kind).collect();
    for kind in kinds {
        convert(&mut stretches, kind, document.hint);
    }
    for stretch in stretches {
        if let Some(line) = lines.get_mut(stretch.line) {
            line.text += &stretch.text;
        }
    }
    lines
}

/// Adds a piece to the last stretch, if it is of the same kind.
fn join(stretches: &mut Vec<Stretch>, piece: &Piece<'_>) {
    let kind = kind_of(piece.font);
    match stretches.last_mut() {
        Some(last) if last.line == piece.line && last.kind == kind => last.text += piece.text,
        _ => stretches.push(Stretch { kind, line: piece.line, text: piece.text.to_owned() }),
    }
}

/// Converts all stretches of one kind, as one text of so many lines.
fn convert(stretches: &mut [Stretch], kind: Kind, hint: Option<Encoding>) {
    let of_kind = || stretches.iter().filter(|stretch| stretch.kind == kind);
    let text = of_kind().map(|stretch| stretch.text.as_str()).collect::<Vec<_>>().join("\n");
    let text = converted(&text, kind, hint);
    let count = of_kind().count();
    // Nothing that converts touches a line feed; if it did, the text would stay as it stands.
    if text.split('\n').count() != count {
        return;
    }
    let of_kind = stretches.iter_mut().filter(|stretch| stretch.kind == kind);
    for (stretch, line) in of_kind.zip(text.split('\n')) {
        line.clone_into(&mut stretch.text);
    }
}

/// A text in fonts of one kind, in Unicode.
fn converted(text: &str, kind: Kind, hint: Option<Encoding>) -> String {
    let font = kind.0.or(hint);
    let (_, mut text) = to_unicode(&Sample { text: text.as_bytes(), label: None, font });
    if let Some(encoding) = kind.0 {
        text = in_font(&text, encoding);
    }
    if kind.1 {
        text = text.to_uppercase();
    }
    text
}

/// Lines of which some words are no Vietnamese as they stand, and all are in the encoding of
/// their font. A line of two words proves nothing elsewhere; here its font speaks too.
fn in_font(text: &str, encoding: Encoding) -> String {
    let mut out = String::with_capacity(text.len());
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            out.push('\n');
        }
        out += &line_in_font(line, encoding).unwrap_or_else(|| line.to_owned());
    }
    out
}

fn line_in_font(line: &str, encoding: Encoding) -> Option<String> {
    let mut out = String::with_capacity(line.len());
    let (mut done, mut better) = (0, false);
    for word in runs::words(line.as_bytes(), 0..line.len()).filter(|word| !word.is_ascii) {
        let stands = line.get(word.at.clone())?;
        let bytes = legacy::bytes_of(stands)?;
        let reads = runs::says(&legacy::letters(encoding, &bytes), encoding == Encoding::Tcvn3);
        let before = runs::says(&Letters::of(stands), false);
        if reads == Says::Other {
            return None;
        }
        better |= before == Says::Other;
        out += line.get(done..word.at.start)?;
        out += &legacy::decode(encoding, &bytes);
        done = word.at.end;
    }
    out += line.get(done..)?;
    better.then_some(out)
}
