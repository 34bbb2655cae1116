//! Well-formed Vietnamese syllables: onset, rime and tone by the rules of the orthography.
//!
//! A table of rimes, not a list of words: `nguệch` is well formed although no dictionary may have
//! it, and `tiêngs` is not. What a stop ends (c, ch, p, t) bears sắc or nặng and no other tone.

use super::letter::{Letter, Letters};
use std::sync::LazyLock;

/// Vowels of a rime (rows of `letter::VOWELS`), the finals it takes (`-` is none), and which vowel bears the
/// tone, without and with a final. Two digits are the old and the new placement: hòa, hoà.
const RIMES: &[(&str, &str, &str, &str)] = &[
    ("a", "- c ch m n ng nh p t", "1", "1"),
    ("ai", "-", "1", ""),
    ("ao", "-", "1", ""),
    ("au", "-", "1", ""),
    ("ay", "-", "1", ""),
    ("ă", "c m n ng p t", "", "1"),
    ("â", "c m n ng p t", "", "1"),
    ("âu", "-", "1", ""),
    ("ây", "-", "1", ""),
    ("e", "- c m n ng p t", "1", "1"),
    ("eo", "-", "1", ""),
    ("ê", "- ch m n nh p t", "1", "1"),
    ("êu", "-", "1", ""),
    ("i", "- ch m n nh p t", "1", "1"),
    ("ia", "-", "12", ""),
    ("iu", "-", "1", ""),
    ("iê", "c m n ng p t", "", "2"),
    ("iêu", "-", "2", ""),
    ("o", "- c m n ng p t", "1", "1"),
    ("oi", "-", "1", ""),
    ("oo", "c ng", "", "12"),
    ("oa", "- c ch m n ng nh p t", "12", "2"),
    ("oai", "-", "2", ""),
    ("oao", "-", "2", ""),
    ("oay", "-", "2", ""),
    ("oă", "c m n ng t", "", "2"),
    ("oe", "- n t", "12", "2"),
    ("oeo", "-", "2", ""),
    ("ô", "- c m n ng p t", "1", "1"),
    ("ôi", "-", "1", ""),
    ("ơ", "- m n p t", "1", "1"),
    ("ơi", "-", "1", ""),
    ("u", "- c m n ng p t", "1", "1"),
    ("ua", "-", "1", ""),
    ("ui", "-", "1", ""),
    ("uâ", "n ng t", "", "2"),
    ("uây", "-", "2", ""),
    ("uê", "- ch nh", "2", "2"),
    ("uô", "c m n ng t", "", "2"),
    ("uôi", "-", "2", ""),
    ("uơ", "-", "2", ""),
    ("uy", "- ch n nh p t", "12", "2"),
    ("uya", "-", "2", ""),
    ("uyê", "n t", "", "3"),
    ("uyu", "-", "2", ""),
    ("ư", "- c m n ng t", "1", "1"),
    ("ưa", "-", "1", ""),
    ("ưi", "-", "1", ""),
    ("ưu", "-", "1", ""),
    ("ươ", "c m n ng p t", "", "2"),
    ("ươi", "-", "2", ""),
    ("ươu", "-", "2", ""),
    ("y", "- ch nh t", "1", "1"),
    ("yê", "m n ng t", "", "2"),
    ("yêu", "-", "2", ""),
];

/// Finals by their bit.
const FINALS: [&str; 9] = ["-", "c", "ch", "m", "n", "ng", "nh", "p", "t"];
/// The bits of c, ch, p, t.
const STOPS: u16 = 1 << 1 | 1 << 2 | 1 << 7 | 1 << 8;
/// Rows of vowels plus none.
const ROWS: usize = 13;

/// What a rime may be: finals in bits 0–8, places of the tone in 9–11 (open) and 12–14 (closed).
struct Rimes {
    /// By its vowels, in base 13.
    exact: Vec<u16>,
    /// The same with all marks taken off.
    plain: Vec<u16>,
}

