//! Word and Excel 97: made by hand, since no tool of today writes .VnTime into them.

use super::made::{LETTER, bytes_in_font};
use super::{read, shown};
use congthu::text::legacy::Encoding;
use std::io::{Cursor, Write};

/// An OLE file of these streams.
pub fn ole(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for (name, content) in streams {
        file.create_stream(format!("/{name}")).unwrap().write_all(content).unwrap();
    }
    file.into_inner().into_inner()
}

pub fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A record of a workbook.
fn record(kind: u16, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap();
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), body].concat()
}

/// A text of a workbook in one byte a letter, or two.
pub fn string(text: &str) -> Vec<u8> {
    let count = u16::try_from(text.encode_utf16().count()).unwrap().to_le_bytes();
    match text.chars().all(|c| c <= '\u{ff}') {
        true => [&count[..], &[0], &text.chars().map(|c| c as u8).collect::<Vec<_>>()].concat(),
        false => [&count[..], &[1], &wide(text)].concat(),
    }
}

fn font(name: &str) -> Vec<u8> {
    let name: Vec<u8> = [&[u8::try_from(name.len()).unwrap(), 0][..], name.as_bytes()].concat();
    record(0x31, &[&[0; 14][..], &name].concat())
}

/// A workbook of Excel 97 whose cells are these strings, each in the first font or the last.
pub fn workbook(strings: &[Vec<u8>], cells: &[(u16, u16, u32)], more: &[u8]) -> Vec<u8> {
    let begin = record(0x809, &[0, 6, 5, 0, 0, 0, 0, 0]);
    let end = record(0x0a, &[]);
    // Fonts 0 to 3, and one that is called 5.
    let fonts = [font("Arial").repeat(4), font(".VnTime")].concat();
    let formats =
        [record(0xe0, &[0; 20]), record(0xe0, &[&[5, 0][..], &[0; 18]].concat())].concat();
    let mut shared = vec![0; 8];
    shared.extend(strings.concat());
    // Cut within a text: a continuation says anew how wide its letters are.
    let (head, tail) = shared.split_at(8 + 3 + 10);
    let shared =
        [record(0xfc, head), record(0x3c, &[&[strings[0][2]][..], tail].concat())].concat();
    let cell = |(row, format, number): &(u16, u16, u32)| {
        let body = [&row.to_le_bytes()[..], &[0, 0], &format.to_le_bytes(), &number.to_le_bytes()];
        record(0xfd, &body.concat())
    };
    let cells: Vec<u8> = cells.iter().flat_map(cell).collect();
    let book = [&begin[..], &fonts, &formats, &shared, &end, &begin, &cells, more, &end].concat();
    ole(&[("Workbook", &book)])
}

#[test]
fn cells_of_excel_97_are_read() {
    let rich = {
        let text = string("Kính gửi");
        let runs = [
            &text[..2],
            &[text[2] | 8],
            &1u16.to_le_bytes(),
            &text[3..],
            &4u16.to_le_bytes(),
            &5u16.to_le_bytes(),
        ];
        runs.concat()
    };
    let header = record(0x14, &string("&CMật&R&P"));
    let text = read(&workbook(
        &[string("Độ mật: Tối mật"), rich],
        &[(0, 0, 0), (1, 0, 1), (1, 1, 0)],
        &header,
    ));
    assert_eq!(
        shown(text.lines()),
        ["row1 | Độ mật: Tối mật", "row2 | Kính gửi", "row2 | Độ mật: Tối mật", "header | Mật"]
    );
    let fonts: Vec<_> = text.pieces().map(|piece| (piece.text, piece.font)).collect();
    assert_eq!(fonts[1..3], [("Kính", Some("Arial")), (" gửi", Some(".VnTime"))]);
}

#[test]
fn cells_in_an_old_font_are_found_in_a_unicode_workbook() {
    let old: String = bytes_in_font(Encoding::Tcvn3, LETTER).into_iter().map(char::from).collect();
    let strings = [string(LETTER), string(&old)];
    let mut cells: Vec<(u16, u16, u32)> = (0..100).map(|row| (row, 0, 0)).collect();
    assert!(read(&workbook(&strings, &cells, &[])).legacy().is_empty());
    cells.push((100, 1, 1));
    let text = read(&workbook(&strings, &cells, &[]));
    let seen = &text.legacy()[0];
    assert_eq!((seen.reading.encoding, seen.font.as_deref()), (Encoding::Tcvn3, Some(".VnTime")));
    assert_eq!(seen.place.row, 101);
    assert_eq!(text.lines().iter().find(|line| line.text != LETTER), None);
}

