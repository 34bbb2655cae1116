//! A set of rules as large as an office may ever have: ten thousand entries, a thousand rules.

use super::mails::Random;
use std::fmt::Write;
use std::fs;
use tempfile::TempDir;

/// Entries of the word lists, together.
const ENTRIES: usize = 10_000;

/// Rules over the shipped ones.
const RULES: usize = 1_000;

/// The shipped rules with many more in `local/`.
pub fn folder() -> TempDir {
    let dir = shipped();
    let local = dir.path().join("local");
    fs::create_dir(&local).unwrap();
    fs::write(local.join("base.toml"), rules()).unwrap();
    for (name, seed) in [("a.txt", 1), ("b.txt", 2)] {
        fs::write(local.join(name), phrases(seed, ENTRIES / 2)).unwrap();
    }
    dir
}

/// The shipped rules.
pub fn shipped() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for entry in fs::read_dir("rules").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            fs::copy(&path, dir.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    dir
}

/// Two lists, and rules as administrators pile them up: of a kind for each correspondent, some for
/// findings that every letter has, most for findings that few have.
pub fn rules() -> String {
    let mut text = "[words.a]\nfile = \"a.txt\"\n[words.b]\nfile = \"b.txt\"\n".to_owned();
    for number in 0..RULES {
        let (finding, condition) = match number % 5 {
            0 => ("words.a", format!("client = \"10.{}.{}.0/24\"", number / 250, number % 250)),
            1 => ("archive.encrypted", format!("name = \"*ho-so-{number}*.zip\"")),
            2 => ("macro.found", format!("recipient = \"phong{number}@x.example\"")),
            3 => ("text.combining", format!("recipient = \"ban{number}.y.example\"")),
            _ => ("bulk.advertising", format!("client = \"192.168.{}.0/24\"", number % 256)),
        };
        writeln!(
            text,
            "[[rule]]\nfinding = \"{finding}\"\nwhere = {{ {condition}, hours = \"{:02}:00-23:59\" }}\n\
             action = \"tag\"\narticle = \"khoản {number}\"\nnote = \"hồ sơ số {number}\"\n\
             reply = {{ vi = \"Thư trái khoản {number}: {{name}}.\", en = \"Against clause {number}: {{name}}.\" }}",
            number % 24
        )
        .unwrap();
    }
    text
}

/// Phrases of two to four Vietnamese syllables, one a line.
fn phrases(seed: u64, count: usize) -> String {
    const HEADS: [&str; 16] =
        ["b", "c", "ch", "đ", "g", "h", "kh", "l", "m", "n", "ngh", "ph", "qu", "s", "th", "tr"];
    const TAILS: [&str; 20] = [
        "ách", "ấn", "ạng", "áo", "ậc", "ế", "ển", "ếch", "ị", "iệu", "iển", "ố", "ong", "ổi",
        "ơn", "ủa", "uyết", "ượng", "ư", "ý",
    ];
    let mut random = Random(seed);
    let mut text = String::new();
    for _ in 0..count {
        for _ in 0..2 + random.next() % 3 {
            let syllable = (random.next() % 16, random.next() % 20);
            write!(text, "{}{} ", HEADS[syllable.0 as usize], TAILS[syllable.1 as usize]).unwrap();
        }
        text.push('\n');
    }
    text
}
