//! Marks of secrecy, line by line: `fixtures/text/stamps.test`, composed and taken apart, as
//! Unicode and in the bytes of the old encodings.

use congthu::text::{self, Place, Secrecy, Stamps, Strength};
use encoding_rs::WINDOWS_1252;
use proptest::prelude::*;
use std::fmt::Write;
use unicode_normalization::UnicodeNormalization;

/// The heads of documents around a line.
fn head(place: &str) -> [&'static str; 3] {
    match place {
        "head-tcvn3" => ["ñy ban nh©n d©n", "céng hßa x· héi chñ nghÜa viÖt nam", "Sè: 12/BC-UBND"],
        "head-vni" => {
            ["UÛY BAN NHAÂN DAÂN", "COÄNG HOØA XAÕ HOÄI CHUÛ NGHÓA VIEÄT NAM", "Soá: 12/BC-UBND"]
        }
        "head-viqr" => {
            ["U?Y BAN NHA^N DA^N", "CO^.NG HO`A XA~ HO^.I CHU? NGHI~A VIE^.T NAM", "So^': 1/BC"]
        }
        "head-bare" => ["UY BAN NHAN DAN", "CONG HOA XA HOI CHU NGHIA VIET NAM", "So: 12/BC-UBND"],
        _ => ["ỦY BAN NHÂN DÂN", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Số: 12/BC-UBND"],
    }
}

/// A whole text with these lines in their place.
fn around(place: &str, lines: &str) -> String {
    let lines = lines.replace(" ⏎ ", "\r\n");
    match place {
        "text" | "red" => {
            format!("Kinh gui quy co quan,\r\nXem.\r\n\r\n{lines}\r\nTran trong.\r\n")
        }
        "first" => format!("\r\n{lines}\r\n\r\nTran trong.\r\n"),
        "header" | "box" | "subject" | "name" => lines,
        _ => {
            let [body, motto, number] = head(place);
            format!("{body}\r\n{motto}\r\n\r\n{number}\r\n{lines}\r\n\r\nTran trong.\r\n")
        }
    }
}

/// What is found, in the words of the table.
fn found(where_: &str, bytes: &[u8]) -> String {
    let weak = |grade: Option<Secrecy>| {
        grade.map_or_else(|| "nothing".to_owned(), |grade| format!("weak {}", word(grade)))
    };
    let place = match where_ {
        "subject" => return weak(text::in_subject(bytes)),
        "name" => return weak(text::in_name(bytes)),
        "header" => Place::Header,
        "box" => Place::Box,
        _ => Place::Text,
    };
    let red = if where_ == "red" { starts(bytes) } else { Vec::new() };
    let Stamps { mark, declassified, restricted, cut } = text::stamps_with_red(bytes, place, &red);
    assert!(!cut);
    let mut words = Vec::new();
    words.extend(mark.map(|mark| {
        let strength = if mark.strength == Strength::Strong { "strong" } else { "weak" };
        format!("{strength} {}", word(mark.grade))
    }));
    words.extend(declassified.then(|| "lifted".to_owned()));
    words.extend(restricted.then(|| "restricted".to_owned()));
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

/// Where all lines begin.
fn starts(text: &[u8]) -> Vec<usize> {
    let behind = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    std::iter::once(0).chain(behind.map(|(at, _)| at + 1)).collect()
}

fn word(grade: Secrecy) -> &'static str {
    match grade {
        Secrecy::Mat => "mật",
        Secrecy::ToiMat => "tối mật",
        Secrecy::TuyetMat => "tuyệt mật",
    }
}

/// The forms in which a line may come: as it stands, taken apart, and in the bytes of old fonts.
fn forms(place: &str, text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![("as it stands", text.as_bytes().to_vec())];
    forms.push(("with LF", text.replace("\r\n", "\n").into_bytes()));
    let is_old = matches!(place, "head-tcvn3" | "head-vni" | "head-viqr");
    if is_old {
        let (bytes, _, lost) = WINDOWS_1252.encode(text);
        assert!(!lost, "{text}");
        forms.push(("in its bytes", bytes.into_owned()));
    } else if !text.contains(['Ö', 'Ä', 'Ë', '»']) {
        forms.push(("taken apart", text.nfd().collect::<String>().into_bytes()));
    }
    forms
}

#[test]
fn every_line_says_what_the_table_says() {
    let (mut ran, mut wrong) = (0, String::new());
    for row in std::fs::read_to_string("fixtures/text/stamps.test").unwrap().lines() {
        if row.is_empty() || row.starts_with('#') {
            continue;
        }
        let mut columns = row.splitn(3, '|');
        let mut column = || columns.next().expect("three columns");
        let (want, place, lines) = (column().trim(), column().trim(), column());
        let text = around(place, lines.strip_prefix(' ').expect("a blank"));
        for (form, bytes) in forms(place, &text) {
            let found = found(place, &bytes);
            if found != want {
                let _ = writeln!(wrong, "{row} ({form}): {found}");
            }
            ran += 1;
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(ran > 300, "only {ran} ran");
}

proptest! {
    /// However a stamp is framed and spaced, in the head of a document it is one.
    #[test]
    fn a_stamp_in_a_frame_is_a_stamp(
        grade in 0..3usize,
        frame in "[|*_ =\\[\\](){}.-]{0,8}",
        gap in "[ ._-]{0,2}",
        upper in any::<bool>(),
        before in "([a-z ]{0,20}\r\n){0,5}",
    ) {
        let words = ["MẬT", "TỐI MẬT", "TUYỆT MẬT"][grade];
        let spaced: Vec<String> = words.chars().map(String::from).collect();
        let stamp = format!("{frame}{}{frame}", spaced.join(&gap));
        let motto = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM";
        let text = if upper {
            format!("{before}{motto}\r\n{stamp}\r\n{before}")
        } else {
            format!("{before}{stamp}\r\n{before}{motto}\r\n")
        };
        prop_assert_eq!(found("text", text.as_bytes()), format!("strong {}", word(GRADES[grade])));
    }

    /// In a line with other words no grade is a mark.
    #[test]
    fn words_are_no_stamp(
        words in proptest::collection::vec("(mật|MẬT|tối mật|Tuyệt mật|độ|TỐI|bí|khẩu)", 1..6),
        other in "(Kính|văn bản|bảo vệ|ong|KHẨU)",
        at in 0..6usize,
    ) {
        let mut words = words;
        words.insert(at.min(words.len()), other);
        prop_assert_eq!(found("text", around("head", &words.join(" ")).as_bytes()), "nothing");
    }
}

const GRADES: [Secrecy; 3] = [Secrecy::Mat, Secrecy::ToiMat, Secrecy::TuyetMat];

/// A flood of stamps, of words like them, and of one line without end, is read in bounded time;
/// what had to be left out is said.
#[test]
fn a_flood_ends_and_is_told() {
    let flood = |piece: &str| text::stamps(piece.repeat(1 << 18).as_bytes(), Place::Text);
    assert!(flood("MẬT\n").cut);
    assert!(flood("mật \n").cut);
    assert_eq!(flood("mật "), Stamps::default());
    assert_eq!(flood("NH N XONG TR (M)"), Stamps::default());
}
