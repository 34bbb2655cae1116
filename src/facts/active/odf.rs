//! OpenDocument, zipped or flat, and its StarOffice forebears: Basic, events, DDE, sources elsewhere.
//!
//! A library of Basic without a line of code stands in many documents; only code counts.

use super::fields::{Away, away};
use super::words::{Word, Words};
use super::{Found, base64, formula, vba};
use crate::archive::xml::{Node, attributes, walk};
use crate::archive::{Why, olepackage};
use crate::facts::Deed;
use crate::mail::Budget;
use memchr::memmem;
use quick_xml::events::BytesStart;
use std::sync::LazyLock;

/// What is collected on the way.
#[derive(Default)]
struct Seen {
    basic: bool,
    source: String,
    auto: Option<String>,
    binary: Option<String>,
    files: Vec<(String, Vec<u8>)>,
    /// Whether anything leads to a script at all.
    scripts: bool,
}

/// One XML component, or a flat document; `path` is its name in lower case.
pub(super) fn look(
    path: &str,
    content: &[u8],
    words: Words,
    found: &mut Found,
    budget: &mut Budget,
) {
    if path.ends_with("meta-inf/manifest.xml") && words.have(Word::Locked) {
        let what = "a password protects the document";
        found.opened.push(olepackage::in_trouble(Why::Encrypted, what, budget));
    }
    if !words.have(Word::Open) {
        return;
    }
    let mut seen = Seen { scripts: words.have(Word::Script), ..Seen::default() };
    walk(content, budget, |node| match node {
        Node::Open(name, start) => open(name, start, &mut seen, found),
        Node::Close("module" | "source-code") => seen.basic = false,
        Node::Close("binary-data") => {
            let bytes = seen.binary.take().map(|text| base64::decode(text.as_bytes()));
            // Pictures are most of these, and judged by nobody.
            let bytes = bytes
                .filter(|bytes| !bytes.starts_with(b"\x89PNG") && !bytes.starts_with(b"\xff\xd8"));
            seen.files.extend(bytes.map(|bytes| ("object".to_owned(), bytes)));
        }
        Node::Text(text) => {
            if seen.basic {
                seen.source.push_str(text);
            }
            if let Some(binary) = &mut seen.binary {
                binary.push_str(text);
            }
        }
        Node::Close(_) => {}
    });
    judge(&seen, found);
    if !seen.files.is_empty() {
        found.opened.push(olepackage::handed_over(true, seen.files, budget));
    }
}

fn open(name: &str, start: &BytesStart<'_>, seen: &mut Seen, found: &mut Found) {
    if seen.scripts {
        climbs(start, found);
    }
    formulas(name, start, found);
    match name {
        // `script:module` of a library, `ooo:source-code` of a flat document.
        "module" | "source-code" => seen.basic = true,
        "binary-data" => seen.binary = Some(String::new()),
        "event-listener" | "event" => {
            event(start, seen);
            let deeds = attributes(start, "action");
            if deeds.iter().any(|deed| deed.eq_ignore_ascii_case("execute")) {
                let program = attributes(start, "href").join(" ");
                found.note(Deed::Launch, &format!("a slide whose button starts {program}"));
            }
        }
        "dde-source" | "dde-connection-decl" => {
            let topic = attributes(start, "dde-topic").join(" ");
            for program in attributes(start, "dde-application") {
                found.dde(&program, &topic);
            }
        }
        "applet" | "plugin" => found.note(Deed::Control, &format!("{name} in a document")),
        _ => leads(name, start, found),
    }
}

/// Elements that show what stands elsewhere.
fn leads(name: &str, start: &BytesStart<'_>, found: &mut Found) {
    const SHOWN: &[&str] = &[
        "object",
        "object-ole",
        "floating-frame",
        "section-source",
        "table-source",
        "cell-range-source",
        "auto-reload",
        "form",
        "connection-resource",
    ];
    let template = name == "template";
    if !template && !SHOWN.contains(&name) {
        return;
    }
    for target in attributes(start, "href") {
        let deed = match away(&target) {
            Away::Local => continue,
            Away::Share if template => continue,
            Away::Share | Away::Web if !template => Deed::Remote,
            Away::Share | Away::Web | Away::Handler => Deed::Template,
        };
        found.note(deed, &format!("{name} {target}"));
    }
}

