//! The text of RTF (version 1.9.1): bytes by the charset of their font, characters by number.
//!
//! Fonts of legacy encodings say that they are of the charset ANSI or Symbol, so their bytes come
//! as windows-1252 has them, as from every other format.

mod fonts;
mod tokens;

use super::super::legacy::as_windows_1252;
use super::writer::Writer;
use super::{Area, Frame, Place};
use fonts::{Colours, Fonts};
use tokens::{Token, Tokens};

/// Groups in groups: Word stops at far fewer.
const DEEPEST: usize = 4096;
/// Tokens between two looks at whether anybody waits.
const STEPS: usize = 1 << 14;

/// Where the text of a group goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Goes {
    #[default]
    Text,
    /// Into the table of fonts.
    Fonts,
    /// Into the table of colours.
    Colours,
    /// Nowhere: pictures, styles, what we do not know.
    Away,
}

/// The state that a group keeps.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    goes: Goes,
    font: Option<i32>,
    colour: Option<i32>,
    /// Characters behind `\u` for readers that know none.
    fallback: usize,
    /// Whether a box or a note began with it.
    inner: bool,
    starred: bool,
}

/// Reads a document.
pub(super) fn read(bytes: &[u8], writer: &mut Writer<'_>) {
    let now = Group { fallback: 1, ..Group::default() };
    let mut reader = Reader {
        writer,
        fonts: Fonts::default(),
        colours: Colours::default(),
        groups: Vec::new(),
        deeper: 0,
        now,
        pending: Vec::new(),
        skip: 0,
        surrogate: None,
        rows: 0,
    };
    for (step, token) in Tokens::new(bytes).enumerate() {
        if step.is_multiple_of(STEPS) && !reader.writer.is_awake() || reader.writer.is_spent() {
            return;
        }
        reader.take(token);
    }
    reader.flush();
}

/// A document being read.
struct Reader<'r, 'b> {
    writer: &'r mut Writer<'b>,
    fonts: Fonts,
    colours: Colours,
    groups: Vec<Group>,
    /// Groups beyond [`DEEPEST`].
    deeper: usize,
    now: Group,
    /// Bytes of the font at hand that are not decoded yet: a character may have two.
    pending: Vec<u8>,
    /// Characters that are still to be skipped behind `\u`.
    skip: usize,
    /// The first half of a character beyond U+FFFF.
    surrogate: Option<u16>,
    rows: u32,
}

impl Reader<'_, '_> {
    fn take(&mut self, token: Token<'_>) {
        match token {
            Token::Open => self.open(),
            Token::Close => self.close(),
            Token::Star => self.now.starred = true,
            Token::Word(word, number) => self.word(word, number),
            Token::Hex(byte) => self.byte(byte),
            Token::Text(text) => {
                let skipped = self.skip.min(text.len());
                self.skip -= skipped;
                self.bytes(text.get(skipped..).unwrap_or_default());
            }
            Token::Sign(sign) => match sign {
                b'~' => self.character('\u{a0}'),
                b'_' => self.bytes(b"-"),
                b'\\' | b'{' | b'}' => self.byte(sign),
                _ => {}
            },
        }
    }

    fn open(&mut self) {
        self.flush();
        self.skip = 0;
        if self.groups.len() >= DEEPEST {
            self.deeper += 1;
            return;
        }
        self.groups.push(self.now);
        self.now = Group { inner: false, starred: false, ..self.now };
    }

    fn close(&mut self) {
        self.flush();
        self.skip = 0;
        if self.deeper > 0 {
            self.deeper -= 1;
            return;
        }
        let Some(outer) = self.groups.pop() else { return };
        if self.now.inner {
            self.writer.close();
        }
        if self.now.goes == Goes::Fonts && outer.goes != Goes::Fonts {
            self.fonts.finish();
        }
        self.now = outer;
    }

