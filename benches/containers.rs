//! Archives and documents of the dearest letters.

use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

/// So many members of the same content, named as archives.
pub fn zip(members: usize, bytes: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..members {
        writer.start_file(format!("{number}.zip"), SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A zip of these files: of what repeats itself it is a thousandth.
pub fn deflated(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// AES wants a thousand rounds of SHA-1 for every password that is tried on every member.
pub fn locked_zip(members: usize) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..members {
        let options = SimpleFileOptions::default();
        let options = options.with_aes_encryption(zip::AesMode::Aes256, "khong-ai-biet");
        writer.start_file(format!("{number}.dat"), options).unwrap();
        writer.write_all(b"x").unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// An OLE header whose tables point at themselves.
pub fn compound(size: usize) -> Vec<u8> {
    let mut bytes = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    bytes.resize(24, 0);
    bytes.extend(b"\x3e\0\x03\0\xfe\xff\x09\0\x06\0");
    bytes.resize(size.max(1024), 0);
    bytes
}

/// What does not compress, beginning as a picture does.
pub fn noise(size: usize) -> Vec<u8> {
    let mut state = 1u64;
    let next = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    });
    b"\xff\xd8\xff\xe0".iter().copied().chain(next).take(size).collect()
}

/// Members of one byte.
pub fn tar(members: usize) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for number in 0..members {
        let mut header = tar::Header::new_gnu();
        header.set_size(1);
        builder.append_data(&mut header, format!("{number}.txt"), &b"x"[..]).unwrap();
    }
    builder.into_inner().unwrap()
}
