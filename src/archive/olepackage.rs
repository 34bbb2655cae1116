//! Files that an OLE document carries inside: packages, embedded documents, slides' objects.
//!
//! A package is a file that a double click in the document opens, so it is handed on as a
//! member of its own; what the document itself draws (charts, pictures) is a component.

use super::drain::Drain;
use super::{Opened, Why, hangul};
use crate::mail::Budget;
use bytes::Bytes;
use std::io::{Cursor, Read};
use std::path::Path;

/// An OLE file in memory.
pub type File = cfb::CompoundFile<Cursor<Bytes>>;

/// Entries that are looked into: a workbook of a thousand charts has some ten thousand in all.
const ENTRIES: usize = 20_000;

/// Opens an OLE file. Some writers let the last sectors go that the allocation table still counts,
/// and office programs read on: so it is tried once more with room behind it.
///
/// # Errors
/// What the library says of a file that is damaged beyond that.
pub fn open(bytes: &Bytes) -> std::io::Result<File> {
    /// What one sector of the table counts: 128 sectors of 512 bytes.
    const ROOM: usize = 64 << 10;
    File::open(Cursor::new(bytes.clone())).or_else(|error| {
        let mut padded = bytes.to_vec();
        padded.resize(bytes.len().next_multiple_of(512) + ROOM, 0);
        File::open(Cursor::new(Bytes::from(padded))).map_err(|_| error)
    })
}

/// What a walk through an OLE file met.
#[derive(Debug, Default)]
pub struct Walked {
    /// What was wanted, each storage before what is in it.
    pub entries: Vec<cfb::Entry>,
    /// Why it came to no end.
    pub trouble: Option<&'static str>,
}

/// Walks through all streams and storages, and keeps those that are wanted. Programs open them by
/// name, so those in front hide none, however many.
pub fn walk(file: &File, budget: &Budget, mut wanted: impl FnMut(&cfb::Entry) -> bool) -> Walked {
    // Storages nested without end would make paths whose sum is the square of their number.
    const PATH: usize = 1024;
    let mut walked = Walked::default();
    for (number, entry) in file.walk().enumerate() {
        if entry.path().as_os_str().len() > PATH {
            walked.trouble = Some("its storages are nested too deep");
            break;
        }
        if number % 1024 == 1023 && budget.check().is_err() {
            break;
        }
        if !wanted(&entry) {
            continue;
        }
        if walked.entries.len() == ENTRIES {
            walked.trouble = Some("has too many streams to look into");
            break;
        }
        walked.entries.push(entry);
    }
    walked
}

/// Bytes that are read from the streams of a file of so many: each is read by two readers, and
/// streams that share their sectors would be read over and over.
pub fn patience(length: usize) -> u64 {
    (length as u64).saturating_mul(3).saturating_add(1 << 16)
}

/// What was embedded: files that a person can open, and components.
#[derive(Debug, Default)]
pub struct Embedded {
    /// Packages, with the name that the document shows.
    pub files: Opened,
    /// Documents and data inside, which no person sees as a file.
    pub components: Opened,
}

/// A file as the Packager or an old server keeps it.
const NATIVE: &[&str] = &["\u{1}Ole10Native"];
/// Documents of today lie in `Package`, those of other programs in `CONTENTS`.
const INNER: &[&str] = &["Package", "EmbeddedOdf", "CONTENTS"];
/// Presentations, which keep their objects in records.
const SLIDES: &[&str] = &["PowerPoint Document"];