/// A document of Word 97: runs of text, each in the first font or the second, and headers.
pub fn document(runs: &[(&str, bool)], header: &str) -> Vec<u8> {
    document_with(&[0x4f, 0x4a, 1, 0], runs, header)
}

/// The same; some runs have this property.
pub fn document_with(property: &[u8], runs: &[(&str, bool)], header: &str) -> Vec<u8> {
    const TEXT: usize = 0x800;
    let mut text = Vec::new();
    let mut ends = vec![TEXT];
    for (run, _) in runs {
        text.extend(wide(run));
        ends.push(TEXT + text.len());
    }
    let body = text.len() / 2;
    text.extend(wide(header));
    let all = text.len() / 2;
    // A page of properties of characters behind the text: no font, or the second.
    let page_at = (TEXT + text.len()).next_multiple_of(512);
    let mut page = vec![0u8; 512];
    for (place, end) in page.chunks_exact_mut(4).zip(&ends) {
        place.copy_from_slice(&u32::try_from(*end).unwrap().to_le_bytes());
    }
    page[400] = u8::try_from(property.len()).unwrap();
    page[401..401 + property.len()].copy_from_slice(property);
    for (number, (_, old)) in runs.iter().enumerate() {
        page[(runs.len() + 1) * 4 + number] = if *old { 200 } else { 0 };
    }
    page[511] = u8::try_from(runs.len()).unwrap();
    let mut main = vec![0u8; TEXT];
    main.extend(&text);
    main.resize(page_at, 0);
    main.extend(&page);
    let mut table = Vec::new();
    let mut part = |main: &mut Vec<u8>, number: usize, content: &[u8]| {
        let place = [table.len(), content.len()].map(|n| u32::try_from(n).unwrap().to_le_bytes());
        main[0x9a + number * 8..0x9a + number * 8 + 8].copy_from_slice(&place.concat());
        table.extend_from_slice(content);
    };
    let long = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
    let pieces =
        [&[2][..], &long(16), &long(0), &long(all), &[0, 0], &long(TEXT), &[0, 0]].concat();
    part(&mut main, 33, &pieces);
    let index = [long(TEXT), long(page_at), long(page_at / 512)].concat();
    part(&mut main, 12, &index);
    let name = |name: &str| {
        let name = [&[0; 39][..], &wide(name), &[0, 0]].concat();
        [&[u8::try_from(name.len()).unwrap()][..], &name].concat()
    };
    part(&mut main, 15, &[&[2, 0, 0, 0][..], &name("Arial"), &name(".VnTime")].concat());
    // Six stories of separators, an empty even header, then the odd one, then a foot.
    let half = header.encode_utf16().count() / 2;
    let stories: Vec<u8> = [0, 0, 0, 0, 0, 0, 0, 0, half, half, 2 * half, 2 * half]
        .iter()
        .flat_map(|end| long(*end))
        .collect();
    part(&mut main, 11, &stories);
    main[..2].copy_from_slice(&[0xec, 0xa5]);
    main[10..12].copy_from_slice(&[0, 2]);
    main[0x4c..0x50].copy_from_slice(&long(body));
    main[0x54..0x58].copy_from_slice(&long(all - body));
    ole(&[("WordDocument", &main), ("1Table", &table)])
}

#[test]
fn paragraphs_fields_and_headers_of_word_97_are_read() {
    let text = read(&document(
        &[("Kính gửi\u{13} PAGE \u{14}1\u{15}\r", false), ("A\u{b}B\r", true)],
        "Mật\rfoot",
    ));
    assert_eq!(shown(text.lines()), ["| Kính gửi1", "| A", "| B", "header | Mật", "footer | foot"]);
    let fonts: Vec<_> = text.pieces().map(|piece| piece.font).collect();
    assert_eq!(fonts[1], Some(".VnTime"));
}

#[test]
fn a_passage_in_an_old_font_is_found_in_a_unicode_document() {
    let old: String = bytes_in_font(Encoding::Tcvn3, LETTER).into_iter().map(char::from).collect();
    let unicode = format!("{LETTER}\r").repeat(50);
    let text =
        read(&document(&[(&unicode, false), (&format!("{old}\r"), true), (&unicode, false)], ""));
    let seen = &text.legacy()[0];
    assert_eq!((seen.reading.encoding, seen.font.as_deref()), (Encoding::Tcvn3, Some(".VnTime")));
    assert_eq!(text.lines().len(), 101);
    assert_eq!(text.lines().iter().find(|line| line.text != LETTER), None);
    assert!(read(&document(&[(&unicode, false)], "")).legacy().is_empty());
}
