//! Fields of Word and addresses of whatever a document refers to.
//!
//! A field is one text to Word however its pieces were split over runs, and a path may name the
//! program of an Office application and climb out of its folder to another.

use crate::facts::Deed;
use std::collections::VecDeque;

/// Where an address leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Away {
    /// Nowhere but to the reader's own disk or this document.
    Local,
    /// To a share: the reader's system signs on to it.
    Share,
    /// To the web.
    Web,
    /// To a program that registered a scheme of its own.
    Handler,
}

/// Schemes that start something where the document is opened, and that no office writes as the
/// source of an object or a template.
const HANDLERS: &[&str] = &[
    "mhtml:",
    "ms-msdt:",
    "search:",
    "ms-search:",
    "search-ms:",
    "search:",
    "soap:",
    "ms-officecmd:",
    "ms-excel:",
    "ms-word:",
    "ms-powerpoint:",
    "ms-appinstaller:",
    "script:",
    "javascript:",
    "vbscript:",
    "jscript:",
    "mshta:",
    "hta:",
    "ldap:",
    "shell:",
    "its:",
    "ms-its:",
    "mk:",
    "x-usc:",
];

/// Addresses that are fetched; those of LibreOffice too.
const WEB: &[&str] = &[
    "http:",
    "https:",
    "ftp:",
    "ftps:",
    "sftp:",
    "smb:",
    "dav:",
    "davs:",
    "vnd.sun.star.webdav:",
    "vnd.sun.star.webdavs:",
];

/// Where an address leads, as Office reads it: blanks in front and letter case count for nothing,
/// and tabs and line breaks nowhere (URL Standard §4.4).
pub(super) fn away(address: &str) -> Away {
    let blank = |c: char| c.is_whitespace() || c.is_control() || c == '"';
    let address = address.trim_start_matches(blank).chars();
    let address: String = address.filter(|c| !matches!(c, '\t' | '\r' | '\n')).take(200).collect();
    let address = unescaped(address.trim_end_matches(blank)).to_ascii_lowercase();
    let address = address.strip_prefix("url:").unwrap_or(&address);
    let path = address.strip_prefix("file:").unwrap_or(address).trim_start_matches('/');
    let unc = path.starts_with("\\\\") && !path.starts_with("\\\\?\\");
    let address = address.replace('\\', "/");
    if HANDLERS.iter().any(|scheme| address.starts_with(scheme)) {
        return Away::Handler;
    }
    if WEB.iter().any(|scheme| address.starts_with(scheme)) {
        return Away::Web;
    }
    let path = address.strip_prefix("file:").unwrap_or(&address);
    let host = path.trim_start_matches('/');
    let slashes = path.len() - host.len();
    // `file:///C:/…` is local, `//host/…`, `file://host/…` and `file://///host/…` are shares; so is
    // `file:/\\host\…`, whose own slashes are no part of the name.
    let named = !host.is_empty() && host.chars().nth(1) != Some(':');
    let local = host.starts_with("localhost/") || slashes == 3 && !unc || slashes < 2;
    if named && !local { Away::Share } else { Away::Local }
}

/// An address with `%hh` as the byte that it stands for, once: `file:///%5C%5Chost` is a share.
fn unescaped(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    let mut rest = address;
    while let Some((before, behind)) = rest.split_once('%') {
        out.push_str(before);
        let byte = behind.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte.filter(u8::is_ascii) {
            Some(byte) => out.push(char::from(byte)),
            None => out.push('%'),
        }
        rest = behind.get(if byte.is_some_and(|b| b.is_ascii()) { 2 } else { 0 }..).unwrap_or("");
    }
    out.push_str(rest);
    out
}

/// What a field does by itself; `None` for ordinary ones.
pub(super) fn judge(instruction: &str) -> Option<(Deed, String)> {
    if !may_act(instruction) {
        return None;
    }
    let whole = squeezed(instruction);
    let instruction: String = whole.chars().take(MOST).collect();
    let cut = whole.len() > instruction.len();
    let words = words(&instruction);
    let name = words.first()?.to_ascii_uppercase();
    let shown = || instruction.trim().to_owned();
    let is_target = |word: &&String| !word.starts_with('\\') || word.starts_with("\\\\");
    let target = || words.iter().skip(1).find(is_target).map_or(Away::Local, |word| away(word));
    match name.as_str() {
        "DDE" | "DDEAUTO" => {
            let program = words.get(1).map(String::as_str).unwrap_or_default();
            let rest = instruction.to_ascii_lowercase();
            Some((dde(program, &rest), shown()))
        }
        "INCLUDETEXT" | "INCLUDE" | "RD" | "IMPORT" => match target() {
            Away::Local => cut.then(|| (Deed::Remote, shown())),
            Away::Handler => Some((Deed::Template, shown())),
            Away::Share | Away::Web => Some((Deed::Remote, shown())),
        },
        "INCLUDEPICTURE" => (target() == Away::Handler).then(|| (Deed::Template, shown())),
        // A query of a database, made again when fields are: `DATABASE \d "file" \c "connection"`.
        "DATABASE" => {
            let places = || words.iter().skip(1).map(|word| away(word));
            let far = places().any(|place| place != Away::Local) || whole.contains("\\\\\\\\");
            (cut || far).then(|| (Deed::Remote, shown()))
        }
        "LINK" | "EMBED" => {
            let places = words.iter().skip(1).map(|word| away(word));
            match places.max_by_key(|place| *place as u8)? {
                Away::Local => cut.then(|| (Deed::Template, shown())),
                Away::Share => Some((Deed::Remote, shown())),
                Away::Web | Away::Handler => Some((Deed::Template, shown())),
            }
        }
        _ => None,
    }
}

