//! What a MIME leaf is to its reader: body or file, a mail or a page of its own, and whether the
//! whitelist of formats judges it.

use super::part::{Part, Role};
use super::passwords::Text;
use crate::mail::{Budget, Family, FileType, Leaf};
use std::collections::HashSet;

/// The texts of a mail, its bodies and what is attached as text.
pub(super) fn texts(leaves: &[Leaf]) -> Vec<Text> {
    let text = |leaf: &&Leaf| {
        leaf.is_body
            || leaf.declared.as_deref().is_some_and(|declared| declared.starts_with("text/"))
    };
    let texts = leaves.iter().filter(text).map(|leaf| Text {
        bytes: leaf.bytes.clone(),
        charset: leaf.charset.clone(),
        html: leaf.declared.as_deref() == Some("text/html"),
    });
    texts.collect()
}

/// Whether a file is itself a mail that a reader opens. A body that merely quotes headers is not.
pub(super) fn is_attached_mail(part: &Part) -> bool {
    // Browsers and Word take a page with two header fields, which is too few for a mail.
    let head = part.bytes.get(..64).unwrap_or(&part.bytes).trim_ascii_start().to_ascii_lowercase();
    let saved = head.starts_with(b"mime-version:") || head.starts_with(b"content-type:");
    let named = part.is_named(LETTERS);
    part.role != Role::Body
        && match part.detected.family {
            Family::Mail => !part.detected.is_container(),
            Family::Text => named || saved && is_page(part),
            // NULs make it no text, and a mail program reads over them.
            Family::Unknown => named && begins_as_field(&part.bytes),
            _ => false,
        }
}

/// Names of files that a mail program opens as a letter.
const LETTERS: &[&str] = &["eml", "email", "nws"];

/// Whether a header field stands at the beginning, NULs in it or not (RFC 5322 §2.2).
fn begins_as_field(bytes: &[u8]) -> bool {
    const LONGEST: usize = 200;
    let head = bytes.iter().filter(|byte| **byte != 0).take(LONGEST).copied();
    let head: Vec<u8> = head.skip_while(u8::is_ascii_whitespace).collect();
    let name = head.split(|byte| *byte == b':').next().unwrap_or_default().trim_ascii_end();
    name.len() < head.len() && !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
}

/// Whether a body is offered as a page of its own, since it stands behind something else.
pub(super) fn is_offered(leaf: &Leaf) -> bool {
    let mut types = leaf.declared.iter().chain(&leaf.also_declared);
    leaf.is_body && leaf.behind && types.any(|declared| declared == "text/html")
}

/// Names of files that a browser or an office program opens, a saved page among them.
const PAGES: &[&str] = &[
    "mht", "mhtml", "htm", "html", "doc", "dot", "wbk", "docx", "docm", "rtf", "xls", "xlt",
    "xlsx", "xlsm", "ppt", "pps", "pot", "xml",
];

/// Whether a file that is a mail by its content is a page by its name.
pub(super) fn is_page(part: &Part) -> bool {
    part.is_named(PAGES)
}

/// A leaf as a part.
pub(super) fn part_of(leaf: Leaf, prefix: &str, shown_pictures: &HashSet<String>) -> Part {
    let detected = FileType::detect(&leaf.bytes);
    let role = if leaf.is_body { Role::Body } else { Role::Attachment };
    Part {
        sha256: None,
        path: format!("{prefix}{}", leaf.section),
        role,
        // The first view's reading of it is held against the list; and what a text quotes as MIME is
        // no file of the letter, unless some guessing reader makes one of it: all else judges that.
        listed: !leaf.damaged && !is_quoted(&leaf) && is_listed(&leaf, detected, shown_pictures),
        names: leaf.names,
        declared: leaf.declared,
        also_declared: leaf.also_declared,
        charset: leaf.charset,
        detected,
        also: Vec::new(),
        active: Vec::new(),
        size: leaf.bytes.len() as u64,
        bytes: leaf.bytes,
        text: super::text::Text::default(),
    }
}

/// Whether a leaf stands in the text of another, as MIME that somebody quoted.
fn is_quoted(leaf: &Leaf) -> bool {
    leaf.section.contains("~embedded")
}

/// Whether the whitelist of formats judges a leaf: everything but what mail itself is made of.
/// The content must bear the exemption out, or a label would be a way past the list.
fn is_listed(leaf: &Leaf, detected: FileType, shown_pictures: &HashSet<String>) -> bool {
    use Family::{Audiovisual, Mail, Picture, Script, Text, Unknown};
    let family = detected.family;
    let textual = matches!(family, Text | Mail | Script | Unknown);
    let declared = leaf.declared.as_deref().unwrap_or("text/plain");
    let exempt = match declared {
        _ if leaf.is_body => !matches!(family, Family::Archive | Family::Executable | Audiovisual),
        "message/delivery-status"
        | "message/disposition-notification"
        | "message/global-delivery-status"
        | "message/global-disposition-notification"
        | "message/global-headers"
        | "message/rfc822"
        | "message/global"
        | "text/calendar"
        // The same invitation once more, for programs that look for a file (Google).
        | "application/ics"
        // The icon and the type of the file beside it (RFC 1740).
        | "application/applefile"
        | "text/rfc822-headers" => textual,
        "application/pgp-signature"
        | "application/pkcs7-signature"
        | "application/x-pkcs7-signature" => textual,
        // Shells around a mail or around files: what is inside is judged.
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => detected.extension == "p7m",
        _ if detected.extension == "tnef" => true,
        _ => {
            family == Picture
                && leaf.content_id.as_ref().is_some_and(|id| shown_pictures.contains(id))
        }
    };
    !exempt
}

/// The Content-IDs of this mail's leaves that its HTML bodies show (RFC 2392).
pub(super) fn pictures_in_html(leaves: &[Leaf], budget: &Budget) -> HashSet<String> {
    let mut shown = HashSet::new();
    let wanted: HashSet<&[u8]> =
        leaves.iter().filter_map(|leaf| leaf.content_id.as_deref()).map(str::as_bytes).collect();
    let html = leaves.iter().filter(|leaf| leaf.declared.as_deref() == Some("text/html"));
    for leaf in html.filter(|_| !wanted.is_empty()) {
        let mut rest = &leaf.bytes[..];
        // An id is read once and the search goes on behind it: linear in the text.
        while let Some(at) = memchr::memmem::find(rest, b"cid:") {
            let id = rest.get(at + 4..).unwrap_or_default();
            let end = id.iter().take(256).position(|byte| b"\"' >)\r\n".contains(byte));
            let (id, behind) = id.split_at(end.unwrap_or(id.len().min(256)));
            rest = behind;
            if wanted.contains(id) {
                shown.insert(String::from_utf8_lossy(id).into_owned());
            }
            if budget.check().is_err() {
                return shown;
            }
        }
    }
    shown
}
