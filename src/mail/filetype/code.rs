//! Batch files and the languages of Windows' script hosts, without a name that tells.
//!
//! Prose quotes code, logs are full of commands, and mails forward both: the
//! first line must be code, and more than one mark must be there.

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
pub(super) fn batch(text: &str) -> Option<&'static str> {
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
        name: "py",
        lines: &[
            "import ",
            "from ",
            "def ",
            "class ",
            "if __name__",
            "exec(",
            "try:",
            "with ",
            "@",
        ],
        words: &[
            "base64.b64decode(",
            "ctypes.",
            "os.environ",
            "os.system(",
            "socket.socket(",
            "subprocess.",
            "exec(base64",
            "__name__ ==",
            "urllib.request.",
            "sys.argv",
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
pub(super) fn language(text: &str) -> Option<&'static str> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty()).take(200);
    let comment = |line: &str| {
        line.starts_with(['\'', '#']) || line.starts_with("//") || line.starts_with("rem ")
    };
    let first = lines().find(|line| !comment(line))?;
    let fits = |marks: &&Marks| {
        let begins = |line: &str| marks.lines.iter().any(|start| line.starts_with(start));
        // `var` and `function` end in semicolons and braces in JScript alone.
        let shape = || marks.name != "js" || text.contains(';') && text.contains(['(', '{']);
        // The first line decides for prose; the words are looked for in the whole head.
        if !begins(first) || !shape() {
            return false;
        }
        let words = marks.words.iter().filter(|word| text.contains(*word)).count();
        let many = || lines().filter(|line| begins(line)).count();
        words >= 2 || words == 1 && many() * 2 >= lines().count()
    };
    LANGUAGES.iter().find(fits).map(|marks| marks.name)
}
