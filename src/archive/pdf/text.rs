//! The text of PDF pages (ISO 32000-2 §9): what is shown, line by line as it is set.
//!
//! Nothing says where words and lines end but where the next letters stand. What is shown on
//! another height begins a line; a gap wider than a sixth of the letters' size is a blank.

use super::content::{Operand, walk};
use super::glyphs::Font;
use crate::archive::worker::{Output, Stop};
use flate2::bufread::ZlibDecoder;
use lopdf::{Dictionary, Document, Object, Stream};
use std::collections::HashMap;
use std::io::Read;

/// Bytes of content streams of one document, and of its text.
const CONTENT: usize = 48 << 20;
const TEXT: usize = 8 << 20;
/// Forms in forms, and states that are kept.
const DEEPEST: usize = 8;
const STATES: usize = 64;
/// Pages that are read.
const PAGES: usize = 10_000;
/// Codes that no font makes letters of: fewer are bullets and ornaments.
const LOST: usize = 16;

/// Tells the text of a document, page by page, and what of it could not be read.
pub(super) fn tell(document: &Document, output: &Output) -> Result<(), Stop> {
    let mut reader = Reader::new(document, output);
    let mut pages = 0;
    for page in document.page_iter().take(PAGES) {
        reader.page = pages;
        pages += 1;
        reader.page(page);
        if let Some(stop) = reader.stop {
            return Err(stop);
        }
        if reader.cut {
            output.text_cut()?;
            break;
        }
    }
    let missing = !reader.cut && (pages as usize) < counted(document).clamp(1, PAGES);
    if missing || reader.damaged || reader.lost >= LOST { output.text_damaged() } else { Ok(()) }
}

/// How many pages the document says that it has.
fn counted(document: &Document) -> usize {
    let pages = document.catalog().and_then(|catalog| catalog.get_deref(b"Pages", document));
    let count =
        pages.and_then(Object::as_dict).and_then(|pages| pages.get_deref(b"Count", document));
    count.and_then(Object::as_i64).ok().and_then(|count| usize::try_from(count).ok()).unwrap_or(0)
}

struct Reader<'d> {
    document: &'d Document,
    output: &'d Output,
    page: u32,
    /// Bytes that may still be read, and told.
    content: usize,
    text: usize,
    cut: bool,
    /// Whether some content could not be read.
    damaged: bool,
    /// Codes that were no letters of any font.
    lost: usize,
    stop: Option<Stop>,
}

/// A matrix as PDF writes it.
type Matrix = [f64; 6];

const UNIT: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// What both together do, the first one first.
fn times(first: &Matrix, then: &Matrix) -> Matrix {
    let [a, b, c, d, e, f] = first;
    let [g, h, i, j, k, l] = then;
    [
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + l,
    ]
}

/// What operators change.
#[derive(Clone)]
struct State {
    page: Matrix,
    line: Matrix,
    at: Matrix,
    font: Vec<u8>,
    size: f64,
    leading: f64,
    /// What is added to the width of each letter, and of each blank.
    letters: f64,
    blanks: f64,
}

/// Where the last letters ended, on the page, and how large they were.
#[derive(Clone, Copy, Default)]
struct Last {
    x: f64,
    y: f64,
    size: f64,
    any: bool,
}

