//! Texts that are more than text: scripts, markup, shortcuts, messages.
//!
//! A letter about scripts is no script. So a script must begin like one, or show
//! several marks that prose does not join; what only looks like code stays text,
//! and its name is judged elsewhere.

use super::{FileType, code, known};

/// The type of a text by its head, which is lower case; `None` for plain text.
pub(super) fn detect(head: &str) -> Option<FileType> {
    let text = head.trim_start();
    let name = first_words(text)
        .or_else(|| markup(text))
        .or_else(|| sections(text))
        .or_else(|| links(text))
        .or_else(|| encoded(text))
        .or_else(|| code::batch(text))
        .or_else(|| code::language(text))
        .or_else(|| message(text))?;
    known(name)
}

/// Files that make a program of the reader's fetch or start something: Excel's old text formats
/// (SYLK, web and database queries), remote desktops.
fn links(text: &str) -> Option<&'static str> {
    let mut lines = text.lines().map(str::trim);
    let first = lines.next()?;
    let record =
        |line: &str| ["b;", "c;", "f;", "p;", "o;", "nn;"].iter().any(|r| line.starts_with(r));
    if first.starts_with("id;") && lines.clone().take(20).any(record) {
        return Some("slk");
    }
    let query = lines.next() == Some("1") && lines.next().is_some_and(|line| !line.is_empty());
    if query && (first == "web" || first == "xlodbc") {
        return Some("iqy");
    }
    let desktop = text.contains("full address:s:") && text.contains(":i:");
    desktop.then_some("rdp")
}

/// Script Encoder's `#@~^`, six digits of base64 and `==`, wherever the encoded part begins.
fn encoded(text: &str) -> Option<&'static str> {
    const MARK: &[u8] = b"#@~^";
    let opens = |at: usize| {
        let digits = text.as_bytes().get(at + MARK.len()..at + MARK.len() + 8)?;
        let (length, end) = digits.split_at_checked(6)?;
        let base64 = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
        (end == b"==" && length.iter().all(base64)).then_some("vbe")
    };
    memchr::memmem::find_iter(text.as_bytes(), MARK).find_map(opens)
}

/// Beginnings that leave no doubt.
const BEGINNINGS: &[(&str, &str)] = &[
    ("#@~^", "vbe"),
    ("windows registry editor version", "reg"),
    ("regedit4", "reg"),
    ("begin:vcalendar", "ics"),
    ("begin:vcard", "vcf"),
    ("-----begin pgp message", "pgp"),
    ("-----begin", "pem"),
    ("(this file must be converted with binhex", "hqx"),
    ("<?php", "php"),
    ("%pdf-", "pdf"),
    // The magic of a picture as the name of a variable: some programs ask for no more.
    ("gif89a=", "js"),
    ("gif87a=", "js"),
    ("gif89a/*", "js"),
    ("gif87a/*", "js"),
];

fn first_words(text: &str) -> Option<&'static str> {
    if let Some(rest) = text.strip_prefix("#!") {
        let line = rest.lines().next().unwrap_or_default();
        // A path must follow: Rust writes `#![…]`, notes write `#!!!`.
        let path = line.trim_start();
        return path.starts_with(['/', '.']).then(|| interpreter(path));
    }
    BEGINNINGS.iter().find(|(start, _)| text.starts_with(start)).map(|(_, name)| *name)
}

/// The interpreter of a `#!` line.
fn interpreter(line: &str) -> &'static str {
    const KNOWN: &[(&str, &str)] = &[
        ("python", "py"),
        ("perl", "pl"),
        ("ruby", "rb"),
        ("php", "php"),
        ("node", "js"),
        ("pwsh", "ps1"),
        ("osascript", "scpt"),
    ];
    KNOWN.iter().find(|(program, _)| line.contains(program)).map_or("sh", |(_, name)| *name)
}

/// Elements of XML and HTML, gravest first.
const ELEMENTS: &[(&str, &str)] = &[
    ("<hta:application", "hta"),
    ("<scriptlet", "sct"),
    ("<librarydescription", "library-ms"),
    ("<searchconnectordescription", "library-ms"),
    ("<pcsettings", "settingcontent-ms"),
    ("<mmc_consolefile", "msc"),
    ("<asmv1:assembly", "application"),
    ("<jnlp", "jnlp"),
    ("<appinstaller", "msix"),
    ("progid=\"word.document\"", "doc-xml"),
    ("<office:document", "odf-xml"),
];

