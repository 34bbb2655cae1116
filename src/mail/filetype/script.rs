//! Texts that are more than text: scripts, markup, shortcuts, messages.
//!
//! A letter about scripts is no script. So a script must begin like one, or show
//! several marks that prose does not join; what only looks like code stays text,
//! and its name is judged elsewhere.

use super::{FileType, known};

/// The type of a text by its head, which is lower case; `None` for plain text.
pub(super) fn detect(head: &str) -> Option<FileType> {
    let text = head.trim_start();
    let name = first_words(text)
        .or_else(|| markup(text))
        .or_else(|| sections(text))
        .or_else(|| batch(text))
        .or_else(|| code(text))
        .or_else(|| message(text))?;
    known(name)
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
    let setup = has("[version]") && has("signature") || has("[autorun]") && has("open");
    setup.then_some("inf")
}

/// Commands that begin lines of batch files.
const COMMANDS: &[&str] = &[
    "echo ",
    "echo.",
    "set ",
    "if exist",
    "if not ",
    "if \"",
    "goto ",
    "call ",
    "start ",
    "exit /b",
    "del ",
    "copy ",
    "xcopy ",
    "cd ",
    "cmd ",
    "cmd.exe",
    "powershell",
    "reg add",
    "rem ",
    "::",
    "setlocal",
    "pause",
    "cls",
    "title ",
    "chcp ",
    "for %%",
    "for /",
    "mshta ",
    "rundll32",
    "certutil",
    "net ",
    "timeout ",
    "taskkill",
    "wscript",
    "cscript",
    "curl ",
    "bitsadmin",
];

/// A batch file begins with a silenced command, or consists of commands.
fn batch(text: &str) -> Option<&'static str> {
    let command = |line: &str| {
        let line = line.trim_start_matches('@');
        COMMANDS.iter().any(|command| line.starts_with(command.trim_end_matches(' ')))
    };
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next()?;
    if first.starts_with("@echo off")
        || first.starts_with("@echo on")
        || first.starts_with("@setlocal")
    {
        return Some("bat");
    }
    if first.starts_with('@') && command(first) {
        return Some("bat");
    }
    // From here on the cheap question first: nearly every text is prose.
    let opens =
        ["setlocal", "echo off", "chcp ", "%~d0", "cd /d", "cd %~dp0", "rem ", "cls", "set "];
    let speaks = ["%~dp0", "%%", "exit /b", "%temp%", "%appdata%", "goto "];
    let batch = opens.iter().any(|start| first.starts_with(start))
        && lines.take(20).filter(|line| command(line)).count() >= 2
        && speaks.iter().any(|word| text.contains(word));
    batch.then_some("bat")
}

/// Marks of a language: how lines begin, and what only code says. Both are needed.
struct Marks {
    name: &'static str,
    lines: &'static [&'static str],
    words: &'static [&'static str],
}

const LANGUAGES: &[Marks] = &[
    Marks {
        name: "ps1",
        lines: &[
            "$",
            "param(",
            "param (",
            "function ",
            "if (",
            "if(",
            "[",
            "write-",
            "set-",
            "iex",
            "&",
            "import-module",
            "add-type",
            "start-",
            "invoke-",
            "new-item",
            "powershell",
        ],
        words: &[
            "invoke-expression",
            "iex(",
            "iex (",
            "| iex",
            "|iex",
            "new-object ",
            "downloadstring",
            "downloadfile",
            "frombase64string",
            "invoke-webrequest",
            "start-process",
            "add-type ",
            "write-host",
            "get-childitem",
            "set-executionpolicy",
            "[system.",
            "[convert]::",
            "$env:",
            "get-wmiobject",
            "-encodedcommand",
            "-executionpolicy",
            "invoke-restmethod",
        ],
    },
    Marks {
        name: "vbs",
        lines: &[
            "dim ",
            "set ",
            "on error resume next",
            "option explicit",
            "sub ",
            "function ",
            "end sub",
            "end function",
            "private ",
            "const ",
            "end if",
            "execute",
            "wscript.",
            "createobject(",
        ],
        words: &[
            "createobject(",
            "wscript.shell",
            "wscript.createobject",
            "scripting.filesystemobject",
            "shell.application",
            "adodb.stream",
            "msxml2.",
            "microsoft.xmlhttp",
            "wscript.sleep",
            "wscript.scriptfullname",
            "executeglobal",
            "getobject(",
            "wscript.echo",
            "wscript.quit",
        ],
    },
    Marks {
        name: "js",
        lines: &[
            "var ",
            "function",
            "try",
            "new activexobject",
            "this[",
            "(function",
            "let ",
            "const ",
            "eval(",
            "wscript.",
            "if (",
            "if(",
            "//",
            "/*",
        ],
        words: &[
            "new activexobject",
            "wscript.createobject",
            "wscript.shell",
            "scripting.filesystemobject",
            "adodb.stream",
            "msxml2.",
            "wscript.quit",
            "wscript.sleep",
            "wscript.scriptfullname",
            "string.fromcharcode",
            ".responsebody",
            "wscript.echo",
            "wscript[",
        ],
    },
];

/// Code of a language whose marks are there twice over: a line of it and two of its words, or
/// many lines and one word. The first line must be one too: prose quotes code further down.
fn code(text: &str) -> Option<&'static str> {
    let lines: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).take(200).collect();
    let comment = |line: &str| {
        line.starts_with(['\'', '#']) || line.starts_with("//") || line.starts_with("rem ")
    };
    let first = lines.iter().find(|line| !comment(line))?;
    let fits = |marks: &&Marks| {
        let begins = |line: &str| marks.lines.iter().any(|start| line.starts_with(start));
        // `var` and `function` end in semicolons and braces in JScript alone.
        let shape = || marks.name != "js" || text.contains(';') && text.contains(['(', '{']);
        // The first line decides for prose; the words are looked for in the whole head.
        if !begins(first) || !shape() {
            return false;
        }
        let words = marks.words.iter().filter(|word| text.contains(*word)).count();
        let many = || lines.iter().filter(|line| begins(line)).count();
        words >= 2 || words == 1 && many() * 2 >= lines.len()
    };
    LANGUAGES.iter().find(fits).map(|marks| marks.name)
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

/// A message begins with header fields; a mailbox with its `From ` line before them.
fn message(text: &str) -> Option<&'static str> {
    let (mailbox, rest) = match text.strip_prefix("from ") {
        Some(rest) => (true, rest.split_once('\n')?.1),
        None => (false, text),
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
    enough.then_some(if mailbox { "mbox" } else { "eml" })
}
