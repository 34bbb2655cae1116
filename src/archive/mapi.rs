//! MAPI properties as TNEF writes them (MS-OXTNEF 2.1.3.4).
//!
//! Lengths are nested in counts, and each is the sender's: what does not fit ends
//! the list, and what was read before it still counts.

use super::drain::Drain;
use super::read;
use bytes::Bytes;

pub(super) const BODY: u16 = 0x1000;
pub(super) const RTF: u16 = 0x1009;
pub(super) const HTML: u16 = 0x1013;
pub(super) const DISPLAY_NAME: u16 = 0x3001;
pub(super) const DATA: u16 = 0x3701;
pub(super) const NAME: u16 = 0x3704;
pub(super) const LONG_NAME: u16 = 0x3707;
pub(super) const TRANSPORT_NAME: u16 = 0x370c;

/// A value that matters here.
pub(super) enum Value {
    Text(String),
    Binary(Bytes),
}

/// Reads a list of properties; `None` where not even the first one fits.
pub(super) fn read(bytes: &Bytes, drain: &mut Drain) -> Option<Vec<(u16, Value)>> {
    let count = read::le32(bytes, 0)?;
    let mut here = 4;
    let mut values = Vec::new();
    for number in 0..count {
        // Each takes eight bytes at least, so the attribute itself is the bound.
        let next = property(bytes, here, &mut values);
        match next {
            Some(next) => here = next,
            None if number == 0 => return None,
            None => {
                drain.trouble(super::Why::Unreadable, None, "its properties end too early");
                return Some(values);
            }
        }
        if number % 1024 == 0 && !drain.is_awake() {
            return Some(values);
        }
    }
    Some(values)
}

/// Reads one property; where the next one begins.
fn property(bytes: &Bytes, here: usize, values: &mut Vec<(u16, Value)>) -> Option<usize> {
    let (kind, id) = (read::le16(bytes, here)?, read::le16(bytes, here + 2)?);
    let mut here = here + 4;
    if id >= 0x8000 {
        // A named property: a class identifier, then a number or a name.
        let named = read::le32(bytes, here + 16)? == 1;
        let length = read::size(bytes, here + 20)?;
        here = here.checked_add(24)?;
        if named {
            here = here.checked_add(padded(length)?)?;
        }
    }
    let several = kind & 0x1000 != 0;
    let fixed = match kind & 0x0fff {
        0 | 1 => 0,
        2 | 3 | 4 | 0x0a | 0x0b => 4,
        5 | 6 | 7 | 0x14 | 0x40 => 8,
        0x48 => 16,
        0x0d | 0x1e | 0x1f | 0x102 => return variable(bytes, here, kind & 0x0fff, id, values),
        _ => return None,
    };
    let count = match several {
        true => {
            here += 4;
            read::size(bytes, here - 4)?
        }
        false => 1,
    };
    let end = here.checked_add(count.checked_mul(fixed)?)?;
    (end <= bytes.len()).then_some(end)
}

/// Reads texts and data: a count, then each with its length, padded to four bytes.
fn variable(
    bytes: &Bytes,
    here: usize,
    kind: u16,
    id: u16,
    values: &mut Vec<(u16, Value)>,
) -> Option<usize> {
    let count = read::size(bytes, here)?;
    let mut here = here + 4;
    for _ in 0..count {
        let length = read::size(bytes, here)?;
        let start = here + 4;
        let content = bytes.get(start..start.checked_add(length)?)?;
        let value = match kind {
            0x1e => Value::Text(read::name(content)),
            0x1f => Value::Text(read::wide(content, u16::from_le_bytes).replace('\0', "")),
            // An object begins with the interface that reads it (16 bytes).
            0x0d => Value::Binary(bytes.slice((start + 16).min(start + length)..start + length)),
            _ => Value::Binary(bytes.slice(start..start + length)),
        };
        let names = matches!(id, DISPLAY_NAME | NAME | LONG_NAME | TRANSPORT_NAME);
        if names || matches!(id, BODY | RTF | HTML | DATA) {
            values.push((id, value));
        }
        here = start.checked_add(padded(length)?)?;
    }
    Some(here)
}

fn padded(length: usize) -> Option<usize> {
    length.checked_next_multiple_of(4)
}
