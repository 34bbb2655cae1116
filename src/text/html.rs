//! HTML as text, with the font that each run stands in, and for documents whether it is red.
//!
//! A tokenizer, no parser: only tags, entities and the fonts of `<font face>` and
//! `style="font-family"` matter, and a page that is broken must still be read. Linear, whatever
//! the nesting.

use super::document::is_red_name;
use super::references::{self, reference};
use memchr::{memchr, memchr2, memmem};
use std::borrow::Cow;

/// Text of one font.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run<'t> {
    /// The text, entities expanded, in the bytes of its page.
    pub text: Cow<'t, [u8]>,
    /// The first font that is named for it.
    pub font: Option<String>,
    /// Whether it is written in the red of a stamp; asked of documents only.
    pub red: bool,
}

/// Elements within a word; every other one begins a line.
const INLINE: [&[u8]; 11] =
    [b"b", b"i", b"u", b"font", b"span", b"a", b"em", b"strong", b"o", b"code", b"mark"];
/// Open elements that are remembered; deeper ones keep the font of their parent.
const DEEPEST: usize = 64;
/// Bytes of a tag that are searched for its end and its attributes: longer ones hold pictures.
const TAG: usize = 16 << 10;

/// Bytes of a page that are judged: its tags are copied out, and longer ones are pictures.
pub const PAGE: usize = 4 << 20;

/// What stands between lines in [`lines`]: a byte that no text has.
pub(super) const BREAK: u8 = 0x0b;

/// The text of a page, in runs of one font each.
pub fn runs(page: &[u8]) -> Vec<Run<'static>> {
    read(page, b'\n', false)
}

/// The same with [`BREAK`] between lines, since line feeds of a page are blanks.
pub(super) fn lines(page: &[u8]) -> Vec<Run<'static>> {
    read(page, BREAK, true)
}

fn read(page: &[u8], end_of_line: u8, inks: bool) -> Vec<Run<'static>> {
    let mut reader = Reader {
        runs: Vec::new(),
        open: Vec::new(),
        end_of_line,
        inks,
        is_utf8: simdutf8::basic::from_utf8(page).is_ok(),
    };
    let mut rest = page;
    while let Some(at) = memchr2(b'<', b'&', rest) {
        let (text, from) = rest.split_at(at);
        reader.text(text);
        let taken =
            if from.first() == Some(&b'<') { reader.tag(from) } else { reader.entity(from) };
        rest = from.get(taken.max(1)..).unwrap_or_default();
    }
    reader.text(rest);
    reader.runs
}

struct Reader {
    runs: Vec<Run<'static>>,
    /// Elements that name a font or a colour, innermost last.
    open: Vec<Open>,
    /// What a tag between lines becomes.
    end_of_line: u8,
    /// Whether colours are asked for.
    inks: bool,
    is_utf8: bool,
}

/// An open element, its font, and whether it is red, where it says so.
struct Open {
    name: Vec<u8>,
    font: Option<String>,
    red: Option<bool>,
}

impl Reader {
    /// Adds text to the run of the font at hand.
    fn text(&mut self, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        let font = self.open.iter().rev().find_map(|open| open.font.as_ref());
        let red = self.open.iter().rev().find_map(|open| open.red).unwrap_or_default();
        match self.runs.last_mut() {
            Some(last) if last.font.as_ref() == font && last.red == red => {
                last.text.to_mut().extend_from_slice(text)
            }
            _ => {
                let font = font.cloned();
                self.runs.push(Run { text: Cow::Owned(text.to_vec()), font, red });
            }
        }
    }

