//! OLE documents: VBA projects, macro sheets, fields, controls, links, objects that break readers.
//!
//! The whole tree is walked: a document embedded in another is a storage of the same file, so
//! its macros are found without opening anything twice.

use super::{Found, biff, equation, moniker, slides97, vba, word97};
use crate::archive::{Why, olepackage};
use crate::facts::Deed;
use crate::mail::Budget;
use bytes::Bytes;
use std::io::Read;
use std::path::{Path, PathBuf};

/// One stream or storage.
struct Entry {
    path: PathBuf,
    /// Its own name, lower case.
    name: String,
    stream: bool,
    class: String,
}

/// Looks at a file that begins as OLE; `kind` is the usual extension of its type.
pub(super) fn look(bytes: &Bytes, kind: &str, found: &mut Found, budget: &mut Budget) {
    let file = match olepackage::open(bytes) {
        Ok(file) => file,
        Err(error) => {
            damaged(bytes, found);
            let trouble = olepackage::in_trouble(Why::Unreadable, &error.to_string(), budget);
            // What Outlook saves is opened, and its defects told, as an archive.
            if kind != "msg" {
                found.opened.push(trouble);
            }
            return;
        }
    };
    let walked = olepackage::walk(&file, budget, is_looked_into);
    let mut file = Streams { file, left: olepackage::patience(bytes.len()) };
    let Some(locked) = entries(&mut file, &walked.entries, found, budget) else { return };
    if file.left == 0 {
        let what = "its streams overlap";
        found.opened.push(olepackage::in_trouble(Why::Unreadable, what, budget));
    }
    if locked {
        let what = "a password protects the document";
        found.opened.push(olepackage::in_trouble(Why::Encrypted, what, budget));
    }
    let mut embedded = olepackage::embedded(bytes, budget);
    for active in embedded.components.active.drain(..) {
        found.note(active.deed, &active.detail);
    }
    // Told once, where both walks came to no end.
    if let Some(trouble) = walked.trouble.filter(|_| embedded.files.troubles.is_empty()) {
        found.opened.push(olepackage::in_trouble(Why::OverLimit, trouble, budget));
    }
    found.opened.extend([embedded.files, embedded.components]);
}

/// All that was met, streams before the projects that some of them name. Whether one says that the
/// document is locked; `None` where the time is over.
fn entries(
    file: &mut Streams,
    entries: &[cfb::Entry],
    found: &mut Found,
    budget: &mut Budget,
) -> Option<bool> {
    let mut projects: Vec<PathBuf> = Vec::new();
    let mut locked = false;
    for entry in entries.iter().map(Entry::of) {
        budget.check().ok()?;
        class(&entry, found);
        match entry.name.as_str() {
            "dir" | "_vba_project" => projects.extend(entry.path.parent().map(Path::to_owned)),
            _ if entry.stream => locked |= stream(file, &entry, found, budget),
            _ => {}
        }
    }
    // Both streams of a project name it.
    projects.sort();
    projects.dedup();
    for storage in projects {
        budget.check().ok()?;
        project(file, &storage, found, budget);
    }
    Some(locked)
}

impl Entry {
    fn of(entry: &cfb::Entry) -> Entry {
        Entry {
            path: entry.path().to_owned(),
            name: entry.name().to_lowercase(),
            stream: entry.is_stream(),
            class: entry.clsid().to_string(),
        }
    }
}

/// Streams that say what a document does, in lower case.
const STREAMS: &[&str] = &[
    "workbook",
    "book",
    "worddocument",
    "powerpoint document",
    "\u{1}ole10native",
    "\u{1}ole",
    "equation native",
    "encryptedsummary",
    "_vba_project",
    "\u{3}ocxname",
    "\u{3}ocxdata",
    "ctls",
];

/// Whether an entry is one of them, a module's directory, or a storage of a class that is known.
fn is_looked_into(entry: &cfb::Entry) -> bool {
    if !entry.is_stream() {
        let class = entry.clsid().to_string();
        return CLASSES.iter().any(|(known, _, _)| *known == class);
    }
    let parent = || entry.path().parent().and_then(Path::file_name).unwrap_or_default();
    STREAMS.iter().any(|name| entry.name().eq_ignore_ascii_case(name))
        || entry.name().eq_ignore_ascii_case("dir") && parent().eq_ignore_ascii_case("vba")
}

