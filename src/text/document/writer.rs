//! Puts a document together: what readers of formats write into.
//!
//! It bounds what comes out, keeps lines whole where a text box interrupts them, and makes the
//! letters of fonts for symbols letters of Latin-1.

use super::{Document, Encoding, Gap, Place, RED};
use crate::mail::Budget;
use std::collections::HashMap;

/// What a line costs beside its text: where it ends, where it stands, and the same in Unicode.
const LINE: u64 = 48;
/// Boxes in boxes.
const DEEPEST: usize = 16;
/// Fonts of one document that are told apart.
const FONTS: usize = 1000;
/// Characters of a font's name.
const NAME: usize = 64;
/// Bytes after which a line is ended where it stands: nobody's paragraph.
const LONGEST: usize = 256 << 10;

/// A document being written.
pub(in crate::text) struct Writer<'b> {
    document: Document,
    budget: &'b mut Budget,
    /// Lines that are open: the innermost text box last.
    open: Vec<Open>,
    /// Numbers of fonts by name.
    fonts: HashMap<String, u16>,
    /// [`RED`] where what is written is red.
    ink: u16,
}

/// A line that is not at its end.
#[derive(Default)]
struct Open {
    place: Place,
    text: String,
    /// Where runs begin in it, and their fonts.
    runs: Vec<(usize, u16)>,
}

impl<'b> Writer<'b> {
    pub(in crate::text) fn new(budget: &'b mut Budget) -> Writer<'b> {
        let (document, fonts) = (Document::default(), HashMap::new());
        Writer { document, budget, open: vec![Open::default()], fonts, ink: 0 }
    }

    /// What the label says.
    pub(super) fn hint(&mut self, encoding: Option<Encoding>) {
        self.document.hint = encoding;
    }

    /// Whether nothing more is taken.
    pub(super) fn is_spent(&self) -> bool {
        self.document.gap.is_some_and(|gap| gap != Gap::Damaged)
    }

    /// Notes that there is more text than was told.
    pub(super) fn cut(&mut self) {
        self.end();
        self.document.gap.get_or_insert(Gap::OverLimit);
    }

    /// Notes that some text could not be read; what follows may be.
    pub(super) fn damage(&mut self) {
        self.document.gap.get_or_insert(Gap::Damaged);
    }

    /// Where the line at hand stands.
    pub(super) fn place(&self) -> Place {
        self.open.last().map(|line| line.place).unwrap_or_default()
    }

    /// Says where the line at hand stands, and those behind it.
    pub(super) fn at(&mut self, place: Place) {
        if let Some(line) = self.open.last_mut() {
            line.place = place;
        }
    }

    /// Says whether what follows is written in the red of a stamp.
    pub(super) fn ink(&mut self, red: bool) {
        self.ink = if red { RED } else { 0 };
    }

    /// Adds text to the line at hand.
    pub(super) fn text(&mut self, text: &str, font: Option<&str>) {
        if text.is_empty() || self.is_spent() {
            return;
        }
        let number = font.map_or(0, |font| self.font(font)) | self.ink;
        let Some(line) = self.open.last_mut() else { return };
        if line.runs.last().is_none_or(|(_, font)| *font != number) {
            line.runs.push((line.text.len(), number));
        }
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|byte| !is_shown(byte)) {
            // Such a byte begins a character: those within one are all shown.
            let (plain, odd) = rest.split_at(at);
            let mut odd = odd.chars();
            line.text += plain;
            line.text.extend(odd.next().map(shown));
            rest = odd.as_str();
        }
        line.text += rest;
        if line.text.len() > LONGEST {
            self.end();
        }
    }

    fn font(&mut self, name: &str) -> u16 {
        if let Some(number) = self.fonts.get(name) {
            return *number;
        }
        let number = self.document.fonts.len() + 1;
        let (Ok(number), true) = (u16::try_from(number), number <= FONTS) else { return 0 };
        self.document.fonts.push(name.chars().take(NAME).collect());
        self.fonts.insert(name.to_owned(), number);
        number
    }

    /// Ends the line at hand. One of blanks only is none.
    pub(super) fn end(&mut self) {
        let Some(line) = self.open.last_mut() else { return };
        let (text, runs) = (std::mem::take(&mut line.text), std::mem::take(&mut line.runs));
        if text.trim().is_empty() || self.document.gap.is_some_and(|gap| gap != Gap::Damaged) {
            return;
        }
        if let Err(spent) = self.budget.unpack(text.len() as u64 + LINE) {
            self.document.gap = Some(spent.into());
            return;
        }
        let from = self.document.text.len();
        self.document.runs.extend(runs.into_iter().map(|(at, font)| (from + at, font)));
        self.document.text += &text;
        self.document.text.push('\n');
        self.document.ends.push((self.document.text.len(), line.place));
    }

    /// Begins lines of their own within the line at hand: a text box. They come before it.
    pub(super) fn begin(&mut self, place: Place) {
        if self.open.len() < DEEPEST {
            self.open.push(Open { place, ..Open::default() });
        }
    }

    /// Ends what [`Writer::begin`] began; the line around it goes on.
    pub(super) fn close(&mut self) {
        self.end();
        if self.open.len() > 1 {
            self.open.pop();
        }
    }

    /// Bytes of text so far.
    pub(super) fn written(&self) -> usize {
        let open: usize = self.open.iter().map(|line| line.text.len()).sum();
        self.document.text.len() + open
    }

    /// Whether half of what may be spent is: time to tell no more than once what repeats itself.
    pub(super) fn is_tight(&self) -> bool {
        self.budget.unpacked() > self.budget.limits().unpacked / 2
    }

    /// Whether the pipeline still wants an answer; notes it if not.
    pub(super) fn is_awake(&mut self) -> bool {
        if let Err(spent) = self.budget.check() {
            self.document.gap = Some(spent.into());
        }
        !self.is_spent()
    }

    /// The document.
    pub(in crate::text) fn finish(mut self) -> Document {
        while self.open.len() > 1 {
            self.close();
        }
        self.end();
        self.document
    }
}

/// Whether no character with this byte is shown otherwise: 0xEF begins those of symbol fonts.
fn is_shown(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f && byte != 0xef)
}

/// A character as a line has it: no controls, and letters of a symbol font (U+F020–F0FF), which
/// is what some programs take .VnTime for, as the bytes that they are.
fn shown(c: char) -> char {
    match c {
        '\t' => c,
        '\u{f020}'..='\u{f0ff}' => char::from_u32(u32::from(c) - 0xf000).unwrap_or(c),
        // Invalid in windows-1252, but letters of VPS and VISCII: no controls of any document.
        '\u{80}'..='\u{9f}' => c,
        c if c.is_control() => ' ',
        c => c,
    }
}
