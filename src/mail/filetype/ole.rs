//! OLE compound files: Word, Excel, PowerPoint, Outlook, installers, by the streams inside.
//!
//! Class identifiers lie: xlwt writes none, and Windows opens an installer by its
//! tables. So the names of the streams decide, and the class only where they are silent.

use super::{FileType, at, known};
use std::io::Cursor;

const SIGNATURE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Names of streams and storages at the root (MS-CFB 2.6.4: without regard to case), and the usual extension of what has them.
const STREAMS: &[(&str, &str)] = &[
    ("__properties_version1.0", "msg"),
    ("EncryptedPackage", "ooxml"),
    ("EncryptionInfo", "ooxml"),
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("PowerPoint Document", "ppt"),
    ("PP40", "ppt"),
    ("VisioDocument", "vsd"),
    ("Quill", "pub"),
    ("MatOST", "wps"),
    ("WksSSWorkBook", "wps"),
    ("HwpSummaryInformation", "hwp"),
];

/// The type of an OLE file; `None` for anything else.
pub(super) fn detect(bytes: &[u8]) -> Option<FileType> {
    if !at(bytes, 0, SIGNATURE) {
        return None;
    }
    by_streams(bytes).or_else(|| by_scan(bytes)).or_else(|| known("ole"))
}

/// By the root's entries, where the file is whole.
fn by_streams(bytes: &[u8]) -> Option<FileType> {
    let file = cfb::CompoundFile::open(Cursor::new(bytes)).ok()?;
    let class = file.root_entry().clsid().to_string();
    // A thousand entries at the root: nothing but an installer has so many.
    let names: Vec<String> =
        file.read_root_storage().take(1000).map(|entry| entry.name().to_owned()).collect();
    // Installers squeeze two letters of a table's name into one from U+3800 to U+4840.
    let tables = names.iter().any(|name| name.starts_with('\u{4840}'));
    if tables || class.starts_with("000c108") {
        return known("msi");
    }
    let found = STREAMS
        .iter()
        .find(|(stream, _)| names.iter().any(|name| name.eq_ignore_ascii_case(stream)));
    let project =
        names.iter().any(|name| name.trim().starts_with("114") || name.trim() == "Props9");
    match found {
        Some((_, extension)) => known(extension),
        None if project && class.starts_with("74b78f3a") => known("mpp"),
        None => None,
    }
}

/// By names anywhere in a damaged file's first bytes: directories stand in UTF-16.
fn by_scan(bytes: &[u8]) -> Option<FileType> {
    const SCANNED: usize = 256 << 10;
    let head = bytes.get(..SCANNED).unwrap_or(bytes);
    let wide = |name: &str| name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let tables = memchr::memmem::find(head, &wide("\u{4840}\u{3f7f}")).is_some();
    if tables {
        return known("msi");
    }
    // Short names such as "Book" occur in many others, so only the long ones count here.
    let mut long = STREAMS.iter().filter(|(stream, _)| stream.len() > 6);
    let (_, extension) =
        long.find(|(stream, _)| memchr::memmem::find(head, &wide(stream)).is_some())?;
    known(extension)
}
