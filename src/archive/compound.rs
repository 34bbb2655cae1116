//! OLE compound files: what is embedded in Word, Excel and PowerPoint documents as a file.
//!
//! An embedded document of today lies whole in a stream `Package`, one of another
//! program in `CONTENTS`; PowerPoint packs whole OLE files into records of one stream.

use super::drain::Drain;
use super::{Why, read};
use bytes::Bytes;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

/// An OLE file in memory.
pub(super) type File<'a> = cfb::CompoundFile<Cursor<&'a [u8]>>;

/// Entries that are looked at: a directory may lead in circles, and no document has so many.
pub(super) const ENTRIES: usize = 100_000;

/// Streams that hold a file.
const FILES: &[&str] = &["package", "contents", "embeddedodf"];

/// Whether the bytes are an OLE file: Excel 2 to 4 wrote its records without one.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
}

/// Takes embedded files out.
pub(super) fn open(bytes: &Bytes, drain: &mut Drain) {
    let mut file = match File::open(Cursor::new(bytes.as_ref())) {
        Ok(file) => file,
        Err(error) => return drain.trouble(Why::Unreadable, None, &error.to_string()),
    };
    embedded(&mut file, drain);
    let slides = Path::new("/PowerPoint Document");
    if file.is_stream(slides) && !drain.is_spent() {
        objects(&mut file, slides, drain);
    }
}

/// Takes every stream that is a file, wherever it lies.
pub(super) fn embedded(file: &mut File, drain: &mut Drain) {
    let holds = |entry: &cfb::Entry| {
        let name = entry.name().to_ascii_lowercase();
        entry.is_stream() && FILES.contains(&name.as_str())
    };
    let streams: Vec<PathBuf> =
        file.walk().take(ENTRIES).filter(holds).map(|entry| entry.path().to_owned()).collect();
    for path in streams {
        let name = path.to_string_lossy().trim_start_matches('/').to_owned();
        if drain.is_spent() || !drain.count(&name) {
            return;
        }
        if let Some((content, whole)) = stream(file, &path, &name, drain) {
            drain.push(name, Vec::new(), Bytes::from(content), whole);
        }
    }
}

/// Reads a stream; `None` where there is none.
pub(super) fn stream(
    file: &mut File,
    path: &Path,
    name: &str,
    drain: &mut Drain,
) -> Option<(Vec<u8>, bool)> {
    let mut content = Vec::new();
    match file.open_stream(path) {
        Ok(mut stream) => {
            let whole = drain.read(name, &mut stream, &mut content);
            Some((content, whole))
        }
        Err(error) => {
            drain.trouble(Why::Unreadable, Some(name), &error.to_string());
            None
        }
    }
}

/// The OLE objects of a presentation (MS-PPT 2.10.34): records at the top of its main stream.
fn objects(file: &mut File, path: &Path, drain: &mut Drain) {
    const OBJECT: u16 = 0x1011;
    let Ok(mut main) = file.open_stream(path) else { return };
    let mut records = Vec::new();
    if !drain.read("PowerPoint Document", &mut main, &mut records) {
        return;
    }
    let (mut here, mut number) = (0, 0);
    while let (Some(first), Some(kind), Some(length)) =
        (read::le16(&records, here), read::le16(&records, here + 2), read::size(&records, here + 4))
    {
        let start = here + 8;
        let end = start.saturating_add(length).min(records.len());
        here = end;
        if kind != OBJECT {
            continue;
        }
        number += 1;
        let name = format!("object{number}.ole");
        if drain.is_spent() || !drain.count(&name) {
            return;
        }
        let content = records.get(start..end).unwrap_or_default();
        // Instance 1 is packed, behind its length.
        let packed = content.get(4..).filter(|_| first >> 4 == 1);
        let mut out = Vec::new();
        let whole = match packed {
            Some(packed) => {
                drain.read(&name, &mut flate2::read::ZlibDecoder::new(packed), &mut out)
            }
            None => drain.read(&name, &mut { content }.by_ref(), &mut out),
        };
        drain.push(name, Vec::new(), Bytes::from(out), whole);
    }
}
