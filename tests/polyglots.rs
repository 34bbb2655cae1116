//! Files of two types: each host with each thing behind it, and what only looks like two.

#![allow(clippy::unwrap_used)] // A test says by it what it takes for granted.

use crate::filetype::{at, ole, pe, zip};
use bytes::Bytes;
use congthu::archive::Opener;
use congthu::facts::{Facts, unfold};
use congthu::mail::{Budget, Family, FileType, Limits, Trip};
use proptest::prelude::*;
use std::io::Write;

const GIF: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\0;";
const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
    \0\0\0\0IEND\xae\x42\x60\x82";
const JPG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xda\0\x08\x01\x01\0\0?\0\x37\xff\xd9";
const BMP: &[u8] =
    b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0\0\0\0\0";
const MP3: &[u8] = b"ID3\x04\0\0\0\0\0\x0aTSSE\0\0\0\0\0\0\xff\xfb\x90\x64\0\0\0\0";
const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
const RTF: &[u8] = b"{\\rtf1 Thong bao}";
const PAGE: &[u8] = b"<html><body>Thong bao</body></html>\n";
const LETTER: &[u8] = "Kính gửi: Ủy ban nhân dân xã.\n".as_bytes();
const RAR: &[u8] = b"Rar!\x1a\x07\x01\0\x33\x92\xb5\xe5\x0a\x01\x05\x06\0\x05\x01\x01\0";
const SEVEN: &[u8] =
    b"7z\xbc\xaf\x27\x1c\0\x04\x8d\x9b\xd5\x0f\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// A cabinet's header, of one folder and one file.
const CABINET: &[u8] = b"MSCF\0\0\0\0\x70\0\0\0\0\0\0\0\x2c\0\0\0\0\0\0\0\x03\x01\x01\0\x01\0\0\0\
    \0\0\0\0\x40\0\0\0\x01\0\0\0";

/// A zip with a program in it.
fn program_in_zip() -> Vec<u8> {
    zip(&[("a.exe", &pe(false, false))])
}

/// The first type, and the others in order.
fn types(bytes: &[u8]) -> Vec<&'static str> {
    let first = FileType::detect(bytes);
    let others = first.others(bytes);
    std::iter::once(first.extension)
        .chain(others.iter().map(|other| other.kind.extension))
        .collect()
}

#[test]
fn what_stands_behind_is_found() {
    let program = pe(false, false);
    let packed = program_in_zip();
    let behind: [(&[u8], &str); 4] =
        [(&packed, "zip"), (RAR, "rar"), (SEVEN, "7z"), (&program, "exe")];
    let hosts: [(&[u8], &str); 9] = [
        (GIF, "gif"),
        (PNG, "png"),
        (JPG, "jpg"),
        (BMP, "bmp"),
        (MP3, "mp3"),
        (PDF, "pdf"),
        (RTF, "rtf"),
        (PAGE, "html"),
        (LETTER, "txt"),
    ];
    for (host, first) in hosts {
        for (hidden, second) in behind {
            let bytes = [host, hidden].concat();
            // A text with something binary behind it is unknown as a whole.
            let mut found = types(&bytes);
            found.retain(|extension| !extension.is_empty());
            found.sort_unstable();
            let mut wanted = vec![first, second];
            wanted.sort_unstable();
            assert_eq!(found, wanted, "{first} with {second} behind it");
        }
    }
}

