//! HTML smuggling: a file that a page carries as text and builds in the reader's browser.
//!
//! Nothing is run: texts that decode to a program, an archive, a document or a page are taken out
//! and judged as what they are, whichever of the usual disguises they wear.

use super::base64;
use crate::mail::{Budget, Family, FileType};
use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::LazyLock;

/// The shortest payload that is tried, in digits: a shortcut of 150 bytes has 200.
const SHORTEST: usize = 100;

/// Payloads of one page.
pub(super) const MOST: usize = 100;

/// Whether script builds a file and hands it to the reader.
pub(super) fn builds_file(content: &[u8]) -> bool {
    let has = |words: &[&str]| {
        words.iter().any(|word| memchr::memmem::find(content, word.as_bytes()).is_some())
    };
    let hands_over = has(&[
        "createObjectURL",
        "msSaveOrOpenBlob",
        "msSaveBlob",
        "showSaveFilePicker",
        "'createObject'",
        "\"createObject\"",
    ]) || has(&[".download", "\"download\"", "'download'", " download="])
        && has(&["data:", "blob:"]);
    let builds = has(&[
        "atob",
        "fromCharCode",
        "Uint8Array",
        "charCodeAt",
        "WebAssembly",
        "new Blob",
        "fromBase64",
    ]);
    hands_over && builds
}

/// Where script sends what was typed.
pub(super) fn sends(content: &[u8]) -> Option<String> {
    let ways = [
        "XMLHttpRequest",
        "$.ajax",
        "$.post",
        "fetch(",
        "sendBeacon",
        "axios",
        "api.telegram.org",
        "new WebSocket",
    ];
    let way = ways.iter().find(|way| memchr::memmem::find(content, way.as_bytes()).is_some());
    way.map(|way| format!("a server by {}", way.trim_end_matches('(')))
}

/// Files that stand in a page as text.
pub(super) fn payloads(content: &[u8], budget: &Budget) -> Vec<(&'static str, Vec<u8>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < content.len() && found.len() < MOST {
        if budget.check().is_err() {
            break;
        }
        let Some(run) = next_run(content, at) else { break };
        at = run.end;
        if let Some(file) = by_digits(&run.digits) {
            found.push(file);
        }
    }
    found.extend(by_escapes(content));
    found.extend(by_numbers(content));
    found
}

/// Digits of base64 or hexadecimal, strings joined.
struct Run {
    end: usize,
    digits: Vec<u8>,
}

/// The next run that is long enough, from here on. Each byte is looked at once, but for the few
/// between two strings.
fn next_run(content: &[u8], mut at: usize) -> Option<Run> {
    loop {
        let rest = content.get(at..)?;
        let start = at + rest.iter().position(|byte| base64::is_digit(*byte))?;
        let mut pieces = vec![];
        let (mut end, mut total) = (start, 0);
        loop {
            let rest = content.get(end..).unwrap_or_default();
            let length =
                rest.iter().position(|byte| !base64::is_digit(*byte)).unwrap_or(rest.len());
            let glue = glue(rest.get(length..).unwrap_or_default(), length);
            // Most runs are words: nothing is kept of those.
            if length >= SHORTEST || !pieces.is_empty() || glue.is_some() {
                pieces.push(end..end + length);
            }
            (end, total) = (end + length, total + length);
            match glue.filter(|_| length > 0) {
                Some(glue) => end += glue,
                None => break,
            }
        }
        if total >= SHORTEST {
            let digits =
                pieces.iter().flat_map(|piece| content.get(piece.clone()).unwrap_or_default());
            return Some(Run { end, digits: digits.copied().collect() });
        }
        at = end.max(at + 1);
    }
}

/// How many bytes join two pieces of a string: `" + "`, `', '`, a line's end in a long text.
fn glue(rest: &[u8], line: usize) -> Option<usize> {
    /// Blanks and signs between two pieces.
    const WIDEST: usize = 24;
    let opening = *rest.first()?;
    if !matches!(opening, b'"' | b'\'' | b'`' | b'\r' | b'\n' | b'\\') {
        return None;
    }
    let head = rest.get(..WIDEST).unwrap_or(rest);
    let length = head.iter().position(|byte| base64::is_digit(*byte) && *byte != b'+')?;
    let (mut quotes, mut others, mut last) = (0, 0, 0);
    for &byte in head.get(..length)?.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        match byte {
            _ if byte == opening && byte != b'\\' => quotes += 1,
            b'+' | b',' => others += 1,
            b'\\' if line >= 60 => {}
            _ => return None,
        }
        last = byte;
    }
    let joined = quotes == 2 && others <= 1 && last == opening;
    let broken = quotes == 0 && others == 0 && line >= 60;
    (joined || broken).then_some(length)
}

/// The file that digits stand for: base64, the same backwards, or hexadecimal.
fn by_digits(digits: &[u8]) -> Option<(&'static str, Vec<u8>)> {
    let forwards = || judged(base64::decode(digits));
    // A foreign word in front shifts all digits: `var x=…` never, but `base64=` with no quote.
    let hex = || {
        let all = digits.iter().all(u8::is_ascii_hexdigit);
        let value = |byte: &u8| char::from(*byte).to_digit(16).unwrap_or_default() as u8;
        let bytes = || {
            digits
                .chunks_exact(2)
                .map(|pair| pair.iter().fold(0u8, |sum, byte| sum << 4 | value(byte)))
        };
        all.then(|| judged(bytes().collect())).flatten()
    };
    if is_picture(digits) {
        return None;
    }
    let turned = || digits.iter().rev().copied().skip_while(|byte| *byte == b'=');
    let backwards = || {
        const BACKWARDS: &[&[u8]] =
            &[b"MZ", b"PK\x03\x04", b"Rar!", b"7z\xbc", b"\xd0\xcf\x11\xe0", b"<"];
        let head = base64::decode(&turned().take(16).collect::<Vec<u8>>());
        let begins = BACKWARDS.iter().any(|magic| head.starts_with(magic));
        begins.then(|| judged(base64::decode(&turned().collect::<Vec<u8>>()))).flatten()
    };
    hex().or_else(forwards).or_else(backwards)
}

