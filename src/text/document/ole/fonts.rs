//! The fonts of Word 97 (MS-DOC 2.9): their names, which one a style or a run has, and which is red.

use super::super::ink::is_red;
use super::{le16, size, wide};

/// Fonts and styles of one document.
const FONTS: usize = 4096;
const STYLES: usize = 4096;
/// How far a style may be based on another.
const CHAIN: usize = 32;

/// Properties that name a font, by letters: of ASCII, and of all that is neither ASCII nor Chinese.
const ASCII_FONT: u16 = 0x4a4f;
const OTHER_FONT: u16 = 0x4a51;
/// Properties of a colour: by number (2.9.119), and by its parts.
const COLOUR: u16 = 0x2a42;
const COLOUR_PARTS: u16 = 0x6870;
/// The property that names a style of characters.
const CHARACTER_STYLE: u16 = 0x4a30;

/// What the properties of a run say about its font.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// The number of a font.
    pub(super) font: Option<u16>,
    /// The number of a style.
    pub(super) style: Option<u16>,
    /// Whether it is red.
    pub(super) red: Option<bool>,
}

/// Walks a list of properties (MS-DOC 2.6, `grpprl`): each with its operand.
pub(super) fn properties(list: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let code = le16(list, at)?;
        let length = match code >> 13 {
            0 | 1 => 1,
            2 | 4 | 5 => 2,
            3 => 4,
            7 => 3,
            // The length stands first; of a definition of a table it has two bytes (2.6.3), and
            // of tab stops it may be 255 and more.
            _ if code == 0xd608 => usize::from(le16(list, at + 2)?) + 1,
            _ => usize::from(*list.get(at + 2)?) + 1,
        };
        let operand = list.get(at + 2..(at + 2).checked_add(length)?)?;
        at += 2 + length;
        Some((code, operand))
    })
}

/// The font that properties name.
pub(super) fn named(list: &[u8]) -> Named {
    let mut named = Named::default();
    let mut other = None;
    for (code, operand) in properties(list) {
        match code {
            ASCII_FONT => named.font = le16(operand, 0),
            OTHER_FONT => other = le16(operand, 0),
            // Red and dark red.
            COLOUR => named.red = operand.first().map(|number| matches!(number, 6 | 13)),
            COLOUR_PARTS => {
                named.red = operand.first_chunk().map(|parts| is_red(*parts));
            }
            CHARACTER_STYLE => named.style = le16(operand, 0),
            _ => {}
        }
    }
    named.font = other.or(named.font);
    named
}

/// The names of all fonts (`SttbfFfn`, 2.9.286).
pub(super) fn names(table: &[u8]) -> Vec<String> {
    let count = usize::from(le16(table, 0).unwrap_or_default()).min(FONTS);
    let mut at = 4;
    let mut names = Vec::new();
    for _ in 0..count {
        let Some(length) = table.get(at).map(|length| usize::from(*length)) else { break };
        let entry = table.get(at + 1..at + 1 + length).unwrap_or_default();
        let name = wide(entry.get(39..).unwrap_or_default());
        names.push(name.split('\0').next().unwrap_or_default().to_owned());
        at += 1 + length;
    }
    names
}

/// The style sheet (`STSH`, 2.9.271), as far as fonts go.
#[derive(Debug, Default)]
pub(super) struct Styles {
    styles: Vec<(u16, Named)>,
    default: Option<u16>,
}

impl Styles {
    /// Reads a style sheet.
    pub(super) fn read(sheet: &[u8]) -> Styles {
        let mut styles = Styles::default();
        styles.fill(sheet);
        styles
    }

    fn fill(&mut self, sheet: &[u8]) -> Option<()> {
        let head = usize::from(le16(sheet, 0)?);
        let count = usize::from(le16(sheet, 2)?).min(STYLES);
        let base = usize::from(le16(sheet, 4)?);
        self.default = le16(sheet, 2 + 16).or(le16(sheet, 2 + 12)).filter(|_| head >= 18);
        let mut at = 2 + head;
        for _ in 0..count {
            let length = usize::from(le16(sheet, at)?);
            let entry = sheet.get(at + 2..(at + 2).checked_add(length)?)?;
            self.styles.push(style(entry, base).unwrap_or((NO_BASE, Named::default())));
            at = (at + 2 + length).next_multiple_of(2);
        }
        Some(())
    }

    /// The font of a run: what it names, its style, its paragraph's style.
    pub(super) fn font(&self, run: Named, paragraph: u16) -> Option<u16> {
        let of = |style| self.of(style, |named| named.font);
        run.font.or_else(|| run.style.and_then(of)).or_else(|| of(paragraph)).or(self.default)
    }

    /// Whether a run is red.
    pub(super) fn is_red(&self, run: Named, paragraph: u16) -> bool {
        let of = |style| self.of(style, |named| named.red);
        let said = run.red.or_else(|| run.style.and_then(of)).or_else(|| of(paragraph));
        said.unwrap_or_default()
    }

    fn of<T>(&self, mut number: u16, says: impl Fn(&Named) -> Option<T>) -> Option<T> {
        for _ in 0..CHAIN {
            let (base, named) = self.styles.get(usize::from(number))?;
            if let Some(said) = says(named) {
                return Some(said);
            }
            number = *base;
        }
        None
    }
}

/// A style that is based on none.
const NO_BASE: u16 = 0xfff;

/// A style (`STD`, 2.9.260): what it is based on, and its font.
fn style(entry: &[u8], base: usize) -> Option<(u16, Named)> {
    let kinds = le16(entry, 2)?;
    let (kind, based_on) = (kinds & 15, kinds >> 4);
    // Its name, with its length in front and a NUL behind.
    let mut at = base.checked_add(2 + 2 * usize::from(le16(entry, base)?) + 2)?;
    // Of a paragraph's style the first list is of paragraphs, the second of characters.
    if kind == 1 {
        at = (at + 2 + usize::from(le16(entry, at)?)).next_multiple_of(2);
    } else if kind != 2 {
        return Some((based_on, Named::default()));
    }
    let length = usize::from(le16(entry, at)?);
    let list = entry.get(at + 2..(at + 2).checked_add(length)?)?;
    Some((based_on, named(list)))
}

/// The name of a font by its number.
pub(super) fn name(names: &[String], number: Option<u16>) -> Option<&str> {
    let name = names.get(usize::from(number?))?;
    (!name.is_empty()).then_some(name)
}

/// A piece of a table stream: where it stands is said in the header of the document.
pub(super) fn slice<'t>(table: &'t [u8], header: &[u8], at: usize) -> Option<&'t [u8]> {
    let (from, length) = (size(header, at)?, size(header, at + 4)?);
    table.get(from..from.checked_add(length)?)
}