/// One stream by its name. Whether it says that the document is locked.
fn stream(file: &mut Streams, entry: &Entry, found: &mut Found, budget: &mut Budget) -> bool {
    match entry.name.as_str() {
        "workbook" | "book" => biff::workbook(&content(file, &entry.path), found, budget),
        "worddocument" => {
            let main = content(file, &entry.path);
            let tables = word97::tables(&main).map(|name| entry.path.with_file_name(name));
            let table =
                tables.iter().map(|path| content(file, path)).find(|table| !table.is_empty());
            word97::look(&main, &table.unwrap_or_default(), found, budget)
        }
        "powerpoint document" => {
            slides97::look(&content(file, &entry.path), found);
            false
        }
        "\u{1}ole10native" => {
            found.note(Deed::Package, "a file packed inside (OLE package)");
            equation::native(&content(file, &entry.path), found);
            false
        }
        "\u{1}ole" => {
            moniker::link(&content(file, &entry.path), found);
            false
        }
        "equation native" => {
            equation::stream(&content(file, &entry.path), found);
            false
        }
        // PowerPoint names what a locked presentation was encrypted with.
        "encryptedsummary" => true,
        _ => false,
    }
}

/// An OLE file, and how many bytes may still be read from it: a thousand streams may be one and
/// the same chain of sectors.
struct Streams {
    file: olepackage::File,
    left: u64,
}

/// A stream's bytes.
fn content(file: &mut Streams, path: &Path) -> Vec<u8> {
    let mut out = Vec::new();
    if let Ok(stream) = file.file.open_stream(path) {
        // What came out before a defect counts.
        let _ = stream.take(file.left).read_to_end(&mut out);
    }
    file.left = file.left.saturating_sub(out.len() as u64);
    out
}

/// A storage that holds a VBA project: `dir` and `_VBA_PROJECT` (MS-OVBA 2.2.1).
fn project(file: &mut Streams, storage: &Path, found: &mut Found, budget: &mut Budget) {
    /// More modules than anybody wrote.
    const MODULES: usize = 10_000;
    let directory = content(file, &storage.join("dir"));
    let modules = vba::directory(&vba::decompress(&directory, usize::MAX));
    let compiled = content(file, &storage.join("_VBA_PROJECT"));
    let inside: Vec<(PathBuf, String)> = file.file.read_storage(storage).map_or_else(
        |_| Vec::new(),
        |entries| {
            let streams = entries.filter(cfb::Entry::is_stream).take(MODULES + 1);
            streams.map(|entry| (entry.path().to_owned(), entry.name().to_lowercase())).collect()
        },
    );
    if inside.len() > MODULES {
        let what = "a project of more modules than are read";
        found.opened.push(olepackage::in_trouble(Why::OverLimit, what, budget));
    }
    let mut source = Vec::new();
    let mut streams = 0;
    for (path, name) in inside {
        if matches!(name.as_str(), "dir" | "_vba_project") || name.starts_with("__srp") {
            continue;
        }
        let offset = modules.iter().find(|(module, _)| *module == name).map(|(_, at)| *at);
        source.extend(vba::module(&content(file, &path), offset));
        source.push(b'\n');
        streams += 1;
        // More source than anybody wrote.
        if source.len() > 16 << 20 {
            break;
        }
    }
    judge(&source, streams, &compiled, found);
}

/// What a project does, by its source and by the names in its compiled code.
fn judge(source: &[u8], modules: usize, compiled: &[u8], found: &mut Found) {
    let code = vba::read(source);
    let auto = code.auto.as_deref().unwrap_or_default();
    match (&code.auto, &code.calls) {
        _ if modules > 0 && source.trim_ascii().is_empty() => {
            found.note(Deed::MacroHidden, "VBA project without its source");
        }
        (Some(_), Some(calls)) => {
            found.note(Deed::MacroCalls, &format!("VBA runs by itself ({auto}) and uses {calls}"));
        }
        _ if let Some((auto, calls)) = vba::compiled(compiled, source) => {
            let detail =
                format!("VBA whose compiled code says {auto} and {calls}, its source does not");
            found.note(Deed::MacroHidden, &detail);
        }
        (Some(_), None) => found.note(Deed::MacroAuto, &format!("VBA runs by itself ({auto})")),
        (None, Some(calls)) => found.note(Deed::Macro, &format!("VBA project that uses {calls}")),
        (None, None) if code.any => found.note(Deed::Macro, "VBA project"),
        (None, None) => found.note(Deed::MacroEmpty, "VBA project without code"),
    }
}

