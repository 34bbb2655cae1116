//! Text against its charset and against Unicode: what is not valid, what is Vietnamese in a
//! legacy encoding, and what has lost its diacritics.
//!
//! TCVN 6909:2001 is Unicode. Labels and fonts are often wrong, so the spelling decides
//! (`text::judge`): a label alone proves nothing, and what cannot be told is no finding.

mod document;

pub use document::{Documents, UNREAD};

use super::{Check, Found, MessageCheck, PartCheck};
use crate::facts::{Facts, Part, Role};
use crate::mail::{Family, name::escape};
use crate::rules::Policy;
use crate::text::{self, Encoding as Legacy, Reading, Run, Sample};
use crate::verdict::{Class, Finding, Kind};
use encoding_rs::{Encoding, UTF_8};
use std::borrow::Cow;

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

/// Unicode under another label.
pub const MISLABELLED: Kind = Kind {
    name: "encoding.mislabelled",
    class: Class::Policy,
    about: "Unicode text under the label of another charset",
};

/// Lawful, counted only.
pub const COMBINING: Kind = Kind {
    name: "text.combining",
    class: Class::Policy,
    about: "Vietnamese letters taken apart into letter and mark (NFD), which TCVN 6909:2001 allows",
};

/// Vietnamese that has lost its diacritics.
pub const UNDIACRITICAL: Kind = Kind {
    name: "text.undiacritical",
    class: Class::Policy,
    about: "Vietnamese text written without diacritics",
};

/// The check itself broke.
pub const UNSCANNED: Kind = Kind {
    name: "encoding.unscanned",
    class: Class::Policy,
    about: "the charset was not compared with the content",
};

/// Bytes of a letter in which lost diacritics are looked for: its first pages.
const LETTER: usize = 32 << 10;
/// Characters of the evidence: a dozen words, twice.
const EVIDENCE: usize = 400;
/// Names of one part that are judged.
const NAMES: usize = 4;

/// Holds text parts and file names against Unicode.
pub struct Charset;

impl Check for Charset {
    fn name(&self) -> &'static str {
        "encoding"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        &[&INVALID, &LEGACY, &MISLABELLED, &COMBINING, &UNDIACRITICAL, &UNSCANNED]
    }
    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl PartCheck for Charset {
    fn inspect(&self, part: &Part, _: &Policy) -> Vec<Finding> {
        let mut findings = of_names(part);
        if !is_text(part) {
            return findings;
        }
        let label = part.charset.as_deref();
        let bytes = text::unicode(&part.bytes, label);
        let runs = runs(part, &bytes);
        let legacy = legacy(&runs, label).map(|reading| report(&reading, &part.path, None));
        let is_legacy = legacy.is_some();
        findings.extend(legacy);
        let utf8 = simdutf8::basic::from_utf8(&part.bytes).ok();
        if !part.bytes.is_ascii() {
            findings.extend(label.and_then(|label| against_label(part, label, utf8.is_some())));
        }
        findings.extend(
            is_combining(&runs)
                .then(|| Finding::at(&COMBINING, &part.path, "letters and marks apart (NFD)")),
        );
        // A text that is UTF-8 as it stands need not be put together of its runs.
        let plain = utf8.filter(|_| !is_page(part) && matches!(bytes, Cow::Borrowed(_)));
        let letter = || plain.map_or_else(|| first_pages(&runs), first_page);
        // VIQR writes diacritics, if beside their letters.
        if part.role == Role::Body && !is_legacy && text::is_undiacritical(&letter()) {
            let detail = "Vietnamese words without diacritics";
            findings.push(Finding::at(&UNDIACRITICAL, &part.path, detail));
        }
        findings
    }
}

/// Holds what stands in the header against Unicode: the subject and the names of people.
pub struct Header;

impl Check for Header {
    fn name(&self) -> &'static str {
        "encoding_header"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        &[&LEGACY, &UNSCANNED]
    }
    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl MessageCheck for Header {
    fn conclude(&self, facts: &Facts, _: &Found, _: &Policy) -> Vec<Finding> {
        let findings = facts.head().read.iter().filter_map(|field| {
            let words = match field.name {
                "Subject" => Cow::Borrowed(field.bytes.as_slice()),
                _ => without_addresses(&field.bytes),
            };
            let sample = Sample { text: &words, label: field.label.as_deref(), font: None };
            text::judge(&sample).map(|reading| report(&reading, "", Some(field.name)))
        });
        findings.collect()
    }
}

/// A list of people without their addresses: `<…>` is ASCII and no word of anybody's language.
fn without_addresses(list: &[u8]) -> Cow<'static, [u8]> {
    let mut inside = false;
    let names = list.iter().copied().filter(|byte| {
        let was = inside;
        inside = if inside { *byte != b'>' } else { *byte == b'<' };
        !was && !inside
    });
    Cow::Owned(names.collect())
}

/// Whether people read this part as text. What is declared as text but is a picture is not.
fn is_text(part: &Part) -> bool {
    let declared = part.declared.as_deref().is_none_or(|declared| declared.starts_with("text/"));
    match part.detected.family {
        // XML and the like: the text of documents is read by who knows their format.
        _ if part.role == Role::Component => false,
        Family::Text => true,
        Family::Unknown | Family::Mail | Family::Script => declared && part.role != Role::Member,
        _ => false,
    }
}