impl<'d> Reader<'d> {
    fn new(document: &'d Document, output: &'d Output) -> Reader<'d> {
        Reader {
            document,
            output,
            page: 0,
            content: CONTENT,
            text: TEXT,
            cut: false,
            damaged: false,
            lost: 0,
            stop: None,
        }
    }

    fn page(&mut self, id: lopdf::ObjectId) {
        let mut content = Vec::new();
        for id in self.document.get_page_contents(id) {
            let Ok(stream) = self.document.get_object(id).and_then(Object::as_stream) else {
                self.damaged = true;
                continue;
            };
            let left = self.content.saturating_sub(content.len());
            content.extend(self.unpacked(stream, left));
            content.push(b'\n');
        }
        let mut resources = Vec::new();
        if let Ok((own, ids)) = self.document.get_page_resources(id) {
            resources.extend(own);
            resources.extend(ids.iter().filter_map(|id| self.document.get_dictionary(*id).ok()));
        }
        let mut last = Last::default();
        self.show(&content, &resources, UNIT, &mut last, 0);
    }

    /// The bytes of a stream, and notes what is not there of it.
    fn unpacked(&mut self, stream: &Stream, most: usize) -> Vec<u8> {
        let (content, whole) = unpacked(stream, most);
        self.cut |= content.len() >= most;
        self.damaged |= !whole;
        content
    }

    fn show(
        &mut self,
        content: &[u8],
        resources: &[&'d Dictionary],
        matrix: Matrix,
        last: &mut Last,
        depth: usize,
    ) {
        let Some(left) = self.content.checked_sub(content.len()) else {
            self.cut = true;
            return;
        };
        self.content = left;
        let mut showing = Showing::new(self.document, resources, matrix);
        walk(content, |operator, operands| {
            match operator {
                b"Do" if depth < DEEPEST => {
                    if let Some(Operand::Name(name)) = operands.first() {
                        self.form(name, resources, showing.now.page, last, depth);
                    }
                }
                operator => {
                    if let Some((text, font)) = showing.operator(operator, operands, last) {
                        self.put(text, font);
                    }
                }
            }
            self.stop.is_none() && !self.cut
        });
        self.lost += showing.lost;
    }

    /// A form: content of its own, shown where it is named (§8.10).
    fn form(
        &mut self,
        name: &[u8],
        resources: &[&'d Dictionary],
        matrix: Matrix,
        last: &mut Last,
        depth: usize,
    ) {
        let Some(stream) = find(self.document, resources, b"XObject", name) else { return };
        let Ok(stream) = stream.as_stream() else { return };
        if stream.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|kind| kind != b"Form") {
            return;
        }
        let content = self.unpacked(stream, self.content);
        let own = stream.dict.get_deref(b"Resources", self.document).and_then(Object::as_dict);
        let own: Vec<&Dictionary> = own.into_iter().chain(resources.iter().copied()).collect();
        let matrix = times(&own_matrix(stream), &matrix);
        self.show(&content, &own, matrix, last, depth + 1);
    }

    /// Tells text, if there is room.
    fn put(&mut self, run: Shown, font: &str) {
        let Some(left) = self.text.checked_sub(run.text.len() + 1) else {
            self.cut = true;
            return;
        };
        self.text = left;
        self.stop = self.output.text(self.page, run.begins, font, &run.text).err();
    }
}

/// The bytes of a stream, as many as may be read. Flate is undone as far as it goes, as viewers
/// do, and by its short name too, which only images should have. Whether that was its end.
pub(super) fn unpacked(stream: &Stream, most: usize) -> (Vec<u8>, bool) {
    let flate = |filters: Vec<&[u8]>| matches!(filters[..], [b"FlateDecode" | b"Fl"]);
    if !stream.filters().is_ok_and(flate) || stream.dict.has(b"DecodeParms") {
        let content = stream.get_plain_content_with_limit(most);
        let whole = content.is_ok();
        return (content.unwrap_or_default(), whole);
    }
    let mut content = Vec::new();
    let mut decoder = ZlibDecoder::new(&stream.content[..]).take(most as u64);
    let whole = decoder.read_to_end(&mut content).is_ok();
    (content, whole)
}

fn own_matrix(stream: &Stream) -> Matrix {
    let mut matrix = UNIT;
    if let Ok(numbers) = stream.dict.get(b"Matrix").and_then(Object::as_array) {
        for (place, number) in matrix.iter_mut().zip(numbers) {
            *place = number.as_float().map(f64::from).unwrap_or_default();
        }
    }
    matrix
}

/// A resource by its kind and its name.
fn find<'d>(
    document: &'d Document,
    resources: &[&'d Dictionary],
    kind: &[u8],
    name: &[u8],
) -> Option<&'d Object> {
    let of_kind = resources
        .iter()
        .filter_map(|resources| resources.get_deref(kind, document).and_then(Object::as_dict).ok());
    let mut found = of_kind.filter_map(|all| all.get_deref(name, document).ok());
    found.next()
}

/// Text that is shown, and whether a line begins with it.
struct Shown {
    text: String,
    begins: bool,
}

/// One content stream being shown.
struct Showing<'d> {
    document: &'d Document,
    resources: Vec<&'d Dictionary>,
    fonts: HashMap<Vec<u8>, Option<Font<'d>>>,
    now: State,
    kept: Vec<State>,
    /// Codes that were no letters of any font.
    lost: usize,
}

