//! The tables of the eight-bit encodings: what each byte from 0x80 on stands for.
//!
//! `·` is a byte that the encoding leaves to windows-1252 (quotation marks, dashes, bullets).
//! Capitals that replace control characters or ASCII punctuation stand beside the table.

use super::super::letter::{Letter, Quality};
use super::Encoding;
use std::sync::LazyLock;

/// 0x80–0xFF, sixteen a row.
type Rows = [&'static str; 8];
/// Bytes below 0x80 that are letters all the same.
type Low = &'static [(u8, char)];

const TCVN3: Rows = [
    "················",
    "················",
    "·ĂÂÊÔƠƯĐăâêôơưđ·",
    "·····àảãáạ·ằẳẵắ·",
    "······ặầẩẫấậè·ẻẽ",
    "éẹềểễếệìỉ···ĩíịò",
    "·ỏõóọồổỗốộờởỡớợù",
    "·ủũúụừửữứựỳỷỹýỵ·",
];

const TCVN5712: Rows = [
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨ",
    "ÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ",
    "·ĂÂÊÔƠƯĐăâêôơưđẰ",
    "·····àảãáạẲằẳẵắẴ",
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽ",
    "éẹềểễếệìỉỄẾỒĩíịò",
    "Ổỏõóọồổỗốộờởỡớợù",
    "ỖủũúụừửữứựỳỷỹýỵỐ",
];
const TCVN5712_LOW: Low = &[
    (0x01, 'Ú'),
    (0x02, 'Ụ'),
    (0x04, 'Ừ'),
    (0x05, 'Ử'),
    (0x06, 'Ữ'),
    (0x11, 'Ứ'),
    (0x12, 'Ự'),
    (0x13, 'Ỳ'),
    (0x14, 'Ỷ'),
    (0x15, 'Ỹ'),
    (0x16, 'Ý'),
    (0x17, 'Ỵ'),
];

/// Tones apart, which TCVN 5712 allows beside its composed letters.
const TCVN5712_MARKS: &[(u8, Quality, u8)] = &[
    (0xb3, Quality::None, 1),
    (0xb0, Quality::None, 2),
    (0xb1, Quality::None, 3),
    (0xb2, Quality::None, 4),
    (0xb4, Quality::None, 5),
];

const VISCII: Rows = [
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐ",
    "ỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ",
    "Õắằặấầẩậẽẹếềểễệố",
    "ồổỗỠƠộờởịỰỨỪỬơớƯ",
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳ",
    "ĐứÒÓÔạỷừửÙÚỹỵÝỡư",
    "àáâãảăữẫèéêẻìíĩỉ",
    "đựòóôõỏọụùúũủýợỮ",
];
const VISCII_LOW: Low =
    &[(0x02, 'Ẳ'), (0x05, 'Ẵ'), (0x06, 'Ẫ'), (0x14, 'Ỷ'), (0x19, 'Ỹ'), (0x1e, 'Ỵ')];

const VPS: Rows = [
    "ÀẢÃẤẦẨọỗĂếềểệẮẰẲ",
    "Ế··ỀỂỄỐỒỔỖýỷỵỚỜỞ",
    "·ắằẳẵặỠớÙờởỡŨỨợỪ",
    "ổỬỲỸÍÌộỈĨÓửữÒỎÕự",
    "ầÁÂấẩẫậđẻÉÊẹỉễịỹ",
    "ƯỦồốÔỏơÈừứÚũưÝẺ·",
    "àáâãảạă·èéêẽìí·ĩ",
    "ẴĐòóôõ·Ơụùúủ·ỶẼỳ",
];
const VPS_LOW: Low = &[
    (0x02, 'Ạ'),
    (0x03, 'Ậ'),
    (0x04, 'Ặ'),
    (0x05, 'Ẹ'),
    (0x06, 'Ệ'),
    (0x10, 'Ị'),
    (0x11, 'Ọ'),
    (0x12, 'Ộ'),
    (0x13, 'Ợ'),
    (0x14, 'Ụ'),
    (0x15, 'Ự'),
    (0x19, 'Ỵ'),
    (0x1c, 'Ẫ'),
    (0x1d, 'Ữ'),
];

const BK_HCM_1: Rows = [
    "ÁÀẢÃẠÉÈẺẼẸÍÌỈĨỊÓ",
    "ÒỎÕỌÚÙỦŨỤĂẮẰẲẴẶÂ",
    "·ẦẨẪẬÊẾỀỂỄỆÔỐỒỔỖ",
    "ỘƠỚỜỞỠỢƯỨỪỬỮỰđáà",
    "ảãạéèẻẽẹíìỉĩịóòỏ",
    "õọúùủũụăắằẳẵặâấầ",
    "ẩẫậêếềểễệôốồổỗộơ",
    "ớờởỡợưứừửữựýỳỷỹỵ",
];
const BK_HCM_1_LOW: Low =
    &[(b'^', 'Ỳ'), (b'`', 'Ỷ'), (b'{', 'Ý'), (b'|', 'Ỹ'), (b'}', 'Đ'), (b'~', 'Ấ')];

/// VNI: letters of their own. Each stands for capitals too, 0x20 below.
const VNI: &[(u8, char)] = &[
    (0xe6, 'ỉ'),
    (0xec, 'ì'),
    (0xed, 'í'),
    (0xee, 'ỵ'),
    (0xf1, 'đ'),
    (0xf2, 'ị'),
    (0xf3, 'ĩ'),
    (0xf4, 'ơ'),
    (0xf6, 'ư'),
];
/// VNI: marks, with their capitals 0x20 below.
const VNI_MARKS: &[(u8, Quality, u8)] = &[
    (0xf9, Quality::None, 1),
    (0xf8, Quality::None, 2),
    (0xfb, Quality::None, 3),
    (0xf5, Quality::None, 4),
    (0xef, Quality::None, 5),
    (0xe2, Quality::Hat, 0),
    (0xe1, Quality::Hat, 1),
    (0xe0, Quality::Hat, 2),
    (0xe5, Quality::Hat, 3),
    (0xe3, Quality::Hat, 4),
    (0xe4, Quality::Hat, 5),
    (0xea, Quality::Breve, 0),
    (0xe9, Quality::Breve, 1),
    (0xe8, Quality::Breve, 2),
    (0xfa, Quality::Breve, 3),
    (0xfc, Quality::Breve, 4),
    (0xeb, Quality::Breve, 5),
];

/// BK HCM 2: letters of their own, capitals 0x20 below.
const BK_HCM_2: &[(u8, char)] = &[
    (0xe0, 'đ'),
    (0xea, 'â'),
    (0xef, 'ê'),
    (0xf1, 'í'),
    (0xf2, 'ì'),
    (0xf3, 'ỉ'),
    (0xf4, 'ĩ'),
    (0xf5, 'ị'),
    (0xf6, 'ô'),
    (0xf9, 'ă'),
    (0xfa, 'ơ'),
    (0xfb, 'ư'),
];
/// BK HCM 2: tones, one set for plain vowels, one for vowels with a hat, one for ă.
const BK_HCM_2_MARKS: &[(u8, Quality, u8)] = &[
    (0xe1, Quality::None, 1),
    (0xe2, Quality::None, 2),
    (0xe3, Quality::None, 3),
    (0xe4, Quality::None, 4),
    (0xe5, Quality::None, 5),
    (0xeb, Quality::None, 1),
    (0xec, Quality::None, 2),
    (0xed, Quality::None, 3),
    (0xee, Quality::None, 4),
    (0xe6, Quality::None, 1),
    (0xe7, Quality::None, 2),
    (0xe8, Quality::None, 3),
    (0xe9, Quality::None, 4),
];

/// windows-1258 where it differs from windows-1252.
const WINDOWS_1258: &[(u8, char)] = &[
    (0xc3, 'Ă'),
    (0xe3, 'ă'),
    (0xd0, 'Đ'),
    (0xf0, 'đ'),
    (0xd5, 'Ơ'),
    (0xf5, 'ơ'),
    (0xdd, 'Ư'),
    (0xfd, 'ư'),
    (0xc0, 'À'),
    (0xc1, 'Á'),
    (0xc2, 'Â'),
    (0xc8, 'È'),
    (0xc9, 'É'),
    (0xca, 'Ê'),
    (0xcd, 'Í'),
    (0xd3, 'Ó'),
    (0xd4, 'Ô'),
    (0xd9, 'Ù'),
    (0xda, 'Ú'),
    (0xe0, 'à'),
    (0xe1, 'á'),
    (0xe2, 'â'),
    (0xe8, 'è'),
    (0xe9, 'é'),
    (0xea, 'ê'),
    (0xed, 'í'),
    (0xf3, 'ó'),
    (0xf4, 'ô'),
    (0xf9, 'ù'),
    (0xfa, 'ú'),
];
const WINDOWS_1258_MARKS: &[(u8, Quality, u8)] = &[
    (0xec, Quality::None, 1),
    (0xcc, Quality::None, 2),
    (0xd2, Quality::None, 3),
    (0xde, Quality::None, 4),
    (0xf2, Quality::None, 5),
];

/// What windows-1252 has at 0x80–0x9F; bytes that it leaves free stay controls.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The character of a byte in windows-1252.
pub(super) fn windows_1252(byte: u8) -> char {
    let special = usize::from(byte).checked_sub(0x80).and_then(|at| WINDOWS_1252.get(at));
    special.copied().unwrap_or(char::from(byte))
}

/// The byte that a character stands for, if a text was read as Latin-1 or windows-1252.
pub fn byte_of(c: char) -> Option<u8> {
    match u32::from(c) {
        byte @ 0..=0xff => u8::try_from(byte).ok(),
        0x152..=0x2122 => {
            let at = WINDOWS_1252.iter().position(|special| *special == c)?;
            u8::try_from(at + 0x80).ok()
        }
        _ => None,
    }
}

/// Letters by byte.
pub(super) type Table = [Letter; 256];

/// The table of an encoding; of those that are no bytes, that of ASCII.
pub(super) fn table(encoding: Encoding) -> &'static Table {
    static TABLES: LazyLock<[Table; 8]> = LazyLock::new(|| Encoding::EIGHT_BIT.map(build));
    static LATIN: LazyLock<Table> = LazyLock::new(latin);
    // The eight are the first of all, in this order.
    TABLES.get(encoding as usize).unwrap_or(&LATIN)
}

