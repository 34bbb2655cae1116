//! File names in old encodings. They reach us decoded, by whatever code page their reader took for
//! right: so their bytes are judged as well, wherever those of such a page were not Vietnamese.

use super::reading::{Reading, Sample, judge};
use super::syllable::is_word;
use encoding_rs::WINDOWS_1258;
use std::sync::LazyLock;

/// Letters of code page 437 for the bytes 0x80–0xFF: names in zips that say no other.
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
/// The same, sorted, with their bytes.
static BYTES: LazyLock<Vec<(char, u8)>> = LazyLock::new(|| {
    let mut bytes: Vec<(char, u8)> = CP437.chars().zip(0x80..=0xff).collect();
    bytes.sort_unstable();
    bytes
});
/// Signs of that page in a name from which it was not what the name was written in.
const ODD: usize = 2;
/// Fewer than one of so many words is Vietnamese by chance.
const RIGHT: usize = 2;

/// The reading of a file's name; `packed` is one within an archive.
pub fn judge_name(name: &str, packed: bool) -> Option<Reading> {
    if name.is_ascii() {
        return judge(&Sample::of(name.as_bytes()));
    }
    let found = judge(&Sample::of(name.as_bytes()));
    let by_bytes = || {
        let bytes = in_1258(name).or_else(|| in_437(name).filter(|_| packed))?;
        judge(&Sample::of(&bytes))
    };
    found.or_else(by_bytes)
}

/// The bytes of a name that has letters which only windows-1258 has, and is hardly Vietnamese so.
fn in_1258(name: &str) -> Option<Vec<u8>> {
    let mark = |c: char| matches!(c, '\u{300}'..='\u{323}');
    if !name.contains(|c| mark(c) || "ăđơưĂĐƠƯ₫".contains(c)) {
        return None;
    }
    let words = name.split(|c: char| !c.is_alphabetic() && !mark(c));
    let marked: Vec<&str> = words.filter(|word| !word.is_ascii()).collect();
    if marked.iter().filter(|word| is_word(word)).count() * RIGHT >= marked.len() {
        return None;
    }
    let (bytes, _, lossy) = WINDOWS_1258.encode(name);
    (!lossy).then(|| bytes.into_owned())
}

/// The bytes of a name that has frames and Greek where letters should be.
fn in_437(name: &str) -> Option<Vec<u8>> {
    let odd = |c: &char| matches!(c, '\u{2500}'..='\u{259f}' | 'Α'..='ω' | '\u{2200}'..='\u{2320}' | '±' | '÷' | '⌡');
    if name.chars().filter(odd).count() < ODD {
        return None;
    }
    let byte = |c: char| match c {
        c if c.is_ascii() => u8::try_from(c).ok(),
        c => {
            let at = BYTES.binary_search_by_key(&c, |(known, _)| *known).ok()?;
            BYTES.get(at).map(|(_, byte)| *byte)
        }
    };
    name.chars().map(byte).collect()
}
