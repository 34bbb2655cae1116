//! What a zip is: an archive, or a document or a program packed as one.
//!
//! The directory at the end decides, as it does for the programs that open these
//! files; the headers in front speak only where there is no directory. Only names
//! are walked, and two small members are unpacked.

use super::{FileType, at, known, tail, u16_at, u32_at};
use std::io::Read;

/// More entries than any document has: names beyond it are not looked at here.
const ENTRIES: usize = 4096;

/// The type of a zip that begins as one; `None` for anything else.
pub(super) fn detect(bytes: &[u8]) -> Option<FileType> {
    let begins = [b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"PK\x01\x02"];
    let spanned = at(bytes, 0, b"PK\x07\x08PK\x03\x04") || at(bytes, 0, b"PK00PK\x03\x04");
    let is_zip = spanned || begins.iter().any(|magic| at(bytes, 0, *magic));
    is_zip.then(|| kind(bytes)).flatten()
}

/// The type of what is a zip by its end alone.
pub(super) fn at_end(bytes: &[u8]) -> Option<FileType> {
    directory(bytes).and_then(|_| kind(bytes))
}

/// How far from the end a zip is looked for: its end record, and a comment of at most 65,535
/// bytes behind it (PKZIP APPNOTE 4.3.16).
pub(super) const END: usize = 22 + 65_535;

/// A zip at the end of something else.
pub(super) struct Behind {
    pub(super) kind: FileType,
    /// Whether the zip's end is the end of the file.
    pub(super) exact: bool,
}

/// The zip that the end of a file tells of.
pub(super) fn behind(bytes: &[u8]) -> Option<Behind> {
    let found = directory(bytes)?;
    let comment = u16_at(bytes, found.end + 20).map(usize::from)?;
    Some(Behind { kind: kind(bytes)?, exact: found.end + 22 + comment == bytes.len() })
}

/// Whether the header of a member stands here, as far as its numbers and its name can tell.
pub(super) fn begins(bytes: &[u8], here: usize) -> bool {
    let number = |field| u16_at(bytes, here + field);
    let name = number(26).map(usize::from).filter(|length| (1..=1024).contains(length));
    let name = name.and_then(|length| bytes.get(here + 30..here + 30 + length));
    at(bytes, here, b"PK\x03\x04")
        && number(4).is_some_and(|version| version & 0xff <= 63)
        && matches!(number(8), Some(0..=10 | 12 | 14 | 93 | 95 | 98 | 99))
        && name.is_some_and(|name| name.iter().all(|&byte| byte >= b' '))
}

/// Where a zip ends; what follows belongs to no zip program. The end of the file for none.
pub(super) fn end(bytes: &[u8]) -> usize {
    let found = directory(bytes);
    let comment = |end| u16_at(bytes, end + 20).map_or(0, usize::from);
    found.map_or(bytes.len(), |found| found.end + 22 + comment(found.end))
}

/// Whether a stored member of a zip begins at this offset.
pub(super) fn begins_member(bytes: &[u8], offset: usize) -> bool {
    let head = bytes.get(..offset).unwrap_or_default();
    let data = |header: usize| {
        let length = |field| u16_at(bytes, header + field).map(usize::from);
        Some(header + 30 + length(26)? + length(28)?)
    };
    memchr::memmem::rfind(head, b"PK\x03\x04").and_then(data) == Some(offset)
}

/// What the names inside say.
#[derive(Default)]
struct Seen {
    android: bool,
    appx: bool,
    content: bool,
    ios: bool,
    java: bool,
    excel: bool,
    manifest: bool,
    powerpoint: bool,
    vba: bool,
    visual_studio: bool,
    word: bool,
    xpi: bool,
    /// Offset of the local header of `[Content_Types].xml`.
    types: Option<usize>,
    /// Offset of the local header of `mimetype`.
    mimetype: Option<usize>,
}

