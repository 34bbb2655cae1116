//! Attachments of a saved Outlook message (MS-OXMSG), which is an OLE file.
//!
//! A message attached to the message lies within it as a storage, so walking the
//! whole file finds the attachments of both, and nothing has to be opened twice. What an attached
//! object has inside comes with what any OLE file embeds.

use super::drain::Drain;
use super::olepackage::ENTRIES;
use super::{Why, read, rtf};
use bytes::Bytes;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

/// An OLE file in memory.
type File<'a> = cfb::CompoundFile<Cursor<&'a [u8]>>;

/// Property 3701, binary: what is attached.
const DATA: &str = "__substg1.0_37010102";

/// Properties 3707 and 3704: the long and the short name, in UTF-16 or in an old code page.
const NAMES: &[&str] = &[
    "__substg1.0_3707001F",
    "__substg1.0_3707001E",
    "__substg1.0_3704001F",
    "__substg1.0_3704001E",
];

/// Takes the attachments out.
pub(super) fn open(bytes: &Bytes, drain: &mut Drain) {
    let mut file: File = match File::open(Cursor::new(bytes.as_ref())) {
        Ok(file) => file,
        Err(error) => return drain.trouble(Why::Unreadable, None, &error.to_string()),
    };
    let storages: Vec<PathBuf> = file
        .walk()
        .take(ENTRIES)
        .filter(|entry| entry.is_storage() && entry.name().starts_with("__attach_version1.0_"))
        .map(|entry| entry.path().to_owned())
        .collect();
    for storage in storages {
        attachment(&mut file, &storage, drain);
        if drain.is_spent() {
            return;
        }
    }
    bodies(&mut file, drain);
}

/// The bodies of the message: components, since no person sees them as files.
fn bodies(file: &mut File, drain: &mut Drain) {
    const BODIES: &[(&str, &str)] = &[
        ("/__substg1.0_1000001F", "body.txt"),
        ("/__substg1.0_1000001E", "body.txt"),
        ("/__substg1.0_10130102", "body.html"),
        ("/__substg1.0_10090102", "body.rtf"),
    ];
    for (path, name) in BODIES {
        let path = Path::new(path);
        if !file.is_stream(path) || drain.is_spent() || !drain.count(name) {
            continue;
        }
        let Some((content, whole)) = stream(file, path, name, drain) else { continue };
        if name.ends_with("rtf") {
            rtf::component(&content, drain);
            continue;
        }
        drain.push((*name).to_owned(), Vec::new(), Bytes::from(content), whole);
        drain.mark(|member| member.component = true);
    }
}

/// Takes one attachment; a storage without data is a link or an attached message.
fn attachment(file: &mut File, storage: &Path, drain: &mut Drain) {
    let data = storage.join(DATA);
    if !file.is_stream(&data) {
        return;
    }
    let mut names: Vec<String> =
        NAMES.iter().filter_map(|stream| text(file, &storage.join(stream))).collect();
    names.dedup();
    let mut names = names.into_iter();
    let name = names.next().unwrap_or_else(|| "attachment".to_owned());
    if !drain.count(&name) {
        return;
    }
    let (out, whole) = stream(file, &data, &name, drain).unwrap_or_default();
    drain.push(name, names.collect(), Bytes::from(out), whole);
}

/// Reads a stream, and tells whether it came to its end; `None` where there is none.
fn stream(file: &mut File, path: &Path, name: &str, drain: &mut Drain) -> Option<(Vec<u8>, bool)> {
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

/// A short text property.
fn text(file: &mut File, stream: &Path) -> Option<String> {
    const LONGEST: u64 = 2048;
    let wide = stream.to_str()?.ends_with('F');
    let mut bytes = Vec::new();
    file.open_stream(stream).ok()?.take(LONGEST).read_to_end(&mut bytes).ok()?;
    let text = if wide { read::wide(&bytes, u16::from_le_bytes) } else { read::latin(&bytes) };
    let text = text.trim_end_matches('\0').to_owned();
    (!text.is_empty()).then_some(text)
}
