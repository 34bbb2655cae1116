//! Office Open XML: relationships that lead outside, fields, DDE links, controls, macro sheets.
//!
//! Names of members prove nothing: the relationships say what a member is, so a macro sheet
//! called `sheet1.xml` is found by the type of what leads to it.

use super::fields::{Assembler, Away, away};
use super::{Found, base64, biff, ole};
use crate::archive::olepackage;
use crate::archive::xml::{Node, attribute, walk};
use crate::facts::Deed;
use crate::mail::Budget;
use quick_xml::events::BytesStart;

/// One XML component; `path` is its member name in lower case.
pub(super) fn component(path: &str, content: &[u8], found: &mut Found, budget: &mut Budget) {
    if path.ends_with(".rels") {
        relationships(content, found, budget);
        return;
    }
    let has = |word: &[u8]| memchr::memmem::find(content, word).is_some();
    if has(b"instrText") || has(b"fldSimple") {
        fields(content, found, budget);
    }
    if has(b"ddeLink") {
        walk(content, budget, |node| {
            if let Node::Open("ddeLink", start) = node {
                found.dde(&attribute(start, "ddeService"), &attribute(start, "ddeTopic"));
            }
        });
    }
    if has(b"ppaction://program") {
        found.note(Deed::Launch, "a slide whose button starts a program");
    }
    if has(b"classid=") && path.contains("activex") {
        walk(content, budget, |node| {
            if let Node::Open("ocx", start) = node {
                let (deed, detail) = ole::control(&attribute(start, "classid"));
                found.note(deed, &detail);
            }
        });
    }
    if path.ends_with("workbook.xml") && has(b"_xlnm.Auto_") {
        found.note(Deed::MacroAuto, "names that Excel runs (Auto_Open)");
    }
    fetches(path, content, found, budget);
    if path.contains("macrosheets/") || has(b"<xm:macrosheet") {
        macro_sheet(content, found);
    }
    if path.contains("customui") && has(b"onLoad") {
        custom(content, found, budget);
    }
}

/// Functions of Excel 4.0 that start programs or load code.
fn macro_sheet(content: &[u8], found: &mut Found) {
    const CALLS: &[&[u8]] =
        &[b"EXEC(", b"CALL(", b"REGISTER(", b"FWRITE", b"URLDownload", b"EXECUTE("];
    let calls = CALLS.iter().find(|call| memchr::memmem::find(content, call).is_some());
    match calls {
        Some(call) => {
            let call = String::from_utf8_lossy(call);
            let detail = format!("Excel 4.0 macro sheet that uses {}", call.trim_end_matches('('));
            found.note(Deed::MacroCalls, &detail);
        }
        None => found.note(Deed::Macro, "Excel 4.0 macro sheet"),
    }
}

/// What a workbook asks of servers.
fn fetches(path: &str, content: &[u8], found: &mut Found, budget: &Budget) {
    let has = |word: &[u8]| memchr::memmem::find(content, word).is_some();
    if path.ends_with("connections.xml") && has(b"efreshOnLoad") {
        connections(content, found, budget);
    }
    if path.contains("worksheets/") && has(b"WEBSERVICE(") {
        formulas(content, found, budget);
    }
}

/// Data that Excel fetches when the workbook is opened (ECMA-376 part 1, 18.13).
fn connections(content: &[u8], found: &mut Found, budget: &Budget) {
    let mut refreshes = false;
    let yes = |value: String| matches!(value.as_str(), "1" | "true");
    walk(content, budget, |node| match node {
        Node::Open("connection", start) => {
            refreshes = yes(attribute(start, "refreshOnLoad"));
            let file = ["odcFile", "sourceFile"].map(|key| attribute(start, key));
            source(refreshes, &file, found);
        }
        Node::Open("webPr", start) => source(refreshes, &[attribute(start, "url")], found),
        Node::Open("textPr", start) => source(refreshes, &[attribute(start, "sourceFile")], found),
        Node::Close("connection") => refreshes = false,
        _ => {}
    });
}

/// Where a connection leads that is made at opening.
fn source(refreshes: bool, targets: &[String], found: &mut Found) {
    let elsewhere = targets.iter().find(|target| refreshes && away(target) != Away::Local);
    if let Some(target) = elsewhere {
        found.note(Deed::Remote, &format!("connection {target}"));
    }
}

/// Formulas that ask a server, and may tell it what stands in the cells.
fn formulas(content: &[u8], found: &mut Found, budget: &Budget) {
    let mut inside = false;
    walk(content, budget, |node| match node {
        Node::Open("f", _) => inside = true,
        Node::Close("f") => inside = false,
        Node::Text(text) if inside && text.contains("WEBSERVICE(") => {
            found.note(Deed::Remote, &format!("formula {text}"));
        }
        _ => {}
    });
}

/// A ribbon of the document's own whose start calls a macro of another document.
fn custom(content: &[u8], found: &mut Found, budget: &Budget) {
    walk(content, budget, |node| {
        if let Node::Open(_, start) = node {
            let target = attribute(start, "onLoad");
            if !target.is_empty() && away(&target) != Away::Local {
                found.note(Deed::Template, &format!("ribbon runs {target}"));
            }
        }
    });
}

