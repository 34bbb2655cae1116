//! How fast a text is judged; figures only, nothing is asserted about time.

use super::Encoder;
use congthu::text::legacy::Encoding;
use congthu::text::{Sample, is_undiacritical, judge};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Run it alone, on a quiet machine: `--run-ignored only`.
#[test]
#[ignore = "prints figures"]
fn figures() {
    let Some(corpus) = super::corpus() else { return };
    let vietnamese = super::vietnamese(&corpus).join(" ");
    let read = |name: &str| {
        std::fs::read_to_string(corpus.join("nltk-udhr").join(name)).unwrap().repeat(100)
    };
    let (english, icelandic, czech) =
        (read("eng.udhr2.txt"), read("isl.udhr2.txt"), read("ces.udhr2.txt"));
    for length in [4 << 10, 64 << 10, 1 << 20] {
        let cut = |text: &str| text[..text.floor_char_boundary(length)].to_owned();
        row("ASCII, English", cut(&english).as_bytes());
        row("UTF-8, Vietnamese", cut(&vietnamese).as_bytes());
        row("UTF-8, Czech", cut(&czech).as_bytes());
        row("UTF-8, Icelandic", cut(&icelandic).as_bytes());
        row("windows-1250, Czech", &encoding_rs::WINDOWS_1250.encode(&cut(&czech)).0);
        for encoding in [Encoding::Tcvn3, Encoding::Vni, Encoding::Viscii, Encoding::Viqr] {
            let bytes = Encoder::new(encoding).encode(&cut(&vietnamese));
            row(encoding.name(), &bytes);
            if encoding == Encoding::Tcvn3 {
                row("TCVN3, taken for windows-1252", &super::misread(&bytes));
            }
        }
        row("UTF-8, taken for windows-1252", &super::misread(cut(&vietnamese).as_bytes()));
    }
    let began = Instant::now();
    black_box(is_undiacritical(black_box(&english)));
    println!("lost diacritics, a long English text: {:?}", began.elapsed());
}

/// The best of a few runs, since others share the machine.
fn row(name: &str, text: &[u8]) {
    let mut best = Duration::MAX;
    for _ in 0..15 {
        let began = Instant::now();
        black_box(judge(&Sample::of(black_box(text))));
        best = best.min(began.elapsed());
    }
    let speed = text.len() as f64 / best.as_secs_f64() / 1e6;
    println!("| {name} | {} KiB | {speed:.0} MB/s |", text.len() >> 10);
}
