//! What documents do by themselves: built here byte by byte, and real ones of others.

mod carried;
mod corpus;
mod documents;
mod hidden;
mod office;
mod ole97;
mod pages;
mod readers;
mod total;

use crate::support::base64;
use bytes::Bytes;
use congthu::archive::Opener;
use congthu::facts::{Facts, unfold};
use congthu::mail::{Budget, Limits, Trip};
use std::io::{Cursor, Write};

/// A letter with one file.
pub fn letter(name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "From: a@mail.example\r\nTo: b@mail.example\r\nSubject: a\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
         hello\r\n--b\r\nContent-Type: application/octet-stream\r\n\
         Content-Disposition: attachment; filename=\"{name}\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n"
    );
    let content = base64(bytes).replace('\n', "\r\n");
    [head.as_bytes(), content.as_bytes(), b"\r\n--b--\r\n"].concat()
}

/// The facts of a letter.
pub fn facts(mail: Vec<u8>) -> Facts {
    let mut budget = Budget::new(Limits::default(), mail.len() as u64, Trip::default());
    unfold(&Bytes::from(mail), &Opener::default(), &mut budget)
}

/// The words for what one attached file does, with the part below the file, and its members.
pub fn deeds(name: &str, bytes: &[u8]) -> Vec<String> {
    words(&facts(letter(name, bytes)))
}

fn words(facts: &Facts) -> Vec<String> {
    let deeds = facts.parts.iter().flat_map(|part| {
        part.active.iter().map(move |active| format!("{}@{}", active.deed.name(), part.path))
    });
    deeds.collect()
}

/// Paths of everything inside one attached file.
pub fn inside(name: &str, bytes: &[u8]) -> Vec<String> {
    let facts = facts(letter(name, bytes));
    facts.parts.iter().skip(2).map(|part| part.path.clone()).collect()
}

/// An OLE file of these streams; storages on the way are made.
pub fn ole(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for (path, bytes) in streams {
        if let Some((storage, _)) = path.rsplit_once('/').filter(|(storage, _)| !storage.is_empty())
        {
            file.create_storage_all(format!("/{storage}")).unwrap();
        }
        file.create_stream(format!("/{path}")).unwrap().write_all(bytes).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

/// A zip of these members.
pub fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A document of Office Open XML with these members.
pub fn ooxml(main: &str, members: &[(&str, &[u8])]) -> Vec<u8> {
    let types =
        format!("<Types>application/vnd.openxmlformats-officedocument.{main}.main+xml</Types>");
    let mut all: Vec<(&str, &[u8])> = vec![("[Content_Types].xml", types.as_bytes())];
    all.extend(members);
    zip(&all)
}

/// VBA's compression (MS-OVBA 2.4.1), greedily, so that tokens of every kind occur.
pub fn compress(text: &[u8]) -> Vec<u8> {
    let mut out = vec![1];
    for chunk in text.chunks(4096) {
        let mut packed: Vec<u8> = Vec::new();
        let mut at = 0;
        while at < chunk.len() {
            let flags = packed.len();
            packed.push(0);
            for bit in 0..8 {
                if at >= chunk.len() {
                    break;
                }
                let bits = (usize::BITS - at.saturating_sub(1).leading_zeros()).max(4);
                let longest = (0xffff_usize >> bits) + 3;
                let copy = (1..=at.min(1 << bits).min(200))
                    .map(|offset| {
                        let same = |n: &usize| chunk.get(at + n) == chunk.get(at + n - offset);
                        let length = (0..longest.min(chunk.len() - at)).take_while(same).count();
                        (length, offset)
                    })
                    .max_by_key(|(length, offset)| (*length, usize::MAX - offset));
                match copy.filter(|(length, _)| *length >= 3) {
                    Some((length, offset)) => {
                        packed[flags] |= 1 << bit;
                        let token = ((offset - 1) << (16 - bits) | (length - 3)) as u16;
                        packed.extend(token.to_le_bytes());
                        at += length;
                    }
                    None => {
                        packed.push(chunk[at]);
                        at += 1;
                    }
                }
            }
        }
        out.extend((0xb000 | (packed.len() - 1) as u16).to_le_bytes());
        out.extend(packed);
    }
    out
}

/// A VBA project below a storage: its streams, with one module of this source.
pub fn project(below: &str, source: &str, compiled: &[u8]) -> Vec<u8> {
    let source = match source {
        "" => Vec::new(),
        source => compress(format!("Attribute VB_Name = \"Module1\"\r\n{source}").as_bytes()),
    };
    let cache = b"compiled code stands here ";
    let module = [cache.as_slice(), &source].concat();
    let mut dir = Vec::new();
    let mut record = |id: u16, content: &[u8]| {
        dir.extend(id.to_le_bytes());
        dir.extend((content.len() as u32).to_le_bytes());
        dir.extend(content);
    };
    record(0x19, b"Module1");
    record(0x1a, b"Module1");
    record(0x31, &(cache.len() as u32).to_le_bytes());
    let (dir, compiled) = (compress(&dir), [b"\xcc\x61\xff\xff".as_slice(), compiled].concat());
    let path = |name: &str| format!("{below}VBA/{name}");
    let (a, b, c) = (path("dir"), path("Module1"), path("_VBA_PROJECT"));
    ole(&[(&a, &dir), (&b, &module), (&c, &compiled), ("WordDocument", b"\xec\xa5\xc1\0")])
}

/// UTF-16, little end first.
pub fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The content of `\x01Ole10Native` for a packed file.
pub fn native(name: &str, content: &[u8]) -> Vec<u8> {
    let mut inner = b"\x02\0".to_vec();
    let path = format!("C:\\Temp\\{name}\0");
    inner.extend(format!("{name}\0C:\\{name}\0").as_bytes());
    inner.extend(b"\0\0\x03\0");
    inner.extend((path.len() as u32).to_le_bytes());
    inner.extend(path.as_bytes());
    inner.extend((content.len() as u32).to_le_bytes());
    inner.extend(content);
    [&(inner.len() as u32).to_le_bytes(), inner.as_slice()].concat()
}

/// A program, as far as anybody looks.
pub fn program() -> Vec<u8> {
    let mut bytes = vec![0; 512];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[0x3c] = 0x80;
    bytes[0x80..0x84].copy_from_slice(b"PE\0\0");
    bytes[0x84..0x86].copy_from_slice(b"\x4c\x01");
    bytes
}
