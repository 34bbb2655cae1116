//! Pages and vector pictures: script, password forms, frames, and files built in the browser.
//!
//! A mail program strips script from a letter's body; the same HTML as an attachment is opened by
//! a browser, which runs it. Comments are read like the rest, since browsers disagree on their end.

use super::Found;
use super::entity::decoded;
use super::fields::{Away, away};
use super::smuggle;
use crate::archive::olepackage;
use crate::facts::Deed;
use crate::mail::Budget;

/// A letter's own HTML: script is counted, and files in `data:` links are taken out.
pub(super) fn body(content: &[u8], found: &mut Found, budget: &mut Budget) {
    let has = |word: &[u8]| memchr::memmem::find(content, word).is_some();
    if has(b"<script") || has(b"<SCRIPT") || has(b"<Script") {
        found.note(Deed::Script, "script in the letter's HTML, which mail programs do not run");
    }
    if has(b";base64,") {
        let files = smuggle::payloads(content, true, budget);
        found.opened.extend(hand_over(files, budget));
    }
}

fn hand_over(files: Vec<(String, Vec<u8>)>, budget: &mut Budget) -> Option<crate::archive::Opened> {
    (!files.is_empty()).then(|| olepackage::handed_over(false, files, budget))
}

/// What a page holds, before it is judged.
#[derive(Default)]
struct Page {
    script: Option<String>,
    password: bool,
    posts: Option<String>,
    download: bool,
    /// Pages in attributes (`srcdoc`), decoded.
    frames: Vec<String>,
}

/// A page or picture that a browser opens.
pub(super) fn file(content: &[u8], found: &mut Found, budget: &mut Budget) {
    nested(content, 0, found, budget);
}

/// A page at this depth of pages within attributes. A level is shorter than the one around it, so
/// all are read in a few times the time of the first.
fn nested(content: &[u8], depth: usize, found: &mut Found, budget: &mut Budget) {
    /// Deeper than any page was seen.
    const DEEPEST: usize = 4;
    let Some(mut page) = elements(content, found, budget) else { return };
    for frame in std::mem::take(&mut page.frames) {
        match depth < DEEPEST {
            true => nested(frame.as_bytes(), depth + 1, found, budget),
            false => found.note(Deed::Smuggling, "pages hidden in pages in pages"),
        }
    }
    let script = page.script.is_some();
    let files = if script || page.download || memchr::memmem::find(content, b"base64").is_some() {
        smuggle::payloads(content, false, budget)
    } else {
        Vec::new()
    };
    if script && (smuggle::builds_file(content) || !files.is_empty())
        || page.download && !files.is_empty()
    {
        found.note(Deed::Smuggling, "a page that builds a file in the browser");
    }
    if page.password {
        let sends = page.posts.clone().or_else(|| smuggle::sends(content).filter(|_| script));
        if let Some(sends) = sends {
            found.note(
                Deed::Credentials,
                &format!("a page that asks for a password and sends it to {sends}"),
            );
        }
    }
    if let Some(script) = page.script {
        found.note(Deed::Script, &script);
    }
    found.opened.extend(hand_over(files, budget));
}

/// What the elements of a page say; `None` where no time is left.
fn elements(content: &[u8], found: &mut Found, budget: &Budget) -> Option<Page> {
    let mut page = Page::default();
    let mut at = 0;
    let mut count = 0u32;
    while let Some(next) = memchr::memchr(b'<', content.get(at..).unwrap_or_default()) {
        count = count.wrapping_add(1);
        if count.is_multiple_of(4096) && budget.check().is_err() {
            return None;
        }
        at += next + 1;
        let (tag, end) = tag(content, at);
        at = end;
        if let Some(tag) = tag {
            element(&tag, content.get(end..).unwrap_or_default(), &mut page, found);
        }
    }
    Some(page)
}