#[test]
fn heads_of_one_type_and_bodies_of_another_are_both() {
    let zipped = program_in_zip();
    let mut image = at(0x8000, b"\x01CD001\x01", 0x9000);
    image[..PDF.len()].copy_from_slice(PDF);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(b"thong bao").unwrap();
    let gz = gz.finish().unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_path("GIF89a").unwrap();
    header.set_size(0);
    header.set_cksum();
    let tar = [header.as_bytes().as_slice(), &[0; 1024]].concat();
    let behind_zeros = [&[0; 512], &tar[..]].concat();
    let mut disk = [PDF, &[0; 1024]].concat();
    disk.extend(at(0, b"conectix\0\0\0\x02\0\x01\0\0", 512));
    for (bytes, wanted) in [
        (b"GIF89a/*\x01\x02\0\0*/=1;alert(1)".to_vec(), &["gif", "js"] as &[_]),
        (b"GIF89a=1;alert(1);/*\0\0".to_vec(), &["gif", "js"]),
        ([GIF, b"<script>alert(1)</script>"].concat(), &["gif", "html"]),
        ([JPG, b"<HTA:APPLICATION id=a>"].concat(), &["jpg", "hta"]),
        ([&PNG[..33], b"\0\0\0\x60tEXta\0", PDF].concat(), &["png", "pdf"]),
        ([PAGE, PDF].concat(), &["html", "pdf"]),
        (image, &["pdf", "iso"]),
        (disk, &["pdf", "vhd"]),
        (tar, &["tar", "gif"]),
        ([&gz, pe(false, false).as_slice()].concat(), &["gz", "exe"]),
        ([ole(&["WordDocument"]), zipped.clone()].concat(), &["doc", "zip"]),
        ([pe(false, false), zipped.clone()].concat(), &["exe", "zip"]),
        ([b"#!/bin/sh\nexit\n".to_vec(), zipped.clone()].concat(), &["zip", "sh"]),
        ([zip(&[("a.txt", b"x")]), RAR.to_vec()].concat(), &["zip", "rar"]),
        ([b"@echo off\r\n".as_slice(), PDF].concat(), &["bat", "pdf"]),
        ([b"junk\0".repeat(9), CABINET.to_vec()].concat(), &["", "cab"]),
        ([GIF, CABINET].concat(), &["gif", "cab"]),
        (behind_zeros, &["", "tar"]),
    ] {
        assert_eq!(types(&bytes), wanted);
    }
}

#[test]
fn ordinary_files_are_one_thing() {
    let office = zip(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<a/>")]);
    let mut stored = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let plain =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    stored.start_file("a.pdf", plain).unwrap();
    stored.write_all(PDF).unwrap();
    stored.start_file("a.exe", plain).unwrap();
    stored.write_all(&pe(false, false)).unwrap();
    let stored = stored.finish().unwrap().into_inner();
    let tar_of = |name: &str, bytes: &[u8]| {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, name, bytes).unwrap();
        builder.into_inner().unwrap()
    };
    // Word keeps a workbook that is part of a text as a stream.
    let mut embedded = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).unwrap();
    embedded.create_stream("/WordDocument").unwrap().write_all(&[1; 5000]).unwrap();
    let mut package = embedded.create_stream("/Package").unwrap();
    package.write_all(&[&office[..], &vec![b' '; 5000][..]].concat()).unwrap();
    drop(package);
    embedded.flush().unwrap();
    let embedded = embedded.into_inner().into_inner();
    let xmp =
        b"\xff\xe1\0\x40http://ns.adobe.com/xap/1.0/\0<?xpacket?><x:xmpmeta><rdf:RDF/>".as_slice();
    for (bytes, only) in [
        ([&JPG[..20], xmp, &JPG[20..]].concat(), "jpg"),
        ([JPG, JPG, &[0; 100]].concat(), "jpg"),
        ([PNG, &[0; 100]].concat(), "png"),
        ([PDF, b"\r\n\0\0".as_slice()].concat(), "pdf"),
        ([b"\r\n\r\n".as_slice(), PDF].concat(), "pdf"),
        ([b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), PDF].concat(), "pdf"),
        (office.clone(), "docx"),
        (stored, "zip"),
        (tar_of("a.pdf", PDF), "tar"),
        (tar_of("a.zip", &office), "tar"),
        (embedded, "doc"),
        (zip(&[("META-INF/MANIFEST.MF", b"Main-Class: A")]), "jar"),
        (pe(true, false), "exe"),
        (
            b"\x01\x02MSCF\0\0\0\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
                .to_vec(),
            "",
        ),
        (b"A program in 7z, Rar! or PK archives; %PDF- begins a PDF.".to_vec(), "txt"),
        (b"<html><script>document.write('x')</script></html>".to_vec(), "html"),
    ] {
        assert_eq!(types(&bytes), [only]);
    }
}

/// The facts of a mail with one attachment.
fn facts(name: &str, bytes: &[u8]) -> Facts {
    let mail = format!(
        "Content-Type: application/octet-stream\r\n\
         Content-Disposition: attachment; filename=\"{name}\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        crate::support::base64(bytes)
    );
    let mail = Bytes::from(mail);
    let mut budget = Budget::new(Limits::default(), mail.len() as u64, Trip::default());
    unfold(&mail, &Opener::default(), &mut budget)
}