/// Whether a part is read as HTML.
fn is_page(part: &Part) -> bool {
    part.declared.as_deref() == Some("text/html") || part.detected.mime == "text/html"
}

/// The text of a part, in runs of one font.
fn runs<'b>(part: &Part, bytes: &'b [u8]) -> Vec<Run<'b>> {
    if is_page(part) {
        return text::html_runs(bytes.get(..text::PAGE).unwrap_or(bytes));
    }
    vec![Run { text: Cow::Borrowed(bytes), ..Run::default() }]
}

/// The reading of the runs in each legacy font, and of all others; the one of most words counts.
fn legacy(runs: &[Run<'_>], label: Option<&str>) -> Option<Reading> {
    let font = |run: &Run<'_>| run.font.as_deref().and_then(Legacy::of_font);
    let mut fonts: Vec<Option<Legacy>> = runs.iter().map(font).collect();
    fonts.sort();
    fonts.dedup();
    let readings = fonts.into_iter().filter_map(|wanted| {
        let mut of_font = runs.iter().filter(|run| font(run) == wanted).peekable();
        let first = of_font.next()?;
        let text = match of_font.peek() {
            None => Cow::Borrowed(first.text.as_ref()),
            Some(_) => Cow::Owned(of_font.fold(first.text.to_vec(), |mut all, run| {
                all.extend_from_slice(&run.text);
                all
            })),
        };
        text::judge(&Sample { text: &text, label, font: wanted })
    });
    readings.max_by_key(|reading| reading.words)
}

/// The finding for a reading: what, where, and the words as they stand and as they should read.
fn report(reading: &Reading, path: &str, field: Option<&str>) -> Finding {
    let field = field.map(|field| format!("{field}: ")).unwrap_or_default();
    let misread = if reading.misread { " taken for Latin-1" } else { "" };
    evidence(reading, path, &field, misread)
}

/// The same; `before` and `behind` stand around the name of the encoding.
fn evidence(reading: &Reading, path: &str, before: &str, behind: &str) -> Finding {
    let mut detail = format!(
        "{before}{}{behind}, {:.0} % of {} words:",
        reading.encoding.name(),
        reading.share * 100.0,
        reading.words
    );
    for (stands, reads) in &reading.shown {
        let pair = format!(" {stands} → {reads};");
        if detail.chars().count() + pair.chars().count() > EVIDENCE {
            break;
        }
        detail += &pair;
    }
    Finding::at(&LEGACY, path, escape(detail.trim_end_matches(';'), EVIDENCE)).what(reading.name())
}

/// File names in a legacy encoding.
fn of_names(part: &Part) -> Vec<Finding> {
    if part.role == Role::Component {
        return Vec::new();
    }
    let readings = part.names.iter().take(NAMES).filter_map(|name| {
        let reading = text::judge_name(name, part.role == Role::Member)?;
        let finding = report(&reading, &part.path, Some("file name"));
        Some(finding.named(name.clone()))
    });
    readings.take(1).collect()
}

/// Whether diacritics are taken apart, in what is right Unicode otherwise.
fn is_combining(runs: &[Run<'_>]) -> bool {
    // U+0300–036F begin with CC or CD in UTF-8.
    let marks = |run: &&Run<'_>| memchr::memchr2(0xcc, 0xcd, &run.text).is_some();
    let mut marked = runs.iter().filter(marks);
    marked.any(|run| std::str::from_utf8(&run.text).is_ok_and(text::is_combining))
}

/// The first pages of a letter.
fn first_page(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text.get(..text.floor_char_boundary(LETTER)).unwrap_or_default())
}

/// The same of a letter in runs.
fn first_pages(runs: &[Run<'_>]) -> Cow<'static, str> {
    let mut letter = String::new();
    for run in runs {
        let room = LETTER.saturating_sub(letter.len()).min(run.text.len());
        let text = run.text.get(..room).unwrap_or_default();
        match simdutf8::basic::from_utf8(text) {
            Ok(text) => letter += text,
            Err(_) => letter += &String::from_utf8_lossy(text),
        }
    }
    Cow::Owned(letter)
}

/// What the label says against the bytes: not valid, or Unicode all the same.
fn against_label(part: &Part, label: &str, is_utf8: bool) -> Option<Finding> {
    let ascii = matches!(label, "us-ascii" | "ascii" | "ansi_x3.4-1968");
    let encoding = Encoding::for_label(label.as_bytes());
    let single = encoding.map_or(Legacy::of_label(label).is_some(), Encoding::is_single_byte);
    // Letters of one byte each are never valid UTF-8 by chance, but for a word or two.
    if is_utf8 && (ascii || single) {
        let detail = format!("valid UTF-8 that is labelled {label}");
        return Some(Finding::at(&MISLABELLED, &part.path, escape(&detail, EVIDENCE)).what(label));
    }
    let valid = match encoding {
        // A label for seven bits; the decoder behind it (windows-1252) would take every byte.
        _ if ascii => false,
        Some(encoding) if encoding == UTF_8 => is_utf8,
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
