//! File names as mailers and archives hand them on: bytes of an old encoding that were read in a
//! code page, and right names and those of other languages, which are no Vietnamese in any.

use super::Encoder;
use congthu::text::judge_name;
use congthu::text::legacy::Encoding;
use encoding_rs::WINDOWS_1258;

const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// Bytes as code page 437 shows them, as a zip's readers do.
fn in_437(bytes: &[u8]) -> String {
    let high: Vec<char> = CP437.chars().collect();
    let char = |byte: &u8| match byte {
        0..=0x7f => char::from(*byte),
        _ => high[usize::from(*byte - 0x80)],
    };
    bytes.iter().map(char).collect()
}

fn in_1258(bytes: &[u8]) -> String {
    WINDOWS_1258.decode_without_bom_handling(bytes).0.into_owned()
}

/// Names of so many words, from real texts.
fn names(corpus: &std::path::Path, words: usize) -> Vec<String> {
    let all = super::vietnamese(corpus);
    all.chunks(words).step_by(7).take(1000).map(|words| words.join(" ") + ".doc").collect()
}

#[test]
fn names_are_found_whatever_code_page_they_were_read_in() {
    let Some(corpus) = super::corpus() else { return };
    for words in [4, 8, 12] {
        let names = names(&corpus, words);
        for encoding in Encoding::EIGHT_BIT {
            let encoder = Encoder::new(encoding);
            let (mut by_1258, mut by_437, mut wrong) = (0, 0, 0);
            for name in &names {
                let bytes = encoder.encode(name);
                for (read, found) in [
                    (judge_name(&in_1258(&bytes), false), &mut by_1258),
                    (judge_name(&in_437(&bytes), true), &mut by_437),
                ] {
                    let is = read.map(|reading| super::recall::same(reading.encoding, encoding));
                    *found += usize::from(is == Some(true));
                    wrong += usize::from(is == Some(false));
                }
            }
            let share = |found: usize| 100.0 * found as f64 / names.len() as f64;
            println!(
                "| {words} | {} | {:.1} | {:.1} | {wrong} |",
                encoding.name(),
                share(by_1258),
                share(by_437)
            );
            assert!(wrong * 100 <= names.len(), "{}: {wrong}", encoding.name());
            // Read as windows-1258 what is windows-1258 is right; much of VISCII and VPS is, too.
            let least = match encoding {
                Encoding::Windows1258 => 0.0,
                Encoding::Viscii | Encoding::Vps => 80.0,
                _ => 90.0,
            };
            assert!(words < 12 || share(by_437) > 90.0 && share(by_1258) >= least);
        }
    }
}

#[test]
fn right_names_and_those_of_other_languages_are_not_found() {
    use unicode_normalization::UnicodeNormalization;
    let Some(corpus) = super::corpus() else { return };
    let (mut ran, mut alarms) = (0, Vec::new());
    let mut look = |name: &str| {
        ran += 1;
        for packed in [false, true] {
            if let Some(reading) = judge_name(name, packed) {
                alarms.push(format!("{name}: {reading:?}"));
            }
        }
    };
    for words in [1, 2, 4, 8, 12] {
        for name in names(&corpus, words) {
            look(&name);
            look(&name.nfd().collect::<String>());
            // As windows-1258 has it: some tones apart.
            look(&in_1258(&Encoder::new(Encoding::Windows1258).encode(&name)));
        }
        for (_, text) in super::others::texts(&corpus) {
            let all: Vec<&str> = text.split_whitespace().collect();
            for name in all.chunks(words).step_by(9).map(|words| words.join(" ")) {
                look(&name);
                for charset in [
                    "windows-1252",
                    "windows-1250",
                    "windows-1251",
                    "windows-1254",
                    "windows-874",
                    "gbk",
                    "shift_jis",
                ] {
                    let charset = encoding_rs::Encoding::for_label(charset.as_bytes()).unwrap();
                    let (bytes, _, lossy) = charset.encode(&name);
                    if !lossy {
                        look(&in_1258(&bytes));
                        look(&in_437(&bytes));
                    }
                }
            }
        }
    }
    println!("{ran} names, {} false", alarms.len());
    assert!(ran > 10_000 && alarms.is_empty(), "{}", alarms[..alarms.len().min(20)].join("\n"));
}
