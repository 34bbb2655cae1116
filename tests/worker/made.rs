//! Files that the tests make: 7z by hand, PDF from objects.

use flate2::write::{DeflateEncoder, ZlibEncoder};
use flate2::{Compression, Crc};
use std::io::Write;

fn crc(bytes: &[u8]) -> [u8; 4] {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum().to_le_bytes()
}

/// A number as 7z writes it: up to 2^56.
fn number(value: usize) -> Vec<u8> {
    match value {
        0..0x80 => vec![value as u8],
        _ => [&[0xfe][..], &(value as u64).to_le_bytes()[..7]].concat(),
    }
}

/// A 7z of one file: its coder (method and properties), packed bytes, and what these unpack to.
fn sevenz(name: &str, method: &[u8], properties: &[u8], packed: &[u8], plain: &[u8]) -> Vec<u8> {
    let coder = [&[0x20 | method.len() as u8], method, &number(properties.len()), properties];
    let names: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    let header = [
        &[0x01, 0x04, 0x06, 0x00, 0x01, 0x09][..],
        &number(packed.len()),
        &[0x00, 0x07, 0x0b, 0x01, 0x00, 0x01],
        &coder.concat(),
        &[0x0c],
        &number(plain.len()),
        &[0x0a, 0x01],
        &crc(plain),
        &[0x00, 0x08, 0x00, 0x00, 0x05, 0x01, 0x11],
        &number(names.len() + 1),
        &[0x00],
        &names,
        &[0x00, 0x00],
    ]
    .concat();
    let start = [
        &(packed.len() as u64).to_le_bytes()[..],
        &(header.len() as u64).to_le_bytes(),
        &crc(&header),
    ]
    .concat();
    [b"7z\xbc\xaf\x27\x1c\0\x04", &crc(&start)[..], &start, packed, &header].concat()
}

/// A 7z whose member is not packed at all, by LZMA2 with a dictionary of 2^n bytes or so:
/// 24 is 16 MiB, 36 is 1 GiB.
pub fn sevenz_stored(name: &str, plain: &[u8], dictionary: u8) -> Vec<u8> {
    let length = (plain.len() as u16 - 1).to_be_bytes();
    let packed = [&[0x01][..], &length, plain, &[0x00]].concat();
    sevenz(name, &[0x21], &[dictionary], &packed, plain)
}

/// A 7z by deflate, which packs zeros best.
pub fn sevenz_deflated(name: &str, plain: &[u8]) -> Vec<u8> {
    let mut writer = DeflateEncoder::new(Vec::new(), Compression::best());
    writer.write_all(plain).unwrap();
    sevenz(name, &[0x04, 0x01, 0x08], &[], &writer.finish().unwrap(), plain)
}

pub fn zlib(plain: &[u8]) -> Vec<u8> {
    let mut writer = ZlibEncoder::new(Vec::new(), Compression::best());
    writer.write_all(plain).unwrap();
    writer.finish().unwrap()
}

/// A stream object's content: its dictionary and its bytes.
pub fn stream(dictionary: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("<< {dictionary} /Length {} >>\nstream\n", content.len());
    [head.as_bytes(), content, b"\nendstream"].concat()
}

/// A PDF of one empty page. `catalog`: more keys of the catalog; `objects`: from number 10 on.
pub fn pdf(catalog: &str, objects: &[Vec<u8>]) -> Vec<u8> {
    let mut all = vec![
        (1, format!("<< /Type /Catalog /Pages 2 0 R {catalog} >>").into_bytes()),
        (2, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec()),
        (3, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>".to_vec()),
    ];
    all.extend(objects.iter().cloned().zip(10..).map(|(object, id)| (id, object)));
    let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = String::from("0 1\n0000000000 65535 f \n");
    for (id, object) in all {
        table.push_str(&format!("{id} 1\n{:010} 00000 n \n", file.len()));
        file.extend(format!("{id} 0 obj\n").bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let end = file.len();
    let size = 10 + objects.len();
    file.extend(
        format!("xref\n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{end}\n%%EOF\n")
            .bytes(),
    );
    file
}

/// An object stream of one object with this number.
pub fn packed_object(id: u32, object: &str) -> Vec<u8> {
    let index = format!("{id} 0 ");
    let plain = format!("{index}{object}");
    let dictionary = format!("/Type /ObjStm /N 1 /First {} /Filter /FlateDecode", index.len());
    stream(&dictionary, &zlib(plain.as_bytes()))
}
