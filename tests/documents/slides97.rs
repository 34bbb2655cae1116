//! PowerPoint 97: records made by hand; slides and notes, texts in one byte and in two, fonts by run.

use super::made::{LETTER, bytes_in_font};
use super::ole::{ole, wide};
use super::{read, shown};
use congthu::text::legacy::Encoding;

const CONTAINER: u16 = 15;

/// A record (MS-PPT 2.3.1): version and instance, kind, length, body.
fn record(head: u16, kind: u16, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap();
    [&head.to_le_bytes()[..], &kind.to_le_bytes(), &length.to_le_bytes(), body].concat()
}

/// A text of runs, each in the font of this number: `TextCharsAtom` or `TextBytesAtom`, and the
/// `StyleTextPropAtom` behind it.
pub fn text(runs: &[(&str, u16)]) -> Vec<u8> {
    let whole: String = runs.iter().map(|(run, _)| *run).collect();
    let atom = match whole.chars().all(|c| c <= '\u{ff}') {
        true => record(0, 0x0fa8, &whole.chars().map(|c| c as u8).collect::<Vec<_>>()),
        false => record(0, 0x0fa0, &wide(&whole)),
    };
    let long = |count: usize| u32::try_from(count).unwrap().to_le_bytes();
    let units = |text: &str| text.encode_utf16().count();
    // All paragraphs: no indent, alignment and one tab stop of their own.
    let paragraphs = [&long(units(&whole) + 1)[..], &[0, 0], &long(0x10_0800), &[1, 0], &[1, 0]];
    let mut styles = [paragraphs.concat(), vec![0; 4]].concat();
    for (number, (run, font)) in runs.iter().enumerate() {
        // The end of the last paragraph belongs to the last run.
        let end = usize::from(number + 1 == runs.len());
        styles.extend([long(units(run) + end), long(0x3_0001)].concat());
        // Bold, the font, and a size.
        styles.extend([1u16, *font, 24].iter().flat_map(|field| field.to_le_bytes()));
    }
    [atom, record(0, 0x0fa1, &styles)].concat()
}

/// A presentation: fonts, the texts of a slide and of its notes.
pub fn presentation(fonts: &[&str], slide: &[Vec<u8>], notes: &[Vec<u8>]) -> Vec<u8> {
    let font = |(number, name): (usize, &&str)| {
        let mut body = wide(name);
        body.resize(68, 0);
        record(u16::try_from(number).unwrap() << 4, 0x0fb7, &body)
    };
    let fonts: Vec<u8> = fonts.iter().enumerate().flat_map(font).collect();
    let stream = [
        record(CONTAINER, 0x03e8, &record(CONTAINER, 0x07d5, &fonts)),
        record(CONTAINER, 0x03ee, &slide.concat()),
        record(CONTAINER, 0x03f0, &notes.concat()),
    ];
    ole(&[("PowerPoint Document", &stream.concat())])
}

const FONTS: [&str; 2] = ["Arial", ".VnTime"];

#[test]
fn slides_and_notes_are_read_in_their_fonts() {
    let slide = [text(&[("Kính gửi\rquý ", 0), ("c", 1), ("ơ quan", 0)])];
    let read = read(&presentation(&FONTS, &slide, &[text(&[("ghi chu", 1)])]));
    let want = ["box | Kính gửi", "box | quý cơ quan", "note box | ghi chu"];
    assert_eq!(shown(read.lines()), want);
    let fonts: Vec<_> = read.pieces().map(|piece| (piece.text, piece.font)).collect();
    assert_eq!(
        fonts[..4],
        [
            ("Kính gửi", Some("Arial")),
            ("quý ", Some("Arial")),
            ("c", Some(".VnTime")),
            ("ơ quan", Some("Arial"))
        ]
    );
}

#[test]
fn a_run_in_an_old_font_is_found_in_a_unicode_presentation() {
    let old: String = bytes_in_font(Encoding::Tcvn3, LETTER).into_iter().map(char::from).collect();
    let unicode = vec![text(&[(LETTER, 0)]); 40];
    assert!(read(&presentation(&FONTS, &unicode, &[])).legacy().is_empty());
    let mut slide = unicode.clone();
    slide.push(text(&[(&format!("{LETTER}\r"), 0), (&old, 1)]));
    let text = read(&presentation(&FONTS, &slide, &unicode));
    let seen = &text.legacy()[0];
    assert_eq!((seen.reading.encoding, seen.font.as_deref()), (Encoding::Tcvn3, Some(".VnTime")));
    assert_eq!(text.lines().iter().find(|line| line.text != LETTER), None);
}