fn kind(bytes: &[u8]) -> Option<FileType> {
    let mut seen = Seen::default();
    match directory(bytes) {
        Some(found) => central(bytes, found.start, found.shift, &mut seen),
        None => local(bytes, &mut seen),
    }
    let program = [
        (seen.appx, "msix"),
        (seen.android, "apk"),
        (seen.ios, "ipa"),
        (seen.xpi, "xpi"),
        (seen.java, "jar"),
        (seen.visual_studio, "vsix"),
    ];
    if let Some((_, extension)) = program.iter().find(|(is, _)| *is) {
        return known(extension);
    }
    office(bytes, &seen).or_else(|| open_document(bytes, &seen)).or_else(|| known("zip"))
}

impl Seen {
    /// Takes one name. Windows' and Office's own readers ignore case.
    fn note(&mut self, name: &[u8], header: usize) {
        let name = name.to_ascii_lowercase();
        match name.as_slice() {
            b"meta-inf/manifest.mf" => self.java = true,
            b"androidmanifest.xml" => self.android = true,
            b"appxmanifest.xml" | b"appxmetadata/appxbundlemanifest.xml" => self.appx = true,
            b"extension.vsixmanifest" => self.visual_studio = true,
            b"install.rdf" | b"meta-inf/mozilla.rsa" => self.xpi = true,
            b"[content_types].xml" => self.types = Some(header),
            b"mimetype" => self.mimetype = Some(header),
            b"content.xml" => self.content = true,
            b"meta-inf/manifest.xml" => self.manifest = true,
            name if name.starts_with(b"payload/")
                && memchr::memmem::find(name, b".app/").is_some() =>
            {
                self.ios = true;
            }
            name => {
                self.vba |= name.ends_with(b"vbaproject.bin");
                self.word |= name.starts_with(b"word/");
                self.excel |= name.starts_with(b"xl/");
                self.powerpoint |= name.starts_with(b"ppt/");
            }
        }
    }
}

/// A central directory: where it and its end record start, and how much stands before the zip.
struct Directory {
    start: usize,
    end: usize,
    shift: usize,
}

/// The last end record whose directory is there. A sender may put records without one behind it.
fn directory(bytes: &[u8]) -> Option<Directory> {
    const TRIED: usize = 16;
    let last = tail(bytes, END);
    let from = bytes.len() - last.len();
    // Searching forwards is many times faster.
    let ends: Vec<usize> = memchr::memmem::find_iter(last, b"PK\x05\x06").collect();
    ends.into_iter().rev().take(TRIED).map(|end| from + end).find_map(|end| {
        let size = usize::try_from(u32_at(bytes, end + 12)?).ok()?;
        let stated = usize::try_from(u32_at(bytes, end + 16)?).ok()?;
        // Prepended data moves everything, and only the size tells where the directory is.
        let by_size = end.checked_sub(size).filter(|&start| at(bytes, start, b"PK\x01\x02"));
        let start =
            by_size.or_else(|| Some(stated).filter(|&start| at(bytes, start, b"PK\x01\x02")))?;
        Some(Directory { start, end, shift: start.saturating_sub(stated) })
    })
}

/// Walks the central directory.
fn central(bytes: &[u8], start: usize, shift: usize, seen: &mut Seen) {
    let mut here = start;
    for _ in 0..ENTRIES {
        let length = |offset| u16_at(bytes, here + offset).map(usize::from);
        let (true, Some(name), Some(extra), Some(comment), Some(header)) = (
            at(bytes, here, b"PK\x01\x02"),
            length(28),
            length(30),
            length(32),
            u32_at(bytes, here + 42).and_then(|offset| usize::try_from(offset).ok()),
        ) else {
            return;
        };
        seen.note(bytes.get(here + 46..here + 46 + name).unwrap_or_default(), header + shift);
        here += 46 + name + extra + comment;
    }
}

/// Looks at the headers in front of the members.
fn local(bytes: &[u8], seen: &mut Seen) {
    for here in memchr::memmem::find_iter(bytes, b"PK\x03\x04").take(ENTRIES) {
        if let Some(name) = u16_at(bytes, here + 26).map(usize::from) {
            seen.note(bytes.get(here + 30..here + 30 + name).unwrap_or_default(), here);
        }
    }
}