impl<'d> Showing<'d> {
    fn new(document: &'d Document, resources: &[&'d Dictionary], page: Matrix) -> Showing<'d> {
        let now = State {
            page,
            line: UNIT,
            at: UNIT,
            font: Vec::new(),
            size: 1.0,
            leading: 0.0,
            letters: 0.0,
            blanks: 0.0,
        };
        let (fonts, resources) = (HashMap::new(), resources.to_vec());
        Showing { document, resources, fonts, now, kept: Vec::new(), lost: 0 }
    }

    /// Takes an operator; the text that it shows, with the font's name.
    fn operator(
        &mut self,
        operator: &[u8],
        operands: &[Operand],
        last: &mut Last,
    ) -> Option<(Shown, &str)> {
        let number = |at: usize| match operands.get(at) {
            Some(Operand::Number(number)) => *number,
            _ => 0.0,
        };
        match operator {
            b"q" if self.kept.len() < STATES => self.kept.push(self.now.clone()),
            b"Q" => self.now = self.kept.pop().unwrap_or_else(|| self.now.clone()),
            b"cm" => self.now.page = times(&matrix(number), &self.now.page),
            b"BT" => (self.now.line, self.now.at) = (UNIT, UNIT),
            b"Tf" => {
                if let Some(Operand::Name(name)) = operands.first() {
                    self.now.font.clone_from(name);
                }
                self.now.size = number(1);
            }
            b"Tc" => self.now.letters = number(0),
            b"Tw" => self.now.blanks = number(0),
            b"TL" => self.now.leading = number(0),
            b"Tm" => (self.now.line, self.now.at) = (matrix(number), matrix(number)),
            b"Td" => self.go(number(0), number(1)),
            b"TD" => {
                self.now.leading = -number(1);
                self.go(number(0), number(1));
            }
            b"T*" => self.go(0.0, -self.now.leading),
            b"'" => {
                self.go(0.0, -self.now.leading);
                return self.text(operands, last);
            }
            // Two numbers stand before the string.
            b"\"" => {
                (self.now.blanks, self.now.letters) = (number(0), number(1));
                self.go(0.0, -self.now.leading);
                return self.text(operands.get(2..).unwrap_or_default(), last);
            }
            b"Tj" | b"TJ" => return self.text(operands, last),
            _ => {}
        }
        None
    }

    /// To the begin of a line, seen from that of the last.
    fn go(&mut self, x: f64, y: f64) {
        self.now.line = times(&[1.0, 0.0, 0.0, 1.0, x, y], &self.now.line);
        self.now.at = self.now.line;
    }

    /// Shows strings; numbers among them move back, in thousandths.
    fn text(&mut self, operands: &[Operand], last: &mut Last) -> Option<(Shown, &str)> {
        let place = times(&self.now.at, &self.now.page);
        let scale = (place[2] * place[2] + place[3] * place[3]).sqrt();
        let size = (self.now.size * scale).abs().max(0.1);
        let (x, y) = (place[4], place[5]);
        let begins = !last.any || (y - last.y).abs() > 0.5 * size.min(last.size);
        let gap = last.any && !begins && (x - last.x > 0.15 * size || x < last.x - 2.0 * size);
        let (document, resources) = (self.document, &self.resources);
        let font = self.fonts.entry(self.now.font.clone()).or_insert_with_key(|name| {
            let font = find(document, resources, b"Font", name)?.as_dict().ok()?;
            Some(Font::new(document, font))
        });
        self.lost += if font.is_none() { operands.iter().map(Operand::length).sum() } else { 0 };
        let font = font.as_ref()?;
        let mut text = if gap { " ".to_owned() } else { String::new() };
        let (mut width, mut more) = (0.0, 0.0);
        for operand in operands {
            match operand {
                Operand::Text(bytes) => {
                    let shown = font.text(bytes);
                    self.lost += if shown.is_empty() { font.count(bytes) } else { 0 };
                    text += &shown;
                    width += font.width(bytes);
                    more += self.now.letters * font.count(bytes) as f64;
                    more += self.now.blanks * memchr::memchr_iter(b' ', bytes).count() as f64;
                }
                Operand::Number(back) => {
                    if *back < -180.0 && !text.ends_with(' ') && !text.is_empty() {
                        text.push(' ');
                    }
                    width -= back;
                }
                _ => {}
            }
        }
        let moved = [1.0, 0.0, 0.0, 1.0, width / 1000.0 * self.now.size + more, 0.0];
        self.now.at = times(&moved, &self.now.at);
        let end = times(&self.now.at, &self.now.page);
        *last = Last { x: end[4], y, size, any: true };
        (!text.is_empty()).then_some((Shown { text, begins }, font.name.as_str()))
    }
}

fn matrix(number: impl Fn(usize) -> f64) -> Matrix {
    [number(0), number(1), number(2), number(3), number(4), number(5)]
}