/// Takes out what an OLE file embeds; nothing where it cannot be read.
pub fn embedded(bytes: &Bytes, budget: &mut Budget) -> Embedded {
    let mut files = Drain::new(budget, &[]);
    let Ok(mut file) = open(bytes) else {
        return Embedded::default();
    };
    let hangul = hangul::flags(&mut file);
    let walked = walk(&file, files.budget(), |entry| {
        entry.is_stream()
            && ([NATIVE, INNER, SLIDES].iter().any(|names| is_named(entry.path(), names))
                || hangul.is_some() && hangul::is_embedded(entry.path()))
    });
    if let Some(trouble) = walked.trouble {
        files.trouble(Why::OverLimit, None, trouble);
    }
    let streams: Vec<&Path> = walked.entries.iter().map(cfb::Entry::path).collect();
    let mut left = patience(bytes.len());
    for path in streams.iter().filter(|path| is_named(path, NATIVE)) {
        if let Some(content) = stream(&mut file, path, &mut left, &mut files) {
            match native(&content) {
                Some(package) => package.keep(&content, &mut files),
                // A class of its own in the old form, without a name: its bytes may be anything.
                None => files.keep("object".to_owned(), after_size(&content), true),
            }
        }
        if files.is_spent() {
            break;
        }
    }
    let files = files.finish();
    let mut drain = Drain::new(budget, &[]);
    components(&mut file, &streams, &mut left, &mut drain);
    if let Some(flags) = hangul {
        hangul::tell(flags, &mut drain);
        for path in streams.iter().filter(|path| hangul::is_embedded(path)) {
            if let Some(content) = stream(&mut file, path, &mut left, &mut drain) {
                hangul::keep(label(path), &content, flags, &mut drain);
            }
        }
    }
    let mut components = drain.finish();
    components.component = true;
    Embedded { files, components }
}

/// What is inside and no person sees as a file.
fn components(file: &mut File, streams: &[&Path], left: &mut u64, drain: &mut Drain) {
    for path in streams.iter().filter(|path| is_named(path, INNER)) {
        if let Some(content) = stream(file, path, left, drain) {
            drain.keep(label(path), content, true);
        }
    }
    for path in streams.iter().filter(|path| is_named(path, SLIDES)) {
        if let Some(content) = stream(file, path, left, drain) {
            slides(&content, drain);
        }
    }
}

/// Files that stand in a document in plain or in an encoding, already decoded. Each costs a
/// member and its bytes.
pub fn handed_over(component: bool, found: Vec<(String, Vec<u8>)>, budget: &mut Budget) -> Opened {
    let mut drain = Drain::new(budget, &[]);
    for (name, bytes) in found {
        if !drain.is_spent() && drain.count(&name) {
            drain.keep(name, Bytes::from(bytes), true);
        }
    }
    let mut opened = drain.finish();
    opened.component = component;
    opened
}

/// A trouble with a document as a whole: locked, damaged.
pub fn in_trouble(why: Why, detail: &str, budget: &mut Budget) -> Opened {
    let mut drain = Drain::new(budget, &[]);
    drain.trouble(why, None, detail);
    let mut opened = drain.finish();
    opened.component = true;
    opened
}

fn is_named(path: &Path, names: &[&str]) -> bool {
    let last = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    names.iter().any(|name| last.eq_ignore_ascii_case(name))
}

/// The names of storage and stream: `ObjectPool_1_Package`.
fn label(path: &Path) -> String {
    let steps: Vec<&str> = path.components().filter_map(|step| step.as_os_str().to_str()).collect();
    steps.iter().skip(1).copied().collect::<Vec<_>>().join("_")
}

/// The content of one stream, counted as a member.
fn stream(file: &mut File, path: &Path, left: &mut u64, drain: &mut Drain) -> Option<Bytes> {
    if drain.is_spent() || !drain.count(&label(path)) {
        return None;
    }
    let mut out = Vec::new();
    file.open_stream(path).ok()?.take(*left).read_to_end(&mut out).ok()?;
    *left = left.saturating_sub(out.len() as u64);
    Some(Bytes::from(out))
}

/// A package's file: names and where its content stands.
struct Package {
    names: Vec<String>,
    start: usize,
    length: usize,
}

impl Package {
    fn keep(mut self, content: &Bytes, drain: &mut Drain) {
        let end = self.start.saturating_add(self.length).min(content.len());
        let whole = end == self.start + self.length;
        let bytes = content.slice(self.start.min(end)..end);
        let name = self.names.remove(0);
        let paid = drain.pay(&name, bytes.len());
        if paid {
            drain.push(name, self.names, bytes, whole);
        }
    }
}