    fn byte(&mut self, byte: u8) {
        match self.skip {
            0 => self.bytes(&[byte]),
            _ => self.skip -= 1,
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        match self.now.goes {
            Goes::Text => self.pending.extend_from_slice(bytes),
            Goes::Fonts => self.fonts.name(bytes),
            Goes::Colours => self.colours.end(bytes),
            Goes::Away => {}
        }
    }

    /// A character that is not of the font's charset.
    fn character(&mut self, c: char) {
        self.flush();
        if self.now.goes == Goes::Text {
            self.writer.ink(self.colours.is_red(self.now.colour));
            let font = self.fonts.of(self.now.font);
            self.writer.text(c.encode_utf8(&mut [0; 4]), font);
        }
    }

    /// Writes what is pending.
    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.pending);
        self.writer.ink(self.colours.is_red(self.now.colour));
        let font = self.fonts.of(self.now.font);
        match self.fonts.charset(self.now.font) {
            Some(encoding) => {
                self.writer.text(&encoding.decode_without_bom_handling(&bytes).0, font);
            }
            None => self.writer.text(&as_windows_1252(&bytes), font),
        }
    }

    fn word(&mut self, word: &[u8], number: Option<i32>) {
        let starred = std::mem::take(&mut self.now.starred);
        if self.destination(word) || self.now.goes == Goes::Fonts && self.fonts.word(word, number) {
            return;
        }
        if starred {
            self.now.goes = Goes::Away;
            return;
        }
        match word {
            b"u" => self.unicode(number.unwrap_or_default()),
            b"uc" => self.now.fallback = usize::try_from(number.unwrap_or(1)).unwrap_or(1).min(8),
            b"f" => {
                self.flush();
                self.now.font = number;
            }
            b"plain" => {
                self.flush();
                (self.now.font, self.now.colour) = (None, None);
            }
            b"cf" => {
                self.flush();
                self.now.colour = number;
            }
            b"deff" => self.fonts.default = number,
            _ if self.now.goes == Goes::Colours => self.colours.word(word, number),
            _ if self.now.goes == Goes::Text => self.layout(word),
            _ => {}
        }
    }

    /// What ends lines and cells, and signs by name.
    fn layout(&mut self, word: &[u8]) {
        match word {
            b"par" | b"line" | b"sect" | b"page" | b"column" | b"softline" => self.end(),
            b"cell" | b"nestcell" => self.end(),
            b"row" | b"nestrow" => {
                self.end();
                self.rows = self.rows.saturating_add(1);
            }
            b"intbl" => self.stand(Frame::Cell),
            b"pard" if self.writer.place().frame == Frame::Cell => self.stand(Frame::Page),
            b"tab" => self.character('\t'),
            b"emdash" => self.character('—'),
            b"endash" => self.character('–'),
            b"lquote" => self.character('‘'),
            b"rquote" => self.character('’'),
            b"ldblquote" => self.character('“'),
            b"rdblquote" => self.character('”'),
            b"bullet" => self.character('•'),
            _ => {}
        }
    }

    fn end(&mut self) {
        self.flush();
        self.writer.end();
    }

    /// Says whether the paragraph at hand is a cell's.
    fn stand(&mut self, frame: Frame) {
        self.flush();
        let place = self.writer.place();
        let row = if frame == Frame::Cell { self.rows + 1 } else { 0 };
        if place.frame != Frame::Box {
            self.writer.at(Place { frame, row, ..place });
        }
    }

    /// Groups whose text goes elsewhere; whether this begins one.
    fn destination(&mut self, word: &[u8]) -> bool {
        let place = match word {
            b"fonttbl" => {
                self.now.goes = Goes::Fonts;
                return true;
            }
            b"colortbl" => {
                self.now.goes = Goes::Colours;
                return true;
            }
            b"stylesheet" | b"info" | b"pict" | b"fldinst" | b"objdata" | b"shprslt"
            | b"nonshppict" | b"xe" | b"tc" | b"listtable" | b"revtbl" | b"sp" => {
                self.now.goes = Goes::Away;
                return true;
            }
            b"header" | b"headerl" | b"headerr" | b"headerf" => (Area::Header, Frame::Page),
            b"footer" | b"footerl" | b"footerr" | b"footerf" => (Area::Footer, Frame::Page),
            b"footnote" | b"annotation" => (Area::Note, Frame::Page),
            b"shptxt" | b"dptxbxtext" => (self.writer.place().area, Frame::Box),
            _ => return false,
        };
        self.flush();
        let section = self.writer.place().section;
        self.writer.begin(Place { area: place.0, frame: place.1, section, row: 0 });
        (self.now.goes, self.now.inner) = (Goes::Text, true);
        true
    }

    /// A character by number, perhaps half of one.
    fn unicode(&mut self, number: i32) {
        let unit = u16::try_from(number.rem_euclid(1 << 16)).unwrap_or_default();
        let first = self.surrogate.take();
        self.skip = self.now.fallback;
        if matches!(unit, 0xd800..=0xdbff) {
            self.surrogate = Some(unit);
            return;
        }
        let units = first.into_iter().chain([unit]);
        for c in char::decode_utf16(units).flatten() {
            self.character(c);
        }
    }
}