    /// A tag, comment, script or style sheet at the start; returns its length.
    fn tag(&mut self, from: &[u8]) -> usize {
        if from.starts_with(b"<!--") {
            return memmem::find(from, b"-->").map_or(from.len(), |end| end + 3);
        }
        let starts = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'/' | b'!' | b'?');
        if !from.get(1).is_some_and(starts) {
            self.text(b"<");
            return 1;
        }
        let window = from.get(..from.len().min(TAG)).unwrap_or_default();
        let Some(end) = end_of_tag(window) else {
            // No end in sight: a picture in an attribute, or no tag at all.
            return memchr(b'>', from).map_or(from.len(), |end| end + 1);
        };
        let tag = window.get(1..end).unwrap_or_default();
        let closing = tag.first() == Some(&b'/');
        let name: Vec<u8> = tag
            .iter()
            .skip(usize::from(closing))
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .take(16)
            .map(u8::to_ascii_lowercase)
            .collect();
        if !closing && matches!(name.as_slice(), b"script" | b"style") {
            return end + 1 + hidden(from.get(end + 1..).unwrap_or_default(), &name);
        }
        if !INLINE.contains(&name.as_slice()) {
            self.text(&[self.end_of_line]);
        }
        if closing {
            self.close(&name)
        } else {
            self.open(name, tag)
        }
        end + 1
    }

    fn open(&mut self, name: Vec<u8>, tag: &[u8]) {
        let empty = tag.ends_with(b"/")
            || matches!(name.as_slice(), b"br" | b"img" | b"hr" | b"meta" | b"input" | b"link");
        if empty || self.open.len() >= DEEPEST {
            return;
        }
        let font = face(tag);
        let red = colour(tag).filter(|_| self.inks).map(|colour| is_red_name(&colour));
        // Elements of the same name must pair, so those without a font are kept where some are open.
        let told = font.is_some() || red.is_some();
        if told || self.open.iter().any(|open| open.name == name) {
            self.open.push(Open { name, font, red });
        }
    }

    fn close(&mut self, name: &[u8]) {
        if let Some(at) = self.open.iter().rposition(|open| open.name == name) {
            self.open.truncate(at);
        }
    }

    /// An entity at the start; returns its length.
    fn entity(&mut self, from: &[u8]) -> usize {
        let head = from.iter().take(12).take_while(|byte| byte.is_ascii()).count();
        let head = std::str::from_utf8(from.get(..head).unwrap_or_default()).unwrap_or_default();
        let known = reference(head).or_else(|| named(head));
        let Some((c, len)) = known else {
            self.text(b"&");
            return 1;
        };
        match u8::try_from(u32::from(c)) {
            Ok(byte) if !self.is_utf8 || byte < 0x80 => self.text(&[byte]),
            _ => self.text(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        len
    }
}

/// Where a tag ends: `>` outside of quotes, or the first one where quotes do not close.
fn end_of_tag(window: &[u8]) -> Option<usize> {
    let mut quote = 0;
    for (at, byte) in window.iter().enumerate() {
        match byte {
            b'"' | b'\'' if quote == 0 => quote = *byte,
            byte if *byte == quote => quote = 0,
            b'>' if quote == 0 => return Some(at),
            _ => {}
        }
    }
    memchr(b'>', window)
}

/// The length of a script or a style sheet, up to its closing tag.
fn hidden(from: &[u8], name: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = from.get(at..).and_then(|rest| memmem::find(rest, b"</")) {
        at += found + 2;
        if from.get(at..at + name.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(name)) {
            return at - 2;
        }
    }
    from.len()
}

/// The font that a tag names.
fn face(tag: &[u8]) -> Option<String> {
    if tag.len() < 8 {
        return None;
    }
    let lower = tag.to_ascii_lowercase();
    let after = |word: &[u8]| memmem::find(&lower, word).map(|at| at + word.len());
    let at = after(b"font-family:").or_else(|| after(b"face="))?;
    let rest = tag.get(at..)?;
    // Within style='font-family:".VnTime"' one kind of quote stands in the other, or as &quot;.
    let rest = String::from_utf8_lossy(rest.get(..rest.len().min(80))?).replace("&quot;", "\"");
    let name = rest.trim_start_matches([' ', '"', '\'']);
    let end = name.find(['"', '\'', ';', ',', '>']).unwrap_or(name.len());
    let name = name.get(..end)?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// The colour of letters that a tag names: `color=red`, `style="color: #f00"`.
fn colour(tag: &[u8]) -> Option<String> {
    const WORD: &[u8] = b"color";
    let lower = tag.to_ascii_lowercase();
    // Others have this word too: bgcolor, background-color.
    let own = |at: &usize| {
        matches!(lower.get(at.checked_sub(1)?)?, b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b';')
            .then_some(())
    };
    let at = memmem::find_iter(&lower, WORD).find(|at| own(at).is_some())?;
    let rest = lower.get(at + WORD.len()..)?;
    let rest = String::from_utf8_lossy(rest.get(..rest.len().min(40))?);
    let rest = rest.trim_start().strip_prefix(['=', ':'])?.trim_start_matches([' ', '"', '\'']);
    Some(rest.split(['"', '\'', ';', '>', '!']).next()?.to_owned())
}

/// The character of a named entity at the start, and its length.
fn named(head: &str) -> Option<(char, usize)> {
    let body = head.strip_prefix('&')?;
    let name = body.get(..body.find(';')?)?;
    let c = references::named(name)?;
    Some((c, name.len() + 2))
}
