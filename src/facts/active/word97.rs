//! What documents of Word 97 and later do by themselves: fields in their text, and the template
//! that they were made from (MS-DOC).

use super::fields::{Assembler, Away, away};
use super::{Found, number};
use crate::archive::{Why, olepackage};
use crate::facts::Deed;
use crate::mail::Budget;

/// Where the header keeps place and length of a part of the table stream: FibRgFcLcb97 begins at
/// 0x9a, two numbers each (2.5.6).
const PARTS: usize = 0x9a;
const STRINGS: usize = 32;
const PIECES: usize = 33;

/// The streams that may hold the tables, the one that the header names first (2.5.1).
pub(super) fn tables(main: &[u8]) -> [&'static str; 2] {
    match main.get(11).is_some_and(|flags| flags & 2 != 0) {
        true => ["1Table", "0Table"],
        false => ["0Table", "1Table"],
    }
}

/// Looks at the text and its tables. Whether the header says that it is encrypted.
pub(super) fn look(main: &[u8], table: &[u8], found: &mut Found, budget: &mut Budget) -> bool {
    let locked = main.get(11).is_some_and(|flags| flags & 1 != 0);
    template(main, table, found);
    if memchr::memchr(0x13, main).is_none() {
        return locked;
    }
    let mut fields = Assembler::default();
    if !pieces(main, part(main, table, PIECES), &mut fields) {
        let what = "the pieces of its text overlap";
        found.opened.push(olepackage::in_trouble(Why::Unreadable, what, budget));
    }
    found.notes(fields.finish());
    // As it lies in the file, too: what a damaged table leaves out may be shown all the same.
    let mut fields = Assembler::default();
    // In 16 bits each letter of an instruction has a NUL beside it, which says nothing.
    main.iter().for_each(|byte| letter(u16::from(*byte), &mut fields));
    found.notes(fields.finish());
    locked
}

/// One character: fields stand between 0x13, 0x14 and 0x15 (2.8.25).
fn letter(unit: u16, fields: &mut Assembler) {
    match unit {
        0x13 => fields.begin(),
        0x14 => fields.separate(),
        0x15 => fields.end(),
        0x20..=0x7e => {
            let c = char::from_u32(u32::from(unit)).unwrap_or_default();
            fields.text(c.encode_utf8(&mut [0; 4]));
        }
        _ => {}
    }
}

/// A part of the table stream; empty where it is not in it.
fn part<'t>(main: &[u8], table: &'t [u8], which: usize) -> &'t [u8] {
    let place = |at: usize| number::le32(main, at).and_then(|place| usize::try_from(place).ok());
    let at = PARTS + which * 8;
    let (Some(start), Some(length)) = (place(at), place(at + 4)) else { return &[] };
    let start = start.min(table.len());
    table.get(start..start.saturating_add(length).min(table.len())).unwrap_or_default()
}

/// Reads the text in the order of its pieces (2.9.38, Clx): Word saves what was changed at the end
/// and lets the table put it in its place. Whether each byte stands in one piece at most.
fn pieces(main: &[u8], mut table: &[u8], fields: &mut Assembler) -> bool {
    // Formats of pieces stand in front, each with its length.
    while let Some([1, low, high, rest @ ..]) = table.get(..) {
        table = rest.get(usize::from(u16::from_le_bytes([*low, *high]))..).unwrap_or_default();
    }
    let Some([2, _, _, _, _, plc @ ..]) = table.get(..) else { return true };
    let count = plc.len().saturating_sub(4) / 12;
    let mut left = main.len().saturating_mul(2);
    for piece in 0..count {
        let position = |number: usize| number::le32(plc, number * 4);
        let (Some(from), Some(to)) = (position(piece), position(piece + 1)) else { return true };
        let Some(place) = number::le32(plc, (count + 1) * 4 + piece * 8 + 2) else { return true };
        let characters = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
        // Bit 30: one byte a character, at half the place (2.9.73, FcCompressed).
        let narrow = place & 0x4000_0000 != 0;
        let place = usize::try_from(place & 0x3fff_ffff).unwrap_or(usize::MAX);
        let (start, size) = if narrow { (place / 2, 1) } else { (place, 2) };
        let rest = main.get(start..).unwrap_or_default();
        let text = rest.get(..characters.saturating_mul(size).min(rest.len())).unwrap_or_default();
        if text.len() > left {
            return false;
        }
        left -= text.len();
        for unit in text.chunks(size) {
            letter(unit.iter().rev().fold(0, |unit, byte| unit << 8 | u16::from(*byte)), fields);
        }
    }
    true
}

/// The template of another place (2.9.276, SttbfAssoc): Word loads it with the document, and its
/// macros with it.
fn template(main: &[u8], table: &[u8], found: &mut Found) {
    // Two bytes a character, eighteen texts, nothing beside them.
    const SIGNED: &[u8] = b"\xff\xff\x12\0\0\0";
    let stated = associated(part(main, table, STRINGS));
    // A damaged header hides none.
    let signed = memchr::memmem::find_iter(table, SIGNED)
        .take(64)
        .filter_map(|at| associated(table.get(at..).unwrap_or_default()));
    for target in stated.into_iter().chain(signed) {
        match away(&target) {
            Away::Local => {}
            Away::Share => found.note(Deed::Remote, &format!("template {target}")),
            Away::Web | Away::Handler => {
                found.note(Deed::Template, &format!("template {target}"));
            }
        }
    }
}

/// The second of the associated texts, which is the template's path.
fn associated(texts: &[u8]) -> Option<String> {
    if number::le16(texts, 0)? != 0xffff {
        return None;
    }
    let extra = usize::from(number::le16(texts, 4)?);
    let length = |at: usize| Some(usize::from(number::le16(texts, at)?) * 2);
    let second = 6 + 2 + length(6)? + extra;
    let start = second + 2;
    let text = texts.get(start..start + length(second)?)?;
    let (text, _) = encoding_rs::UTF_16LE.decode_without_bom_handling(text);
    Some(text.trim_end_matches('\0').to_owned())
}
