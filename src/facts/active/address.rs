//! Files in `data:` addresses (RFC 2397), decoded as browsers do: percent, base64, base64 in percent.
//!
//! An address is cut where its attribute, its string or its `url(…)` ends, and addresses do not
//! overlap, so each byte is decoded once. Pictures are what most of them are, and stay where they are.

use super::entity::decoded;
use super::{base64, html, smuggle};
use crate::mail::{Budget, Family, FileType, name};
use std::ops::Range;

/// An attribute whose value is such an address, as it stands in the page.
pub(super) struct Address {
    /// Where the value stands.
    pub at: Range<usize>,
    /// Under which name a click keeps the file (`download`).
    pub name: Option<String>,
}

/// A file that an address carries.
pub(super) struct File {
    pub name: Option<String>,
    pub extension: &'static str,
    pub bytes: Vec<u8>,
    /// Whether it is more than a picture or a table that a page offers.
    pub grave: bool,
}

/// What the addresses of a page carry.
#[derive(Default)]
pub(super) struct Carried {
    pub files: Vec<File>,
    /// Whether there are more than are looked at.
    pub more: bool,
    /// Those whose content was looked at.
    tried: usize,
}

/// Files of one page; a page of photographs has thousands of addresses, and none of these.
const MOST: usize = 200;

/// Contents of one page that are looked at: pictures in base64 are known by their first digits.
const TRIED: usize = 10_000;

/// What is shorter and has no name is no file of any kind.
const SHORTEST: usize = 16;

/// Whether a value is an address of this kind. Browsers drop blanks in front, and tabs and line
/// ends anywhere, after references are resolved (WHATWG URL §4.4).
pub(super) fn is_data(value: &[u8]) -> bool {
    /// `data:`, each letter as a reference with leading zeros; so much is cut off at the end.
    const REFERENCE: usize = 40;
    let mut length = 256;
    loop {
        let head = value.get(..length).unwrap_or(value);
        let plain = head.trim_ascii_start();
        if begins(plain) {
            return true;
        }
        let odd = |byte: &u8| *byte == b'&' || byte.is_ascii_control();
        if !plain.is_empty() && !head.iter().any(odd) {
            return false;
        }
        let text = decoded(&String::from_utf8_lossy(head));
        let letters = text.chars().filter(|c| !c.is_control() && *c != ' ').take(5 + REFERENCE);
        let letters: String = letters.collect();
        if length >= value.len() || letters.len() >= 5 + REFERENCE {
            return begins(letters.as_bytes());
        }
        // Each look is at eight times as much: all together cost little more than the last.
        length *= 8;
    }
}

fn begins(text: &[u8]) -> bool {
    text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"data:"))
}

/// An address as a browser reads it: in lower case, with slashes for backslashes, without blanks and
/// controls.
pub(super) fn plain(address: &str) -> String {
    let letters = address.chars().filter(|c| !c.is_whitespace() && !c.is_control());
    letters.collect::<String>().to_ascii_lowercase().replace('\\', "/")
}

/// Whether an address starts a program that registered its scheme: any but those that show
/// something, or that are told of elsewhere.
pub(super) fn starts_program(address: &str) -> bool {
    const OTHERS: &[&str] = &[
        "about",
        "blob",
        "chrome-extension",
        "cid",
        "data",
        "file",
        "http",
        "https",
        "javascript",
        "mailto",
        "mid",
        "moz-extension",
        "vbscript",
    ];
    let address = plain(address);
    let Some((scheme, _)) = address.split_once(':') else { return false };
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    // One letter is a drive.
    scheme.len() > 1 && scheme.bytes().all(letter) && !OTHERS.contains(&scheme)
}

/// Whether a click shows files of another machine as if they were the reader's own, or runs what
/// it names: no page of the web has such links.
pub(super) fn is_search(address: &str) -> bool {
    const SCHEMES: &[&str] = &[
        "search:",
        "search-ms:",
        "ms-search:",
        "ms-msdt:",
        "ms-officecmd:",
        "ms-appinstaller:",
        "shell:",
    ];
    let address = plain(address);
    SCHEMES.iter().any(|scheme| address.starts_with(scheme))
}

/// Whether an address is a page or a drawing of its own.
pub(super) fn is_page(address: &str) -> bool {
    let address = plain(address);
    let kind = address.strip_prefix("data:").and_then(|rest| rest.split([',', ';']).next());
    kind.is_some_and(|kind| kind.contains("xml") || kind.contains("html"))
}

/// Whether a page may hold such an address at all, without a look at its elements.
pub(super) fn may_have(content: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(content, word).is_some();
    next(content, 0).is_some() || has(b"base64") || has(b"download")
}

/// The files of a page: those of its attributes, and those in its script and style.
pub(super) fn files(content: &[u8], attributes: &[Address], budget: &Budget) -> Carried {
    let mut carried = Carried::default();
    for address in attributes {
        if !carried.room(budget) {
            return carried;
        }
        let value = content.get(address.at.clone()).unwrap_or_default();
        let text = String::from_utf8_lossy(value);
        carried.take(decoded(&text).as_bytes(), address.name.as_deref(), budget);
    }
    let script = script_name(content);
    let mut known = attributes.iter().map(|address| &address.at).peekable();
    let mut from = next(content, 0);
    while let Some(start) = from {
        from = next(content, start + 5);
        while known.next_if(|range| range.end <= start).is_some() {}
        if known.peek().is_some_and(|range| range.contains(&start)) {
            continue;
        }
        if !carried.room(budget) {
            return carried;
        }
        let opening = start.checked_sub(1).and_then(|at| content.get(at)).copied();
        let text = content.get(start..from.unwrap_or(content.len())).unwrap_or_default();
        let quoted = matches!(opening, Some(b'"' | b'\'' | b'`'));
        let text = text.get(..length(text, opening)).unwrap_or_default();
        carried.take(text, script.as_deref().filter(|_| quoted), budget);
    }
    carried
}

