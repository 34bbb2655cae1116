//! What OLE documents do by themselves: templates, pieces of text, links, equations, slides, Hangul.

use super::office::does;
use super::{inside, native, ole, ooxml, program, wide};
use std::io::Write;

/// A document of Word 97 whose table stream holds the template, or the pieces of its text.
fn word(text: &[u8], template: &str, pieces: &[(u32, u32)]) -> Vec<u8> {
    let mut main = vec![0; 1024];
    main[..2].copy_from_slice(b"\xec\xa5");
    main[11] = 2;
    let mut strings = b"\xff\xff\x12\0\0\0\0\0".to_vec();
    for text in [template].into_iter().chain([""; 16]) {
        strings.extend((text.encode_utf16().count() as u16).to_le_bytes());
        strings.extend(wide(text));
    }
    let mut positions = 0u32.to_le_bytes().to_vec();
    let mut places = Vec::new();
    let mut at = 0;
    for (start, length) in pieces {
        at += length;
        positions.extend(at.to_le_bytes());
        let place = ((1024 + start) * 2) | 0x4000_0000;
        places.extend([&[0, 0][..], &place.to_le_bytes(), &[0, 0]].concat());
    }
    let table = [positions, places].concat();
    let clx = [&b"\x01\x03\0abc\x02"[..], &(table.len() as u32).to_le_bytes(), &table].concat();
    for (part, start, length) in [(32, 0, strings.len()), (33, strings.len(), clx.len())] {
        let at = 0x9a + part * 8;
        main[at..at + 4].copy_from_slice(&(start as u32).to_le_bytes());
        main[at + 4..at + 8].copy_from_slice(&(length as u32).to_le_bytes());
    }
    let main = [&main[..], text].concat();
    ole(&[("WordDocument", &main), ("1Table", &[strings, clx].concat())])
}

#[test]
fn templates_of_other_places_are_told() {
    for (template, words) in [
        ("", vec![]),
        ("C:\\Users\\an\\Normal.dotm", vec![]),
        ("https://mail.example/a.dotm", vec!["template"]),
        ("\\\\203.0.113.5\\chung\\a.dotm", vec!["remote"]),
    ] {
        does("a.doc", &word(b"x\r", template, &[(0, 2)]), &words);
    }
}

#[test]
fn text_is_read_in_the_order_of_its_pieces() {
    let text = b"UTO cmd \"/k calc\" \x14x\x15\r\r\r\x13 DDEA";
    does("a.doc", &word(text, "", &[(24, 6), (0, 21)]), &["launch"]);
    does("a.doc", &word(text, "", &[(0, text.len() as u32)]), &[]);
}

/// A link with these monikers.
fn linked(monikers: &[&[u8]]) -> Vec<u8> {
    [&b"\x01\0\0\x02\x09\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0"[..], &monikers.concat()].concat()
}

#[test]
fn links_are_read_whatever_moniker_names_them() {
    let address = |text: &str| {
        let text = wide(&format!("{text}\0"));
        let class = b"\xe0\xc9\xea\x79\xf9\xba\xce\x11\x8c\x82\0\xaa\0\x4b\xa9\x0b";
        [&class[..], &(text.len() as u32).to_le_bytes(), &text].concat()
    };
    let path = |narrow: &str, long: &str| {
        let class = b"\x03\x03\0\0\0\0\0\0\xc0\0\0\0\0\0\0\x46\0\0";
        let length = (narrow.len() as u32 + 1).to_le_bytes();
        let mut bytes = [&class[..], &length, narrow.as_bytes(), b"\0\xff\xff\xad\xde"].concat();
        bytes.extend([0; 20]);
        let text = wide(long);
        let size = text.len() as u32;
        bytes.extend((if size == 0 { 0 } else { size + 6 }).to_le_bytes());
        bytes.extend([&size.to_le_bytes()[..], &[3, 0], &text].concat());
        bytes
    };
    let soap = b"\xc7\xb0\xab\xec\x19\x7f\xd2\x11\x97\x8e\0\0\xf8\x75\x7e\x2a".to_vec();
    let share = "\\\\203.0.113.5\\chung\\a.hta";
    for (monikers, words) in [
        (vec![address("C:\\a.txt"), address("https://mail.example/a.hta")], vec!["template"]),
        (vec![path(share, "")], vec!["remote"]),
        (vec![path("C:\\A.XLS", share)], vec!["remote"]),
        (vec![path("C:\\A.XLS", "C:\\a.xls")], vec![]),
        (vec![soap], vec!["exploit"]),
    ] {
        let monikers: Vec<&[u8]> = monikers.iter().map(Vec::as_slice).collect();
        let stream = linked(&monikers);
        does("a.doc", &ole(&[("WordDocument", b"x"), ("ObjectPool/_1/\u{1}Ole", &stream)]), &words);
    }
}

