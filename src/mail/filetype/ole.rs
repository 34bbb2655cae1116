//! OLE compound files: Word, Excel, PowerPoint, Outlook, installers, by the streams inside.
//!
//! Class identifiers lie: xlwt writes none, and Windows opens an installer by its
//! tables. So the names of the streams decide, and the class only where they are silent.

use super::{FileType, at, known, u16_at, u32_at};
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

/// By the root's entries, where the file is whole. Programs open them by name, so all count: an
/// installer has a thousand, a message one for each recipient.
fn by_streams(bytes: &[u8]) -> Option<FileType> {
    let file = cfb::CompoundFile::open(Cursor::new(bytes)).ok()?;
    let class = file.root_entry().clsid().to_string();
    let (mut tables, mut project) = (false, false);
    let mut found = STREAMS.len();
    for entry in file.read_root_storage() {
        let name = entry.name();
        // Installers squeeze two letters of a table's name into one from U+3800 to U+4840.
        tables |= name.starts_with('\u{4840}');
        project |= name.trim().starts_with("114") || name.trim() == "Props9";
        let before = STREAMS.get(..found).unwrap_or_default();
        let first = before.iter().position(|(stream, _)| name.eq_ignore_ascii_case(stream));
        found = first.unwrap_or(found);
    }
    if tables || class.starts_with("000c108") {
        return known("msi");
    }
    match STREAMS.get(found) {
        Some((_, extension)) => known(extension),
        None if project && class.starts_with("74b78f3a") => known("mpp"),
        None => None,
    }
}

/// By names in a damaged file, in its first bytes and where its directory begins: they stand in
/// UTF-16.
fn by_scan(bytes: &[u8]) -> Option<FileType> {
    const SCANNED: usize = 256 << 10;
    let part = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        rest.get(..SCANNED).unwrap_or(rest)
    };
    // The header counts as a sector, whose size is a power of two (MS-CFB 2.2).
    let sector = u16_at(bytes, 30).filter(|shift| *shift < 16).map_or(512, |shift| 1 << shift);
    let first = u32_at(bytes, 48).and_then(|number| usize::try_from(number).ok());
    let directory = first.map_or(0, |number| number.saturating_add(1).saturating_mul(sector));
    by_names(part(0)).or_else(|| by_names(part(directory)))
}

/// By the names in a piece of a file.
fn by_names(piece: &[u8]) -> Option<FileType> {
    let wide = |name: &str| name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let tables = memchr::memmem::find(piece, &wide("\u{4840}\u{3f7f}")).is_some();
    if tables {
        return known("msi");
    }
    // Short names such as "Book" occur in many others, so only the long ones count here.
    let mut long = STREAMS.iter().filter(|(stream, _)| stream.len() > 6);
    let (_, extension) =
        long.find(|(stream, _)| memchr::memmem::find(piece, &wide(stream)).is_some())?;
    known(extension)
}
