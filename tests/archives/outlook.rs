//! What Outlook saves and sends: messages in messages, names in every property, links, TNEF.

use super::{finds, make, open, whys};
use congthu::archive::{Deed, Opened, Why};
use std::io::{Cursor, Write};

const ATTACHED: &str = "__attach_version1.0_#00000000";
const DATA: &str = "__substg1.0_37010102";

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A message of these streams, behind so many empty ones.
fn message(before: usize, streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    file.create_stream("/__properties_version1.0").unwrap();
    for number in 0..before {
        file.create_stream(format!("/${number:05}")).unwrap();
    }
    for (path, content) in streams {
        if let Some((storage, _)) = path.rsplit_once('/') {
            file.create_storage_all(format!("/{storage}")).unwrap();
        }
        file.create_stream(format!("/{path}")).unwrap().write_all(content).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

/// A message with one attachment of these properties.
fn attached(properties: &[(&str, &[u8])]) -> Opened {
    let paths: Vec<String> =
        properties.iter().map(|(name, _)| format!("{ATTACHED}/__substg1.0_{name}")).collect();
    let streams: Vec<(&str, &[u8])> = paths
        .iter()
        .zip(properties)
        .map(|(path, (_, content))| (path.as_str(), *content))
        .collect();
    open(message(0, &streams))
}

#[test]
fn names_of_storages_have_no_case() {
    let path = format!("{}/{}", ATTACHED.to_uppercase(), DATA.to_uppercase());
    finds(&open(message(0, &[(&path, b"MZ")])), &[("attachment", b"MZ")]);
}

#[test]
fn entries_in_front_hide_no_attachment() {
    // Shorter names stand in front in the order of the directory.
    let path = format!("{ATTACHED}/{DATA}");
    let opened = open(message(20_100, &[(&path, b"MZ")]));
    assert_eq!(opened.troubles, []);
    finds(&opened, &[("attachment", b"MZ")]);
}

#[test]
fn a_message_cut_in_its_last_sector_is_read() {
    let path = format!("{ATTACHED}/{DATA}");
    let mut bytes = message(0, &[(&path, &[b'a'; 5000])]);
    let whole = bytes.len();
    bytes.truncate(whole - 100);
    let opened = open(bytes);
    assert_eq!((whys(&opened), opened.members.len()), (vec![], 1));
}

#[test]
fn messages_in_messages_have_bodies() {
    let rtf = b"\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0rcpg125\x42\x32\x0a\xf3 hel\x09\0\x20bw\x05\xb0ld}\x0a\x80\x0f\xa0";
    let inner = format!("{ATTACHED}/__substg1.0_3701000D");
    let paths = ["10090102", "1013001F"].map(|name| format!("{inner}/__substg1.0_{name}"));
    let html = utf16("<p>xin chao</p>");
    let opened = open(message(0, &[(&paths[0], rtf), (&paths[1], &html)]));
    assert_eq!(whys(&opened), []);
    let text: &[u8] = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n";
    finds(&opened, &[("body.html", &html), ("body.rtf", text)]);
    assert!(opened.members.iter().all(|member| member.component));
}

#[test]
fn every_property_that_names_is_read() {
    let bat = utf16("a.bat");
    let path = utf16("C:\\tam\\a.bat");
    for (properties, names) in [
        (vec![("3707001F", &bat)], vec!["a.bat"]),
        (vec![("3001001F", &bat)], vec!["a.bat"]),
        (vec![("370C001F", &bat)], vec!["a.bat"]),
        (vec![("370D001F", &path)], vec!["a.bat"]),
        (vec![("3703001F", &utf16(".bat"))], vec!["attachment.bat"]),
        (
            vec![("3707001F", &utf16("hoa don")), ("3703001F", &utf16(".bat"))],
            vec!["hoa don", "hoa don.bat"],
        ),
        // What is shown beside a name is none: `www.mail.com` is no program.
        (vec![("3707001F", &utf16("a.pdf")), ("3001001F", &bat)], vec!["a.pdf"]),
    ] {
        let mut all: Vec<(&str, &[u8])> = vec![("37010102", b"calc")];
        all.extend(properties.iter().map(|(name, content)| (*name, &content[..])));
        let opened = attached(&all);
        let member = &opened.members[0];
        let found: Vec<&str> =
            [&member.name].into_iter().chain(&member.aliases).map(String::as_str).collect();
        assert_eq!(found, names);
    }
}

#[test]
fn links_to_shares_are_told() {
    for (path, told, member) in [
        ("\\\\203.0.113.5\\chung\\a.exe", true, Some("a.exe")),
        ("file://203.0.113.5/chung/a.exe", true, Some("a.exe")),
        ("\\\\203.0.113.5\\chung\\a.docx", true, None),
        ("https://mail.example/a.docx", false, None),
        ("\\\\?\\C:\\a.exe", false, None),
        ("C:\\a.exe", false, None),
    ] {
        let opened = attached(&[("370D001F", &utf16(path))]);
        let remote = opened.active.iter().any(|active| active.deed == Deed::Remote);
        assert_eq!(remote, told, "{path}");
        let names: Vec<&str> = opened.members.iter().map(|member| member.name.as_str()).collect();
        assert_eq!(names, Vec::from_iter(member), "{path}");
    }
}

#[test]
fn attributes_of_tnef_go_by_their_number() {
    for kind in [0, 1, 2, 6, 7] {
        let stream = make::tnef(&[
            make::attribute(2, 0x0006_9002, b"x"),
            make::attribute(2, 0x0002_9001, b"a.bat\0"),
            make::attribute(2, kind << 16 | 0x800f, b"calc"),
        ]);
        finds(&open(stream), &[("a.bat", b"calc")]);
    }
}

#[test]
fn names_of_tnef_that_are_not_kept_are_told() {
    let mut names: Vec<(u16, u16, Vec<u8>)> =
        (0..8).map(|number| (0x1e, 0x3001, format!("{number}.txt\0").into_bytes())).collect();
    names.push((0x1e, 0x3707, b"a.bat\0".to_vec()));
    let stream = make::tnef(&[
        make::attribute(2, 0x0006_9002, b"x"),
        make::attribute(2, 0x0006_800f, b"calc"),
        make::attribute(2, 0x0006_9005, &make::properties(&names)),
    ]);
    assert_eq!(whys(&open(stream)), [Why::OverLimit]);
}

#[test]
fn a_picture_of_onenote_that_is_a_script_has_its_name() {
    let guid = b"\xe7\x16\xe3\xbd\x65\x26\x11\x45\xa4\xc4\x8d\x4d\x0b\x7a\x9e\xac";
    let head = b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3";
    let name = utf16("hoa don.bat\0");
    let named = [&(name.len() as u32).to_le_bytes()[..], &name].concat();
    let page = |property: &[u8], data: &[u8]| {
        let length = (data.len() as u64).to_le_bytes();
        let object = [guid.as_slice(), &length, &[0; 12], data, &[0; 16]].concat();
        open([&head[..], &[0; 100], property, &named, &object].concat())
    };
    let file = b"\x9c\x1d\0\x1c\0\0";
    let script = b"BM:\0\0\0\0\0\r\nstart calc\r\nrem x y z\r\n".to_vec();
    let script = [script, vec![b' '; 100]].concat();
    let picture = [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &[0xb5; 400]].concat();
    finds(&page(b"", &script), &[("hoa don.bat", &script)]);
    finds(&page(file, &picture), &[("embedded-1.png", &picture), ("hoa don.bat", b"")]);
    // A line of the page's text beside a picture.
    finds(&page(b"", &picture), &[("embedded-1.png", &picture)]);
}
