//! The first look at a text: which of its blocks hold anything that may be a legacy encoding.
//!
//! Almost all mail is ASCII or right Unicode, so this runs over every byte and all else over
//! few, with memchr. Long texts are sampled.

use std::ops::Range;

/// Bytes of a block: what is looked at or not, as a whole.
const BLOCK: usize = 4096;
/// Suspicious blocks from the start of a text that are all looked at.
const FIRST: usize = 4;
/// Blocks of the rest that are looked at, evenly spaced among the suspicious ones. Both bound
/// the work on one text to 36 KiB, and a table in a long document is still met.
const SPREAD: usize = 4;

/// What to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sift {
    /// Valid UTF-8: letters of Latin-1 and windows-1252 that Vietnamese does not have.
    Misread,
    /// Not UTF-8: any byte above ASCII.
    Bytes,
    /// `a^`, `o+`, `a(`.
    Viqr,
    /// `&#`.
    References,
}

/// The ranges of a text that are worth reading, in order; none where there is too little.
pub(super) fn sift(text: &[u8], what: Sift) -> Vec<Range<usize>> {
    // One reference or sign is somebody's source code; windows-1258 may have a single odd letter.
    let least = if matches!(what, Sift::Viqr | Sift::References) { 2 } else { 1 };
    let mut blocks = Vec::new();
    let mut total = 0;
    for (number, block) in text.chunks(BLOCK).enumerate() {
        let count = match what {
            Sift::Misread => usize::from(misread(block)),
            Sift::Bytes => usize::from(!block.is_ascii()),
            Sift::Viqr => viqr(block).take(least).count(),
            Sift::References => memchr::memmem::find_iter(block, b"&#").take(least).count(),
        };
        if count > 0 {
            blocks.push(number);
            total += count;
        }
    }
    if total < least { Vec::new() } else { ranges(text, &sampled(&blocks)) }
}

/// The blocks to look at, out of the suspicious ones.
fn sampled(blocks: &[usize]) -> Vec<usize> {
    let (first, rest) = blocks.split_at(blocks.len().min(FIRST));
    let step = rest.len().div_ceil(SPREAD).max(1);
    let mut blocks: Vec<usize> = first.iter().chain(rest.iter().step_by(step)).copied().collect();
    // The last one too: what is the same at both ends is taken to be so all the way.
    blocks.extend(rest.last());
    blocks.dedup();
    blocks
}

/// Blocks as ranges, neighbours joined, cut where no character of UTF-8 is cut.
fn ranges(text: &[u8], blocks: &[usize]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for block in blocks {
        let (from, to) = (boundary(text, block * BLOCK), boundary(text, (block + 1) * BLOCK));
        match ranges.last_mut() {
            Some(last) if last.end == from => last.end = to,
            _ => ranges.push(from..to),
        }
    }
    ranges
}

/// The next place at or behind `at` where no character is cut; continuation bytes are at most three.
fn boundary(text: &[u8], at: usize) -> usize {
    let at = at.min(text.len());
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count()
}

/// Letters of Latin-1 that are Vietnamese, behind the lead byte C3: one bit for each byte 80–BF.
const VIETNAMESE_C3: u64 = {
    let letters = [
        0x00, 0x01, 0x02, 0x03, 0x08, 0x09, 0x0a, 0x0c, 0x0d, 0x12, 0x13, 0x14, 0x15, 0x19, 0x1a,
        0x1d, 0x20, 0x21, 0x22, 0x23, 0x28, 0x29, 0x2a, 0x2c, 0x2d, 0x32, 0x33, 0x34, 0x35, 0x39,
        0x3a, 0x3d,
    ];
    let mut bits = 0;
    let mut at = 0;
    while at < letters.len() {
        bits |= 1 << letters[at];
        at += 1;
    }
    bits
};
/// Behind C2: a space that does not break, and the signs « » ° § © which Vietnamese text has.
const ORDINARY_C2: u64 = 1 << 0x20 | 1 << 0x2b | 1 << 0x3b | 1 << 0x30 | 1 << 0x27 | 1 << 0x29;

/// Whether there are characters of U+0080–00FF that right Vietnamese text does not have. This sees every byte of
/// every letter, so only the two lead bytes are stopped at.
fn misread(block: &[u8]) -> bool {
    let odd = |at: usize| {
        let (Some(lead), Some(next)) = (block.get(at), block.get(at + 1)) else { return false };
        let ordinary = if *lead == 0xc3 { VIETNAMESE_C3 } else { ORDINARY_C2 };
        ordinary >> (next & 0x3f) & 1 == 0
    };
    memchr::memchr2_iter(0xc2, 0xc3, block).any(odd)
}

/// Vowels with a quality in VIQR.
fn viqr(block: &[u8]) -> impl Iterator<Item = usize> {
    let signs = memchr::memchr3_iter(b'^', b'+', b'(', block);
    signs.filter(|at| {
        let vowel = at.checked_sub(1).and_then(|at| block.get(at)).map(u8::to_ascii_lowercase);
        match (block.get(*at), vowel) {
            (Some(b'^'), Some(vowel)) => matches!(vowel, b'a' | b'e' | b'o'),
            (Some(b'+'), Some(vowel)) => matches!(vowel, b'o' | b'u'),
            (_, vowel) => vowel == Some(b'a'),
        }
    })
}
