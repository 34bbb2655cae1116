//! State secrets: stamps of their grades in bodies, documents, file names and the subject.
//!
//! The evidence is the grade and the place. What else the letter says is told to nobody: where a
//! mark is found, [`super::veil`] takes the words out of all other findings too.

use super::{Check, Found, MessageCheck, PartCheck};
use crate::facts::{Facts, Part, Role};
use crate::rules::Policy;
use crate::text::document::{self, Area, Frame, Gap};
use crate::text::{self, Document, Form, Mark, Place, Secrecy, Stamps, Strength};
use crate::verdict::{Cause, Class, Finding, Grade, Kind};
use std::collections::HashSet;

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
        let (mut stamps, gap) = of_text(part);
        if part.role != Role::Component {
            let grades = part.names.iter().take(NAMES).map(|name| text::in_name(name.as_bytes()));
            stamps.mark =
                stamps.mark.max(grades.flatten().map(|grade| hint(grade, Form::Name)).max());
        }
        let mut findings = findings(stamps, &part.path);
        findings.extend(gap.map(|cause| {
            Finding::at(&UNSCANNED, &part.path, "text that is not read to its end").because(cause)
        }));
        findings
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
        let subjects = facts.head().read.iter().filter(|field| field.name == "Subject");
        let grades = subjects.filter_map(|field| text::in_subject(&field.bytes));
        let mark = grades.max().map(|grade| hint(grade, Form::Subject));
        findings(Stamps { mark, ..Stamps::default() }, "")
    }
}

/// A mark that may be something else.
fn hint(grade: Secrecy, form: Form) -> Mark {
    Mark { strength: Strength::Weak, grade, form }
}

/// The stamps in the text of a part, and why not all of it was searched.
fn of_text(part: &Part) -> (Stamps, Option<Cause>) {
    // Plain text need not be taken apart to see that it has none.
    let html = part.declared.as_deref() == Some("text/html");
    let label = part.charset.as_deref();
    if part.detected.mime == "text/plain"
        && !html
        && !text::may_be_stamped(&text::unicode(&part.bytes, label))
    {
        return (Stamps::default(), None);
    }
    let document = part.document();
    let mut stamps = Stamps::default();
    if text::may_be_stamped(document.as_str().as_bytes()) {
        let places = [Place::Text, Place::Header, Place::Box];
        stamps =
            places.map(|place| of_place(document, place)).into_iter().fold(stamps, Stamps::and);
    }
    (stamps, gap(stamps, document))
}

/// The stamps in one kind of places of a document: as its fonts show it, and as it stands, where
/// small letters are capitals of a font that nobody names.
fn of_place(document: &Document, wanted: Place) -> Stamps {
    let (mut shown, mut stands) = (Lines::default(), Lines::default());
    let red = red(document);
    let lines = document.lines().iter().enumerate();
    for (number, line) in lines.filter(|(_, line)| place(line.place) == wanted) {
        shown.begin(red.contains(&number));
        shown.text += &line.text;
    }
    let mut last = None;
    for piece in document.pieces().filter(|piece| place(piece.place) == wanted) {
        if last.replace(piece.line) != Some(piece.line) {
            stands.begin(red.contains(&piece.line));
        }
        stands.text += piece.text;
    }
    let stamps = shown.stamps(wanted);
    if shown == stands { stamps } else { stamps.and(stands.stamps(wanted)) }
}

/// Lines put together, and where those begin that are red.
#[derive(Default, PartialEq)]
struct Lines {
    text: String,
    red: Vec<usize>,
}

impl Lines {
    fn begin(&mut self, red: bool) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.red.extend(red.then_some(self.text.len()));
    }

    fn stamps(&self, place: Place) -> Stamps {
        text::stamps_with_red(self.text.as_bytes(), place, &self.red)
    }
}

/// The lines of a document that are red, all that is to be seen of them.
fn red(document: &Document) -> HashSet<usize> {
    let seen = || document.pieces().filter(|piece| !piece.text.trim().is_empty());
    let mut red: HashSet<usize> =
        seen().filter(|piece| piece.red).map(|piece| piece.line).collect();
    if !red.is_empty() {
        seen().filter(|piece| !piece.red).for_each(|piece| {
            red.remove(&piece.line);
        });
    }
    red
}

fn place(place: document::Place) -> Place {
    match (place.area, place.frame) {
        (Area::Header | Area::Footer, _) => Place::Header,
        (_, Frame::Box) => Place::Box,
        (Area::Body | Area::Note, Frame::Page | Frame::Cell) => Place::Text,
    }
}

/// Why not all of a text was searched, if it was not.
fn gap(stamps: Stamps, document: &Document) -> Option<Cause> {
    match document.gap() {
        Some(Gap::OverLimit) => Some(Cause::OverLimit),
        Some(Gap::Damaged) => Some(Cause::Unreadable),
        // The whole message is not examined then, and the pipeline says so.
        Some(Gap::Cancelled) => None,
        None => stamps.cut.then_some(Cause::OverLimit),
    }
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