/// The encodings in which all these bytes are parts of words, a bit each: most words of other
/// languages are none in most of them.
pub(in crate::text) fn possible(bytes: &[u8]) -> u8 {
    static BY_BYTE: LazyLock<[u8; 256]> = LazyLock::new(|| {
        let mut all = [0; 256];
        for encoding in Encoding::EIGHT_BIT {
            for (bits, letter) in all.iter_mut().zip(table(encoding)) {
                *bits |= u8::from(*letter != Letter::FOREIGN) << encoding as u32;
            }
        }
        all
    });
    let table = &*BY_BYTE;
    let bits = |byte: &u8| table.get(usize::from(*byte)).copied().unwrap_or_default();
    bytes.iter().fold(u8::MAX, |all, byte| all & bits(byte))
}

/// Letters as windows-1252 has them.
fn latin() -> Table {
    let mut table = ascii();
    for (byte, slot) in (0u8..=255).zip(table.iter_mut()).skip(0x80) {
        *slot = Letter::of(windows_1252(byte));
    }
    table
}

fn ascii() -> Table {
    let mut table = [Letter::NONE; 256];
    for (byte, slot) in (0u8..0x80).zip(table.iter_mut()) {
        *slot = Letter::of(char::from(byte));
    }
    table
}

fn build(encoding: Encoding) -> Table {
    // What an encoding does not have stays as windows-1252 has it, and is no Vietnamese.
    let mut table = latin();
    for slot in table.iter_mut().skip(0x80).filter(|letter| !letter.is_none()) {
        *slot = Letter::FOREIGN;
    }
    match encoding {
        Encoding::Tcvn3 => rows(&mut table, &TCVN3, &[]),
        Encoding::Tcvn5712 => {
            rows(&mut table, &TCVN5712, TCVN5712_LOW);
            marked(&mut table, &[], TCVN5712_MARKS, false);
        }
        Encoding::Viscii => rows(&mut table, &VISCII, VISCII_LOW),
        Encoding::Vps => rows(&mut table, &VPS, VPS_LOW),
        Encoding::BkHcm1 => rows(&mut table, &BK_HCM_1, BK_HCM_1_LOW),
        Encoding::Vni => marked(&mut table, VNI, VNI_MARKS, true),
        Encoding::BkHcm2 => marked(&mut table, BK_HCM_2, BK_HCM_2_MARKS, true),
        Encoding::Windows1258 => marked(&mut table, WINDOWS_1258, WINDOWS_1258_MARKS, false),
        Encoding::Viqr | Encoding::Utf8 | Encoding::References => {}
    }
    table
}

/// Fills in a table of composed letters.
fn rows(table: &mut Table, rows: &Rows, low: Low) {
    let high = rows.iter().flat_map(|row| row.chars());
    for (slot, c) in table.iter_mut().skip(0x80).zip(high).filter(|(_, c)| *c != '·') {
        *slot = Letter::of(c);
    }
    for (byte, c) in low {
        set(table, *byte, Letter::of(*c));
    }
}

/// Fills in a table of letters and marks.
fn marked(table: &mut Table, letters: &[(u8, char)], marks: &[(u8, Quality, u8)], capitals: bool) {
    for (byte, c) in letters {
        set(table, *byte, Letter::of(*c));
        if capitals {
            set(table, byte - 0x20, Letter::of(*c).capital());
        }
    }
    for (byte, quality, tone) in marks {
        set(table, *byte, Letter::mark(*quality, *tone));
        if capitals {
            set(table, byte - 0x20, Letter::mark(*quality, *tone));
        }
    }
}

fn set(table: &mut Table, byte: u8, letter: Letter) {
    if let Some(slot) = table.get_mut(usize::from(byte)) {
        *slot = letter;
    }
}
