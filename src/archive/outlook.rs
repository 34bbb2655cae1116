//! Attachments of a saved Outlook message (MS-OXMSG), which is an OLE file.
//!
//! A message attached to the message lies within it as a storage, and is opened where it lies.
//! Names of storages and streams compare without regard to case (MS-CFB 2.6.4), and the library
//! finds them so. What an attached object has inside comes with what any OLE file embeds.

use super::drain::Drain;
use super::olepackage::{self, File};
use super::{Active, Deed, Why, read, rtf};
use crate::mail::name::extension;
use crate::mail::{Family, FileType};
use bytes::Bytes;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Storages of attachments begin so, and a number follows.
const ATTACHMENT: &str = "__attach_version1.0_";

/// Property 3701: what is attached, as bytes, or as a storage that is a message or an object.
const DATA: &str = "__substg1.0_37010102";
const INSIDE: &str = "__substg1.0_3701000D";

/// The long and the short name; what is shown where there is neither.
const NAMES: &[u16] = &[0x3707, 0x3704];
const OTHER_NAMES: &[u16] = &[0x3001, 0x370c];
/// Where a file that is only linked lies.
const PATHS: &[u16] = &[0x370d, 0x3708];
/// The extension alone.
const EXTENSION: u16 = 0x3703;

/// Messages attached to one another: more than any reader follows.
const DEPTH: usize = 32;

/// Takes the attachments out.
pub(super) fn open(bytes: &Bytes, drain: &mut Drain) {
    match olepackage::open(bytes) {
        Ok(mut file) => message(&mut file, Path::new("/"), DEPTH, drain),
        Err(error) => drain.trouble(Why::Unreadable, None, &error.to_string()),
    }
}

/// One message: its attachments, then its bodies.
fn message(file: &mut File, place: &Path, depth: usize, drain: &mut Drain) {
    let most = drain.most();
    let storages: Vec<PathBuf> = file.read_storage(place).map_or_else(
        |_| Vec::new(),
        |entries| {
            let attached =
                entries.filter(|entry| entry.is_storage() && is_attachment(entry.name()));
            attached.take(most + 1).map(|entry| entry.path().to_owned()).collect()
        },
    );
    if !drain.allows(storages.len() as u64) {
        return;
    }
    for storage in storages {
        attachment(file, &storage, drain);
        let inside = storage.join(INSIDE);
        if file.is_storage(&inside) {
            match depth {
                0 => drain.over_limit(
                    None,
                    "messages attached too deep",
                    (DEPTH as u64 + 1, DEPTH as u64),
                ),
                _ => message(file, &inside, depth - 1, drain),
            }
        }
        if drain.is_spent() || !drain.is_awake() {
            return;
        }
    }
    bodies(file, place, drain);
}

fn is_attachment(name: &str) -> bool {
    name.get(..ATTACHMENT.len()).is_some_and(|start| start.eq_ignore_ascii_case(ATTACHMENT))
}

/// The bodies of a message: components, since no person sees them as files.
fn bodies(file: &mut File, place: &Path, drain: &mut Drain) {
    const BODIES: &[(&str, &str)] = &[
        ("__substg1.0_1000001F", "body.txt"),
        ("__substg1.0_1000001E", "body.txt"),
        ("__substg1.0_10130102", "body.html"),
        ("__substg1.0_1013001F", "body.html"),
        ("__substg1.0_1013001E", "body.html"),
        ("__substg1.0_10090102", "body.rtf"),
    ];
    for (stream_name, name) in BODIES {
        let path = place.join(stream_name);
        if !file.is_stream(&path) || drain.is_spent() || !drain.count(name) {
            continue;
        }
        let Some((content, whole)) = stream(file, &path, name, drain) else { continue };
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
        return link(file, storage, drain);
    }
    let mut names = names(file, storage).into_iter();
    let name = names.next().unwrap_or_else(|| "attachment".to_owned());
    if !drain.count(&name) {
        return;
    }
    let (out, whole) = stream(file, &data, &name, drain).unwrap_or_default();
    drain.push(name, names.collect(), Bytes::from(out), whole);
}

/// The names of an attachment, the one that Outlook shows first.
fn names(file: &mut File, storage: &Path) -> Vec<String> {
    let mut names = texts(file, storage, NAMES);
    if names.is_empty() {
        names = texts(file, storage, OTHER_NAMES);
        names.extend(texts(file, storage, PATHS).iter().map(|path| last_step(path).to_owned()));
    }
    // A name without an extension gets the one that stands beside it.
    if names.iter().all(|name| extension(name).is_none())
        && let Some(extension) = texts(file, storage, &[EXTENSION]).first()
    {
        let name = names.first().map_or("attachment", String::as_str);
        names.push(format!("{name}.{}", extension.trim_start_matches('.')));
    }
    names.dedup();
    names
}

/// An attachment that is only linked: a click opens it from where it lies. A share signs the
/// reader's system on, and a program on it is one as if it were attached; an address of the web is
/// a link as in any letter.
fn link(file: &mut File, storage: &Path, drain: &mut Drain) {
    for path in texts(file, storage, PATHS) {
        let written = path.replace('/', "\\");
        let share = written.strip_prefix("file:").unwrap_or(&written);
        let local = [r"\\?\", r"\\.\"].iter().any(|start| share.starts_with(start));
        if !share.starts_with(r"\\") || local {
            continue;
        }
        const MOST: usize = 64;
        let detail = format!("an attachment linked to {path}");
        drain.active(Active { deed: Deed::Remote, detail }, MOST);
        let name = last_step(&written);
        let kind = extension(name).and_then(|extension| FileType::by_extension(&extension));
        let runs = kind.is_some_and(|k| matches!(k.family, Family::Executable | Family::Script));
        if runs && drain.count(name) {
            drain.keep_name(name.to_owned(), Vec::new());
        }
    }
}

fn last_step(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or_default()
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

/// Short text properties, in UTF-16 or in an old code page; those that are there.
fn texts(file: &mut File, storage: &Path, properties: &[u16]) -> Vec<String> {
    let written = properties.iter().flat_map(|id| [(*id, "001F"), (*id, "001E")]);
    let paths = written.map(|(id, kind)| storage.join(format!("__substg1.0_{id:04X}{kind}")));
    let mut texts: Vec<String> = paths.filter_map(|path| text(file, &path)).collect();
    texts.dedup();
    texts
}

fn text(file: &mut File, stream: &Path) -> Option<String> {
    const LONGEST: u64 = 2048;
    let wide = stream.to_str()?.ends_with('F');
    let mut bytes = Vec::new();
    file.open_stream(stream).ok()?.take(LONGEST).read_to_end(&mut bytes).ok()?;
    let text = if wide { read::wide(&bytes, u16::from_le_bytes) } else { read::latin(&bytes) };
    let text = text.trim_end_matches('\0').to_owned();
    (!text.is_empty()).then_some(text)
}
