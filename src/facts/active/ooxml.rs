//! Office Open XML: DDE links, controls, formulas, connections, macro sheets; its flat forms.
//!
//! Names of members prove nothing: the relationships say what a member is, so a macro sheet
//! called `sheet1.xml` is found by the type of what leads to it.

use super::fields::{Away, away};
use super::words::{Word, Words};
use super::{Found, base64, cells, formula, ole, relationships, sheetxml, wordfields};
use crate::archive::olepackage;
use crate::archive::xml::{Node, all_attributes, attribute, attributes, local, walk};
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
        relationships::look(content, found, budget);
        return;
    }
    if words.have(Word::Field) {
        wordfields::look(content, found, budget);
    }
    elements(path, content, words, found, budget);
}

/// What elements say: folders and names are the sender's choice.
fn elements(path: &str, content: &[u8], words: Words, found: &mut Found, budget: &Budget) {
    let acts = [Word::Act, Word::Formula, Word::Program];
    if !acts.iter().any(|word| words.have(*word)) {
        return;
    }
    let mut reading = Reading::default();
    walk(content, budget, |node| match node {
        Node::Open(name, start) => reading.open(name, start, found),
        Node::Close("connection") => drop(reading.refreshes.pop()),
        Node::Close(name) if is_formula(name) => reading.formula(found),
        Node::Text(text) => reading.text(text),
        _ => {}
    });
    if reading.macros || path.contains("macrosheets/") {
        macro_sheet(content, reading.calls, found);
    }
}

/// Elements whose text is a formula: of cells, names, conditional formats, allowed values, columns.
fn is_formula(name: &str) -> bool {
    matches!(
        name,
        "f" | "definedName" | "formula" | "formula1" | "formula2" | "calculatedColumnFormula"
    )
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
    /// Of each connection around, whether it is made at opening.
    refreshes: Vec<bool>,
}

impl Reading {
    fn open(&mut self, name: &str, start: &BytesStart<'_>, found: &mut Found) {
        match name {
            "ddeLink" => {
                let topic = attributes(start, "ddeTopic").join(" ");
                for service in attributes(start, "ddeService") {
                    found.dde(&service, &topic);
                }
            }
            "ocx" => {
                for class in attributes(start, "classid") {
                    let class = class.trim_start_matches("CLSID:");
                    let (deed, detail) = ole::control(class);
                    found.note(deed, &detail);
                }
            }
            "macrosheet" => self.macros = true,
            "customUI" => self.ribbon = true,
            // A cell of Office 2003, whose formula is an attribute.
            "Cell" | "NamedRange" => {
                let formulas = ["Formula", "RefersTo"].map(|key| attributes(start, key));
                formulas.iter().flatten().for_each(|formula| formula::judge(formula, found));
            }
            _ if name.starts_with("hlink") => {
                let action = attributes(start, "action");
                if action.iter().any(|action| starts_program(action)) {
                    found.note(Deed::Launch, "a slide whose button starts a program");
                }
            }
            _ if is_formula(name) => {
                if attributes(start, "name").iter().any(|name| runs_by_name(name)) {
                    found.note(Deed::MacroAuto, "names that Excel runs (Auto_Open)");
                }
                self.formula = Some(String::new());
            }
            _ => self.connection(name, start, found),
        }
        if self.ribbon {
            ribbon(start, found);
        }
    }

