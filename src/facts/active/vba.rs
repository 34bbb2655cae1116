//! VBA: source out of its compression, and what its words say that it does.
//!
//! Office runs the compiled code beside the source where versions fit, so a project whose
//! source is gone or says less than the compiled code's names is not empty but hidden.

/// Source of one project that is read, in bytes: a chunk of three bytes may unpack to 4096.
const SOURCE: usize = 4 << 20;

/// Unpacks a container (MS-OVBA 2.4.1.3), as far as it is sound and below `limit` bytes.
pub(super) fn decompress(bytes: &[u8], limit: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let Some((&1, mut rest)) = bytes.split_first() else { return out };
    while let Some((&[low, high], behind)) = rest.split_first_chunk::<2>() {
        let header = u16::from_le_bytes([low, high]);
        let length = usize::from(header & 0x0fff) + 1;
        let (chunk, next) = behind.split_at(length.min(behind.len()));
        // Three bits of every header are 011.
        if header >> 12 & 7 != 3 || out.len() >= limit.min(SOURCE) {
            break;
        }
        match header >> 15 {
            0 => out.extend_from_slice(chunk),
            _ => tokens(chunk, &mut out),
        }
        rest = next;
    }
    out
}

/// One compressed chunk: groups of a flag byte and eight tokens, at most 4096 bytes out.
fn tokens(mut chunk: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    while let Some((&flags, behind)) = chunk.split_first() {
        chunk = behind;
        for bit in 0..8 {
            let here = out.len() - start;
            if here >= 4096 {
                return;
            }
            if flags >> bit & 1 == 0 {
                let Some((&literal, behind)) = chunk.split_first() else { return };
                out.push(literal);
                chunk = behind;
                continue;
            }
            let Some((&[low, high], behind)) = chunk.split_first_chunk::<2>() else { return };
            chunk = behind;
            let token = usize::from(u16::from_le_bytes([low, high]));
            // The nearer the start, the fewer bits an offset needs (2.4.1.3.19.1).
            let bits = (usize::BITS - here.saturating_sub(1).leading_zeros()).max(4);
            let length = (token & (0xffff >> bits)) + 3;
            let offset = (token >> (16 - bits)) + 1;
            if offset > here {
                return;
            }
            for _ in 0..length.min(4096 - here) {
                let Some(&byte) = out.get(out.len() - offset) else { return };
                out.push(byte);
            }
        }
    }
}

/// The source in a module's stream: behind the compiled code, at the offset that the project's
/// directory states, else wherever a container begins with `Attribute`.
pub(super) fn module(stream: &[u8], offset: Option<usize>) -> Vec<u8> {
    let stated = offset.and_then(|at| stream.get(at..)).map(|at| decompress(at, SOURCE));
    let found = || {
        // The first token group: no flag set, eight letters as they are.
        let at = memchr::memmem::find(stream, b"\0Attribut")?;
        Some(decompress(stream.get(at.checked_sub(3)?..)?, SOURCE))
    };
    stated.filter(|source| !source.is_empty()).or_else(found).unwrap_or_default()
}

/// Stream names of modules, lower case, with the offsets of their source (MS-OVBA 2.3.4.2), out
/// of the unpacked `dir` stream. Names are those of the code page, ASCII nearly always.
pub(super) fn directory(dir: &[u8]) -> Vec<(String, usize)> {
    /// More modules than any project has.
    const MODULES: usize = 10_000;
    let mut found = Vec::new();
    let mut name = String::new();
    let mut rest = dir;
    while let Some((&[a, b, c, d, e, f], behind)) = rest.split_first_chunk::<6>() {
        let (id, size) = (u16::from_le_bytes([a, b]), u32::from_le_bytes([c, d, e, f]));
        // PROJECTVERSION alone states 4 and has 6.
        let size = if id == 9 { 6 } else { usize::try_from(size).unwrap_or(usize::MAX) };
        let Some(content) = behind.get(..size) else { break };
        match (id, content) {
            (0x1a, name_bytes) => {
                name = name_bytes.iter().map(|&byte| char::from(byte)).collect();
                name.make_ascii_lowercase();
            }
            (0x31, &[a, b, c, d]) => {
                let offset = u32::from_le_bytes([a, b, c, d]);
                found.push((name.clone(), usize::try_from(offset).unwrap_or(usize::MAX)));
            }
            _ => {}
        }
        rest = behind.get(size..).unwrap_or_default();
        if found.len() >= MODULES {
            break;
        }
    }
    found
}

