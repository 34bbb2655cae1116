//! The tables of the encodings, byte by byte against those of others: glibc, recode, xvnkb,
//! UniKey and viparse were written independently of each other.

use super::corpus;
use congthu::text::Letter;
use congthu::text::legacy::{self, Encoding};
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use unicode_normalization::UnicodeNormalization;

/// Whether a character is a Vietnamese letter beyond ASCII.
fn is_letter(c: char) -> bool {
    !c.is_ascii() && Letter::of(c).char() == Some(c)
}

/// Holds (bytes, letter) pairs against the decoder; says how many were compared.
#[track_caller]
fn compare(
    source: &str,
    encoding: Encoding,
    pairs: impl IntoIterator<Item = (Vec<u8>, char)>,
) -> usize {
    let mut compared = 0;
    let mut wrong = Vec::new();
    for (bytes, want) in pairs.into_iter().filter(|(_, want)| is_letter(*want)) {
        let got = legacy::decode(encoding, &bytes);
        compared += 1;
        // VIQR makes letters only of what is a syllable with them: ấn, đa.
        let within = |rest: char| {
            let word = [bytes.as_slice(), &[rest as u8]].concat();
            encoding == Encoding::Viqr && legacy::decode(encoding, &word) == format!("{want}{rest}")
        };
        if got != want.to_string() && !within('n') && !within('a') {
            wrong.push(format!("{bytes:02x?}: {got}, not {want}"));
        }
    }
    println!(
        "{source:28} {:16} {compared:4} letters, {} differ {wrong:?}",
        encoding.name(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{source} {}: {wrong:?}", encoding.name());
    compared
}

/// `<U00C0>     /x80 …` of glibc.
#[test]
fn as_glibc_has_them() {
    let Some(corpus) = corpus() else { return };
    for (file, encoding) in [
        ("TCVN5712-1", Encoding::Tcvn5712),
        ("VISCII", Encoding::Viscii),
        ("CP1258", Encoding::Windows1258),
    ] {
        let text = fs::read(corpus.join("glibc-charmaps").join(file)).unwrap();
        let text = String::from_utf8_lossy(&text);
        let pairs: Vec<(Vec<u8>, char)> = text.lines().filter_map(charmap).collect();
        assert!(compare("glibc", encoding, pairs.clone()) >= 30);
        if encoding == Encoding::Tcvn5712 {
            // VN3 is VN1 without its capitals.
            let small = pairs.into_iter().filter(|(bytes, c)| bytes.len() == 1 && c.is_lowercase());
            assert!(compare("glibc", Encoding::Tcvn3, small) == 67);
        }
    }
}

fn charmap(line: &str) -> Option<(Vec<u8>, char)> {
    let (code, rest) = line.strip_prefix("<U")?.split_once('>')?;
    let bytes = rest.split_whitespace().next()?.strip_prefix("/x")?;
    let bytes =
        bytes.split("/x").map(|hex| u8::from_str_radix(hex, 16)).collect::<Result<_, _>>().ok()?;
    Some((bytes, char::from_u32(u32::from_str_radix(code, 16).ok()?)?))
}

/// The pools of 256 code points of recode's source.
#[test]
fn as_recode_has_them() {
    let Some(corpus) = corpus() else { return };
    let source = fs::read_to_string(corpus.join("recode-tables/src/vn.c")).unwrap();
    for (pool, encoding) in [
        ("tcvn_pool", Encoding::Tcvn5712),
        ("viscii_pool", Encoding::Viscii),
        ("vps_pool", Encoding::Vps),
    ] {
        let table =
            source.split(&format!("{pool}[256] =")).nth(1).unwrap().split("};").next().unwrap();
        let codes =
            table.split("0x").skip(1).map(|code| u32::from_str_radix(&code[..4], 16).unwrap());
        let pairs = (0u8..=255)
            .zip(codes)
            .filter_map(|(byte, code)| Some((vec![byte], char::from_u32(code)?)));
        assert!(compare("recode's source", encoding, pairs) >= 130);
    }
}

/// Arrays of strings in one order for all encodings.
#[test]
fn as_xvnkb_has_them() {
    let Some(corpus) = corpus() else { return };
    let strings = |file: &str| {
        let bytes = fs::read(corpus.join("xvnkb-tables").join(file)).unwrap();
        let from = bytes.windows(6).position(|w| w == b"[] = {").unwrap();
        let pieces: Vec<Vec<u8>> =
            bytes[from..].split(|b| *b == b'"').map(<[u8]>::to_vec).collect();
        pieces.into_iter().skip(1).step_by(2).collect::<Vec<_>>()
    };
    let letters: Vec<String> =
        strings("utf8.h").into_iter().map(|s| String::from_utf8(s).unwrap()).collect();
    for (file, encoding) in [
        ("tcvn.h", Encoding::Tcvn5712),
        ("vni.h", Encoding::Vni),
        ("viscii.h", Encoding::Viscii),
        ("vps.h", Encoding::Vps),
        ("viqr.h", Encoding::Viqr),
    ] {
        let pairs = strings(file).into_iter().zip(&letters).filter_map(|(bytes, letter)| {
            let c = letter.nfc().next()?;
            // Capitals that are missing, or that are control characters, it writes small.
            let small = legacy::decode(encoding, &bytes) == c.to_lowercase().to_string();
            (!(c.is_uppercase() && small)).then_some((bytes, c))
        });
        assert!(compare("xvnkb", encoding, pairs) >= 70);
    }
}

/// The order of UniKey's letters: capital and small, vowels with six tones.
fn unikey_order() -> Vec<char> {
    let vowel = |row: &str| {
        row.chars().flat_map(|c| [c.to_uppercase().next().unwrap(), c]).collect::<Vec<_>>()
    };
    let rows = [
        "aáàảãạ",
        "âấầẩẫậ",
        "ăắằẳẵặ",
        "bcdđ",
        "eéèẻẽẹ",
        "êếềểễệ",
        "fgh",
        "iíìỉĩị",
        "jklmn",
        "oóòỏõọ",
        "ôốồổỗộ",
        "ơớờởỡợ",
        "pqrst",
        "uúùủũụ",
        "ưứừửữự",
        "vwx",
        "yýỳỷỹỵ",
        "z",
    ];
    rows.iter().flat_map(|row| vowel(row)).collect()
}

/// Numbers and characters between braces; the low byte is the letter, the high byte its mark.
#[test]
fn as_unikey_has_them() {
    let Some(corpus) = corpus() else { return };
    let source = fs::read(corpus.join("unikey-tables/vnconv/data.cpp")).unwrap();
    let source: String = source.iter().map(|byte| char::from(*byte)).collect();
    let source: String =
        source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let source = source.replace("'{'", "0x7b").replace("'}'", "0x7d");
    let table = |after: &str, number: usize| {
        let text = source.split(after).nth(1).unwrap();
        let block = text.split('{').skip(1).filter(|block| block.len() > 600).nth(number).unwrap();
        block.split('}').next().unwrap().split(',').map(code).collect::<Vec<u32>>()
    };
    let bytes = |code: u32| match code.to_le_bytes() {
        [low, 0, ..] => vec![low],
        [low, high, ..] => vec![low, high],
    };
    for (after, number, encoding) in [
        ("SingleByteTables[]", 0, Encoding::Tcvn3),
        ("SingleByteTables[]", 1, Encoding::Vps),
        ("SingleByteTables[]", 2, Encoding::Viscii),
        ("SingleByteTables[]", 3, Encoding::BkHcm1),
        ("DoubleByteTables[]", 0, Encoding::Vni),
        ("DoubleByteTables[]", 1, Encoding::BkHcm2),
        ("WinCP1258[", 0, Encoding::Windows1258),
        ("WinCP1258Pre[", 0, Encoding::Windows1258),
    ] {
        let codes = table(after, number);
        // Only small letters: where an encoding lacks a capital, UniKey writes the small one.
        let small =
            unikey_order().into_iter().zip(codes).filter(|(c, code)| c.is_lowercase() && *code > 0);
        assert!(compare("UniKey", encoding, small.map(|(c, code)| (bytes(code), c))) >= 60);
    }
}

fn code(cell: &str) -> u32 {
    let cell = cell.trim();
    match cell.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex.trim(), 16).unwrap_or(0),
        None => cell.trim_matches('\'').chars().next().map_or(0, u32::from),
    }
}