/// Markup: what begins with an element, a comment or a declaration.
fn markup(text: &str) -> Option<&'static str> {
    if !text.starts_with('<') {
        return None;
    }
    if let Some((_, name)) = ELEMENTS.iter().find(|(element, _)| text.contains(element)) {
        return Some(match *name {
            "doc-xml" | "odf-xml" => "xml",
            name => name,
        });
    }
    let has = |element: &str| text.contains(element);
    if has("urn:schemas-microsoft-com:xslt") && has(":script") {
        return Some("xslt-script");
    }
    if element_starts(text, "<component") && has("<registration") {
        return Some("sct");
    }
    if let Some(name) = property_list(text) {
        return Some(name);
    }
    // A connection to a database, which Excel opens with the file.
    if has("urn:schemas-microsoft-com:office:odc") && has("officedataconnection") {
        return Some("iqy");
    }
    let jobs = ["<job", "<package"].iter().any(|start| element_starts(text, start));
    if jobs && has("<script") {
        return Some("wsf");
    }
    if element_starts(text, "<svg") && !has("<html") {
        return Some("svg");
    }
    const PAGE: &[&str] = &["<!doctype html", "<html", "<head", "<body", "<table", "<script"];
    if PAGE.iter().any(|element| has(element)) {
        return Some("html");
    }
    if text.starts_with("<?xml") {
        return Some("xml");
    }
    const PIECE: &[&str] =
        &["<div", "<p>", "<p ", "<br", "<span", "<font", "<a ", "<meta", "<center"];
    PIECE.iter().any(|element| text.starts_with(element)).then_some("html")
}

/// Apple's property lists: a link when an address is all there is, or a profile that sets up
/// the device.
fn property_list(text: &str) -> Option<&'static str> {
    let list = text.contains("<plist");
    if list && text.contains("<key>payloadtype</key>") {
        return Some("mobileconfig");
    }
    let address = list && text.contains("<key>url</key>") && text.matches("<key>").count() == 1;
    address.then_some("webloc")
}

/// Whether an element of exactly this name occurs.
fn element_starts(text: &str, element: &str) -> bool {
    text.match_indices(element).any(|(at, _)| {
        text.get(at + element.len()..)
            .and_then(|rest| rest.chars().next())
            .is_some_and(|next| next.is_whitespace() || matches!(next, '>' | '/'))
    })
}

/// Windows' `[section]` files: shortcuts, setup information, Explorer commands.
fn sections(text: &str) -> Option<&'static str> {
    // Comments may come first; prose in front of a section means that it is quoted.
    let mut lines =
        text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with([';', '#']));
    lines.next().filter(|line| line.starts_with('['))?;
    let has = |key: &str| text.lines().any(|line| line.trim_start().starts_with(key));
    if has("[internetshortcut]") && has("url") {
        return Some("url");
    }
    if has("[desktop entry]") && has("exec") {
        return Some("desktop");
    }
    if has("[shell]") && has("command") && has("iconfile") {
        return Some("scf");
    }
    if has("[theme]") && (has("[control panel") || has("[visualstyles]")) {
        return Some("theme");
    }
    if has("[oledb]") && has("provider") {
        return Some("iqy");
    }
    let setup = has("[version]") && has("signature") || has("[autorun]") && has("open");
    setup.then_some("inf")
}

/// Header fields that only messages have (RFC 5322, RFC 2045), with their colon.
const FIELDS: &[&str] = &[
    "received:",
    "return-path:",
    "delivered-to:",
    "from:",
    "to:",
    "cc:",
    "subject:",
    "date:",
    "message-id:",
    "mime-version:",
    "content-type:",
    "content-transfer-encoding:",
    "dkim-signature:",
    "reply-to:",
    "sender:",
    "x-mailer:",
    "x-originating-ip:",
    "in-reply-to:",
    "references:",
    "arc-seal:",
    "authentication-results:",
];

/// A message begins with header fields; a mailbox with its `From ` line before them, and a message of
/// Apple Mail with the count of its bytes.
fn message(text: &str) -> Option<&'static str> {
    let (kind, rest) = match (text.strip_prefix("from "), text.split_once('\n')) {
        (Some(rest), _) => ("mbox", rest.split_once('\n')?.1),
        (None, Some((count, rest))) if is_number(count.trim()) => ("emlx", rest),
        _ => ("eml", text),
    };
    let mut known: Vec<&str> = Vec::new();
    for line in rest.lines().take(200) {
        if line.is_empty() {
            break;
        }
        let folded = line.starts_with([' ', '\t']);
        let name = line.split(':').next().unwrap_or_default();
        if !folded && (name.len() == line.len() || name.contains([' ', '\t'])) {
            return None;
        }
        known.extend(FIELDS.iter().filter(|field| line.starts_with(*field)));
    }
    known.sort_unstable();
    known.dedup();
    let enough = known.len() >= 3 || known.len() == 2 && known.contains(&"from:");
    enough.then_some(kind)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