/// Whether base64 begins a picture or a font: most of what pages carry, and their heads tell at once.
pub(super) fn is_picture(digits: &[u8]) -> bool {
    const PICTURES: &[&[u8]] = &[b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"wOF"];
    let head = base64::decode(digits.get(..16).unwrap_or_default());
    PICTURES.iter().any(|magic| head.starts_with(magic))
}

/// The bytes with the extension, if they are worth judging.
fn judged(bytes: Vec<u8>) -> Option<(&'static str, Vec<u8>)> {
    Some((worth(&bytes)?, bytes))
}

/// The usual extension of bytes that are a file worth judging: pictures, fonts, sound and what
/// nobody knows are the ordinary content of pages.
pub(super) fn worth(bytes: &[u8]) -> Option<&'static str> {
    let kind = FileType::detect(bytes);
    // Two letters prove no DOS program: base64 of anything may decode to them.
    let sure = match kind.family {
        Family::Executable => bytes.len() >= 64 && kind.extension != "dos",
        Family::Archive => !matches!(kind.extension, "z" | "arc" | "zoo" | "arj" | "lzma"),
        Family::Document => true,
        Family::Script => bytes.is_ascii(),
        Family::Text => matches!(kind.extension, "html" | "xml"),
        Family::Picture => kind.extension == "svg",
        _ => false,
    };
    sure.then_some(kind.extension)
}

/// Pages in percent or backslash escapes: `unescape('%3Cscript…`, `\x3c\x73…`.
fn by_escapes(content: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut found = Vec::new();
    for (mark, digits) in [(b"%".as_slice(), 1), (b"\\x", 2), (b"\\u00", 4)] {
        let mut at = 0;
        while let Some(next) = memchr::memmem::find(content.get(at..).unwrap_or_default(), mark) {
            let start = at + next;
            let (bytes, end, escapes) = unescaped(content, start, digits);
            at = end.max(start + mark.len());
            if escapes >= 20 && found.len() < MOST {
                found.extend(judged(bytes));
            }
        }
    }
    found
}

/// Text from here to the end of the string, escapes resolved. `skip` is the length of what stands
/// before two digits.
fn unescaped(content: &[u8], start: usize, skip: usize) -> (Vec<u8>, usize, usize) {
    let (mut out, mut at, mut escapes) = (Vec::new(), start, 0);
    let mark = content.get(start).copied().unwrap_or_default();
    while let Some(&byte) = content.get(at) {
        let hex =
            |from: usize| content.get(from..from + 2).and_then(|two| std::str::from_utf8(two).ok());
        let value = (byte == mark)
            .then(|| hex(at + skip))
            .flatten()
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        match value {
            Some(value) => {
                out.push(value);
                at += skip + 2;
                escapes += 1;
            }
            None if matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'\n') => break,
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    (out, at, escapes)
}

/// How rows of numbers begin that are programs and archives: `MZ`, `PK`, `Rar!`, `7z`.
const NUMBERS: &[&str] = &[
    "77,90,",
    "77, 90, ",
    "80,75,3,4",
    "80, 75, 3, 4",
    "82,97,114,33",
    "82, 97, 114, 33",
    "55,122,188",
    "55, 122, 188",
    "0x4d,0x5a",
    "0x4D,0x5A",
    "0x4d, 0x5a",
    "0x4D, 0x5A",
    "0x50,0x4b",
    "0x50, 0x4b",
    "0x50,0x4B",
    "0x50, 0x4B",
];

/// The same, once they are bytes.
const BEGINNINGS: &[&[u8]] = &[b"MZ", b"PK\x03\x04", b"Rar!", b"7z\xbc"];

/// Files in rows of numbers: `[77,90,144,…`, `0x50,0x4b,…`. A row is read once, whatever begins
/// in it.
fn by_numbers(content: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        // Only this kind of match is searched by the vector.
        AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(NUMBERS).ok()
    });
    let mut found = Vec::new();
    let mut at = 0;
    let next = |at| FINDER.as_ref().and_then(|f| f.find(content.get(at..).unwrap_or_default()));
    while let Some(hit) = next(at) {
        let row = content.get(at + hit.start()..).unwrap_or_default();
        let length = row.iter().position(|byte| !in_row(*byte)).unwrap_or(row.len());
        at += hit.start() + length.max(1);
        let numbers = row.get(..length).unwrap_or_default().split(|byte| *byte == b',');
        // What is no byte ends a file, and another may begin behind it.
        let bytes: Vec<Option<u8>> = numbers.map(number).collect();
        for bytes in bytes.split(Option::is_none).filter(|bytes| bytes.len() >= 64) {
            let bytes: Vec<u8> = bytes.iter().flatten().copied().collect();
            let starts = BEGINNINGS.iter().filter_map(|magic| memchr::memmem::find(&bytes, magic));
            let files = starts.filter_map(|start| bytes.get(start..));
            let files =
                files.filter(|file| file.len() >= 64).filter_map(|file| judged(file.into()));
            found.extend(files.take(MOST.saturating_sub(found.len())));
        }
    }
    found
}

fn in_row(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || byte.is_ascii_whitespace() || matches!(byte, b',' | b'x')
}

/// A byte, decimal or hexadecimal.
fn number(text: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(text).ok()?.trim();
    match text.strip_prefix("0x") {
        Some(hex) => u8::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}