/// A start tag: its name and attributes, lower case names, decoded values.
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn value(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The tag that begins behind a `<`, if it matters, and where it ends. Each byte is looked at once.
fn tag(content: &[u8], start: usize) -> (Option<Tag>, usize) {
    /// Longer values and more attributes change nothing about what a tag is.
    const VALUE: usize = 4096;
    const ATTRIBUTES: usize = 64;
    if !content.get(start).is_some_and(u8::is_ascii_alphabetic) {
        return (None, start);
    }
    let (name, mut at) = word(content, start);
    let mut attributes = Vec::new();
    while let Some(&byte) = content.get(at) {
        if byte == b'>' {
            at += 1;
            break;
        }
        if ends(byte) {
            at += 1;
            continue;
        }
        let (key, behind) = word(content, at);
        let (value, next) = value(content, behind);
        at = next;
        if attributes.len() < ATTRIBUTES {
            // A page in an attribute is as long as a page.
            let whole = key.eq_ignore_ascii_case(b"srcdoc");
            let value = value.get(..VALUE).filter(|_| !whole).unwrap_or(value);
            attributes.push((lower(key), decoded(&String::from_utf8_lossy(value))));
        }
    }
    // Most tags of a page are bare and do nothing.
    let script = |end: &[u8]| {
        name.len() >= end.len()
            && name.get(name.len() - end.len()..).is_some_and(|name| name.eq_ignore_ascii_case(end))
    };
    let matters = !attributes.is_empty() || script(b"script") || script(b"applet");
    (matters.then(|| Tag { name: lower(name), attributes }), at)
}

fn lower(name: &[u8]) -> String {
    String::from_utf8_lossy(name).to_ascii_lowercase()
}

/// What ends a name.
fn ends(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/' | b'=')
}

/// A name, and where it ends.
fn word(content: &[u8], from: usize) -> (&[u8], usize) {
    const NAME: usize = 64;
    let rest = content.get(from..).unwrap_or_default();
    let length = rest.iter().position(|byte| ends(*byte)).unwrap_or(rest.len());
    (rest.get(..length.min(NAME)).unwrap_or_default(), from + length)
}

/// The value behind a name, empty where there is none, and where it ends.
fn value(content: &[u8], behind: usize) -> (&[u8], usize) {
    let blank = |from: usize| {
        let rest = content.get(from..).unwrap_or_default();
        from + rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(rest.len())
    };
    let equals = blank(behind);
    if content.get(equals) != Some(&b'=') {
        return (&[], equals);
    }
    let at = blank(equals + 1);
    let rest = content.get(at..).unwrap_or_default();
    if let Some((&quote @ (b'"' | b'\''), inner)) = rest.split_first() {
        let length = memchr::memchr(quote, inner).unwrap_or(inner.len());
        return (inner.get(..length).unwrap_or_default(), at + length + 2);
    }
    let end = rest.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'>');
    let length = end.unwrap_or(rest.len());
    (rest.get(..length).unwrap_or_default(), at + length)
}

fn element(tag: &Tag, behind: &[u8], page: &mut Page, found: &mut Found) {
    // Documents of LibreOffice have elements of these names that no browser runs.
    let (prefix, name) = tag.name.rsplit_once(':').unwrap_or(("", &tag.name));
    if matches!(prefix, "office" | "ooo" | "form" | "config") {
        return;
    }
    for (key, value) in &tag.attributes {
        attribute(key, value, page);
    }
    match name {
        "script" => script(tag, behind, page),
        "meta" => refresh(tag, page),
        "input" => {
            let kind = tag.value("type").unwrap_or_default();
            page.password |= kind.trim().eq_ignore_ascii_case("password");
        }
        "form" => {
            let target = tag.value("action").unwrap_or_default();
            if away(target) != Away::Local {
                page.posts.get_or_insert(target.to_owned());
            }
        }
        "a" if tag.value("download").is_some() => page.download = true,
        "iframe" | "frame" | "embed" | "object" => {
            page.frames.extend(tag.value("srcdoc").map(str::to_owned));
            let target = ["src", "data"].iter().find_map(|key| tag.value(key)).unwrap_or_default();
            if away(target) != Away::Local {
                found.note(Deed::Remote, &format!("{name} {target}"));
            }
            if tag.value("classid").is_some() {
                found.note(Deed::Control, &format!("{name} of a class"));
            }
        }
        "applet" => found.note(Deed::Control, "applet"),
        _ => {}
    }
}

