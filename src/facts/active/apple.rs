//! Files in the wrappings of old Macs: AppleSingle and AppleDouble (RFC 1740), MacBinary.
//!
//! Mail programs of macOS unwrap them, and hand on the data fork under the name within.

use super::smuggle;

/// Entries of one file; the format knows of fifteen.
const ENTRIES: usize = 64;

/// The forks that are files, with the names that they have within.
pub(super) fn forks(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    match bytes.get(..4) {
        Some([0, 5, 0x16, 0 | 7]) => entries(bytes),
        Some([0, 1..=63, ..]) => macbinary(bytes).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// AppleSingle and AppleDouble: a number of entries, each an id, an offset and a length.
fn entries(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    const DATA: u32 = 1;
    const RESOURCES: u32 = 2;
    const NAME: u32 = 3;
    let count = bytes.get(24..26).map_or(0, |two| usize::from(two[0]) << 8 | usize::from(two[1]));
    let entry = |n: usize| {
        let at = 26 + n * 12;
        let start = number(bytes, at + 4)?;
        let end = start.saturating_add(number(bytes, at + 8)?).min(bytes.len());
        Some((number(bytes, at)? as u32, bytes.get(start..end)?))
    };
    let all: Vec<(u32, &[u8])> = (0..count.min(ENTRIES)).filter_map(entry).collect();
    let name =
        all.iter().find(|(id, _)| *id == NAME).map(|(_, name)| name.get(..255).unwrap_or(name));
    let name = name.map_or("data".to_owned(), |name| String::from_utf8_lossy(name).into_owned());
    // Icons and the like are what the other fork is for.
    let fork = |id: u32, fork: &[u8]| {
        !fork.is_empty() && (id == DATA || id == RESOURCES && smuggle::worth(fork).is_some())
    };
    let mut forks: Vec<(String, Vec<u8>)> = Vec::new();
    for (id, content) in all.into_iter().filter(|(id, content)| fork(*id, content)) {
        // Two entries that lie over each other hold no more than the file.
        let held: usize = forks.iter().map(|(_, kept)| kept.len()).sum();
        if held + content.len() <= bytes.len() {
            forks.push((
                if id == DATA { name.clone() } else { "resources".to_owned() },
                content.to_vec(),
            ));
        }
    }
    forks
}

/// MacBinary: 128 bytes of header, then the data fork, then the other, each up to a multiple of 128.
fn macbinary(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    const HEADER: usize = 128;
    let length = usize::from(*bytes.get(1)?);
    let name = bytes.get(2..2 + length)?;
    let zeros = [0, 74, 82].iter().all(|at| bytes.get(*at) == Some(&0));
    let (data, other) = (number(bytes, 83)?, number(bytes, 87)?);
    let whole = HEADER + data.next_multiple_of(HEADER) + other.next_multiple_of(HEADER);
    let signed = bytes.get(65..73)?.iter().all(|byte| matches!(byte, 0 | 0x20..=0x7e));
    // Files of other kinds that begin with a zero have no such name, and not this length.
    let fits = bytes.len() + HEADER > whole && bytes.len() <= whole.saturating_add(4096);
    if !zeros || !fits || !signed || data == 0 || name.iter().any(|byte| *byte < b' ') {
        return None;
    }
    let fork = bytes.get(HEADER..HEADER.saturating_add(data).min(bytes.len()))?;
    Some((String::from_utf8_lossy(name).into_owned(), fork.to_vec()))
}

/// A number of four bytes, the highest first.
fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(four)).ok()
}
