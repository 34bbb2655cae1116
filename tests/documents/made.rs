//! Documents made for these tests: zips of XML, and Vietnamese as legacy fonts store it.

use congthu::text::Letter;
use congthu::text::legacy::{Encoding, decode, letters};
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
            && !letters(encoding, &sequence).is_broken()
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

/// A text as bytes of a font of this encoding.
pub fn bytes_in_font(encoding: Encoding, text: &str) -> Vec<u8> {
    let letters = in_font(encoding, text);
    letters.chars().map(|c| congthu::text::legacy::byte_of(c).unwrap()).collect()
}

/// The same as RTF writes it.
pub fn in_rtf(encoding: Encoding, text: &str) -> String {
    let byte = |byte: u8| match byte {
        b' '..=b'~' => char::from(byte).to_string(),
        byte => format!("\\'{byte:02x}"),
    };
    bytes_in_font(encoding, text).into_iter().map(byte).collect()
}