/// Python's `(0x02, 0x1EA0)` and `("aø", "à")`.
#[test]
fn as_viparse_has_them() {
    let Some(corpus) = corpus() else { return };
    let folder = corpus.join("viparse-tables/src/viparse/normalize");
    for (file, encoding, least) in [
        ("vps.py", Encoding::Vps, 100),
        ("viscii.py", Encoding::Viscii, 90),
        ("vni.py", Encoding::Vni, 100),
        ("tcvn3.py", Encoding::Tcvn3, 70),
    ] {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        let pairs = text.lines().filter_map(|line| {
            let line = line.trim().strip_prefix('(')?;
            let (from, to) = line.split_once(", ")?;
            let to = to.split(')').next()?;
            let surface = surface(from)?;
            let want = match to.strip_prefix("0x") {
                Some(hex) => char::from_u32(u32::from_str_radix(hex, 16).ok()?)?,
                None => to.trim_matches('"').nfc().next()?,
            };
            Some((surface, want))
        });
        assert!(compare("viparse", encoding, pairs) >= least);
    }
}

/// Bytes of `0x02`, `"\u00a1"` or `"aø"`.
fn surface(from: &str) -> Option<Vec<u8>> {
    if let Some(hex) = from.strip_prefix("0x") {
        return Some(vec![u8::from_str_radix(hex, 16).ok()?]);
    }
    let text = from.strip_prefix('"')?.strip_suffix('"')?;
    match text.strip_prefix("\\u00") {
        Some(hex) => Some(vec![u8::from_str_radix(hex, 16).ok()?]),
        None => legacy::bytes_of(text),
    }
}

