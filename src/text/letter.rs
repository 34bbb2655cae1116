//! Letters as the Vietnamese orthography counts them: a base letter, a tone, a case.
//!
//! A tone or a quality (hat, breve, horn) may also come alone, as a combining mark: in Unicode
//! NFD, windows-1258, VNI and BK HCM 2 alike. One machine ([`Letters::push`]) joins them all.

use std::sync::LazyLock;

/// The vowels with their tones, a row a vowel.
pub(super) const VOWELS: [&str; 12] = [
    "aáàảãạ",
    "ăắằẳẵặ",
    "âấầẩẫậ",
    "eéèẻẽẹ",
    "êếềểễệ",
    "iíìỉĩị",
    "oóòỏõọ",
    "ôốồổỗộ",
    "ơớờởỡợ",
    "uúùủũụ",
    "ưứừửữự",
    "yýỳỷỹỵ",
];

/// A quality that a combining mark gives to a vowel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// Only a tone.
    None,
    /// The hat of â, ê, ô.
    Hat,
    /// The breve of ă.
    Breve,
    /// The horn of ơ, ư.
    Horn,
}

/// One letter or mark, packed: kind in bits 0–4, tone in 5–7, capital in 8, mark in 9,
/// quality of a mark in 10–11, and what judging asks of every letter in 12–14: whether it is
/// foreign, beyond ASCII, a vowel. `0` is anything that is no letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Letter(u16);

const IS_MARK: u16 = 1 << 9;
const IS_FOREIGN: u16 = 1 << 12;
const BEYOND_ASCII: u16 = 1 << 13;
const IS_VOWEL: u16 = 1 << 14;

/// The rows of [`VOWELS`] whose first is not ASCII.
const QUALITIES: u16 = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 7 | 1 << 8 | 1 << 10;

/// Kinds 1–12 are the vowels of [`VOWELS`], 13–31 the consonants below.
const CONSONANTS: &[u8; 18] = b"bcdghklmnpqrstvxfj";
/// The kind of đ.
const STROKE: u16 = 31;

impl Letter {
    /// No letter: punctuation between words, digits.
    pub const NONE: Letter = Letter(0);

    /// No part of a Vietnamese word: w, z, ö, other scripts, signs.
    pub const FOREIGN: Letter = Letter(IS_FOREIGN | BEYOND_ASCII);

    /// A combining mark.
    pub const fn mark(quality: Quality, tone: u8) -> Letter {
        Letter(IS_MARK | BEYOND_ASCII | (tone as u16) << 5 | (quality as u16) << 10)
    }

    /// A vowel (its row in [`VOWELS`]) with a tone.
    const fn vowel(row: u16, tone: u16, capital: bool) -> Letter {
        let marked = tone != 0 || QUALITIES >> row & 1 != 0;
        let beyond = if marked { BEYOND_ASCII } else { 0 };
        Letter((row + 1) | tone << 5 | (capital as u16) << 8 | beyond | IS_VOWEL)
    }

    /// The letter that a character is, composed or a combining mark.
    pub fn of(c: char) -> Letter {
        let at = c as usize;
        match at {
            0..0x250 => TABLE.low.get(at).copied().unwrap_or_default(),
            0x300..0x324 => match at {
                0x301 => Letter::mark(Quality::None, 1),
                0x300 => Letter::mark(Quality::None, 2),
                0x309 => Letter::mark(Quality::None, 3),
                0x303 => Letter::mark(Quality::None, 4),
                0x323 => Letter::mark(Quality::None, 5),
                0x302 => Letter::mark(Quality::Hat, 0),
                0x306 => Letter::mark(Quality::Breve, 0),
                0x31b => Letter::mark(Quality::Horn, 0),
                _ => Letter::FOREIGN,
            },
            0x1ea0..0x1f00 => TABLE.high.get(at - 0x1ea0).copied().unwrap_or_default(),
            _ if is_punctuation(c) => Letter::NONE,
            _ => Letter::FOREIGN,
        }
    }

    /// Whether it is no letter.
    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Whether it is a combining mark.
    pub fn is_mark(self) -> bool {
        self.0 & IS_MARK != 0
    }

