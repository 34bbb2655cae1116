//! Pages and vector pictures: script, password forms, frames, and files built in the browser.
//!
//! A mail program strips script from a letter's body; the same HTML as an attachment is opened by
//! a browser, which runs it. Comments are read like the rest, since browsers disagree on their end.

use super::Found;
use super::address::{self, Address};
use super::fields::{Away, away};
use super::tag::{self, Element, Tag, is_address, is_event, tag};
use super::{markup, rawtext, smuggle, wordpage};
use crate::archive::olepackage;
use crate::facts::Deed;
use crate::mail::Budget;
use std::collections::HashSet;

/// A letter's own HTML: script is counted, and files in `data:` links are taken out.
pub(super) fn body(content: &[u8], found: &mut Found, budget: &mut Budget) {
    let has = |word: &[u8]| memchr::memmem::find(content, word).is_some();
    if has(b"<script") || has(b"<SCRIPT") || has(b"<Script") {
        found.note(Deed::Script, "script in the letter's HTML, which mail programs do not run");
    }
    if !address::may_have(content) {
        return;
    }
    // Only the addresses matter here: what else its elements do, mail programs do not let happen.
    let Some(page) = elements(content, &mut Found::default(), budget) else { return };
    let carried = address::files(content, &page.addresses, budget);
    if carried.more {
        found.note(Deed::Smuggling, MORE);
    }
    hand_over(carried.files, Vec::new(), found, budget);
}

/// Said where a page carries more than is taken out.
const MORE: &str = "a page that carries more files than are looked at";