/// Formulas of cells and names, and conditions.
fn formulas(name: &str, start: &BytesStart<'_>, found: &mut Found) {
    /// Most cells have none, which a look at the bytes says sooner than one at the attributes.
    static FORMULA: LazyLock<memmem::Finder<'_>> =
        LazyLock::new(|| memmem::Finder::new(b"formula"));
    let key = match name {
        "table-cell" | "covered-table-cell" => "formula",
        "named-expression" => "expression",
        "content-validation" | "map" => "condition",
        _ => return,
    };
    if key != "formula" || FORMULA.find(start.as_bytes()).is_some() {
        attributes(start, key).iter().for_each(|text| formula::judge(text, found));
    }
}

/// A script of the office's own that is reached by climbing out of its folder, that is handed
/// arguments, or that runs the document's text: all serve only to run what the document says
/// (CVE-2018-16858, CVE-2019-9847, CVE-2019-9848).
fn climbs(start: &BytesStart<'_>, found: &mut Found) {
    attributes(start, "href").iter().for_each(|target| climb(target, found));
}

fn climb(target: &str, found: &mut Found) {
    if !target.to_ascii_lowercase().starts_with("vnd.sun.star.script") {
        return;
    }
    let path = target.split('?').next().unwrap_or_default();
    let path = path.to_ascii_lowercase().replace("%2e", ".").replace("%24", "$");
    let arguments = path.split_once('$').is_some_and(|(_, call)| call.contains(['(', '%']));
    if path.contains("..") || arguments || path.contains("librelogo") {
        found.note(Deed::Exploit, &format!("event that runs {target}"));
    }
}

/// A macro that an event of the document starts; clicks are somebody's own doing.
fn event(start: &BytesStart<'_>, seen: &mut Seen) {
    const LOADS: &[&str] =
        &["load", "open", "new", "start", "focus", "unload", "create", "activate", "view"];
    let target = ["href", "macro-name"].map(|key| attributes(start, key).concat()).concat();
    for event in attributes(start, "event-name") {
        let lower = event.to_ascii_lowercase();
        if !target.is_empty() && LOADS.iter().any(|word| lower.contains(word)) {
            seen.auto = Some(format!("{event} runs {target}"));
        }
    }
}

fn judge(seen: &Seen, found: &mut Found) {
    let code = vba::read(seen.source.as_bytes());
    // An event that leads to a macro of the office itself is no macro of the document.
    let own = seen
        .auto
        .as_deref()
        .filter(|auto| auto.contains("location=document") || !auto.contains("vnd.sun.star.script"));
    match (own.or(code.auto.as_deref()), &code.calls) {
        (Some(auto), Some(calls)) => {
            found
                .note(Deed::MacroCalls, &format!("Basic runs by itself ({auto}) and uses {calls}"));
        }
        (Some(auto), None) => {
            found.note(Deed::MacroAuto, &format!("macro that runs by itself: {auto}"))
        }
        // The skeleton that the editor writes is `Sub Main`, `End Sub`.
        (None, _) if code.any && !is_skeleton(&seen.source) => found.note(Deed::Macro, "Basic"),
        // Those that come with the office are nobody's: only what a person added is worth a word.
        (None, _) if seen.auto.as_deref().is_some_and(|auto| !auto.contains("location=share")) => {
            found.note(Deed::Macro, "an event that runs a macro of the reader's own");
        }
        _ => {}
    }
}

/// Whether source is what the editor writes into a new module.
fn is_skeleton(source: &str) -> bool {
    let lines = source.lines().map(str::trim);
    let mut code =
        lines.filter(|line| !line.is_empty() && !line.to_ascii_lowercase().starts_with("rem"));
    code.all(|line| matches!(line.to_ascii_lowercase().as_str(), "sub main" | "end sub"))
}