/// Classes of objects that serve attackers, by the first group and more of their identifier.
const CLASSES: &[(&str, Deed, &str)] = &[
    ("d27cdb6e-ae6d-11cf-96b8-444553540000", Deed::Control, "Flash"),
    ("eab22ac3-30c1-11cf-a7eb-0000c05bae0b", Deed::Control, "web browser control"),
    ("8856f961-340a-11d0-a96b-00c04fd705a2", Deed::Control, "web browser control"),
    ("3050f4d8-98b5-11cf-bb82-00aa00bdce0b", Deed::Exploit, "HTML application object"),
    ("06290bd2-48aa-11d2-8432-006008c3fbfc", Deed::Exploit, "scriptlet moniker"),
    ("06290bd3-48aa-11d2-8432-006008c3fbfc", Deed::Exploit, "scriptlet moniker"),
    ("ae24fdae-03c6-11d1-8b76-0080c744f389", Deed::Exploit, "scriptlet component"),
    ("bdd1f04b-858b-11d1-b16a-00c0f0283628", Deed::Control, "ListView control (MSCOMCTL)"),
    ("c74190b6-8589-11d1-b16a-00c0f0283628", Deed::Control, "TreeView control (MSCOMCTL)"),
    ("1efb6596-857c-11d1-b16a-00c0f0283628", Deed::Control, "TabStrip control (MSCOMCTL)"),
    ("996bf5e0-8044-4650-adeb-0b013914e99c", Deed::Control, "ListView control (MSCOMCTL)"),
    ("0e59f1d5-1fbe-11d0-8ff2-00a0d10038bc", Deed::Control, "script control"),
    ("6bf52a52-394a-11d3-b153-00c04f79faa6", Deed::Control, "media player control"),
];

/// What an ActiveX class is: Microsoft's forms are ordinary, and so is a calendar.
pub(super) fn control(class: &str) -> (Deed, String) {
    const FORMS: &[&str] = &[
        "d7053240-ce69",
        "8bd21d",
        "978c9e23-d4b0",
        "4c599241-6926",
        "dfd181e0-5e2f",
        "79176fb0-b7f2",
        "6e182020-f460",
        "46e31370-3f7a",
        "c62a69f0-16dc",
        "eae50eb0-4a62",
        "5512d1",
        "20dd1b9e-87c4",
        "8e27c92b-1264",
        "909e0ae0-16dc",
        "86cf1d34-0c5f",
    ];
    let class = class.trim_matches(['{', '}']).to_ascii_lowercase();
    if let Some((_, deed, name)) = CLASSES.iter().find(|(known, _, _)| *known == class) {
        return (*deed, (*name).to_owned());
    }
    match FORMS.iter().any(|known| class.starts_with(known)) {
        true => (Deed::Form, "form control".to_owned()),
        false => (Deed::Control, format!("ActiveX {class}")),
    }
}

/// Known classes of storages, and controls by the stream that names them.
fn class(entry: &Entry, found: &mut Found) {
    if let Some((_, deed, name)) = CLASSES.iter().find(|(class, _, _)| *class == entry.class) {
        found.note(*deed, name);
    }
    match entry.name.as_str() {
        "\u{3}ocxname" | "\u{3}ocxdata" | "ctls" if entry.stream => {
            found.note(Deed::Form, "form control");
        }
        _ => {}
    }
}

/// A damaged file by what stands in it: Office repairs more than a library reads.
fn damaged(bytes: &[u8], found: &mut Found) {
    let wide = |name: &str| name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let has = |needle: &[u8]| memchr::memmem::find(bytes, needle).is_some();
    if has(&wide("_VBA_PROJECT")) || has(b"\0Attribut\0e VB_") {
        found.note(Deed::Macro, "VBA project in a damaged file");
    }
    if has(&wide("\u{1}Ole10Native")) {
        found.note(Deed::Package, "a file packed inside a damaged file");
    }
}
