//! Documents made for these tests: zips of XML, and Vietnamese as legacy fonts store it.

use congthu::text::Letter;
use congthu::text::legacy::{Encoding, decode};
use std::collections::HashMap;
use std::io::{Cursor, Write};

/// A zip of these members.
pub fn zip(members: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A text as a document stores it that is written in a font of this encoding: letters of Latin-1.
pub fn in_font(encoding: Encoding, text: &str) -> String {
    let mut bytes: HashMap<char, Vec<u8>> = HashMap::new();
    let mut note = |sequence: Vec<u8>| {
        let text = decode(encoding, &sequence);
        let mut chars = text.chars();
        if let (Some(c), None) = (chars.next(), chars.next())
            && Letter::of(c).char() == Some(c)
        {
            bytes.entry(c).or_insert(sequence);
        }
    };
    (0x80..=0xff).for_each(|byte| note(vec![byte]));
    for first in b'A'..=0xff {
        // Marks of small letters come last.
        (0x80..=0xff).rev().for_each(|second| note(vec![first, second]));
    }
    let letter = |c: char| match bytes.get(&c) {
        _ if c.is_ascii() => c.to_string(),
        Some(bytes) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
        None => panic!("{c} is not in {encoding:?}"),
    };
    text.chars().map(letter).collect()
}

/// A passage of an office letter; small letters but for names.
pub const LETTER: &str = "Phòng Thống kê đề nghị các đơn vị gửi biểu số liệu dân số trước ngày mười lăm tháng này. \
    Xin trân trọng cảm ơn sự hợp tác của quý cơ quan.";