/// Procedures that Office starts by itself; `_` stands between words or not.
const AUTO: &[&str] = &[
    "autoopen",
    "autoexec",
    "autoexit",
    "autoclose",
    "autonew",
    "auto_open",
    "auto_close",
    "auto_exec",
    "auto_exit",
    "auto_new",
    "auto_activate",
    "auto_deactivate",
    "document_open",
    "document_close",
    "document_new",
    "documentopen",
    "documentclose",
    "documentnew",
    "documentchange",
    "documentbeforeclose",
    "documentbeforesave",
    "document_beforeclose",
    "document_contentcontrolonenter",
    "newdocument",
    "workbook_open",
    "workbook_activate",
    "workbook_deactivate",
    "workbook_close",
    "workbook_beforeclose",
    "workbook_beforesave",
    "workbook_windowactivate",
    "workbookopen",
    "app_documentopen",
    "app_workbookopen",
    "onslideshowpagechange",
    "slideshow_begin",
    "onload",
    "ribbononload",
];

/// Ends of the names of events that a control raises when it is shown.
const SHOWN: &[&str] = &[
    "_painted",
    "_painting",
    "_layout",
    "_gotfocus",
    "_beforenavigate2",
    "_navigatecomplete2",
    "_documentcomplete",
    "_downloadcomplete",
    "_downloadbegin",
    "_onconnecting",
    "_onconnected",
    "_initializationcomplete",
    "_statuschange",
    "_progresschange",
    "_titlechange",
];

/// Names whose use starts programs, loads files, writes memory or changes other documents' code.
const CALLS: &[&str] = &[
    "shell",
    "winexec",
    "shellexecute",
    "shellexecutea",
    "shellexecutew",
    "shellexecuteex",
    "createprocess",
    "createprocessa",
    "urldownloadtofile",
    "urldownloadtofilea",
    "urldownloadtofilew",
    "internetopenurla",
    "internetreadfile",
    "httpopenrequesta",
    "virtualalloc",
    "virtualallocex",
    "virtualprotect",
    "createthread",
    "createremotethread",
    "writeprocessmemory",
    "ntwritevirtualmemory",
    "rtlmovememory",
    "heapcreate",
    "loadlibrarya",
    "executeexcel4macro",
    "vbcomponents",
    "codemodule",
    "insertlines",
    "addfromstring",
    "addfromfile",
    "organizercopy",
    "startuppath",
    "virusprotection",
    "macscript",
    "applescripttask",
    "callwindowproca",
    "enumsystemlanguagegroupsw",
    "settimer",
    "dde_execute",
    "ddeexecute",
    "ddeinitiate",
    "followhyperlink",
    "registerxll",
];

/// Texts that say the same, in strings; concatenations are joined first.
const TEXTS: &[&str] = &[
    "wscript.shell",
    "shell.application",
    "powershell",
    "cmd.exe",
    "cmd /c",
    "cmd /k",
    "mshta",
    "rundll32",
    "regsvr32",
    "certutil",
    "bitsadmin",
    "wmic ",
    "msiexec",
    "msxml2.",
    "microsoft.xmlhttp",
    "winhttp.",
    "adodb.stream",
    "winmgmts",
    "win32_process",
    "scriptcontrol",
    "script:http",
    "internetexplorer.application",
    "72c24dd5-d70a",
    "13709620-c279",
    "f935dc22-1cf0",
    "9ba05972-f6a8",
    "c08afd90-f2a1",
    "outlook.application\").createitem",
    "hkey_current_user\\software\\microsoft\\office",
    "frombase64",
    "urlmon",
    "wscript.network",
];