static TABLE: LazyLock<Rimes> = LazyLock::new(|| {
    let size = ROWS * ROWS * ROWS;
    let mut table = Rimes { exact: vec![0; size], plain: vec![0; size] };
    for (vowels, finals, open, closed) in RIMES {
        let mut entry = 0;
        for (bit, name) in FINALS.iter().enumerate() {
            if finals.split(' ').any(|f| f == *name) {
                entry |= 1 << bit;
            }
        }
        for (places, shift) in [(open, 9), (closed, 12)] {
            for place in places.bytes() {
                entry |= 1 << (shift + u16::from(place - b'1'));
            }
        }
        let rows = vowels.chars().map(|c| Letter::of(c).vowel_number());
        let (exact, plain) = rows.fold((Index::new(), Index::new()), |(exact, plain), row| {
            (exact.and(row), plain.and(folded(row)))
        });
        if let Some(slot) = table.exact.get_mut(exact.at) {
            *slot = entry;
        }
        if let Some(slot) = table.plain.get_mut(plain.at) {
            *slot |= entry;
        }
    }
    table
});

/// The place of a rime in the table.
#[derive(Clone, Copy)]
struct Index {
    at: usize,
    weight: usize,
}

impl Index {
    fn new() -> Index {
        Index { at: 0, weight: 1 }
    }

    fn and(self, row: u8) -> Index {
        let at = self.at.saturating_add(usize::from(row) * self.weight);
        Index { at, weight: self.weight * ROWS }
    }
}

/// A vowel's row without hat, breve and horn.
fn folded(row: u8) -> u8 {
    match row {
        2 | 3 => 1,
        5 => 4,
        8 | 9 => 7,
        11 => 10,
        row => row,
    }
}

/// Whether letters are one well-formed syllable. Case does not matter.
pub fn is_syllable(letters: &[Letter]) -> bool {
    judge(letters, false)
}

/// Whether letters without marks are a syllable that lost them: `Kinh`, `gui`, `duoc`.
pub fn is_bare_syllable(letters: &[Letter]) -> bool {
    judge(letters, true)
}

/// Whether a word is one well-formed syllable, in NFC or NFD.
pub fn is_word(text: &str) -> bool {
    let letters = Letters::of(text);
    !letters.is_broken() && is_syllable(letters.as_slice())
}

/// Longest syllable: nghiêng.
const LONGEST: usize = 7;

fn judge(letters: &[Letter], bare: bool) -> bool {
    if letters.is_empty() || letters.len() > LONGEST {
        return false;
    }
    let consonants = letters.iter().take_while(|letter| letter.consonant() != 0).count();
    let (onset, rest) = letters.split_at(consonants);
    let mut name = [0u8; 3];
    for (slot, letter) in name.iter_mut().zip(onset) {
        *slot = letter.consonant();
    }
    let Some(name) = name.get(..onset.len()) else { return false };
    match (name, rest) {
        (b"q", [u, rime @ ..]) if u.vowel_number() == 10 => after_qu(*u, rime, bare),
        (b"q", _) => false,
        (b"g", [i, rime @ ..]) if i.vowel_number() == 6 => {
            // gì, giếng and gìn are g with a rime in i; giao and giữ are gi with another rime.
            is_rime(rest, bare, Tones::Any) || i.tone() == 0 && after_gi(rime, bare)
        }
        _ => {
            is_onset(name, rest.first().map_or(0, |v| v.vowel_number()), bare)
                && y_fits(name, rest)
                && is_rime(rest, bare, Tones::Any)
        }
    }
}

/// Which tones a rime may bear.
#[derive(Clone, Copy, PartialEq)]
enum Tones {
    Any,
    /// The tone stood before the rime: `qúy`.
    Borne(u8),
}

/// What follows qu: its u is the glide, and the tone is sometimes written on it (qúy).
fn after_qu(u: Letter, rime: &[Letter], bare: bool) -> bool {
    let first = rime.first().map_or(0, |v| v.vowel_number());
    let tones = if u.tone() == 0 { Tones::Any } else { Tones::Borne(u.tone()) };
    let quoc = first == 8 || bare && first == 7;
    matches!(first, 1..=6 | 9 | 12) && is_rime(rime, bare, tones)
        || quoc && rime.len() == 2 && is_rime(rime, bare, tones)
}

