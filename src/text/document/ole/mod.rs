//! Documents of Office 97 to 2003, which are OLE files of streams.

mod fields;
mod fonts;
mod papers;
mod records;
mod sheet;
mod slides;
mod strings;
mod word;

pub(super) use sheet::read as sheet;
pub(super) use slides::read as slides;
pub(super) use word::read as word;

use crate::archive::olepackage;
use bytes::Bytes;
use std::io::Read;

/// An OLE file, and how many bytes of its streams may still be read: several may be one and the
/// same chain of sectors.
pub(super) struct Streams {
    file: olepackage::File,
    left: u64,
}

impl Streams {
    /// Opens a file; `None` where it is too damaged.
    fn open(bytes: &Bytes) -> Option<Streams> {
        let left = (bytes.len() as u64).saturating_mul(2);
        olepackage::open(bytes).ok().map(|file| Streams { file, left })
    }

    /// The bytes of a stream in the root, as far as they can be read.
    fn read(&mut self, name: &str) -> Option<Vec<u8>> {
        let stream = self.file.open_stream(format!("/{name}")).ok()?;
        let mut content = Vec::new();
        // What came out before a defect counts.
        let _ = stream.take(self.left).read_to_end(&mut content);
        self.left = self.left.saturating_sub(content.len() as u64);
        Some(content)
    }
}

/// Numbers, little end first.
fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// A number of 32 bits as a place or a length.
fn size(bytes: &[u8], at: usize) -> Option<usize> {
    le32(bytes, at).and_then(|number| usize::try_from(number).ok())
}

/// Bytes of UTF-16.
fn wide(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok());
    let units = units.map(u16::from_le_bytes);
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