/// Content types of main parts, lower case, as far as they tell formats apart.
const MAIN_PARTS: &[(&str, &str)] = &[
    ("ms-word.document.macroenabled.main", "docm"),
    ("ms-word.template.macroenabledtemplate.main", "dotm"),
    ("ms-excel.sheet.binary.macroenabled.main", "xlsb"),
    ("ms-excel.sheet.macroenabled.main", "xlsm"),
    ("ms-excel.template.macroenabled.main", "xltm"),
    ("ms-excel.addin.macroenabled.main", "xlam"),
    ("ms-powerpoint.addin.macroenabled.main", "ppam"),
    ("ms-powerpoint.presentation.macroenabled.main", "pptm"),
    ("ms-powerpoint.slideshow.macroenabled.main", "pptm"),
    ("ms-powerpoint.template.macroenabled.main", "pptm"),
    ("wordprocessingml.document.main", "docx"),
    ("wordprocessingml.template.main", "dotx"),
    ("spreadsheetml.sheet.main", "xlsx"),
    ("spreadsheetml.template.main", "xltx"),
    ("presentationml.presentation.main", "pptx"),
    ("presentationml.slideshow.main", "ppsx"),
    ("presentationml.template.main", "potx"),
    ("ms-visio.", "vsdx"),
    ("fixeddocumentsequence", "vsdx"),
];

/// Office Open XML by its content types; by its folders where those cannot be read.
fn office(bytes: &[u8], seen: &Seen) -> Option<FileType> {
    let types = seen.types.and_then(|header| member(bytes, header));
    let types = String::from_utf8_lossy(&types.unwrap_or_default()).to_ascii_lowercase();
    let main = MAIN_PARTS.iter().find(|(part, _)| types.contains(part)).map(|(_, name)| *name);
    let folder = || match seen.types {
        Some(_) if seen.word => Some("docx"),
        Some(_) if seen.excel => Some("xlsx"),
        Some(_) if seen.powerpoint => Some("pptx"),
        _ => None,
    };
    // A macro project runs whatever the main part calls itself.
    match (main.or_else(folder)?, seen.vba) {
        ("docx" | "dotx", true) => known("docm"),
        ("xlsx" | "xltx", true) => known("xlsm"),
        ("pptx" | "ppsx" | "potx", true) => known("pptm"),
        (name, _) => known(name),
    }
}

/// OpenDocument, StarOffice and EPUB by the member `mimetype`.
fn open_document(bytes: &[u8], seen: &Seen) -> Option<FileType> {
    let mime = seen.mimetype.and_then(|header| member(bytes, header)).unwrap_or_default();
    let mime = String::from_utf8_lossy(&mime).trim().to_ascii_lowercase();
    let named = FileType::by_mime(&mime).filter(|kind| kind.is_zip());
    if named.is_none() && mime.starts_with("application/vnd.sun.xml.") {
        return known("sxw");
    }
    named.or_else(|| (seen.content && seen.manifest).then(|| known("odt")).flatten())
}

/// The content of a small member, as far as it can be read without the directory's help.
fn member(bytes: &[u8], header: usize) -> Option<Vec<u8>> {
    const SMALL: u64 = 256 << 10;
    if !at(bytes, header, b"PK\x03\x04") {
        return None;
    }
    let length = |offset| u16_at(bytes, header + offset).map(usize::from);
    let start = header + 30 + length(26)? + length(28)?;
    let packed = bytes.get(start..)?;
    let stored = usize::try_from(u32_at(bytes, header + 18)?).ok()?;
    let mut content = Vec::new();
    match length(8)? {
        0 => return packed.get(..stored.min(SMALL as usize)).map(<[u8]>::to_vec),
        8 => {
            let inflated = flate2::read::DeflateDecoder::new(packed).take(SMALL);
            // What came out before a defect counts: names and types stand at the front.
            let _ = { inflated }.read_to_end(&mut content);
        }
        _ => return None,
    }
    Some(content)
}
