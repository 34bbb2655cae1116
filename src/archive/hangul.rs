//! What a document of Hangul (HWP 5) embeds: an OLE file whose streams are packed by themselves.
//!
//! The header says whether they are packed, in deflate without a head. Objects stand behind the
//! length that they unpack to, and the document's script runs when it is opened.

use super::drain::Drain;
use super::olepackage::File;
use super::{Active, Deed, Why, read};
use bytes::Bytes;
use std::io::Read;
use std::path::Path;

/// Storages of what is embedded, and of the script.
const STORAGES: &[&str] = &["BinData", "Scripts"];

/// Whether a stream stands in one of them.
pub(super) fn is_embedded(path: &Path) -> bool {
    let storage = path.parent().and_then(Path::file_name).unwrap_or_default();
    STORAGES.iter().any(|name| storage.eq_ignore_ascii_case(name))
}

/// The header's flags; `None` for any other OLE file.
pub(super) fn flags(file: &mut File) -> Option<u32> {
    const LENGTH: u64 = 40;
    let mut header = Vec::new();
    file.open_stream("/FileHeader").ok()?.take(LENGTH).read_to_end(&mut header).ok()?;
    header.starts_with(b"HWP Document File").then(|| read::le32(&header, 36)).flatten()
}

/// Keeps one stream, unpacked where it is packed; a script is judged where it is.
pub(super) fn keep(name: String, content: &Bytes, flags: u32, drain: &mut Drain) {
    const PACKED: u32 = 1;
    const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    let mut out = Vec::new();
    let mut whole = true;
    if flags & PACKED != 0 {
        let mut reader = flate2::read::DeflateDecoder::new(&content[..]);
        whole = drain.probe(&name, &mut reader, &mut out).unwrap_or(false);
        if !whole && !drain.is_spent() && !out.is_empty() {
            drain.trouble(Why::Unreadable, Some(&name), "its packed bytes are damaged");
        }
    }
    // A picture may be left as it is, whatever the header says.
    let packed = !out.is_empty();
    let bytes = if packed { Bytes::from(out) } else { content.clone() };
    if name.to_ascii_lowercase().starts_with("scripts_") {
        return script(&bytes, drain);
    }
    if !packed {
        return drain.keep(name, bytes, true);
    }
    let bytes = if bytes.get(4..12) == Some(OLE) { bytes.slice(4..) } else { bytes };
    drain.push(name, Vec::new(), bytes, whole);
}

/// A script in UTF-16, of which every document has one that does nothing.
fn script(content: &[u8], drain: &mut Drain) {
    /// What reaches beyond the document.
    const CALLS: &[&str] =
        &["activexobject", "createobject", "getobject", "wscript", "xmlhttp", "shell"];
    let letters = content.iter().filter(|byte| byte.is_ascii_graphic());
    let text: String = letters.map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    if let Some(call) = CALLS.iter().find(|call| text.contains(*call)) {
        let detail = format!("a script that runs when the document is opened and uses {call}");
        drain.active(Active { deed: Deed::MacroCalls, detail }, 1);
    }
}

/// Tells of a document behind a password or under a licence.
pub(super) fn tell(flags: u32, drain: &mut Drain) {
    const LOCKED: u32 = 1 << 1 | 1 << 4 | 1 << 8;
    if flags & LOCKED != 0 {
        drain.trouble(Why::Encrypted, None, "a password protects the document");
    }
}