/// Takes a package out of `\x01Ole10Native`'s content, as RTF carries it, too.
pub fn package(content: &[u8], budget: &mut Budget) -> Option<Opened> {
    let package = native(content)?;
    let mut drain = Drain::new(budget, &[]);
    if drain.count("package") {
        package.keep(&Bytes::copy_from_slice(content), &mut drain);
    }
    Some(drain.finish())
}

/// The content behind the stream's own length field.
fn after_size(content: &Bytes) -> Bytes {
    content.slice(4.min(content.len())..)
}

/// The layout that the Packager writes (no document of Microsoft's describes it; as in oletools
/// `oleobj.py`): size, 2, label, file name, flags, temporary path, length, content, and behind
/// it the three names in UTF-16.
fn native(content: &[u8]) -> Option<Package> {
    let mut at = Reader { bytes: content, at: 4 };
    if at.u16()? != 2 {
        return None;
    }
    let (label, file) = (at.text()?, at.text()?);
    at.u32()?;
    let path_length = usize::try_from(at.u32()?).ok()?;
    let path = at.take(path_length)?;
    let path = latin(path.strip_suffix(b"\0").unwrap_or(path));
    let length = usize::try_from(at.u32()?).ok()?;
    let start = at.at;
    at.at = start.saturating_add(length);
    let mut names = vec![label, file, path];
    for _ in 0..3 {
        names.extend(at.wide());
    }
    // What a double click opens is the temporary copy; labels are what the reader sees.
    let mut shown: Vec<String> = Vec::new();
    for name in names.iter().rev().filter(|name| !name.is_empty()) {
        let last = name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        if !last.is_empty() && !shown.contains(&last) {
            shown.push(last);
        }
    }
    if shown.is_empty() {
        shown.push("package".to_owned());
    }
    Some(Package { names: shown, start, length })
}

/// Reads fields one after the other.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    /// A text that ends in NUL, in the code page of whoever wrote it.
    fn text(&mut self) -> Option<String> {
        let rest = self.bytes.get(self.at..)?;
        let end = memchr::memchr(0, rest)?;
        self.at += end + 1;
        rest.get(..end).map(latin)
    }

    /// A count of UTF-16 units, and so many.
    fn wide(&mut self) -> Option<String> {
        let count = usize::try_from(self.u32()?).ok()?;
        let units = self.take(count.checked_mul(2)?)?;
        let units = units.chunks_exact(2).filter_map(|pair| pair.try_into().ok());
        Some(String::from_utf16_lossy(&units.map(u16::from_le_bytes).collect::<Vec<u16>>()))
    }
}

fn latin(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// Objects and macros of PowerPoint 97 (MS-PPT 2.10.34, ExOleObjStg): OLE files in zlib.
fn slides(content: &[u8], drain: &mut Drain) {
    let mut at = Reader { bytes: content, at: 0 };
    let mut number = 0;
    while let (Some(version), Some(kind), Some(length)) = (at.u16(), at.u16(), at.u32()) {
        let Ok(length) = usize::try_from(length) else { return };
        // A record that is cut is read as far as it goes, by PowerPoint too.
        let Some(body) = at.take(length.min(content.len().saturating_sub(at.at))) else { return };
        if kind != 0x1011 {
            continue;
        }
        number += 1;
        let name = format!("object{number}.ole");
        if !drain.count(&name) {
            return;
        }
        if version >> 4 == 0 {
            drain.keep(name, Bytes::copy_from_slice(body), true);
            continue;
        }
        // Its length when unpacked stands first; nobody has to believe it.
        let packed = body.get(4..).unwrap_or_default();
        let mut out = Vec::new();
        let whole = drain.read(&name, &mut flate2::read::ZlibDecoder::new(packed), &mut out);
        drain.push(name, Vec::new(), Bytes::from(out), whole);
        if drain.is_spent() {
            return;
        }
    }
}
