//! What comes out of archives: whole, damaged, locked, contradicting themselves.

#![allow(clippy::unwrap_used)] // A test says by it what it takes for granted.

mod corpus;
mod formats;
mod hostile;
mod locked;
mod make;
mod outlook;
mod tars;
mod zips;

use bytes::Bytes;
use congthu::archive::{Opened, Opener, Why};
use congthu::mail::{Budget, FileType, Limits, Trip};
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn zip_by(method: CompressionMethod, members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in members {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip_by(CompressionMethod::Deflated, members)
}

fn gz(name: Option<&str>, bytes: &[u8]) -> Vec<u8> {
    let builder = flate2::GzBuilder::new();
    let builder = match name {
        Some(name) => builder.filename(name),
        None => builder,
    };
    let mut writer = builder.write(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn budget(bytes: &[u8]) -> Budget {
    Budget::new(Limits::default(), bytes.len() as u64, Trip::default())
}

fn open_as(name: Option<&str>, bytes: Vec<u8>) -> Opened {
    let mut budget = budget(&bytes);
    Opener::default().open(FileType::detect(&bytes), name, &bytes.into(), &mut budget).unwrap()
}

fn open(bytes: Vec<u8>) -> Opened {
    open_as(None, bytes)
}

fn names(opened: &Opened) -> Vec<&str> {
    opened.members.iter().map(|member| member.name.as_str()).collect()
}

fn whys(opened: &Opened) -> Vec<Why> {
    let mut whys: Vec<Why> = opened.troubles.iter().map(|trouble| trouble.why).collect();
    whys.dedup();
    whys
}

#[track_caller]
fn finds(opened: &Opened, members: &[(&str, &[u8])]) {
    assert_eq!(names(opened), members.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for (member, (name, bytes)) in opened.members.iter().zip(members) {
        assert_eq!(member.bytes, *bytes, "{name}");
    }
}

/// A zip of `a.txt`, "hello", by lzma, as Python writes it.
const LZMA_ZIP: &[u8] =
    b"PK\x03\x04?\0\x02\0\x0e\0\0\0!\0\x86\xa6\x106\x18\0\0\0\x05\0\0\0\x05\0\0\0a.txt\
    \x09\x04\x05\0]\0\0\x80\0\x004\x19I\xee\x8eh!\xff\xff\xff\xb9\xe0\0\0PK\x01\x02?\
    \x03?\0\x02\0\x0e\0\0\0!\0\x86\xa6\x106\x18\0\0\0\x05\0\0\0\x05\0\0\0\0\0\0\0\0\
    \0\0\0\x80\x01\0\0\0\0a.txtPK\x05\x06\0\0\0\0\x01\0\x01\x003\0\0\0;\0\0\0\0\0";

const TWO: &[(&str, &[u8])] = &[("a.txt", b"hello"), ("dir/báo cáo.exe", b"MZ\0\0 not really")];

#[test]
fn whole_archives_yield_their_members() {
    use CompressionMethod as Method;
    let methods = [Method::Stored, Method::Deflated, Method::Bzip2];
    for method in methods {
        let opened = open(zip_by(method, TWO));
        assert_eq!(opened.troubles, [], "{method:?}");
        finds(&opened, TWO);
        assert!(opened.members.iter().all(|member| member.whole && member.aliases.is_empty()));
    }
    let opened = open(LZMA_ZIP.to_vec());
    assert_eq!(opened.troubles, []);
    finds(&opened, &[("a.txt", b"hello")]);
    let opened = open(tar(TWO));
    assert_eq!(opened.troubles, []);
    finds(&opened, TWO);
}

#[test]
fn single_files_are_named_by_their_archive() {
    for (outside, inside, name, aliases) in [
        (Some("hd.pdf.gz"), None, "hd.pdf", vec![]),
        (Some("hd.tgz"), None, "hd.tar", vec![]),
        (Some("hd.pdf.gz"), Some("a.exe"), "hd.pdf", vec!["a.exe"]),
        (None, Some("a.exe"), "content", vec!["a.exe"]),
        (Some("hd.pdf"), None, "content", vec![]),
    ] {
        let opened = open_as(outside, gz(inside, b"hello"));
        assert_eq!(opened.troubles, []);
        finds(&opened, &[(name, b"hello")]);
        assert_eq!(opened.members[0].aliases, aliases);
    }
    let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    writer.write_all(b"hello").unwrap();
    finds(&open_as(Some("a.bz2"), writer.finish().unwrap()), &[("a", b"hello")]);
    // `printf hello | xz`
    let xz = b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4F\x02\0!\x01\x16\0\0\0t/\xe5\xa3\x01\0\x04hello\0\0\0\0";
    let opened = open_as(Some("a.xz"), xz.to_vec());
    finds(&opened, &[("a", b"hello")]);
    assert_eq!(whys(&opened), [Why::Unreadable], "its end is missing");
}

#[test]
fn several_streams_are_one_file() {
    let opened = open_as(Some("a.gz"), [gz(None, b"one "), gz(None, b"two"), vec![0; 9]].concat());
    assert_eq!(opened.troubles, []);
    finds(&opened, &[("a", b"one two")]);
    let opened = open_as(Some("a.gz"), [gz(None, b"one"), b"something else".to_vec()].concat());
    assert_eq!(whys(&opened), [Why::Unreadable]);
    finds(&opened, &[("a", b"one")]);
}

#[test]
fn documents_are_components_and_archives_are_not() {
    let types = b"wordprocessingml.document.main+xml".as_slice();
    assert!(open(zip(&[("[Content_Types].xml", types), ("word/a.bin", b"x")])).component);
    assert!(!open(zip(&[("a.txt", b"x")])).component);
    assert!(!open(zip(&[("META-INF/MANIFEST.MF", b"x"), ("A.class", b"x")])).component);
    assert!(
        Opener::default()
            .open(FileType::detect(b"%PDF-1"), None, &Bytes::new(), &mut budget(b""))
            .is_none()
    );
}

#[test]
fn what_breaks_half_way_yields_both() {
    let long: Vec<u8> = (0..200_000u32).flat_map(|n| n.to_le_bytes()).collect();
    let packed = gz(None, &long);
    let opened = open_as(Some("a.gz"), packed[..packed.len() / 2].to_vec());
    assert_eq!(whys(&opened), [Why::Unreadable]);
    let member = &opened.members[0];
    assert!(!member.whole && member.bytes.len() > 1000 && long.starts_with(&member.bytes));

    let mut wrong = gz(None, b"hello");
    let at = wrong.len() - 8;
    wrong[at] ^= 1;
    let opened = open_as(Some("a.gz"), wrong);
    assert_eq!(whys(&opened), [Why::Unreadable], "the checksum is wrong");
    finds(&opened, &[("a", b"hello")]);

    let mut wrong = zip(TWO);
    wrong[14] ^= 1;
    let at = wrong.windows(4).position(|w| w == b"PK\x01\x02").unwrap() + 16;
    wrong[at] ^= 1;
    let opened = open(wrong);
    assert_eq!(whys(&opened), [Why::Unreadable]);
    finds(&opened, TWO);
    assert!(!opened.members[0].whole && opened.members[1].whole);

    let packed = tar(TWO);
    let opened = open(packed[..512 + 3].to_vec());
    assert_eq!(whys(&opened), [Why::Unreadable]);
    finds(&opened, &[("a.txt", b"hel")]);
}

#[test]
fn a_zip_without_directory_is_read_from_its_headers() {
    let whole = zip(TWO);
    let directory = whole.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    let opened = open(whole[..directory].to_vec());
    assert_eq!(whys(&opened), [Why::Unreadable]);
    finds(&opened, TWO);
}

#[test]
fn headers_that_disagree_are_troubles() {
    // The local header says .txt, the directory .exe.
    let mut bytes = zip(&[("a.txt", b"MZ")]);
    let at = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap() + 46;
    bytes[at..at + 5].copy_from_slice(b"a.exe");
    let opened = open(bytes);
    assert_eq!(whys(&opened), [Why::Unreadable]);
    assert_eq!(
        (names(&opened), &*opened.members[0].aliases),
        (vec!["a.exe"], &["a.txt".to_owned()][..])
    );

    // Two members of one name.
    let mut bytes = zip(&[("a.txt", b"one"), ("b.txt", b"two")]);
    while let Some(at) = bytes.windows(5).position(|w| w == b"b.txt") {
        bytes[at] = b'a';
    }
    let opened = open(bytes);
    assert_eq!(whys(&opened), [Why::Unreadable]);
    finds(&opened, &[("a.txt", b"one"), ("a.txt", b"two")]);

    // A zip before the zip: some programs show the first, some the second.
    let opened = open([zip(&[("a.txt", b"one")]), zip(&[("b.exe", b"MZ")])].concat());
    assert_eq!(whys(&opened), [Why::Unreadable]);
    finds(&opened, &[("b.exe", b"MZ"), ("a.txt", b"one")]);
}

#[test]
fn prepended_data_is_no_trouble() {
    let opened = open([b"PK\x03\x04 is how a zip begins ".as_slice(), &zip(TWO)].concat());
    assert_eq!(opened.troubles, []);
    finds(&opened, TWO);
}

#[test]
fn what_is_not_read_is_named() {
    // Flag bit 0 of both headers: encrypted.
    let mut bytes = zip(&[("bí mật.exe", b"secret")]);
    let at = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    bytes[6] |= 1;
    bytes[at + 8] |= 1;
    let opened = open(bytes);
    assert_eq!(whys(&opened), [Why::Encrypted]);
    assert_eq!(opened.troubles[0].member.as_deref(), Some("bí mật.exe"));
    finds(&opened, &[("bí mật.exe", b"")]);

    let mut bytes = zip(&[("a.txt", b"hello")]);
    let at = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    (bytes[8], bytes[at + 10]) = (97, 97);
    let opened = open(bytes);
    assert_eq!(whys(&opened), [Why::Unsupported], "WavPack");
    finds(&opened, &[("a.txt", b"")]);

    for magic in [&b"7z\xbc\xaf\x27\x1c\0\x04"[..], b"Rar!\x1a\x07\x01\0"] {
        let opened = open(magic.to_vec());
        assert_eq!(whys(&opened), [Why::Unsupported]);
        assert!(opened.members.is_empty());
    }
}

#[test]
fn old_names_are_decoded() {
    let mut bytes = zip(&[("a_.txt", b"x")]);
    while let Some(at) = bytes.windows(6).position(|w| w == b"a_.txt") {
        bytes[at + 1] = 0x82; // é in code page 437
    }
    assert_eq!(names(&open(bytes)), ["aé.txt"]);
}

/// An Outlook message with an attached message that has an attachment.
fn outlook() -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    file.create_stream("/__properties_version1.0").unwrap().write_all(b"x").unwrap();
    let storage = "/__attach_version1.0_#00000000";
    file.create_storage(storage).unwrap();
    let inner = format!("{storage}/__substg1.0_3701000D");
    file.create_storage(&inner).unwrap();
    let nested = format!("{inner}/__attach_version1.0_#00000000");
    file.create_storage(&nested).unwrap();
    let wide: Vec<u8> = "hồ sơ.exe".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let streams: [(&str, &[u8]); 3] = [
        ("__substg1.0_37010102", b"MZ"),
        ("__substg1.0_3707001F", &wide),
        ("__substg1.0_3704001E", b"HOSO~1.EXE"),
    ];
    for (stream, bytes) in streams {
        let path = format!("{nested}/{stream}");
        file.create_stream(path).unwrap().write_all(bytes).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

#[test]
fn outlook_messages_yield_their_attachments() {
    let opened = open(outlook());
    assert_eq!(opened.troubles, []);
    finds(&opened, &[("hồ sơ.exe", b"MZ")]);
    assert_eq!(opened.members[0].aliases, ["HOSO~1.EXE"]);
}