/// Script, of the page's own or from elsewhere; `behind` is what follows the tag.
fn script(tag: &Tag, behind: &[u8], page: &mut Page) {
    // Data for search engines and templates are not run.
    const DATA: &[&str] = &["json", "template", "x-mathjax", "xml", "importmap", "html", "math/"];
    let kind = tag.value("type").unwrap_or_default().to_ascii_lowercase();
    let source = ["src", "href", "xlink:href"].iter().find_map(|key| tag.value(key));
    let head = behind.get(..64).unwrap_or(behind);
    let empty = source.is_none() && head.trim_ascii_start().starts_with(b"</");
    if !empty && !DATA.iter().any(|word| kind.contains(word)) {
        let what = source.map_or("script".to_owned(), |source| format!("script from {source}"));
        page.script.get_or_insert(what);
    }
}

/// A page that sends its reader on.
fn refresh(tag: &Tag, page: &mut Page) {
    let kind = tag.value("http-equiv").unwrap_or_default();
    let target = tag.value("content").unwrap_or_default().to_ascii_lowercase();
    let leads = ["http", "data:", "//"].iter().any(|word| target.contains(word));
    if kind.trim().eq_ignore_ascii_case("refresh") && leads {
        page.script.get_or_insert(format!("page that leads elsewhere by itself: {target}"));
    }
}

/// How the names of browsers' events begin, behind `on`.
const EVENTS: &[&str] = &[
    "abort",
    "activate",
    "after",
    "animation",
    "auxclick",
    "before",
    "begin",
    "blur",
    "bounce",
    "canplay",
    "change",
    "click",
    "contextmenu",
    "copy",
    "cut",
    "dblclick",
    "drag",
    "drop",
    "duration",
    "emptied",
    "end",
    "error",
    "filterchange",
    "finish",
    "focus",
    "hashchange",
    "input",
    "invalid",
    "key",
    "load",
    "message",
    "mouse",
    "page",
    "paste",
    "play",
    "pointer",
    "popstate",
    "progress",
    "propertychange",
    "readystate",
    "repeat",
    "reset",
    "resize",
    "scroll",
    "search",
    "seek",
    "select",
    "show",
    "start",
    "submit",
    "timeupdate",
    "toggle",
    "touch",
    "transition",
    "unload",
    "volume",
    "waiting",
    "webkit",
    "wheel",
    "zoom",
];

/// Attributes that run: handlers, and addresses that are script.
fn attribute(key: &str, value: &str, page: &mut Page) {
    let event = key.strip_prefix("on").unwrap_or_default();
    let handler = EVENTS.iter().any(|known| event.starts_with(known)) && !value.trim().is_empty();
    if handler {
        page.script.get_or_insert(format!("handler {key}"));
    }
    let key = key.rsplit(':').next().unwrap_or_default();
    if !matches!(
        key,
        "href" | "src" | "action" | "data" | "formaction" | "to" | "values" | "srcdoc"
    ) {
        return;
    }
    // Browsers drop controls and blanks within and before the scheme.
    let address: String =
        value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).take(64).collect();
    let address = address.to_ascii_lowercase();
    let code = address.strip_prefix("javascript:").or_else(|| address.strip_prefix("vbscript:"));
    // What stands for "does nothing" in most saved pages.
    let nothing = ["", ";", "void(0)", "void(0);", "void0", "//", "#"];
    if code.is_some_and(|code| !nothing.contains(&code)) {
        page.script.get_or_insert(format!("address that is script: {address}"));
    }
    if address.starts_with("data:text/html")
        || address.starts_with("data:image/svg+xml") && key != "src"
    {
        page.script.get_or_insert("a page inside an address".to_owned());
    }
}