    /// Connections (ECMA-376 part 1, 18.13), and those that later offices put into them.
    fn connection(&mut self, name: &str, start: &BytesStart<'_>, found: &mut Found) {
        let all = |key: &str| attributes(start, key);
        let database = |values: Vec<String>| values.iter().flat_map(|text| server(text)).collect();
        let targets: Vec<String> = match name {
            "connection" => {
                let yes = all("refreshOnLoad").iter().any(|yes| matches!(yes.trim(), "1" | "true"));
                // One that is made again every few minutes.
                let again = all("interval").iter().any(|minutes| minutes.trim() != "0");
                let around = self.refreshes.last() == Some(&true);
                self.refreshes.push(yes || again || around);
                ["odcFile", "sourceFile"].iter().flat_map(|key| all(key)).collect()
            }
            "webPr" => all("url"),
            "textPr" => all("sourceFile"),
            "dbPr" | "dataFeedPr" | "oledbPr" | "modelTextPr" => database(all("connection")),
            _ => return,
        };
        let refreshes = self.refreshes.last() == Some(&true);
        let elsewhere = targets.iter().find(|target| refreshes && away(target) != Away::Local);
        if let Some(target) = elsewhere {
            found.note(Deed::Remote, &format!("connection {target}"));
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
        formula::judge(&formula, found);
        self.calls =
            self.calls.or_else(|| CALLS.iter().copied().find(|call| formula.contains(call)));
    }
}

/// A ribbon of the document's own: what it calls may stand in another document.
fn ribbon(start: &BytesStart<'_>, found: &mut Found) {
    for (name, target) in all_attributes(start) {
        let calls = ["on", "get", "load"].iter().any(|verb| local(&name).starts_with(verb));
        if calls && away(&target) != Away::Local {
            found.note(Deed::Template, &format!("ribbon runs {target}"));
        }
    }
}

/// Whether what a button does is to start a program.
fn starts_program(action: &str) -> bool {
    action.trim_start().to_ascii_lowercase().starts_with("ppaction://program")
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
    const KEYS: &[&str] = &[
        "data source",
        "server",
        "address",
        "addr",
        "network address",
        "location",
        "dbq",
        "host",
        "filedsn",
        "defaultdir",
    ];
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

/// Documents of Office 2003 and 2007 as one XML file: macros and objects stand in base64.
pub(super) fn flat(
    path: &str,
    content: &[u8],
    words: Words,
    found: &mut Found,
    budget: &mut Budget,
) {
    if path.ends_with(".rels") {
        relationships::look(content, found, budget);
    }
    if !words.have(Word::Office) {
        return;
    }
    cells::judge(&cells::plain(content), found);
    sheetxml::look(content, found);
    wordfields::look(content, found, budget);
    elements(path, content, words, found, budget);
    let files = binaries(content, found, budget);
    if !files.is_empty() {
        found.opened.push(olepackage::handed_over(true, files, budget));
    }
}

/// What stands in base64 in a flat document; the rest of it is judged on the way.
fn binaries(content: &[u8], found: &mut Found, budget: &Budget) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut part = String::new();
    let mut data: Option<(String, String)> = None;
    walk(content, budget, |node| match node {
        Node::Open("binData" | "binaryData" | "docOleData", start) => {
            let name = attribute(start, "name");
            data = Some((if name.is_empty() { part.clone() } else { name }, String::new()));
        }
        // The name of a part stands on the element around its data.
        Node::Open("part", start) => part = attribute(start, "name"),
        Node::Open("Relationship", start) => relationships::judge(start, found),
        Node::Open(name, start) => word_2003(name, start, found),
        Node::Text(text) => {
            if let Some((_, kept)) = &mut data {
                kept.push_str(text);
            }
        }
        Node::Close("binData" | "binaryData" | "docOleData") => {
            let (name, text) = data.take().unwrap_or_default();
            let bytes = base64::decode(text.as_bytes());
            let name = name.rsplit('/').next().unwrap_or_default();
            if !is_picture(&bytes) {
                files.push((if name.is_empty() { "data" } else { name }.to_owned(), bytes));
            }
        }
        _ => {}
    });
    files
}

/// What an element of Word 2003 leads to, or is.
fn word_2003(name: &str, start: &BytesStart<'_>, found: &mut Found) {
    let all = |key: &str| attributes(start, key);
    match name {
        "wordDocument" if all("macrosPresent").iter().any(|yes| yes == "yes") => {
            found.note(Deed::Macro, "a document that says it has macros");
        }
        "attachedTemplate" | "sourceFileName" | "subDoc" => {
            let deed = if name == "attachedTemplate" { Deed::Template } else { Deed::Remote };
            let targets = ["val", "link"].map(all).concat();
            for target in targets.iter().filter(|target| away(target) != Away::Local) {
                found.note(deed, &format!("{name} {target}"));
            }
        }
        _ => {}
    }
}

/// Pictures are most of what a document carries, and do nothing.
fn is_picture(bytes: &[u8]) -> bool {
    const BEGINNINGS: &[&[u8]] = &[
        b"\x89PNG",
        b"\xff\xd8\xff",
        b"GIF8",
        b"BM",
        b"II*\0",
        b"MM\0*",
        b"\x01\0\0\0",
        b"\xd7\xcd\xc6\x9a",
        b"\x01\0\x09\0",
    ];
    BEGINNINGS.iter().any(|beginning| bytes.starts_with(beginning))
}
