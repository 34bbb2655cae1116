//! How fast texts are judged: what the spelling of clean text costs, and that of letters in which
//! every word is odd.

use crate::support::{Encoder, misread};
use congthu::text::legacy::Encoding;
use congthu::text::{Sample, is_word, judge};
use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Megabytes a second on one core: of what is clean, and of all else.
const CLEAN: f64 = 200.0;
const ODD: f64 = 40.0;

/// Bytes of a letter, and of a long document.
const SIZES: [usize; 2] = [4 << 10, 1 << 20];
/// Runs of which the best counts, since others share the machine.
const RUNS: usize = 200;

/// The table, in Markdown; and the row that is furthest below what it should reach, or nearest.
pub fn measure() -> (String, (String, f64)) {
    let mut text = String::from("| text | wanted | 4 KiB | 1 MiB | |\n|---|---:|---:|---:|---|\n");
    let mut worst = (String::new(), f64::INFINITY);
    for (name, make, wanted) in rows() {
        let speeds = SIZES.map(|size| speed(&make(size)));
        let share = speeds.iter().fold(f64::INFINITY, |least, speed| least.min(speed / wanted));
        let mark = if share >= 1.0 { "met" } else { "**missed**" };
        let [letter, document] = speeds;
        writeln!(text, "| {name} | ≥ {wanted:.0} MB/s | {letter:.0} | {document:.0} | {mark} |")
            .unwrap();
        if share < worst.1 {
            worst = (name, share);
        }
    }
    (text, worst)
}

/// Megabytes a second.
fn speed(text: &[u8]) -> f64 {
    let run = || {
        let began = Instant::now();
        black_box(judge(&Sample::of(black_box(text))));
        began.elapsed()
    };
    let runs = if text.len() > SIZES[0] * 2 { RUNS / 10 } else { RUNS };
    let best = (0..runs).map(|_| run()).min().unwrap_or(Duration::MAX);
    text.len() as f64 / best.as_secs_f64() / 1e6
}

/// A text of so many bytes of what it was before it was written in its encoding.
type Make = Box<dyn Fn(usize) -> Vec<u8>>;

fn rows() -> Vec<(String, Make, f64)> {
    let ascii = include_str!("../README.md").replace(|c: char| !c.is_ascii(), "");
    let prose = include_str!("../README.vi.md");
    let mut rows: Vec<(String, Make, f64)> = vec![
        ("ASCII, English".to_owned(), filled(ascii.clone(), |text| text.into()), CLEAN),
        ("UTF-8, Vietnamese".to_owned(), filled(prose.to_owned(), |text| text.into()), CLEAN),
        ("UTF-8, every word Vietnamese".to_owned(), filled(words(), |text| text.into()), CLEAN),
        (
            "UTF-8, every word in letters of other languages".to_owned(),
            filled(others(), |text| text.into()),
            ODD,
        ),
        (
            "windows-1252, the same".to_owned(),
            filled(others(), |text| encoding_rs::WINDOWS_1252.encode(text).0.into_owned()),
            ODD,
        ),
    ];
    let eight_bit = Encoding::EIGHT_BIT.into_iter();
    for encoding in eight_bit.chain([Encoding::Viqr, Encoding::References]) {
        let encode = move |text: &str| Encoder::new(encoding).encode(text);
        let name = encoding.name();
        rows.push((format!("{name}, prose"), filled(prose.to_owned(), encode), ODD));
        rows.push((format!("{name}, every word odd"), filled(words(), encode), ODD));
    }
    for encoding in [Encoding::Utf8, Encoding::Tcvn3, Encoding::Vni] {
        let encode = move |text: &str| misread(&Encoder::new(encoding).encode(text));
        let name = format!("{}, taken for windows-1252, every word odd", encoding.name());
        rows.push((name, filled(words(), encode), ODD));
    }
    rows
}

/// A text again and again up to a size, then written.
fn filled(text: String, write: impl Fn(&str) -> Vec<u8> + 'static) -> Make {
    Box::new(move |size| {
        let mut text = text.repeat(size.div_ceil(text.len()));
        text.truncate(text.floor_char_boundary(size));
        write(&text)
    })
}

/// All syllables that have a mark, in no order: a letter of them has no word twice.
fn words() -> String {
    const ONSETS: &str = " b ch d đ h kh l m n nh ph r s t th tr v x c g ng";
    const FINALS: &str = " n ng m nh i u o c t p ch";
    const VOWELS: &str = "aáàảãạăắằẳẵặâấầẩẫậeéèẻẽẹêếềểễệiíìỉĩịoóòỏõọôốồổỗộơớờởỡợuúùủũụưứừửữự";
    let vowels = || VOWELS.chars().filter(|vowel| !vowel.is_ascii());
    let words = ONSETS.split(' ').flat_map(|onset| {
        vowels()
            .flat_map(move |vowel| FINALS.split(' ').map(move |end| format!("{onset}{vowel}{end}")))
    });
    let words = words.filter(|word| is_word(word));
    shuffled(words.collect())
}

/// The same words in letters that Vietnamese does not have.
fn others() -> String {
    let icelandic = |c: char| {
        if c.is_ascii() {
            c
        } else {
            ['ö', 'ð', 'þ', 'æ', 'å', 'ü', 'ß', 'ñ', 'ç'][c as usize % 9]
        }
    };
    words().chars().map(icelandic).collect()
}

/// Words with a step between them that meets each once.
fn shuffled(words: Vec<String>) -> String {
    let step = (words.len() / 3..).find(|step| gcd(*step, words.len()) == 1).unwrap_or(1);
    (0..words.len()).map(|at| words[at * step % words.len()].clone() + " ").collect()
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
