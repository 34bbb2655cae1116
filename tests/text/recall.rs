//! How many words it takes: for each encoding the share of texts of 4, 8, 16, 32 and 64 words
//! that are found, and how many of them are named wrongly.

use super::Encoder;
use congthu::text::legacy::Encoding;
use congthu::text::{Sample, judge};

/// Texts of each length and encoding.
const TEXTS: usize = 2000;
const LENGTHS: [usize; 5] = [4, 8, 16, 32, 64];

/// The two forms of TCVN 5712 agree but for capitals.
pub fn same(one: Encoding, other: Encoding) -> bool {
    let tcvn = [Encoding::Tcvn3, Encoding::Tcvn5712];
    one == other || tcvn.contains(&one) && tcvn.contains(&other)
}

#[test]
fn by_number_of_words() {
    let Some(corpus) = super::corpus() else { return };
    let words = super::vietnamese(&corpus);
    println!("{} words; found (named wrongly)", words.len());
    println!("| encoding | {} |", LENGTHS.map(|n| format!("{n} words")).join(" | "));
    let mut worst = 1.0f64;
    for (encoding, misread) in forms() {
        let encoder = Encoder::new(encoding);
        let mut row =
            format!("{}{}", encoding.name(), if misread { ", taken for windows-1252" } else { "" });
        for length in LENGTHS {
            let (mut all, mut found, mut wrong) = (0, 0, 0);
            let step = (words.len() / length / TEXTS).max(1);
            for chunk in words.chunks(length).step_by(step) {
                let mut bytes = encoder.encode(&chunk.join(" "));
                if misread {
                    bytes = super::misread(&bytes);
                }
                all += 1;
                match judge(&Sample::of(&bytes)).map(|reading| reading.encoding) {
                    Some(name) if same(name, encoding) => found += 1,
                    Some(_) => wrong += 1,
                    None => {}
                }
            }
            let share = f64::from(found) / f64::from(all);
            row += &format!(" | {:.1} % ({wrong})", share * 100.0);
            if length == 32 {
                worst = worst.min(share);
            }
            // Right Unicode is never found; nothing is named wrongly more than now and then.
            let right = encoding == Encoding::Utf8 && !misread;
            assert!(!right || found + wrong == 0, "right Unicode");
            assert!(f64::from(wrong) <= 0.006 * f64::from(all), "{row}");
        }
        println!("| {row} |");
        if encoding == Encoding::Utf8 && !misread {
            worst = 1.0;
        }
    }
    assert!(worst > 0.9, "a form is found in {worst} of texts of 32 words");
}

/// Every encoding as it is, and as what becomes of it where it is taken for windows-1252. Right
/// UTF-8 comes first: of it nothing may be found.
fn forms() -> impl Iterator<Item = (Encoding, bool)> {
    let signs = [(Encoding::Viqr, false), (Encoding::References, false), (Encoding::Utf8, true)];
    let eight =
        Encoding::EIGHT_BIT.into_iter().flat_map(|encoding| [(encoding, false), (encoding, true)]);
    [(Encoding::Utf8, false)].into_iter().chain(eight).chain(signs)
}

/// The made mails' texts: every encoding named right, and the text as it was.
#[test]
fn derived_texts_come_back_as_they_were() {
    let Some(corpus) = super::corpus() else { return };
    let folder = corpus.join("derived-vn-encodings");
    let (mut all, mut named, mut equal) = (0, 0, 0);
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let [text, form, "txt"] = name.split('.').collect::<Vec<_>>()[..] else { continue };
        let encoding = match form {
            "tcvn3" => Encoding::Tcvn3,
            "vni" => Encoding::Vni,
            "viscii" => Encoding::Viscii,
            "vps" => Encoding::Vps,
            "cp1258" => Encoding::Windows1258,
            "bkhcm1" => Encoding::BkHcm1,
            "bkhcm2" => Encoding::BkHcm2,
            "viqr" => Encoding::Viqr,
            _ => {
                assert_eq!(judge(&Sample::of(&std::fs::read(&path).unwrap())), None, "{name}");
                continue;
            }
        };
        let bytes = std::fs::read(&path).unwrap();
        let want = std::fs::read_to_string(folder.join(format!("{text}.utf8.txt"))).unwrap();
        all += 1;
        if let Some(reading) =
            judge(&Sample::of(&bytes)).filter(|reading| reading.encoding == encoding)
        {
            named += 1;
            let got = reading.convert(&bytes);
            equal += usize::from(super::letters_of(&got) == super::letters_of(&want));
        }
    }
    println!(
        "derived-vn-encodings: {all} texts, {named} named right, {equal} with every letter as it was"
    );
    assert!(all >= 150 && named == all && equal * 100 >= all * 95);
}
