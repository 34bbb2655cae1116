//! Secrecy stamps: where a text bears MẬT, TỐI MẬT or TUYỆT MẬT as a stamp, not as words.
//!
//! A stamp stands alone: in a line, a box, a page header, as the value of "Độ mật". `MẬT` alone is
//! a word too (honey), so it counts as one only in the head of a document, which its anchors show.
//! Forms: TT 24/2020/TT-BCA. Almost all text is let go by the first look ([`sieve`]).

mod anchor;
mod label;
mod line;
mod names;
mod readings;
mod sieve;

pub use names::{in_name, in_subject};
pub use sieve::may_be_stamped;

use line::Says;
use readings::Reading;

/// The three grades of state secrets, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Secrecy {
    /// MẬT
    Mat,
    /// TỐI MẬT
    ToiMat,
    /// TUYỆT MẬT
    TuyetMat,
}

/// How sure a mark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// It may be something else: a person need not look, a tag is enough.
    Weak,
    /// It is a stamp.
    Strong,
}

/// What a text is to its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The letter or the document itself.
    Text,
    /// Page headers and footers.
    Header,
    /// Text boxes: a frame, as stamps have one.
    Box,
}

/// In which form a mark stands: its evidence, since its words are told to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// A line or cell of its own.
    Line,
    /// The same, near what only the head of a document has.
    Head,
    /// The same, in red, as stamps are.
    Red,
    /// The value of "Độ mật".
    Label,
    /// Before the first line's words, in brackets.
    First,
    /// In a page header or footer.
    Header,
    /// In a text box.
    Box,
    /// The sign `(M)` behind a document's number.
    Number,
    /// In the subject.
    Subject,
    /// In a file name.
    Name,
}

impl Form {
    /// In words, for a finding.
    pub fn about(self) -> &'static str {
        match self {
            Form::Line => "a line of its own",
            Form::Head => "a line of its own in the head of a document",
            Form::Red => "a line of its own in red",
            Form::Label => "the value of the field for the grade",
            Form::First => "in brackets before the first line",
            Form::Header => "in a page header or footer",
            Form::Box => "in a text box",
            Form::Number => "a sign behind the number of a document",
            Form::Subject => "in the subject",
            Form::Name => "in a file name",
        }
    }
}

/// A mark of secrecy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// How sure it is.
    pub strength: Strength,
    /// The grade.
    pub grade: Secrecy,
    /// The form.
    pub form: Form,
}

/// What a text bears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamps {
    /// The surest mark, of those the gravest.
    pub mark: Option<Mark>,
    /// GIẢI MẬT: it was secret once.
    pub declassified: bool,
    /// LƯU HÀNH NỘI BỘ, XEM XONG TRẢ LẠI, TÀI LIỆU THU HỒI.
    pub restricted: bool,
    /// More lines than are looked at had to be left out.
    pub cut: bool,
}

impl Stamps {
    /// What both bear.
    #[must_use]
    pub fn and(self, other: Stamps) -> Stamps {
        Stamps {
            mark: self.mark.max(other.mark),
            declassified: self.declassified || other.declassified,
            restricted: self.restricted || other.restricted,
            cut: self.cut || other.cut,
        }
    }
}

/// Lines that are read closely; the sieve lets few through, and a flood of them must end.
const LINES: usize = 4096;
/// Lines alike whose surroundings are looked at.
const ALONE: usize = 64;
/// Bytes of empty lines before the first.
const BLANK: usize = 256;
/// Lines with words between a stamp and what shows the head of a document.
const NEAR: usize = 16;
/// Lines with words between two grades of one list.
const LIST: usize = 3;

/// Reads the stamps of a text in any encoding: bytes after transfer decoding, UTF-16 as UTF-8.
/// Linear, whatever the text.
pub fn stamps(text: &[u8], place: Place) -> Stamps {
    stamps_with_red(text, place, &[])
}

/// The same, where it is known which lines are red: where these begin, in order.
pub fn stamps_with_red(text: &[u8], place: Place, red: &[usize]) -> Stamps {
    let mut stamps = Stamps::default();
    let (lines, cut) = sieve::lines(text, LINES);
    stamps.cut = cut;
    let mut alone: Vec<Alone> = Vec::new();
    for at in lines {
        let line = sieve::Line::at(text, at);
        let Some((reading, says)) = readings::first(line.bytes, |words| {
            line::says(words, line.whole, place).or_else(|| first_line(text, &line, words))
        }) else {
            continue;
        };
        match says {
            Says::Mark(mark) => stamps.mark = stamps.mark.max(Some(mark)),
            Says::Declassified => alone.push(Alone { at, reading, said: None }),
            Says::Restricted => stamps.restricted = true,
            Says::Alone(said) => alone.push(Alone { at, reading, said: Some(said) }),
        }
        if alone.len() >= ALONE {
            stamps.cut = true;
            break;
        }
    }
    judge(text, &alone, red, &mut stamps);
    stamps
}

/// `[TỐI MẬT] Kế hoạch`, where it opens the text.
fn first_line(text: &[u8], line: &sieve::Line<'_>, words: &str) -> Option<Says> {
    let before = text.get(..line.start).unwrap_or_default();
    let first = before.len() <= BLANK && before.iter().all(u8::is_ascii_whitespace);
    if first { line::opens(words) } else { None }
}

/// A line that is a stamp and nothing else: what it is depends on the lines around it.
struct Alone {
    at: usize,
    reading: Reading,
    /// The grade; none for GIẢI MẬT.
    said: Option<line::Alone>,
}

/// Weighs lines of their own by what stands around them.
fn judge(text: &[u8], alone: &[Alone], red: &[usize], stamps: &mut Stamps) {
    for one in alone {
        let Some(said) = one.said else {
            stamps.declassified = true;
            continue;
        };
        let grades = alone.iter().filter_map(|other| Some((other.at, other.said?.grade)));
        let listed = |(at, grade): (usize, Secrecy)| {
            grade != said.grade && sieve::between(text, one.at, at) <= LIST
        };
        if grades.into_iter().any(listed) {
            continue;
        }
        let lifted =
            |other: &Alone| other.said.is_none() && sieve::between(text, one.at, other.at) <= NEAR;
        if alone.iter().any(lifted) {
            continue;
        }
        let named = |line: sieve::Line<'_>| {
            one.reading.of(line.bytes).is_some_and(|words| label::is_name(&words))
        };
        if sieve::before(text, one.at).next().is_some_and(named) && said.is_value() {
            let (strength, grade, form) = (Strength::Strong, said.grade, Form::Label);
            stamps.mark = stamps.mark.max(Some(Mark { strength, grade, form }));
            continue;
        }
        let form = match () {
            () if anchor::is_near(text, one.at) => Form::Head,
            () if red.binary_search(&one.at).is_ok() => Form::Red,
            () => Form::Line,
        };
        stamps.mark = stamps.mark.max(said.mark(form, one.reading.is_right()));
    }
}