/// What is read of an instruction: no office writes more.
const MOST: usize = 1000;

/// A text with one blank for any number, none in front and no NULs.
pub(super) fn squeezed(text: &str) -> String {
    let mut out = String::new();
    push_squeezed(&mut out, text);
    out
}

fn push_squeezed(out: &mut String, piece: &str) {
    for c in piece.chars().filter(|c| *c != '\0') {
        let blank = c.is_whitespace() || c.is_control();
        if !blank || out.chars().next_back().is_some_and(|last| last != ' ') {
            out.push(if blank { ' ' } else { c });
        }
    }
}

/// Whether the first word is one of those that act: most fields are numbers of pages.
fn may_act(instruction: &str) -> bool {
    const ACTING: &[&str] =
        &["dde", "include", "rd", "import", "link", "embed", "quote", "database"];
    let text = instruction.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
    let head = text.trim_start_matches('"').as_bytes();
    let begins = |word: &&str| {
        head.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
    };
    ACTING.iter().any(begins)
}

/// What DDE with this program is: a request for data, or a program started.
pub(super) fn dde(program: &str, rest: &str) -> Deed {
    /// Programs that answer with data, by their DDE names.
    const OFFICE: &[&str] = &[
        "excel",
        "winword",
        "word",
        "msword",
        "msaccess",
        "access",
        "powerpnt",
        "soffice",
        "excel.sheet.8",
        "excel.sheet.12",
        "word.document.8",
        "visio",
        "mplayer",
        "package",
        "acroview",
        "123w",
        "quattro",
    ];
    let program = program.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    let bare = program.strip_suffix(".exe").unwrap_or(&program);
    let shells = [
        "cmd",
        "powershell",
        "mshta",
        "rundll32",
        "regsvr32",
        "wscript",
        "cscript",
        "http:",
        "https:",
        "certutil",
        "msiexec",
    ];
    // `Excel` with a topic that climbs to `cmd.exe` starts that one.
    let climbs = rest.contains("..\\") && shells.iter().any(|shell| rest.contains(shell));
    if OFFICE.contains(&bare) && !climbs { Deed::Dde } else { Deed::Launch }
}

/// The words of an instruction; what stands in quotes is one, and `\\` is one backslash in it.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quoted) = (String::new(), false);
    for c in text.chars() {
        match c {
            // Word puts curly quotes where a typist's are replaced, and reads them all the same.
            '"' | '\u{201c}' | '\u{201d}' => {
                quoted = !quoted;
                if !quoted {
                    words.push(std::mem::take(&mut word));
                }
            }
            c if c.is_whitespace() && !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Puts instructions together out of field marks and pieces of text, nested fields included.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    /// One open field a level: its instruction so far, and whether it came to its result.
    open: VecDeque<(String, bool)>,
    /// What was complete and does something.
    pub(super) found: Vec<(Deed, String)>,
}

impl Assembler {
    /// Word itself allows twenty.
    const DEPTH: usize = 64;
    /// An instruction is never so long; what follows changes nothing.
    const LENGTH: usize = 4000;

    /// A field begins.
    pub(super) fn begin(&mut self) {
        // Marks without an end hide nothing: the outermost is judged and makes room.
        if self.open.len() >= Self::DEPTH
            && let Some((text, _)) = self.open.pop_front()
        {
            self.judge(&text);
        }
        self.open.push_back((String::new(), false));
    }

    /// Its instruction is complete, its result follows.
    pub(super) fn separate(&mut self) {
        if let Some((_, result)) = self.open.back_mut() {
            *result = true;
        }
    }

    /// Whether text is a piece of an instruction, rather than of a result or of no field.
    pub(super) fn takes_text(&self) -> bool {
        matches!(self.open.back(), Some((_, false)))
    }

    /// A piece of an instruction.
    pub(super) fn text(&mut self, piece: &str) {
        if let Some((text, false)) = self.open.back_mut()
            && text.len() < Self::LENGTH
        {
            push_squeezed(text, piece);
        }
    }

    /// A field ends. A nested QUOTE gives its parent the text that it stands for: attackers write
    /// `DDEAUTO` as a row of character numbers.
    pub(super) fn end(&mut self) {
        let Some((text, _)) = self.open.pop_back() else { return };
        self.judge(&text);
        if !may_act(&text) {
            return;
        }
        let words = words(&text);
        if words.first().is_some_and(|word| word.eq_ignore_ascii_case("QUOTE")) {
            let piece: String = words.iter().skip(1).map(|word| quoted(word)).collect();
            self.text(&piece);
        }
    }

    fn judge(&mut self, text: &str) {
        if let Some(deed) = judge(text)
            && self.found.len() < 100
        {
            self.found.push(deed);
        }
    }

    /// Everything that was begun ends.
    pub(super) fn finish(mut self) -> Vec<(Deed, String)> {
        while !self.open.is_empty() {
            self.end();
        }
        self.found
    }
}

/// A word of QUOTE: a character's number, or itself.
fn quoted(word: &str) -> String {
    match word.parse::<u32>().ok().and_then(char::from_u32) {
        Some(c) if !word.is_empty() => c.to_string(),
        _ => word.to_owned(),
    }
}