    /// Row of [`VOWELS`] plus one; 0 for what is no vowel.
    pub fn vowel_number(self) -> u8 {
        if self.0 & IS_VOWEL != 0 { self.kind() } else { 0 }
    }

    /// Its number among the consonants, from 1; 0 for what is none.
    pub(super) fn consonant_number(self) -> u8 {
        self.kind().saturating_sub(12)
    }

    /// The consonant in ASCII, `D` for đ, 0 for others.
    pub fn consonant(self) -> u8 {
        match self.kind() as u16 {
            STROKE => b'D',
            kind if kind > 12 => CONSONANTS.get(kind as usize - 13).copied().unwrap_or_default(),
            _ => 0,
        }
    }

    /// The tone, 0 is level.
    pub fn tone(self) -> u8 {
        (self.0 >> 5 & 7) as u8
    }

    /// Whether it is a capital.
    pub fn is_capital(self) -> bool {
        self.0 & 1 << 8 != 0
    }

    /// Whether it is written with ASCII alone.
    pub fn is_plain(self) -> bool {
        self.0 & BEYOND_ASCII == 0
    }

    /// The character, composed; `None` for marks and for what is no Vietnamese letter.
    pub fn char(self) -> Option<char> {
        let small = match self.vowel_number() {
            0 if self.kind() as u16 == STROKE => 'đ',
            0 => match self.consonant() {
                0 => return None,
                byte => char::from(byte),
            },
            row => VOWELS.get(row as usize - 1)?.chars().nth(self.tone() as usize)?,
        };
        if self.is_capital() { small.to_uppercase().next() } else { Some(small) }
    }

    /// The same letter as a capital.
    pub fn capital(self) -> Letter {
        if self.kind() == 0 { self } else { Letter(self.0 | 1 << 8) }
    }

    fn kind(self) -> u8 {
        (self.0 & 31) as u8
    }

    /// This letter with a mark on it, if it bears that mark.
    pub fn with(self, mark: Letter) -> Option<Letter> {
        let row = self.vowel_number();
        if row == 0 || mark.tone() != 0 && self.tone() != 0 {
            return None;
        }
        // Rows: a1 ă2 â3 e4 ê5 i6 o7 ô8 ơ9 u10 ư11 y12.
        let row = match (mark.0 >> 10 & 3, row) {
            (0, row) => row,
            (1, 1) => 3,
            (1, 4) => 5,
            (1, 7) => 8,
            (2, 1) => 2,
            (3, 7) => 9,
            (3, 10) => 11,
            _ => return None,
        };
        let tone = u16::from(self.tone() | mark.tone());
        Some(Letter::vowel(u16::from(row) - 1, tone, self.is_capital()))
    }
}

/// What may stand between words. All other signs within a word (`¢`, `±`) speak against a reading
/// as much as foreign letters do: binary data is full of them.
fn is_punctuation(c: char) -> bool {
    match c {
        c if c.is_ascii() => {
            !c.is_ascii_alphabetic() && !c.is_ascii_control() || c.is_ascii_whitespace()
        }
        '\u{a0}' | '«' | '»' | '\u{2010}'..='\u{2027}' | '‹' | '›' | '\u{feff}' => true,
        c => c.is_whitespace(),
    }
}

/// Letters by character.
struct Table {
    low: [Letter; 0x250],
    high: [Letter; 0x60],
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { low: [Letter::NONE; 0x250], high: [Letter::FOREIGN; 0x60] };
    for at in 0..0x250u32 {
        if !char::from_u32(at).is_none_or(is_punctuation) {
            table.set(at, Letter::FOREIGN);
        }
    }
    for (kind, byte) in (13u16..).zip(CONSONANTS) {
        table.set(u32::from(*byte), Letter(kind));
        table.set(u32::from(byte.to_ascii_uppercase()), Letter(kind | 1 << 8));
    }
    table.set('đ' as u32, Letter(STROKE | BEYOND_ASCII));
    table.set('Đ' as u32, Letter(STROKE | BEYOND_ASCII | 1 << 8));
    for (row, vowel) in (0u16..).zip(VOWELS) {
        for (tone, c) in (0u16..).zip(vowel.chars()) {
            table.set(c as u32, Letter::vowel(row, tone, false));
            let capital = c.to_uppercase().next().unwrap_or(c);
            table.set(capital as u32, Letter::vowel(row, tone, true));
        }
    }
    table
});