fn after_gi(rime: &[Letter], bare: bool) -> bool {
    !matches!(rime.first().map_or(0, |v| v.vowel_number()), 0 | 6 | 12)
        && is_rime(rime, bare, Tones::Any)
}

/// Whether an onset exists, and is written so before this vowel: c, g, ng before a o u, k, gh, ngh before e i y.
fn is_onset(onset: &[u8], vowel: u8, bare: bool) -> bool {
    let front = matches!(vowel, 4 | 5 | 6 | 12);
    match onset {
        b"" | b"b" | b"ch" | b"d" | b"h" | b"kh" | b"l" | b"m" | b"n" | b"nh" | b"ph" | b"r"
        | b"s" | b"t" | b"th" | b"tr" | b"v" | b"x" => true,
        // Words lose their stroke with their marks; a stroke is no plain letter.
        b"D" => !bare,
        b"c" | b"g" | b"ng" => !front,
        b"k" | b"gh" | b"ngh" => front,
        _ => false,
    }
}

/// y alone stands after few onsets, yê after none; iê never begins a word.
fn y_fits(onset: &[u8], rest: &[Letter]) -> bool {
    match rest {
        [y, next, ..] if y.vowel_number() == 12 && folded(next.vowel_number()) == 4 => {
            onset.is_empty()
        }
        [y] if y.vowel_number() == 12 => {
            matches!(
                onset,
                b"" | b"b"
                    | b"D"
                    | b"d"
                    | b"h"
                    | b"k"
                    | b"l"
                    | b"m"
                    | b"n"
                    | b"s"
                    | b"t"
                    | b"th"
                    | b"v"
            )
        }
        [y, ..] if y.vowel_number() == 12 => false,
        [i, e, ..] if i.vowel_number() == 6 && folded(e.vowel_number()) == 4 => !onset.is_empty(),
        _ => true,
    }
}

/// Whether letters are a rime of the table, with its tone in place.
fn is_rime(letters: &[Letter], bare: bool, tones: Tones) -> bool {
    let count = letters.iter().take_while(|letter| letter.vowel_number() != 0).count();
    if count == 0 || count > 3 {
        return false;
    }
    let (vowels, coda) = letters.split_at(count);
    let Some(end) = final_bit(coda) else { return false };
    let mut index = Index::new();
    let (mut tone, mut place) = (0, 0);
    for (at, letter) in vowels.iter().enumerate() {
        let row = letter.vowel_number();
        index = index.and(if bare { folded(row) } else { row });
        if letter.tone() != 0 {
            if tone != 0 || bare || tones != Tones::Any {
                return false;
            }
            (tone, place) = (letter.tone(), at);
        }
        if bare && folded(row) != row {
            return false;
        }
    }
    let table = if bare { &TABLE.plain } else { &TABLE.exact };
    let entry = table.get(index.at).copied().unwrap_or_default();
    if entry & end == 0 {
        return false;
    }
    if let Tones::Borne(borne) = tones {
        tone = borne;
        if end & STOPS != 0 {
            return tone == 1 || tone == 5;
        }
        return true;
    }
    let shift = if end == 1 { 9 } else { 12 };
    let placed = tone == 0 || entry >> (shift + place) & 1 == 1;
    placed && (bare || end & STOPS == 0 || tone == 1 || tone == 5)
}

/// The bit of a final; none has bit 0.
fn final_bit(coda: &[Letter]) -> Option<u16> {
    let mut name = [0u8; 2];
    if coda.len() > name.len() || coda.iter().any(|letter| letter.consonant() == 0) {
        return None;
    }
    for (slot, letter) in name.iter_mut().zip(coda) {
        *slot = letter.consonant();
    }
    match name.get(..coda.len())? {
        b"" => Some(1),
        b"c" => Some(1 << 1),
        b"ch" => Some(1 << 2),
        b"m" => Some(1 << 3),
        b"n" => Some(1 << 4),
        b"ng" => Some(1 << 5),
        b"nh" => Some(1 << 6),
        b"p" => Some(1 << 7),
        b"t" => Some(1 << 8),
        _ => None,
    }
}
