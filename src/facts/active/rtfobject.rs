//! Objects of RTF: what stands in their digits (MS-OLEDS 2.2).

use super::fields::{Away, away};
use super::{Found, equation};
use crate::archive::{Why, olepackage};
use crate::facts::Deed;
use crate::mail::Budget;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// Objects of one document that are taken out: a text of a thousand formulas has as many.
const OBJECTS: u32 = 2000;

/// The objects of one document so far, however often it is read.
#[derive(Default)]
pub(super) struct Objects {
    count: u32,
    /// Whether the document is read once more: only what is new in it counts.
    pub(super) again: bool,
    known: HashSet<u64>,
    /// Of chance, so that nobody makes two objects of one number.
    numbers: RandomState,
}

impl Objects {
    /// One object in digits.
    pub(super) fn take(
        &mut self,
        digits: &[u8],
        updates: bool,
        found: &mut Found,
        budget: &mut Budget,
    ) {
        if digits.len() < 16 {
            return;
        }
        let new = self.known.insert(self.numbers.hash_one((digits, updates)));
        if self.again && !new {
            return;
        }
        self.count += 1;
        if self.count > OBJECTS {
            return self.beyond(found, budget);
        }
        let bytes = pairs(digits);
        let shifted = || pairs(digits.get(1..).unwrap_or_default());
        let bytes = if is_object(&bytes) {
            bytes
        } else {
            Some(shifted()).filter(|b| is_object(b)).unwrap_or(bytes)
        };
        let risky = self.content(&bytes, found, budget);
        if updates && risky {
            found
                .note(Deed::Launch, "an object that updates by itself when the document is opened");
        }
    }

    /// Says once that objects are left that nobody looked at.
    fn beyond(&self, found: &mut Found, budget: &mut Budget) {
        if self.count == OBJECTS + 1 {
            let detail = "more objects than are opened";
            let told = olepackage::in_trouble(Why::OverLimit, detail, budget);
            found.opened.push(told);
        }
    }

    /// What the object is (MS-OLEDS 2.2.5). Whether it may load or start something.
    fn content(&self, bytes: &[u8], found: &mut Found, budget: &mut Budget) -> bool {
        let (class, format, behind) = header(bytes).unwrap_or_default();
        let name = class.to_ascii_lowercase();
        let mut risky = format == 1 && linked(behind, found);
        let data = text(behind).and_then(|(_, rest)| text(rest)).map(|(_, rest)| rest);
        if name == "package" {
            found.note(Deed::Package, "a file packed inside (OLE package)");
            // The length field stands where the stream of an OLE file has its own.
            let package = data.and_then(|data| olepackage::package(data, budget));
            found.opened.extend(package);
            risky = true;
        }
        let content = data.and_then(|data| data.get(4..)).unwrap_or_default();
        if name.starts_with("equation") {
            equation::stream(content, found);
            risky = true;
        }
        control(&name, found);
        risky |= name == "ole2link" || name.contains("html") || name.contains("script");
        // A document of later offices stands there as it is.
        let zip = Some(content).filter(|data| data.starts_with(b"PK\x03\x04"));
        let inner = memchr::memmem::find(bytes, OLE).and_then(|at| bytes.get(at..)).or(zip);
        if let Some(inner) = inner.map(<[u8]>::to_owned) {
            let files = vec![(format!("object{}", self.count), inner)];
            found.opened.push(olepackage::handed_over(true, files, budget));
        }
        risky
    }
}

/// Where a linked object is. Whether what is loaded from there may run.
fn linked(behind: &[u8], found: &mut Found) -> bool {
    let target = text(behind).map(|(target, _)| target).unwrap_or_default();
    let deed = match away(&target) {
        Away::Local => return false,
        Away::Share => Deed::Remote,
        Away::Web | Away::Handler => Deed::Template,
    };
    found.note(deed, &format!("object linked to {target}"));
    deed == Deed::Template
}

/// Controls by the name of their class, in lower case.
fn control(name: &str, found: &mut Found) {
    // The browser as a control, and those that were broken most (CVE-2012-0158).
    const BROKEN: &[&str] = &["shellexplorer", "mscomctllib", "comctl"];
    if name.starts_with("otkloadr") {
        found.note(Deed::Exploit, "object that loads a library at a known address");
    }
    if name.contains("shockwave") {
        found.note(Deed::Control, "Flash");
    }
    if BROKEN.iter().any(|known| name.starts_with(known)) {
        found.note(Deed::Control, &format!("ActiveX {name}"));
    }
}

const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Two digits a byte.
fn pairs(digits: &[u8]) -> Vec<u8> {
    digits
        .chunks_exact(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .collect()
}

/// Whether bytes have the head of an embedded or linked object, or an OLE file in them.
fn is_object(bytes: &[u8]) -> bool {
    header(bytes).is_some() || memchr::memmem::find(bytes, OLE).is_some()
}

/// Class name and format (1 linked, 2 embedded) of an object, and what follows.
fn header(bytes: &[u8]) -> Option<(String, u32, &[u8])> {
    let format = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
    let (class, rest) = text(bytes.get(8..)?)?;
    let named = class.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    (matches!(format, 1 | 2) && named && !class.is_empty()).then_some((class, format, rest))
}

/// A text with its length in front, its NUL included.
fn text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let length = usize::try_from(u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?)).ok()?;
    let rest = bytes.get(4..)?;
    if length > 4096 {
        return None;
    }
    let content = rest.get(..length)?;
    let content = content.strip_suffix(b"\0").unwrap_or(content);
    let text =
        content.iter().take_while(|byte| **byte != 0).map(|&byte| char::from(byte)).collect();
    Some((text, rest.get(length..)?))
}