/// Debian's recode as an oracle, where it is installed.
#[test]
fn as_debians_recode_converts() {
    for (charset, encoding) in [
        ("TCVN", Encoding::Tcvn5712),
        ("VISCII", Encoding::Viscii),
        ("VPS", Encoding::Vps),
        ("CP1258", Encoding::Windows1258),
    ] {
        for byte in 0x80..=0xffu8 {
            let Some(text) = recode(charset, &[byte]) else {
                return println!("skipped: no recode");
            };
            let Some(want) = text.chars().next().filter(|c| is_letter(*c)) else { continue };
            assert_eq!(legacy::decode(encoding, &[byte]), want.to_string(), "{charset} {byte:02x}");
        }
    }
}

/// What it writes in VNI and VIQR, which have letters of several signs, is read as it was.
#[test]
fn as_debians_recode_writes() {
    let vowels: Vec<char> = unikey_order().into_iter().filter(|c| is_letter(*c)).collect();
    for (charset, encoding) in [("VNI", Encoding::Vni), ("VIQR", Encoding::Viqr)] {
        for c in &vowels {
            // A syllable, since VIQR makes letters of nothing else; đ and Đ need a vowel.
            let word = if matches!(c, 'đ' | 'Đ') { format!("{c}a") } else { format!("{c}n") };
            // Its table has Ắ and Ằ of VNI in each other's place; UniKey's has them as we do.
            let wrong = encoding == Encoding::Vni && matches!(c, 'Ắ' | 'Ằ');
            if wrong || encoding == Encoding::Viqr && !congthu::text::is_word(&word) {
                continue;
            }
            let Some(bytes) = recoded(&format!("UTF-8..{charset}"), word.as_bytes()) else {
                return println!("skipped: no recode");
            };
            assert_eq!(legacy::decode(encoding, &bytes), word, "{charset} {bytes:02x?}");
        }
    }
}

fn recode(charset: &str, bytes: &[u8]) -> Option<String> {
    let out = recoded(&format!("{charset}..UTF-8"), bytes)?;
    Some(String::from_utf8_lossy(&out).into_owned())
}

fn recoded(request: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut child = Command::new("recode")
        .arg(request)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(bytes).ok()?;
    let out = child.wait_with_output().ok()?;
    Some(out.stdout)
}

/// TCVN3 among capitals is capitals: fonts of capitals show small letters so.
#[test]
fn tcvn3_among_capitals() {
    let decode = |bytes: &[u8]| legacy::decode(Encoding::Tcvn3, bytes);
    assert_eq!(decode(b"QUY\xd5T \xa7\xdeNH"), "QUYẾT ĐỊNH");
    assert_eq!(decode(b"T\xeb Y\xaan"), "Tở Yên");
    assert_eq!(decode(b"\xf1y ban"), "ủy ban");
}

#[test]
fn viqr_with_and_without_backslash() {
    let decode = |text: &str| legacy::decode(Encoding::Viqr, text.as_bytes());
    assert_eq!(decode("Tie^'ng Vie^.t ddu+o+.c vie^'t"), "Tiếng Việt được viết");
    assert_eq!(decode("To^i ddi ho.c\\. DDa^u\\?"), "Tôi đi học. Đâu?");
    assert_eq!(decode("a@b.example, f(x) = 1 + 2."), "a@b.example, f(x) = 1 + 2.");
    assert_eq!(decode("Hu+`ng Ða(.ng, O^ng A^'t"), "Hừng Ðặng, Ông Ất");
    assert_eq!(decode("ma('t"), "mắt");
}
