//! Archives as programs write them, for payloads and for the tricks played on them.

use super::payloads::PASSWORD;
use std::io::{Cursor, Write};
use zip::unstable::write::FileOptionsExt;
use zip::write::{FileOptions, SimpleFileOptions};
use zip::{AesMode, CompressionMethod, ZipWriter};

fn zip_with(options: FileOptions<'_, '_, ()>, members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A zip by deflate.
pub fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip_with(SimpleFileOptions::default(), members)
}

/// A zip by another method.
pub fn zip_by(method: CompressionMethod, members: &[(&str, &[u8])]) -> Vec<u8> {
    zip_with(SimpleFileOptions::default().compression_method(method), members)
}

/// A zip with zip64 fields.
pub fn zip64(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip_with(SimpleFileOptions::default().large_file(true), members)
}

/// A zip locked as PKZIP did.
pub fn locked(members: &[(&str, &[u8])]) -> Vec<u8> {
    let options = SimpleFileOptions::default().with_deprecated_encryption(PASSWORD.as_bytes());
    zip_with(options.unwrap(), members)
}

/// A zip locked as WinZip does, by another password than the letter names.
pub fn locked_aes(password: &str, members: &[(&str, &[u8])]) -> Vec<u8> {
    let options = SimpleFileOptions::default().with_aes_encryption(AesMode::Aes256, password);
    zip_with(options, members)
}

/// A gzip file that names its content.
pub fn gz(name: Option<&str>, bytes: &[u8]) -> Vec<u8> {
    let builder = flate2::GzBuilder::new();
    let builder = match name {
        Some(name) => builder.filename(name),
        None => builder,
    };
    let mut writer = builder.write(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// A tar.
pub fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}
