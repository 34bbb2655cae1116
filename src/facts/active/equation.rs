//! Equations of the old editor (MTEF 2 and 3), which no office runs any more but attackers do.
//!
//! Its font names and matrices overflow the editor (CVE-2017-11882, CVE-2018-0802, CVE-2018-0798),
//! wherever among the records they stand.

use super::{Found, number};
use crate::facts::Deed;

/// The header of the stream in front of the equation (EQNOLEFILEHDR).
const HEADER: usize = 28;

/// The stream `Equation Native`.
pub(super) fn stream(stream: &[u8], found: &mut Found) {
    let equation = stream.get(HEADER..).unwrap_or_default();
    // Five is MathType's own, which another program reads.
    if let Some((version, _)) = equation.split_first().filter(|(version, _)| **version != 5) {
        records(*version, equation.get(5..).unwrap_or_default(), found);
    }
}

/// The same as the old embedding of a bare class writes it, with its length in front.
pub(super) fn native(content: &[u8], found: &mut Found) {
    if content.get(4..6) == Some(&[0x1c, 0]) {
        stream(content.get(4..).unwrap_or_default(), found);
    }
}

/// All records in their order: lists end in a record of their own, so nothing is nested.
fn records(version: u8, mut rest: &[u8], found: &mut Found) {
    while let Some((&tag, behind)) = rest.split_first() {
        let options = tag >> 4;
        let next = match tag & 15 {
            // END, FULL, SUB, SUB2, SYM, SUBSYM: no content.
            0 | 10..=14 => Some(behind),
            1 => line(options, behind),
            // A typeface and a character, which had one byte in version 2.
            2 => nudged(options, behind, if version < 3 { 2 } else { 3 }),
            // TMPL: selector, variation, options. PILE: two alignments.
            3 => nudged(options, behind, 3),
            4 => nudged(options, behind, 2).and_then(|rest| ruled(options, rest)),
            5 => matrix(options, behind, found),
            6 => nudged(options, behind, 1),
            7 => ruler(behind),
            8 => font(behind, found),
            9 => size(behind),
            _ => None,
        };
        // What is no record ends the equation for its editor, too.
        let Some(next) = next.filter(|_| !found.is_full()) else { return };
        rest = next;
    }
}

/// What lies behind so many bytes and the shift in front of them, where there is one.
fn nudged(options: u8, rest: &[u8], length: usize) -> Option<&[u8]> {
    let shift = match (options & 8, rest) {
        (0, _) => 0,
        // Both at their end: two numbers of 16 bits follow.
        (_, [128, 128, ..]) => 6,
        _ => 2,
    };
    rest.get(shift + length..)
}

/// LINE: its distance, its ruler; what it holds follows as records.
fn line(options: u8, rest: &[u8]) -> Option<&[u8]> {
    let distance = usize::from(options & 4 != 0);
    nudged(options, rest, distance).and_then(|rest| ruled(options, rest))
}

/// The ruler that lines and piles may have.
fn ruled(options: u8, rest: &[u8]) -> Option<&[u8]> {
    match (options & 2, rest) {
        (0, _) => Some(rest),
        (_, [7, rest @ ..]) => ruler(rest),
        _ => ruler(rest),
    }
}

/// RULER: tabulators of three bytes.
fn ruler(rest: &[u8]) -> Option<&[u8]> {
    let (stops, rest) = rest.split_first()?;
    rest.get(usize::from(*stops) * 3..)
}

/// MATRIX: rows and columns fit on a page.
fn matrix<'r>(options: u8, rest: &'r [u8], found: &mut Found) -> Option<&'r [u8]> {
    let [rows, columns] = nudged(options, rest, 3)?.get(..2)? else { return None };
    if *rows > 64 || *columns > 64 {
        found.note(Deed::Exploit, "equation with an impossible matrix");
        return None;
    }
    // Two bits for each line between them.
    let bits = |count: u8| (usize::from(count) + 1).div_ceil(4);
    nudged(options, rest, 5 + bits(*rows) + bits(*columns))
}

/// FONT: no font has a name of forty letters.
fn font<'r>(rest: &'r [u8], found: &mut Found) -> Option<&'r [u8]> {
    let name = rest.get(2..)?;
    let end = memchr::memchr(0, name).unwrap_or(name.len());
    if end >= 40 {
        found.note(Deed::Exploit, "equation with an overlong font name");
        return None;
    }
    name.get(end + 1..)
}

/// SIZE: in points, as a difference beyond a byte, or within one.
fn size(rest: &[u8]) -> Option<&[u8]> {
    match rest.first()? {
        101 => number::le16(rest, 1).and_then(|_| rest.get(3..)),
        100 => rest.get(4..),
        _ => rest.get(2..),
    }
}