impl Carried {
    /// Whether another address may be looked at; notes if not.
    fn room(&mut self, budget: &Budget) -> bool {
        self.more |= self.files.len() >= MOST || self.tried >= TRIED;
        !self.more && budget.check().is_ok()
    }

    /// Keeps what an address carries, if it is worth judging.
    fn take(&mut self, address: &[u8], name: Option<&str>, budget: &Budget) {
        let Some((mut bytes, base64)) = body(address) else { return };
        let name = name.filter(|name| !name.trim().is_empty());
        if base64 {
            if name.is_none() && smuggle::is_picture(&bytes) {
                return;
            }
            bytes = base64::decode(&bytes);
        }
        if bytes.is_empty() || name.is_none() && bytes.len() < SHORTEST {
            return;
        }
        self.tried += 1;
        let kind = FileType::detect(&bytes);
        let named = name.and_then(name::extension).and_then(|ext| FileType::by_extension(&ext));
        let named = named.map(|kind| kind.family);
        let runs = matches!(named, Some(Family::Executable | Family::Script | Family::Archive));
        let worth = smuggle::worth(&bytes);
        let shown = kind.family == Family::Picture && named.is_none_or(|f| f == Family::Picture);
        // A drawing or a page without a name is shown in its place: what it does decides.
        let still = name.is_none() && is_markup(kind) && !html::acts(&bytes, budget);
        if (name.is_some() && !shown || worth.is_some()) && !still {
            let grave = runs || worth.is_some();
            let name = name.map(str::to_owned);
            self.files.push(File { name, extension: kind.extension, bytes, grave });
        }
    }
}

fn is_markup(kind: FileType) -> bool {
    matches!(kind.extension, "svg" | "html" | "xml")
}

/// The next `data:` from here on.
fn next(content: &[u8], from: usize) -> Option<usize> {
    let rest = content.get(from..)?;
    let fits = |colon: &usize| colon.checked_sub(4).is_some_and(|at| begins(&rest[at..]));
    Some(from + memchr::memchr_iter(b':', rest).find(fits)? - 4)
}

/// How much of a text is the address that it begins with, by the sign in front of it.
fn length(text: &[u8], opening: Option<u8>) -> usize {
    let end = match opening {
        Some(quote @ (b'"' | b'\'' | b'`')) => memchr::memchr(quote, text),
        Some(b'(') => memchr::memchr(b')', text),
        _ => text.iter().position(|byte| {
            byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b')' | b'<' | b'>')
        }),
    };
    end.unwrap_or(text.len())
}

/// What stands behind the comma, percent resolved, and whether it is base64.
fn body(address: &[u8]) -> Option<(Vec<u8>, bool)> {
    let comma = memchr::memchr(b',', address)?;
    let (head, body) = address.split_at(comma);
    let head = head.trim_ascii_end();
    let flag = head.len().checked_sub(6).and_then(|at| head.split_at_checked(at));
    let base64 = flag.is_some_and(|(before, flag)| {
        flag.eq_ignore_ascii_case(b"base64") && before.trim_ascii_end().ends_with(b";")
    });
    // What follows `#` belongs to no address's content.
    let body = body.get(1..)?;
    let body = body.get(..memchr::memchr(b'#', body).unwrap_or(body.len()))?;
    Some((percent(body), base64))
}

/// Percent resolved; tabs and line ends are not there for a browser.
fn percent(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let digits = text.get(at + 1..at + 3).filter(|two| two.iter().all(u8::is_ascii_hexdigit));
        let value = digits
            .filter(|_| byte == b'%')
            .and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        at += if value.is_some() { 3 } else { 1 };
        match value {
            Some(value) => out.push(value),
            None if matches!(byte, b'\t' | b'\r' | b'\n') => {}
            None => out.push(byte),
        }
    }
    out
}

/// The file that a `data:` address stands for, whatever it is.
pub(super) fn content(address: &[u8]) -> Option<Vec<u8>> {
    let (bytes, base64) = body(address.trim_ascii_start()).filter(|_| is_data(address))?;
    Some(if base64 { base64::decode(&bytes) } else { bytes })
}

/// The name that script gives to what it hands over, where a system runs files of that name:
/// `a.download = 'hd.bat'`, `setAttribute("download", "hd.bat")`.
fn script_name(content: &[u8]) -> Option<String> {
    /// Places that are tried, and signs between the word and the name.
    const TRIED: usize = 256;
    const BETWEEN: usize = 16;
    const NAME: usize = 255;
    let places = memchr::memmem::find_iter(content, b"download").take(TRIED);
    let mut names = places.filter_map(|at| {
        let rest = content.get(at + 8..)?;
        let rest = rest.get(..BETWEEN + NAME).unwrap_or(rest);
        let sign = rest.iter().take(BETWEEN).position(|byte| matches!(byte, b'=' | b','))?;
        let rest = rest.get(sign + 1..)?.trim_ascii_start();
        let (quote, rest) = rest.split_first().filter(|(q, _)| matches!(q, b'"' | b'\'' | b'`'))?;
        let name = String::from_utf8_lossy(rest.get(..memchr::memchr(*quote, rest)?)?).into_owned();
        let kind = FileType::by_extension(&name::extension(&name)?)?;
        matches!(kind.family, Family::Executable | Family::Script).then_some(name)
    });
    names.next()
}
