//! The tables of fonts and colours of RTF: names, charsets and red by number.

use super::super::ink::is_red;
use crate::text::legacy::Encoding;
use std::collections::HashMap;

/// Fonts of one document.
const FONTS: usize = 4096;
/// Colours of one document.
const COLOURS: usize = 4096;
/// Bytes of a name.
const NAME: usize = 64;

/// The fonts, and the entry that is being read.
#[derive(Debug, Default)]
pub(super) struct Fonts {
    fonts: HashMap<i32, Font>,
    /// The font of text that names none.
    pub(super) default: Option<i32>,
    number: Option<i32>,
    font: Font,
}

#[derive(Debug, Default)]
struct Font {
    name: String,
    /// The charset; nothing for those that are read as windows-1252.
    charset: Option<&'static encoding_rs::Encoding>,
}

/// The colours, and the entry that is being read.
#[derive(Debug, Default)]
pub(super) struct Colours {
    red: Vec<bool>,
    now: [u8; 3],
}

impl Colours {
    /// A word within the table.
    pub(super) fn word(&mut self, word: &[u8], number: Option<i32>) {
        let at = [&b"red"[..], b"green", b"blue"].iter().position(|name| *name == word);
        if let Some(part) = at.and_then(|at| self.now.get_mut(at)) {
            *part = u8::try_from(number.unwrap_or_default()).unwrap_or_default();
        }
    }

    /// Bytes of the table: `;` ends an entry.
    pub(super) fn end(&mut self, bytes: &[u8]) {
        for _ in bytes.iter().filter(|byte| **byte == b';') {
            if self.red.len() < COLOURS {
                self.red.push(is_red(std::mem::take(&mut self.now)));
            }
        }
    }

    /// Whether a colour is red.
    pub(super) fn is_red(&self, number: Option<i32>) -> bool {
        let at = number.and_then(|number| usize::try_from(number).ok());
        at.and_then(|at| self.red.get(at)).copied().unwrap_or_default()
    }
}

impl Fonts {
    /// A word within the table; whether it was one of its own.
    pub(super) fn word(&mut self, word: &[u8], number: Option<i32>) -> bool {
        match word {
            b"f" => {
                self.finish();
                self.number = number;
            }
            b"fcharset" => self.font.charset = number.and_then(by_charset),
            b"cpg" => self.font.charset = number.and_then(by_page),
            _ => return false,
        }
        true
    }

    /// Bytes of a name; `;` ends it.
    pub(super) fn name(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b';' => self.finish(),
                byte if self.font.name.len() < NAME => self.font.name.push(char::from(*byte)),
                _ => {}
            }
        }
    }

    /// An entry is complete, or the table is.
    pub(super) fn finish(&mut self) {
        let mut font = std::mem::take(&mut self.font);
        let Some(number) = self.number.take() else { return };
        font.name = font.name.trim().to_owned();
        // What a legacy font says of its charset is what Windows had to believe.
        if Encoding::of_font(&font.name).is_some() {
            font.charset = None;
        }
        if self.fonts.len() < FONTS {
            self.fonts.insert(number, font);
        }
    }

    fn get(&self, number: Option<i32>) -> Option<&Font> {
        self.fonts.get(&number.or(self.default)?)
    }

    /// The name of a font.
    pub(super) fn of(&self, number: Option<i32>) -> Option<&str> {
        self.get(number).map(|font| font.name.as_str()).filter(|name| !name.is_empty())
    }

    /// The charset of a font's bytes, where it is not windows-1252.
    pub(super) fn charset(&self, number: Option<i32>) -> Option<&'static encoding_rs::Encoding> {
        self.get(number).and_then(|font| font.charset)
    }
}

/// The charsets of Windows.
fn by_charset(number: i32) -> Option<&'static encoding_rs::Encoding> {
    Some(match number {
        128 => encoding_rs::SHIFT_JIS,
        129 => encoding_rs::EUC_KR,
        134 => encoding_rs::GBK,
        136 => encoding_rs::BIG5,
        161 => encoding_rs::WINDOWS_1253,
        162 => encoding_rs::WINDOWS_1254,
        163 => encoding_rs::WINDOWS_1258,
        177 => encoding_rs::WINDOWS_1255,
        178 => encoding_rs::WINDOWS_1256,
        186 => encoding_rs::WINDOWS_1257,
        204 => encoding_rs::WINDOWS_1251,
        222 => encoding_rs::WINDOWS_874,
        238 => encoding_rs::WINDOWS_1250,
        _ => return None,
    })
}

/// The code pages of Windows.
fn by_page(number: i32) -> Option<&'static encoding_rs::Encoding> {
    match number {
        932 => by_charset(128),
        936 => by_charset(134),
        949 => by_charset(129),
        950 => by_charset(136),
        1252 => None,
        number => encoding_rs::Encoding::for_label(format!("windows-{number}").as_bytes()),
    }
}
