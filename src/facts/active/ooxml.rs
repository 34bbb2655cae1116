//! Office Open XML: relationships that lead outside, fields, DDE links, controls, macro sheets.
//!
//! Names of members prove nothing: the relationships say what a member is, so a macro sheet
//! called `sheet1.xml` is found by the type of what leads to it.

use super::fields::{Assembler, Away, away};
use super::words::{Word, Words};
use super::{Found, base64, biff, ole};
use crate::archive::olepackage;
use crate::archive::xml::{Node, attribute, walk};
use crate::facts::Deed;
use crate::mail::Budget;
use quick_xml::events::BytesStart;

/// One XML component; `path` is its member name in lower case.
pub(super) fn component(
    path: &str,
    content: &[u8],
    words: Words,
    found: &mut Found,
    budget: &mut Budget,
) {
    if path.ends_with(".rels") {
        relationships(content, found, budget);
        return;
    }
    if words.have(Word::Program) {
        found.note(Deed::Launch, "a slide whose button starts a program");
    }
    if words.have(Word::Field) {
        fields(content, found, budget);
    }
    if !words.have(Word::Act) && !words.have(Word::Formula) {
        return;
    }
    // Folders and names are the sender's choice: elements say what a component is.
    let mut reading = Reading::default();
    walk(content, budget, |node| match node {
        Node::Open(name, start) => reading.open(name, start, found),
        Node::Close("f") => reading.formula(found),
        Node::Close("connection") => reading.refreshes = false,
        Node::Text(text) => reading.text(text),
        _ => {}
    });
    if reading.macros || path.contains("macrosheets/") {
        macro_sheet(content, reading.calls, found);
    }
}

/// Where a walk through a component is.
#[derive(Default)]
struct Reading {
    /// Whether it is a sheet of Excel 4.0 macros.
    macros: bool,
    /// The formula that is being read, which comes in pieces.
    formula: Option<String>,
    /// What starts programs or loads code, in formulas so far.
    calls: Option<&'static str>,
    /// Whether it is a ribbon of the document's own.
    ribbon: bool,
    /// Whether the connection around is made at opening.
    refreshes: bool,
}

impl Reading {
    fn open(&mut self, name: &str, start: &BytesStart<'_>, found: &mut Found) {
        match name {
            "ddeLink" => {
                found.dde(&attribute(start, "ddeService"), &attribute(start, "ddeTopic"));
            }
            "ocx" => {
                let (deed, detail) = ole::control(&attribute(start, "classid"));
                found.note(deed, &detail);
            }
            "macrosheet" => self.macros = true,
            "definedName" if runs_by_name(&attribute(start, "name")) => {
                found.note(Deed::MacroAuto, "names that Excel runs (Auto_Open)");
            }
            "f" => self.formula = Some(String::new()),
            "customUI" => self.ribbon = true,
            "connection" => {
                let yes = attribute(start, "refreshOnLoad");
                self.refreshes = matches!(yes.as_str(), "1" | "true");
                let file = ["odcFile", "sourceFile"].map(|key| attribute(start, key));
                self.source(&file, found);
            }
            "webPr" => self.source(&[attribute(start, "url")], found),
            "textPr" => self.source(&[attribute(start, "sourceFile")], found),
            "dbPr" => self.source(&server(&attribute(start, "connection")), found),
            _ => {}
        }
        if self.ribbon {
            let target = attribute(start, "onLoad");
            if !target.is_empty() && away(&target) != Away::Local {
                found.note(Deed::Template, &format!("ribbon runs {target}"));
            }
        }
    }

    /// A piece of text.
    fn text(&mut self, piece: &str) {
        /// Excel takes no longer formula, in characters.
        const LONGEST: usize = 8192;
        if let Some(formula) = &mut self.formula
            && formula.len() < 4 * LONGEST
        {
            formula.push_str(piece);
        }
    }

    /// A formula is complete: it may ask a server, and tell it what stands in the cells.
    fn formula(&mut self, found: &mut Found) {
        let formula = self.formula.take().unwrap_or_default();
        if formula.contains("WEBSERVICE(") {
            found.note(Deed::Remote, &format!("formula {formula}"));
        }
        self.calls =
            self.calls.or_else(|| CALLS.iter().copied().find(|call| formula.contains(call)));
    }

    /// Where a connection leads that is made at opening (ECMA-376 part 1, 18.13).
    fn source(&self, targets: &[String], found: &mut Found) {
        let elsewhere = targets.iter().find(|target| self.refreshes && away(target) != Away::Local);
        if let Some(target) = elsewhere {
            found.note(Deed::Remote, &format!("connection {target}"));
        }
    }
}

/// Names that Excel runs when a workbook is opened or shown.
fn runs_by_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix("_xlnm.").unwrap_or(&name);
    ["auto_open", "auto_close", "auto_activate", "auto_deactivate"]
        .iter()
        .any(|known| name.starts_with(known))
}

/// The servers of a database connection (`Provider=…;Data Source=…`), as the share that it is.
fn server(connection: &str) -> Vec<String> {
    const KEYS: &[&str] =
        &["data source", "server", "address", "addr", "network address", "location", "dbq", "host"];
    let pairs = connection.split(';').filter_map(|pair| pair.split_once('='));
    let values = pairs.filter(|(key, _)| {
        KEYS.contains(&key.trim().trim_matches('"').to_ascii_lowercase().as_str())
    });
    values.filter_map(|(_, value)| host(value)).collect()
}

/// An address of a database's source, if it is on a machine of a name.
fn host(value: &str) -> Option<String> {
    let value = value.trim().trim_matches(['"', '\'', ' ']);
    // `$Workbook$` and `$Embedded$` are the data model of the workbook itself.
    let here = ["", ".", "(local)", "localhost", "127.0.0.1"].contains(&value)
        || value.starts_with(['$', '.', '|'])
        || value.to_ascii_lowercase().starts_with("(localdb)");
    let path = value.as_bytes().get(1) == Some(&b':') && value.len() > 2;
    let whole = value.contains("//") || value.starts_with("\\\\");
    (!here && !path).then(|| if whole { value.to_owned() } else { format!("\\\\{value}") })
}

/// Functions of Excel 4.0 that start programs or load code.
const CALLS: &[&str] = &["EXEC(", "CALL(", "REGISTER(", "FWRITE", "URLDownload", "EXECUTE("];

/// A sheet of macros; `calls` is what its formulas use, if what stands in it plainly is not all.
fn macro_sheet(content: &[u8], calls: Option<&str>, found: &mut Found) {
    let plain = |call: &&str| memchr::memmem::find(content, call.as_bytes()).is_some();
    match calls.or_else(|| CALLS.iter().copied().find(plain)) {
        Some(call) => {
            let detail = format!("Excel 4.0 macro sheet that uses {}", call.trim_end_matches('('));
            found.note(Deed::MacroCalls, &detail);
        }
        None => found.note(Deed::Macro, "Excel 4.0 macro sheet"),
    }
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
pub(super) fn flat(
    path: &str,
    content: &[u8],
    words: Words,
    found: &mut Found,
    budget: &mut Budget,
) {
    if path.ends_with(".rels") {
        relationships(content, found, budget);
    }
    if !words.have(Word::Office) {
        return;
    }
    biff::cells(&biff::plain(content), found);
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