#[test]
fn both_sides_are_opened() {
    // Two archives in one file: each reader sees other members.
    let bytes = [zip(&[("a.txt", b"mot")]), vec![0; 16]].concat();
    let bytes = [GIF, &bytes, RAR].concat();
    let facts = facts("anh.gif", &bytes);
    let kinds: Vec<&str> = facts.parts[0].types().map(|kind| kind.extension).collect();
    assert_eq!(kinds, ["gif", "zip", "rar"]);
    assert!(facts.parts.iter().any(|part| part.path == "1/anh.gif/a.txt"));
}

#[test]
fn a_zip_whose_end_is_buried_is_opened() {
    let bytes = [GIF, &program_in_zip(), &[0; 70_000]].concat();
    assert_eq!(types(&bytes), ["gif", "zip"]);
    let facts = facts("anh.gif", &bytes);
    assert!(facts.parts.iter().any(|part| part.path == "1/anh.gif/a.exe"));
}

#[test]
fn files_on_a_page_of_onenote_are_members() {
    let object = |data: &[u8]| {
        let guid = b"\xe7\x16\xe3\xbd\x65\x26\x11\x45\xa4\xc4\x8d\x4d\x0b\x7a\x9e\xac";
        let length = (data.len() as u64).to_le_bytes();
        [guid.as_slice(), &length, &[0; 12], data, &[0; 16]].concat()
    };
    let name: Vec<u8> = "mở hồ sơ.js\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let named = [&(name.len() as u32).to_le_bytes()[..], &name].concat();
    let head = b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3";
    let prose: Vec<u8> = "chay setup.exe\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let page = [
        head.as_slice(),
        &[0; 100],
        &prose,
        &named,
        &object(PNG),
        &object(b"x"),
        &object(&pe(false, false)),
    ]
    .concat();
    let facts = facts("hoso.one", &page);
    let members: Vec<(&str, Family)> =
        facts.parts[1..].iter().map(|part| (part.path.as_str(), part.detected.family)).collect();
    assert_eq!(
        members,
        [
            ("1/hoso.one/embedded-1.png", Family::Picture),
            ("1/hoso.one/mở hồ sơ.js", Family::Text),
            ("1/hoso.one/embedded-3.exe", Family::Executable),
        ]
    );
    assert!(facts.parts.iter().all(|part| part.role != congthu::facts::Role::Component));
}

#[test]
fn macros_of_saved_pages_are_unpacked() {
    let mut squeezed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    squeezed.write_all(&ole(&["VBA"])).unwrap();
    let header = [b"ActiveMime\0\0\x01\xf0\x04\0\0\0".as_slice(), &[0xff; 32]].concat();
    let facts = facts("editdata.mso", &[header, squeezed.finish().unwrap()].concat());
    assert_eq!(facts.parts[0].detected.extension, "mso");
    assert_eq!(facts.parts[1].path, "1/editdata.mso/macros.ole");
    assert_eq!(facts.parts[1].detected.extension, "ole");
}

proptest! {
    #[test]
    fn any_bytes_have_other_types(
        host in 0usize..6,
        middle in proptest::collection::vec(any::<u8>(), 0..200),
        hidden in 0usize..5,
        cut in 0usize..64,
    ) {
        let host = [b"".as_slice(), GIF, PDF, PAGE, JPG, RTF][host];
        let hidden = [program_in_zip(), RAR.to_vec(), SEVEN.to_vec(), pe(true, true), PDF.to_vec()][hidden].clone();
        let mut bytes = [host, &middle, &hidden].concat();
        bytes.truncate(bytes.len() - cut.min(bytes.len()));
        let first = FileType::detect(&bytes);
        let others = first.others(&bytes);
        prop_assert!(others.iter().all(|other| other.at < bytes.len() && other.kind.mime != first.mime));
        let facts = facts("a.bin", &bytes);
        prop_assert_eq!(facts.parts[0].also.len(), others.len());
    }
}

#[test]
fn a_picture_of_the_letter_that_is_more_is_an_attachment() {
    let letter = |picture: &[u8]| {
        let mail = format!(
            "Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n\
             <img src=\"cid:a@x.example\">\r\n--b\r\nContent-Type: image/gif; name=a.gif\r\n\
             Content-ID: <a@x.example>\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
            crate::support::base64(picture)
        );
        let mail = Bytes::from(mail);
        let mut budget = Budget::new(Limits::default(), mail.len() as u64, Trip::default());
        unfold(&mail, &Opener::default(), &mut budget).parts[1].listed
    };
    assert!(!letter(GIF));
    assert!(letter(&[GIF, &program_in_zip()].concat()));
}
