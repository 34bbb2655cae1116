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

/// Consonants and none.
const CONSONANTS: usize = 20;

/// What may follow an onset: e ê i y, other vowels, y alone. And which are to be looked at closely.
const FRONT: u8 = 1;
const BACK: u8 = 2;
const Y_ALONE: u8 = 4;
const IS_G: u8 = 8;
const IS_Q: u8 = 16;

/// Onsets and what may follow: c, g, ng stand before a o u, k, gh, ngh before e i y; y alone stands
/// after few.
const ONSETS: &[(&str, u8)] = &[
    ("b d đ h l m n s t th v", FRONT | BACK | Y_ALONE),
    ("ch kh nh ph r tr x", FRONT | BACK),
    ("k", FRONT | Y_ALONE),
    ("gh ngh", FRONT),
    ("c ng", BACK),
    ("g", BACK | IS_G),
    ("q", IS_Q),
];

/// The rules as tables.
struct Rules {
    /// What may follow an onset, by its consonants in base 20.
    onsets: [u8; CONSONANTS * CONSONANTS * CONSONANTS],
    /// The bit of a final, by its consonants in base 20; none has bit 0.
    finals: [u16; CONSONANTS * CONSONANTS],
    /// What a rime may be, by its vowels in base 13: finals in bits 0–8, places of the tone in 9–11
    /// (open) and 12–14 (closed).
    exact: [u16; ROWS * ROWS * ROWS],
    /// The same with all marks taken off.
    plain: [u16; ROWS * ROWS * ROWS],
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let mut rules = Rules { onsets: [0; _], finals: [0; _], exact: [0; _], plain: [0; _] };
    let number = |name: &str| {
        let numbers = name.chars().map(|c| usize::from(Letter::of(c).consonant_number()));
        numbers.fold(0, |all, number| all * CONSONANTS + number)
    };
    put(&mut rules.onsets, 0, FRONT | BACK | Y_ALONE);
    for (names, follow) in ONSETS {
        names.split(' ').for_each(|name| put(&mut rules.onsets, number(name), *follow));
    }
    for (bit, name) in FINALS.iter().enumerate() {
        put(&mut rules.finals, number(name.trim_matches('-')), 1 << bit);
    }
    for rime in RIMES {
        let rows = rime.0.chars().map(|c| Letter::of(c).vowel_number());
        let (exact, plain) = rows.fold((Index::new(), Index::new()), |(exact, plain), row| {
            (exact.and(row), plain.and(folded(row)))
        });
        put(&mut rules.exact, exact.at, entry(rime));
        let known = rules.plain.get(plain.at).copied().unwrap_or_default();
        put(&mut rules.plain, plain.at, known | entry(rime));
    }
    rules
});

/// Sets a place of a table.
fn put<T>(table: &mut [T], at: usize, value: T) {
    if let Some(slot) = table.get_mut(at) {
        *slot = value;
    }
}

/// A rime as its table has it.
fn entry((_, finals, open, closed): &(&str, &str, &str, &str)) -> u16 {
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
    entry
}

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
    if letters.len() > LONGEST || bare && !letters.iter().all(|letter| letter.is_plain()) {
        return false;
    }
    let (onset, rest) = leading_consonants(letters);
    let follow = RULES.onsets.get(onset).copied().unwrap_or_default();
    let first = rest.first().map_or(0, |letter| letter.vowel_number());
    match rest {
        [u, rime @ ..] if follow & IS_Q != 0 => first == U && after_qu(*u, rime, bare),
        // gì, giếng and gìn are g with a rime in i; giao and giữ are gi with another rime.
        [i, rime @ ..] if follow & IS_G != 0 && first == I => {
            is_rime(rest, bare, Tones::Any) || i.tone() == 0 && after_gi(rime, bare)
        }
        _ => {
            let wanted = if matches!(first, E | E_HAT | I | Y) { FRONT } else { BACK };
            follow & wanted != 0
                && y_fits(onset == 0, follow & Y_ALONE != 0, rest)
                && is_rime(rest, bare, Tones::Any)
        }
    }
}

/// Rows of vowels.
const E: u8 = 4;
const E_HAT: u8 = 5;
const I: u8 = 6;
const U: u8 = 10;
const Y: u8 = 12;

/// The consonants that a word begins with, in base 20, and what is behind them.
fn leading_consonants(letters: &[Letter]) -> (usize, &[Letter]) {
    let mut rest = letters;
    let mut all = 0;
    while let [letter, behind @ ..] = rest
        && letter.consonant_number() != 0
    {
        all = all * CONSONANTS + usize::from(letter.consonant_number());
        rest = behind;
    }
    (all, rest)
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

/// y alone stands after few onsets, yê after none; iê never begins a word.
fn y_fits(begins: bool, alone: bool, rest: &[Letter]) -> bool {
    let number = |at: usize| rest.get(at).map_or(0, |letter| letter.vowel_number());
    match (number(0), folded(number(1))) {
        (Y, E) => begins,
        (Y, _) if rest.len() == 1 => alone,
        (Y, _) => false,
        (I, E) => !begins,
        _ => true,
    }
}

/// Whether letters are a rime of the table, with its tone in place.
fn is_rime(letters: &[Letter], bare: bool, tones: Tones) -> bool {
    let mut index = Index::new();
    let (mut tone, mut place, mut count) = (0, 0, 0);
    let mut coda = letters;
    while let [letter, behind @ ..] = coda
        && letter.vowel_number() != 0
    {
        if letter.tone() != 0 {
            if tone != 0 || tones != Tones::Any {
                return false;
            }
            (tone, place) = (letter.tone(), count);
        }
        index = index.and(letter.vowel_number());
        count += 1;
        coda = behind;
    }
    if count == 0 || count > 3 {
        return false;
    }
    let (coda, behind) = leading_consonants(coda);
    let end = RULES.finals.get(coda).copied().unwrap_or_default();
    let table = if bare { &RULES.plain } else { &RULES.exact };
    let entry = table.get(index.at).copied().unwrap_or_default();
    if !behind.is_empty() || entry & end == 0 {
        return false;
    }
    if let Tones::Borne(borne) = tones {
        return end & STOPS == 0 || borne == 1 || borne == 5;
    }
    let shift = if end == 1 { 9 } else { 12 };
    let placed = tone == 0 || entry >> (shift + place) & 1 == 1;
    placed && (bare || end & STOPS == 0 || tone == 1 || tone == 5)
}