/// Relationships (ECMA-376 part 2, 9.3): what a member is, and where it lies.
fn relationships(content: &[u8], found: &mut Found, budget: &Budget) {
    walk(content, budget, |node| {
        if let Node::Open("Relationship", start) = node {
            relationship(start, found);
        }
    });
}

fn relationship(start: &BytesStart<'_>, found: &mut Found) {
    let kind = attribute(start, "Type");
    let kind = kind.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let target = attribute(start, "Target");
    if matches!(kind.as_str(), "xlmacrosheet" | "xlintlmacrosheet") {
        found.note(Deed::Macro, "Excel 4.0 macro sheet");
    }
    let external = attribute(start, "TargetMode").eq_ignore_ascii_case("external");
    let place = away(&target);
    if !external || place == Away::Local {
        return;
    }
    let detail = format!("{kind} {target}");
    let deed = match (kind.as_str(), place) {
        // A click is not by itself; pictures and films are shown, not run.
        ("hyperlink" | "image" | "audio" | "video" | "media", Away::Web | Away::Share) => return,
        ("hyperlink", Away::Handler) => match detail.to_ascii_lowercase() {
            text if text.contains("ms-msdt:") || text.contains("search-ms:") => Deed::Launch,
            _ => return,
        },
        (_, Away::Handler) => Deed::Launch,
        ("attachedtemplate" | "oleobject" | "frame" | "vbaproject" | "control", Away::Web) => {
            Deed::Template
        }
        _ => Deed::Remote,
    };
    found.note(deed, &detail);
}

/// Fields of Word, however their instructions are split (ECMA-376 part 1, 17.16).
fn fields(content: &[u8], found: &mut Found, budget: &Budget) {
    let mut assembler = Assembler::default();
    let mut in_instruction = false;
    walk(content, budget, |node| match node {
        Node::Open("instrText" | "delInstrText", _) => in_instruction = true,
        Node::Close("instrText" | "delInstrText") => in_instruction = false,
        Node::Open("fldSimple", start) => {
            assembler.begin();
            assembler.text(&attribute(start, "instr"));
            assembler.separate();
        }
        Node::Close("fldSimple") => assembler.end(),
        Node::Open("fldChar", start) => match attribute(start, "fldCharType").as_str() {
            "begin" => assembler.begin(),
            "separate" => assembler.separate(),
            _ => assembler.end(),
        },
        Node::Text(text) if in_instruction => assembler.text(text),
        _ => {}
    });
    found.notes(assembler.finish());
}

/// Documents of Office 2003 and 2007 as one XML file: macros and objects stand in base64.
pub(super) fn flat(path: &str, content: &[u8], found: &mut Found, budget: &mut Budget) {
    if path.ends_with(".rels") {
        relationships(content, found, budget);
    }
    let has = |word: &[u8]| memchr::memmem::find(content, word).is_some();
    let office = has(b"urn:schemas-microsoft-com:office") || has(b"schemas.microsoft.com/office");
    // The instruction alone makes Windows open the file with Office.
    if !office && !has(b"openxmlformats") && !has(b"<?mso-application") {
        return;
    }
    biff::cells(content, found);
    fields(content, found, budget);
    let files = binaries(content, found, budget);
    if !files.is_empty() {
        found.opened.push(olepackage::handed_over(true, files, budget));
    }
}

/// What stands in base64 in a flat document and may hold code; the rest of it is judged on the way.
fn binaries(content: &[u8], found: &mut Found, budget: &Budget) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut data: Option<(String, String)> = None;
    walk(content, budget, |node| match node {
        Node::Open("binData" | "binaryData" | "docOleData", start) => {
            data = Some((attribute(start, "name"), String::new()));
        }
        Node::Open("Relationship", start) => relationship(start, found),
        Node::Open("wordDocument", start) if attribute(start, "macrosPresent") == "yes" => {
            found.note(Deed::Macro, "a document that says it has macros");
        }
        Node::Open("attachedTemplate", start) => {
            let target = attribute(start, "val");
            if away(&target) != Away::Local {
                found.note(Deed::Template, &format!("attachedTemplate {target}"));
            }
        }
        Node::Text(text) => {
            if let Some((_, kept)) = &mut data {
                kept.push_str(text);
            }
        }
        Node::Close("binData" | "binaryData" | "docOleData") => {
            let (name, text) = data.take().unwrap_or_default();
            let bytes = base64::decode(text.as_bytes());
            let name = name.rsplit('/').next().unwrap_or_default();
            // Pictures stand here, too; what may hold code has one of these beginnings.
            let code = [b"ActiveMime".as_slice(), b"\xd0\xcf\x11\xe0", b"PK", b"MZ"];
            if code.iter().any(|beginning| bytes.starts_with(beginning)) {
                files.push((if name.is_empty() { "data" } else { name }.to_owned(), bytes));
            }
        }
        _ => {}
    });
    files
}
