//! Declared charset against content: what is not valid in it, and what is not Unicode.
//!
//! TCVN 6909:2001 is Unicode. Labels are often wrong, so a label alone proves nothing about
//! pure ASCII text, which is the same in all of these charsets.

use super::{Check, PartCheck};
use crate::facts::Part;
use crate::rules::Policy;
use crate::verdict::{Class, Finding, Kind};
use encoding_rs::{Encoding, UTF_8};

/// Bytes that the declared charset does not have.
pub const INVALID: Kind = Kind {
    name: "encoding.invalid",
    class: Class::Policy,
    about: "text that is not valid in its declared charset",
};

/// Vietnamese in a charset before Unicode.
pub const LEGACY: Kind = Kind {
    name: "encoding.legacy",
    class: Class::Policy,
    about: "Vietnamese text in a legacy encoding instead of Unicode (TCVN 6909:2001)",
};

/// The check itself broke.
pub const UNSCANNED: Kind = Kind {
    name: "encoding.unscanned",
    class: Class::Policy,
    about: "the charset was not compared with the content",
};

/// Holds text parts against their declared charset.
pub struct Charset;

impl Check for Charset {
    fn name(&self) -> &'static str {
        "encoding"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        &[&INVALID, &LEGACY, &UNSCANNED]
    }
    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

/// Charset labels of Vietnamese encodings that a mailer may declare, and how people know them.
const VIETNAMESE: &[(&str, &str)] = &[
    ("windows-1258", "windows-1258"),
    ("cp1258", "windows-1258"),
    ("x-cp1258", "windows-1258"),
    ("tcvn", "TCVN3 (ABC)"),
    ("tcvn5712-1", "TCVN3 (ABC)"),
    ("tcvn-5712", "TCVN3 (ABC)"),
    ("x-viet-tcvn5712", "TCVN3 (ABC)"),
    ("x-viet-vni", "VNI"),
    ("x-viet-vps", "VPS"),
    ("viscii", "VISCII"),
    ("viqr", "VIQR"),
];

impl PartCheck for Charset {
    fn inspect(&self, part: &Part, _: &Policy) -> Vec<Finding> {
        let is_text = part.declared.as_deref().is_none_or(|declared| declared.starts_with("text/"));
        let Some(label) = part.charset.as_deref().filter(|_| is_text) else { return Vec::new() };
        if part.bytes.is_ascii() {
            return Vec::new();
        }
        if let Some((_, known_as)) = VIETNAMESE.iter().find(|(known, _)| *known == label) {
            // Text under this label that is valid UTF-8 all the same is Unicode with a wrong label.
            return match simdutf8::basic::from_utf8(&part.bytes) {
                Ok(_) => Vec::new(),
                Err(_) => vec![legacy(part, known_as)],
            };
        }
        invalid(part, label).into_iter().collect()
    }
}

/// Text in a legacy encoding, by its own label.
fn legacy(part: &Part, known_as: &str) -> Finding {
    Finding::at(&LEGACY, &part.path, format!("declared and written as {known_as}")).what(known_as)
}

/// The finding, if the bytes are not valid in the charset of this label.
fn invalid(part: &Part, label: &str) -> Option<Finding> {
    let valid = match Encoding::for_label(label.as_bytes()) {
        // A label for seven bits; the decoder behind it (windows-1252) would take every byte.
        _ if matches!(label, "us-ascii" | "ascii" | "ansi_x3.4-1968") => false,
        Some(encoding) if encoding == UTF_8 => simdutf8::basic::from_utf8(&part.bytes).is_ok(),
        Some(encoding) => {
            encoding.decode_without_bom_handling_and_without_replacement(&part.bytes).is_some()
        }
        // Unknown labels say nothing that could be contradicted.
        None => true,
    };
    (!valid).then(|| {
        Finding::at(&INVALID, &part.path, format!("not valid {label}")).what(label.to_owned())
    })
}