impl Table {
    fn set(&mut self, at: u32, letter: Letter) {
        let at = at as usize;
        let slot = match at {
            0..0x250 => self.low.get_mut(at),
            _ => at.checked_sub(0x1ea0).and_then(|at| self.high.get_mut(at)),
        };
        if let Some(slot) = slot {
            *slot = letter;
        }
    }
}

/// Letters of one run of text, marks joined to their vowels. Longer runs than any few words
/// written together do not fit, and then count as no Vietnamese.
#[derive(Clone, Copy, Debug)]
pub struct Letters {
    all: [Letter; Letters::MOST],
    len: usize,
    /// All bits that any of them has.
    seen: u16,
    /// Whether something that is no letter is among them.
    gaps: bool,
    /// A mark stood where no vowel bears it, a sign was foreign, or the run was too long.
    broken: bool,
}

impl Letters {
    /// Letters of a run at most.
    pub const MOST: usize = 32;

    /// No letters.
    pub fn new() -> Letters {
        Letters { all: [Letter::NONE; Letters::MOST], len: 0, seen: 0, gaps: false, broken: false }
    }

    /// The letters of a text, marks joined.
    pub fn of(text: &str) -> Letters {
        let mut letters = Letters::new();
        text.chars().for_each(|c| letters.push(Letter::of(c)));
        letters
    }

    /// Takes these letters instead, up to the first that is no part of a word.
    pub(super) fn read(&mut self, letters: impl Iterator<Item = Letter>) {
        (self.len, self.seen, self.gaps, self.broken) = (0, 0, false, false);
        for letter in letters {
            self.push(letter);
            if self.broken {
                return;
            }
        }
    }

    /// Adds a letter, or a mark to the last one.
    pub fn push(&mut self, letter: Letter) {
        if letter.is_mark() {
            return self.join(letter);
        }
        self.broken |= letter.0 & IS_FOREIGN != 0;
        self.gaps |= letter.is_none();
        self.seen |= letter.0;
        match self.all.get_mut(self.len) {
            Some(slot) => {
                *slot = letter;
                self.len += 1;
            }
            None => self.broken = true,
        }
    }

    /// Joins a mark to the last letter.
    fn join(&mut self, mark: Letter) {
        let last = self.len.checked_sub(1).and_then(|last| self.all.get_mut(last));
        match last.map(|last| (last.with(mark), last)) {
            Some((Some(joined), last)) => {
                *last = joined;
                self.seen |= joined.0;
            }
            _ => self.broken = true,
        }
    }

    /// The letters.
    pub fn as_slice(&self) -> &[Letter] {
        self.all.get(..self.len).unwrap_or_default()
    }

    /// Whether a mark stood where none can, a sign was foreign, or the run was too long.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Whether ASCII alone can write all of them.
    pub(super) fn is_plain(&self) -> bool {
        self.seen & BEYOND_ASCII == 0
    }

    /// Whether a vowel is among them, or a foreign sign.
    pub(super) fn has_vowel(&self) -> bool {
        self.seen & (IS_VOWEL | IS_FOREIGN) != 0
    }

    /// Whether something that is no letter is among them.
    pub(super) fn has_gaps(&self) -> bool {
        self.gaps
    }

    /// Whether both are the same letters, all known.
    pub fn same(&self, other: &Letters) -> bool {
        // Letter by letter: what was just written cannot be read back in larger pieces at once.
        let pairs = || self.as_slice().iter().zip(other.as_slice());
        self.len == other.len && !self.broken && !other.broken && pairs().all(|(a, b)| a == b)
    }
}

impl Default for Letters {
    fn default() -> Letters {
        Letters::new()
    }
}
