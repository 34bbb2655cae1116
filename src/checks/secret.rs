//! State secrets: stamps of their grades in bodies, documents, file names and the subject.
//!
//! The evidence is the grade and the place. What else the letter says is told to nobody: where a
//! mark is found, [`super::veil`] takes the words out of all other findings too.

use super::{Check, Found, MessageCheck, PartCheck, encoding};
use crate::facts::{Facts, Part, Role};
use crate::mail::encoded_word;
use crate::rules::Policy;
use crate::text::{self, Form, Mark, Place, Secrecy, Stamps, Strength};
use crate::verdict::{Cause, Class, Finding, Grade, Kind};
use std::borrow::Cow;

/// A stamp of secrecy.
pub const MARKED: Kind = Kind {
    name: "secret.marked",
    class: Class::Policy,
    about: "a mark of state secrets (MẬT, TỐI MẬT, TUYỆT MẬT); `grade` is the grade, `what` is `strong` (a stamp) or `weak` (what may be one: in a subject, a file name, without diacritics)",
};

/// A stamp that says so.
pub const DECLASSIFIED: Kind = Kind {
    name: "secret.declassified",
    class: Class::Policy,
    about: "a document that was secret and is stamped GIẢI MẬT",
};

/// Not for everybody, and no secret.
pub const RESTRICTED: Kind = Kind {
    name: "restricted.marked",
    class: Class::Policy,
    about: "a document marked LƯU HÀNH NỘI BỘ, XEM XONG TRẢ LẠI or TÀI LIỆU THU HỒI",
};

/// Not looked for.
pub const UNSCANNED: Kind = Kind {
    name: "secret.unscanned",
    class: Class::Policy,
    about: "a text was not, or not wholly, searched for marks of secrecy",
};

/// Bytes of HTML that are read.
const PAGE: usize = 4 << 20;
/// Names of one part that are read.
const NAMES: usize = 4;

/// Looks for stamps in the texts and names of parts.
pub struct Stamp;

impl Check for Stamp {
    fn name(&self) -> &'static str {
        "secret"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        &[&MARKED, &DECLASSIFIED, &RESTRICTED, &UNSCANNED]
    }
    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl PartCheck for Stamp {
    fn inspect(&self, part: &Part, _: &Policy) -> Vec<Finding> {
        let mut stamps = of_text(part);
        if part.role != Role::Component {
            let grades = part.names.iter().take(NAMES).map(|name| text::in_name(name.as_bytes()));
            stamps.mark =
                stamps.mark.max(grades.flatten().map(|grade| hint(grade, Form::Name)).max());
        }
        findings(stamps, &part.path)
    }
}

/// Looks for a grade in the subject.
pub struct Subject;

impl Check for Subject {
    fn name(&self) -> &'static str {
        "secret_subject"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        &[&MARKED, &UNSCANNED]
    }
    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl MessageCheck for Subject {
    fn conclude(&self, facts: &Facts, _: &Found, _: &Policy) -> Vec<Finding> {
        let subjects = facts.fields.iter().filter(|field| field.name == "Subject");
        let grades = subjects.filter_map(|field| {
            let value = encoded_word::unfold(&field.raw);
            text::in_subject(&text::unicode(&value.bytes, value.label.as_deref()))
        });
        let mark = grades.max().map(|grade| hint(grade, Form::Subject));
        findings(Stamps { mark, ..Stamps::default() }, "")
    }
}

/// A mark that may be something else.
fn hint(grade: Secrecy, form: Form) -> Mark {
    Mark { strength: Strength::Weak, grade, form }
}

/// The stamps in the text of a part.
fn of_text(part: &Part) -> Stamps {
    if !encoding::is_text(part) {
        return Stamps::default();
    }
    let bytes = text::unicode(&part.bytes, part.charset.as_deref());
    let html = part.declared.as_deref() == Some("text/html") || part.detected.mime == "text/html";
    if !html {
        return text::stamps(&bytes, Place::Text);
    }
    // Tags stand between the letters of a page, so its text is what must be looked at.
    let page = bytes.get(..bytes.len().min(PAGE)).unwrap_or_default();
    let runs = text::html_runs(page);
    let text: Cow<'_, [u8]> = match runs.as_slice() {
        [one] => Cow::Borrowed(&one.text),
        many => Cow::Owned(many.iter().flat_map(|run| run.text.iter().copied()).collect()),
    };
    let stamps = text::stamps(&text, Place::Text);
    Stamps { cut: stamps.cut || page.len() < bytes.len(), ..stamps }
}

/// What stamps are as findings.
fn findings(stamps: Stamps, path: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(mark) = stamps.mark {
        let (what, grade) = (strength(mark.strength), grade(mark.grade));
        let detail = format!("{what} mark of {}: {}", grade.name(), mark.form.about());
        findings.push(Finding::at(&MARKED, path, detail).what(what).graded(grade));
    }
    if stamps.declassified {
        findings.push(Finding::at(&DECLASSIFIED, path, "stamped as no longer secret"));
    }
    if stamps.restricted {
        findings.push(Finding::at(&RESTRICTED, path, "marked as not for everybody"));
    }
    if stamps.cut {
        let detail = "more text than is searched for marks of secrecy";
        findings.push(Finding::at(&UNSCANNED, path, detail).because(Cause::OverLimit));
    }
    findings
}

fn strength(strength: Strength) -> &'static str {
    match strength {
        Strength::Weak => "weak",
        Strength::Strong => "strong",
    }
}

fn grade(grade: Secrecy) -> Grade {
    match grade {
        Secrecy::Mat => Grade::Mat,
        Secrecy::ToiMat => Grade::ToiMat,
        Secrecy::TuyetMat => Grade::TuyetMat,
    }
}