/// Files of addresses, and files in strings that are none of those, as members.
fn hand_over(
    files: Vec<address::File>,
    payloads: Vec<(&'static str, Vec<u8>)>,
    found: &mut Found,
    budget: &mut Budget,
) {
    let known: HashSet<&[u8]> = files.iter().map(|file| &file.bytes[..]).collect();
    let others: Vec<_> =
        payloads.into_iter().filter(|(_, bytes)| !known.contains(&bytes[..])).collect();
    drop(known);
    let files = files.into_iter().map(|file| (file.name, file.extension, file.bytes));
    let others = others.into_iter().map(|(extension, bytes)| (None, extension, bytes));
    let numbered = files.chain(others).enumerate();
    let named: Vec<_> = numbered
        .map(|(n, (name, extension, bytes))| {
            (name.unwrap_or_else(|| format!("payload{}.{extension}", n + 1)), bytes)
        })
        .collect();
    if !named.is_empty() {
        found.opened.push(olepackage::handed_over(false, named, budget));
    }
}

/// Whether a page or drawing without a name does anything but show.
pub(super) fn acts(content: &[u8], budget: &Budget) -> bool {
    let mut found = Found::default();
    let page = elements(content, &mut found, budget);
    markup::look(content, &mut found);
    !found.active.is_empty()
        || page.is_none_or(|page| {
            page.script.is_some()
                || page.posts.is_some()
                || !page.frames.is_empty()
                || !page.addresses.is_empty()
        })
}

/// What a page holds, before it is judged.
#[derive(Default)]
struct Page {
    script: Option<String>,
    password: bool,
    posts: Option<String>,
    /// Whether a form goes to an address that the page's base completes.
    completed: bool,
    /// Where addresses of the page begin, if elsewhere.
    base: Option<String>,
    download: bool,
    /// Attributes that are files.
    addresses: Vec<Address>,
    /// Pages in attributes (`srcdoc`), decoded.
    frames: Vec<String>,
    /// The first frame whose address the page's base completes.
    inner: Option<String>,
    /// Whether a browser may read it as XML: nothing of XML that runs goes without a namespace.
    xml: bool,
    /// Whether it declares entities, whose references nothing here resolves.
    entities: bool,
}

impl Page {
    /// Notes script, or what may be.
    fn tells(&mut self, what: &str) {
        self.script.get_or_insert(what.to_owned());
    }

    /// Whether a reference to an entity of the page's own stands in the value of an attribute.
    fn hides(&self, value: &str) -> bool {
        self.entities && value.contains('&')
    }

    /// Notes a frame that is elsewhere because the page's base is.
    fn relative(&self, found: &mut Found) {
        if let (Some(base), Some(inner)) = (&self.base, &self.inner) {
            found.note(Deed::Remote, &format!("frame {inner} below {base}"));
        }
    }
}

/// A page or picture that a browser opens.
pub(super) fn file(content: &[u8], found: &mut Found, budget: &mut Budget) {
    wordpage::look(content, found);
    nested(content, 0, found, budget);
}

/// A page at this depth of pages within attributes. A level is shorter than the one around it, so
/// all are read in a few times the time of the first.
fn nested(content: &[u8], depth: usize, found: &mut Found, budget: &mut Budget) {
    /// Deeper than any page was seen.
    const DEEPEST: usize = 4;
    let Some(mut page) = elements(content, found, budget) else { return };
    markup::look(content, found);
    // A field that shows dots for what is typed, whatever it calls itself.
    page.password |= memchr::memmem::find(content, b"text-security").is_some();
    for frame in std::mem::take(&mut page.frames) {
        match depth < DEEPEST {
            true => nested(frame.as_bytes(), depth + 1, found, budget),
            false => found.note(Deed::Smuggling, "pages hidden in pages in pages"),
        }
    }
    let script = page.script.is_some();
    let carried = address::files(content, &page.addresses, budget);
    let payloads = if script || page.download || memchr::memmem::find(content, b"base64").is_some()
    {
        smuggle::payloads(content, budget)
    } else {
        Vec::new()
    };
    let files = !payloads.is_empty() || carried.files.iter().any(|file| file.grave);
    if script && (smuggle::builds_file(content) || files) || page.download && files {
        found.note(Deed::Smuggling, "a page that builds a file in the browser");
    }
    if carried.more || payloads.len() >= smuggle::MOST {
        found.note(Deed::Smuggling, MORE);
    }
    if page.password {
        let base = page.base.clone().filter(|_| page.completed);
        let sends = page.posts.clone().or(base);
        let sends = sends.or_else(|| smuggle::sends(content).filter(|_| script));
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
    hand_over(carried.files, payloads, found, budget);
}

/// What the elements of a page say; `None` where no time is left.
fn elements(content: &[u8], found: &mut Found, budget: &Budget) -> Option<Page> {
    let has = |word: &[u8]| memchr::memmem::find(content, word).is_some();
    let (xml, entities) = (has(b"xmlns"), has(b"<!ENTITY"));
    let mut page = Page { xml, entities, ..Page::default() };
    let own = markup::of_documents(content);
    let mut bogus = rawtext::Bogus::default();
    // Values are read once more from where a text ends in them, in all this often at most.
    let mut again = 2 * content.len();
    let mut at = 0;
    let mut count = 0u32;
    while let Some(next) = memchr::memchr(b'<', content.get(at..).unwrap_or_default()) {
        count = count.wrapping_add(1);
        if count.is_multiple_of(4096) && budget.check().is_err() {
            return None;
        }
        at += next + 1;
        bogus.begin(content, at);
        let Element { tag, end, outside } = tag(content, at);
        let outside = outside.into_iter().chain(bogus.between(at, end)).min();
        if let Some(tag) = tag {
            attributes(&tag, &mut page);
            let (prefix, name) = tag.name.rsplit_once(':').unwrap_or(("", &tag.name));
            if !own.contains(&prefix) {
                element(name, &tag, content.get(end..).unwrap_or_default(), &mut page, found);
            }
        }
        let repeats = outside.map_or(0, |outside| end - outside);
        at = if repeats <= again { outside.unwrap_or(end) } else { end };
        match again.checked_sub(repeats) {
            Some(left) => again = left,
            None => page.tells("markup in markup beyond what is looked at"),
        }
    }
    page.relative(found);
    Some(page)
}

/// What the attributes of any element say.
fn attributes(tag: &Tag, page: &mut Page) {
    for one in &tag.attributes {
        attribute(&one.key, &one.value, page);
    }
    for at in &tag.addresses {
        // A click on a link keeps it under this name.
        let link = matches!(tag.name.rsplit(':').next(), Some("a" | "area"));
        let name = tag.value("download").filter(|_| link);
        page.addresses.push(Address { at: at.clone(), name: name.map(str::to_owned) });
    }
    if tag.crowded {
        page.tells("an element of more attributes than are looked at");
    }
}

/// What an element does; `name` is without prefix, `behind` is what follows the tag.
fn element(name: &str, tag: &Tag, behind: &[u8], page: &mut Page, found: &mut Found) {
    destination(name, tag, page);
    match name {
        "script" => script(tag, behind, page),
        "meta" => refresh(tag, page),
        "input" => {
            let mut kinds = tag.values("type");
            page.password |=
                kinds.any(|kind| kind.trim().eq_ignore_ascii_case("password") || page.hides(kind));
        }
        "a" | "area" => {
            page.download |= tag.value("download").is_some();
            if let Some(target) = tag.values("href").find(|target| address::is_search(target)) {
                found.note(Deed::Remote, &format!("link {target}"));
            }
        }
        "iframe" | "frame" | "embed" | "object" => frame(name, tag, page, found),
        "applet" => found.note(Deed::Control, "applet"),
        // What Word attaches when it opens the page.
        "attachedtemplate" => {
            if let Some(target) = tag.values("href").find(|target| away(target) != Away::Local) {
                found.note(Deed::Template, &format!("template {target}"));
            }
        }
        _ => {}
    }
}

/// A page within the page, which no click opens.
fn frame(name: &str, tag: &Tag, page: &mut Page, found: &mut Found) {
    page.frames.extend(tag.values("srcdoc").map(str::to_owned));
    for target in ["src", "data"].into_iter().flat_map(|key| tag.values(key)) {
        if away(target) != Away::Local || address::starts_program(target) {
            found.note(Deed::Remote, &format!("{name} {target}"));
        } else if address::is_page(target) {
            page.tells("a page inside an address");
        } else if !target.is_empty() && !target.contains(':') {
            page.inner.get_or_insert(target.to_owned());
        }
    }
    if tag.value("classid").is_some() {
        found.note(Deed::Control, &format!("{name} of a class"));
    }
}

/// Where what is typed goes to: the form says, or its button, and the page's base completes it.
fn destination(name: &str, tag: &Tag, page: &mut Page) {
    let elsewhere = |key: &str| tag.values(key).find(|target| away(target) != Away::Local);
    if let Some(target) = elsewhere("formaction") {
        page.posts.get_or_insert(target.to_owned());
    }
    match name {
        "form" => match elsewhere("action") {
            Some(target) => drop(page.posts.get_or_insert(target.to_owned())),
            // Without one a form goes to where the page is, whatever its base.
            None => page.completed |= tag.value("action").is_some_and(|to| !to.trim().is_empty()),
        },
        "base" => {
            let target = elsewhere("href").map(str::to_owned);
            page.base = page.base.take().or(target);
        }
        _ => {}
    }
}

/// Script, of the page's own or from elsewhere; `behind` is what follows the tag.
fn script(tag: &Tag, behind: &[u8], page: &mut Page) {
    // Data for search engines and templates are not run.
    const DATA: &[&str] = &["json", "template", "x-mathjax", "xml", "importmap", "html", "math/"];
    let is_data = |kind: &str| {
        let kind = kind.to_ascii_lowercase();
        DATA.iter().any(|word| kind.contains(word))
    };
    let has_kind = if page.xml { tag.exact("type") } else { tag.value("type") }.is_some();
    let runs = !has_kind || !tag.values("type").all(is_data);
    let source = ["src", "href", "xlink:href"].iter().find_map(|key| tag.value(key));
    let head = behind.get(..64).unwrap_or(behind);
    let empty = source.is_none() && head.trim_ascii_start().starts_with(b"</");
    if !empty && runs {
        let what = source.map_or("script".to_owned(), |source| format!("script from {source}"));
        page.script.get_or_insert(what);
    }
}

/// A page that sends its reader on: to another place, or to a program by the scheme of an address.
fn refresh(meta: &Tag, page: &mut Page) {
    if !meta.values("http-equiv").any(|kind| kind.trim().eq_ignore_ascii_case("refresh")) {
        return;
    }
    for target in meta.values("content") {
        let plain = address::plain(target).replace("about:", "").replace("mailto:", "");
        // No person writes so much: what stands behind it is not seen.
        if page.hides(&plain)
            || plain.contains(':')
            || plain.contains("//")
            || target.len() >= tag::VALUE
        {
            page.tells(&format!("page that leads elsewhere by itself: {target}"));
        }
    }
}

/// Attributes that run: handlers, and addresses that are script.
fn attribute(key: &str, value: &str, page: &mut Page) {
    if is_event(key) {
        page.script.get_or_insert(format!("handler {key}"));
    }
    if !is_address(key) {
        return;
    }
    let key = key.rsplit(':').next().unwrap_or_default();
    // Browsers drop controls and blanks within and before the scheme.
    let address: String =
        value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).take(64).collect();
    let address = address.to_ascii_lowercase();
    let code = address.strip_prefix("javascript:").or_else(|| address.strip_prefix("vbscript:"));
    let scheme = address.split([':', '/', '?', '#']).next().unwrap_or_default();
    if page.hides(scheme) {
        page.tells("an address that an entity stands for");
    }
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