/// What one project's source says.
#[derive(Debug, Default)]
pub(super) struct Code {
    /// Whether there is any line of code.
    pub(super) any: bool,
    /// What starts it by itself.
    pub(super) auto: Option<String>,
    /// What it calls.
    pub(super) calls: Option<String>,
}

/// Reads source; several modules may stand one after the other.
pub(super) fn read(source: &[u8]) -> Code {
    let text = plain(source);
    let mut code = Code { any: text.lines().any(is_code), ..Code::default() };
    let mut before = "";
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()) {
        let starts = || AUTO.contains(&word) || SHOWN.iter().any(|end| word.ends_with(end));
        if code.auto.is_none() && matches!(before, "sub" | "function") && starts() {
            code.auto = Some(word.to_owned());
        }
        if code.calls.is_none() && CALLS.contains(&word) {
            code.calls = Some(word.to_owned());
        }
        before = word;
    }
    if code.calls.is_none() {
        let said = TEXTS.iter().find(|said| text.contains(**said)).map(|said| (*said).to_owned());
        code.calls = said.or_else(|| computed(&text));
    }
    code
}

/// `CreateObject` of a name that is put together while it runs, or many characters by number.
fn computed(text: &str) -> Option<String> {
    let arguments = text.match_indices("createobject(");
    let mut arguments =
        arguments.filter_map(|(at, word)| text.get(at + word.len()..)?.trim_start().chars().next());
    if arguments.any(|first| first != '"') {
        return Some("CreateObject of a computed name".to_owned());
    }
    // Lawful code writes line ends and quotes by number, not words.
    let numbers = text.matches("chr(").count()
        + text.matches("chrw(").count()
        + text.matches("chr$(").count();
    (numbers > 40 || text.contains("strreverse(")).then(|| "computed strings".to_owned())
}

/// Whether a line is more than a declaration of the module.
fn is_code(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty()
        && !["attribute ", "option ", "end"].iter().any(|start| line.starts_with(start))
}

/// Lower case, without comments, lines and strings joined: `"Wscr" & "ipt"` is `"wscript"`.
fn plain(source: &[u8]) -> String {
    let text: String = source.iter().map(|&byte| char::from(byte.to_ascii_lowercase())).collect();
    let text = text.replace(" _\r\n", " ").replace(" _\n", " ");
    let mut joined = String::with_capacity(text.len());
    for line in text.lines() {
        let line = line.trim_start();
        if line.starts_with('\'') || line.starts_with("rem ") {
            continue;
        }
        let mut rest = line;
        while let Some((before, behind)) = rest.split_once('"') {
            joined.push_str(before);
            let glue = behind.trim_start().strip_prefix(['&', '+']).map(str::trim_start);
            match glue.and_then(|glue| glue.strip_prefix('"')) {
                Some(next) => rest = next,
                None => {
                    joined.push('"');
                    rest = behind;
                }
            }
        }
        joined.push_str(rest);
        joined.push('\n');
    }
    joined
}

/// Names that the compiled code uses and the source does not say: who starts it, what it calls.
pub(super) fn compiled(names: &[u8], source: &[u8]) -> Option<(String, String)> {
    let (names, source) = (names.to_ascii_lowercase(), source.to_ascii_lowercase());
    let only = |list: &[&str]| {
        let mut found = list.iter().filter(|name| name.len() > 4);
        let found = found.find(|name| {
            let within = |text: &[u8]| memchr::memmem::find(text, name.as_bytes()).is_some();
            within(&names) && !within(&source)
        });
        found.map(|name| (*name).to_owned())
    };
    Some((only(AUTO)?, only(CALLS)?))
}