#[test]
fn equations_are_read_to_their_end() {
    let font = |name: &[u8]| [&[8, 0x5a, 0x5a][..], name, b"\0"].concat();
    let (long, short) = (font(&[b'A'; 60]), font(b"Times New Roman"));
    // A line with a letter that has a dot, a fraction, a matrix of two by two, tabulators.
    let ordinary = b"\x0a\x01\x82\x80\x80\x81\x78\0\x26\x02\x00\x03\x0e\0\0\x01\x02\x83\x79\0\0\x11\0\x05\x01\x01\x01\x02\x02\0\0\x11\x11\x11\x11\0\x07\x01\0\x40\0\x09\x65\x0c\0\x0b\0";
    for (records, words) in [
        ([&[0x0a, 1][..], &long].concat(), vec!["exploit"]),
        ([&[0x0a, 1][..], &short, &[2, 0x83, b'x', 0, 0], &long].concat(), vec!["exploit"]),
        ([&[0x0a, 0x11][..], &short, &[4, 1, 1, 1], &long].concat(), vec!["exploit"]),
        ([&[0x0a, 0x18][..], &long[1..]].concat(), vec!["exploit"]),
        ([&[0x0a, 1][..], &short, &[2, 0x83, b'x', 0, 0, 0]].concat(), vec![]),
        (ordinary.to_vec(), vec![]),
    ] {
        let equation = [&[0x1c][..], &[0; 27], b"\x03\x01\x01\x03\x0a", &records].concat();
        let document = [("WordDocument", &b"x"[..]), ("ObjectPool/_1/Equation Native", &equation)];
        does("a.doc", &ole(&document), &words);
        let object = ole(&[("Equation Native", &equation)]);
        let docx =
            ooxml("wordprocessingml.document", &[("word/embeddings/oleObject1.bin", &object)]);
        let words: Vec<String> =
            words.iter().map(|word| format!("{word}@word/embeddings/oleObject1.bin")).collect();
        does("a.docx", &docx, &words.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

#[test]
fn slides_that_start_programs_are_told() {
    for (action, words) in [(2, vec!["launch"]), (4, vec![])] {
        let atom = [&b"\0\0\xf3\x0f\x10\0\0\0\0\0\0\0\x01\0\0\0"[..], &[action], &[0; 7]].concat();
        let text = wide("powershell -c calc");
        let name = [&b"\x20\0\xba\x0f"[..], &(text.len() as u32).to_le_bytes(), &text].concat();
        let length = (atom.len() + name.len()) as u32;
        let record = [&b"\x1f\0\xf2\x0f"[..], &length.to_le_bytes(), &atom, &name].concat();
        does("a.ppt", &ole(&[("PowerPoint Document", &record)]), &words);
    }
}

#[test]
fn entries_in_front_hide_no_package() {
    let names: Vec<String> = (0..20_100).map(|number| format!("A/{number}")).collect();
    let mut streams: Vec<(&str, &[u8])> = vec![("WordDocument", b"x")];
    streams.extend(names.iter().map(|name| (name.as_str(), &b""[..])));
    let package = native("a.exe", &program());
    streams.push(("ObjectPool/_1/\u{1}Ole10Native", &package));
    assert!(inside("a.doc", &ole(&streams)).contains(&"2/a.doc/a.exe".to_owned()));
}

#[test]
fn documents_of_hangul_are_unpacked() {
    let packed = |bytes: &[u8]| {
        let mut writer = flate2::write::DeflateEncoder::new(Vec::new(), Default::default());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    };
    let header = |flags: u32| {
        let mut header = b"HWP Document File".to_vec();
        header.resize(36, 0);
        header.extend(flags.to_le_bytes());
        header.resize(256, 0);
        header
    };
    let object = ole(&[("\u{1}Ole10Native", &native("a.exe", &program()))]);
    let object = packed(&[&4000u32.to_le_bytes()[..], &object].concat());
    let jpg = b"\xff\xd8\xff\xe0\0\x10JFIF\0";
    let file = ole(&[
        ("FileHeader", &header(1)),
        ("BinData/BIN0001.OLE", &object),
        ("BinData/BIN0002.jpg", jpg),
    ]);
    let paths = inside("a.hwp", &file);
    for path in ["2/a.hwp/BinData_BIN0001.OLE", "2/a.hwp/BinData_BIN0002.jpg"] {
        assert!(paths.iter().any(|found| found == path), "{paths:?}");
    }
    assert!(paths.iter().any(|found| found.ends_with("/a.exe")), "{paths:?}");

    let script = |text: &str| {
        let script = packed(&wide(text));
        ole(&[("FileHeader", &header(1)), ("Scripts/DefaultJScript", &script)])
    };
    does("a.hwp", &script("function OnDocument_Open()\n{\n\t//todo :\n}\n"), &[]);
    let calls = "function OnDocument_Open(){new ActiveXObject(\"WScript.Shell\").Run(\"calc\")}";
    does("a.hwp", &script(calls), &["calls"]);
}
