//! What one line says: a stamp and nothing else, the field for the grade, or words.

use super::{Form, Mark, Place, Secrecy, Strength, anchor, label};

/// What a line says, if it says anything of secrecy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// Sure by itself.
    Mark(Mark),
    /// A grade alone: the lines around it decide.
    Alone(Alone),
    /// GIẢI MẬT
    Declassified,
    /// LƯU HÀNH NỘI BỘ and the like.
    Restricted,
}

/// A grade that stands alone in its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Alone {
    pub(super) grade: Secrecy,
    /// In capitals.
    capital: bool,
    /// Without diacritics.
    bare: bool,
    /// With another column beside it.
    shared: bool,
}

impl Alone {
    /// Whether it can be the value of the field for the grade: MAT may be anything.
    pub(super) fn is_value(self) -> bool {
        !(self.bare && self.grade == Secrecy::Mat)
    }

    /// What it is in the head of a document or in red, or elsewhere; `right`: it is right Unicode, not an
    /// old font, whose capitals are small letters.
    pub(super) fn mark(self, form: Form, right: bool) -> Option<Mark> {
        use Strength::{Strong, Weak};
        let upper = self.capital || !right;
        let anchored = form != Form::Line;
        let strength = match (self.grade, anchored) {
            (_, false) if self.shared => None,
            (Secrecy::Mat, true) if self.bare => self.capital.then_some(Weak),
            (Secrecy::Mat, true) => Some(if upper { Strong } else { Weak }),
            // Three letters alone: an old font could be any language's.
            (Secrecy::Mat, false) => (self.capital && right && !self.bare).then_some(Weak),
            (_, true) => Some(if self.capital || !self.bare { Strong } else { Weak }),
            (_, false) if self.bare => self.capital.then_some(Weak),
            (_, false) => Some(if self.capital { Strong } else { Weak }),
        }?;
        Some(Mark { strength, grade: self.grade, form })
    }
}

/// What a line says; `whole` unless its end was cut off.
pub(super) fn says(line: &str, whole: bool, place: Place) -> Option<Says> {
    match label::says(line) {
        label::Says::Grade(grade) => {
            return Some(Says::Mark(Mark { strength: Strength::Strong, grade, form: Form::Label }));
        }
        label::Says::Other => return None,
        label::Says::Nothing => {}
    }
    if !whole {
        return None;
    }
    let says = match place {
        Place::Header => in_header(line),
        Place::Box => alone(line, false).map(|alone| in_box(&alone)),
        Place::Text => None,
    };
    says.or_else(|| alone(line, false).map(Says::Alone))
        .or_else(|| other(line))
        .or_else(|| copy(line))
        .or_else(|| column(line).map(Says::Alone))
        .or_else(|| number(line))
}

/// A text box is the frame of a stamp.
fn in_box(alone: &Alone) -> Says {
    let strength = match alone {
        Alone { grade: Secrecy::Mat, bare: true, .. } => Strength::Weak,
        _ => Strength::Strong,
    };
    Says::Mark(Mark { strength, grade: alone.grade, form: Form::Box })
}

/// Page headers hold more than the stamp: the number of the copy, of the page, a title.
fn in_header(line: &str) -> Option<Says> {
    let pieces = || line.split(['–', '—', '|', ':', '\t', '-']).map(str::trim);
    let found = pieces().find_map(|piece| alone(piece, false))?;
    let ordinary = pieces().all(|piece| {
        let letters: String = piece.chars().filter(|c| c.is_alphabetic()).collect();
        let letters = letters.to_lowercase();
        matches!(letters.as_str(), "" | "bảnsố" | "sốbản" | "trang" | "tờsố")
            || alone(piece, false).is_some()
    });
    let strength = match found {
        Alone { bare: true, grade: Secrecy::Mat, .. } => Strength::Weak,
        Alone { capital, .. } if capital || ordinary => Strength::Strong,
        _ => return None,
    };
    Some(Says::Mark(Mark { strength, grade: found.grade, form: Form::Header }))
}

/// `Mật – Bản số: 03`: nothing but a stamp has the number of its copy beside it.
fn copy(line: &str) -> Option<Says> {
    let (stamp, rest) = line.split_once(['–', '—', '-', '|', ';', ','])?;
    let Alone { grade, bare: false, .. } = alone(stamp, true)? else { return None };
    let mark = Mark { strength: Strength::Strong, grade, form: Form::Head };
    let beside = rest.trim_start().to_lowercase();
    (beside.starts_with("bản số") && anchor::is_anchor(rest)).then_some(Says::Mark(mark))
}

/// `[TỐI MẬT] Kế hoạch`: a grade in brackets before other words.
pub(super) fn opens(line: &str) -> Option<Says> {
    let (inner, _) = bracketed(line.trim_start_matches(['>', ' ', '\u{a0}', '\t']))?;
    let Alone { grade, capital: true, bare: false, .. } = alone(inner, true)? else { return None };
    let strength = if grade == Secrecy::Mat { Strength::Weak } else { Strength::Strong };
    Some(Says::Mark(Mark { strength, grade, form: Form::First }))
}

/// What stands in brackets at the start, and what follows.
pub(super) fn bracketed(text: &str) -> Option<(&str, &str)> {
    const PAIRS: [(char, char); 6] =
        [('[', ']'), ('(', ')'), ('{', '}'), ('【', '】'), ('*', '*'), ('|', '|')];
    let opener = text.chars().next()?;
    let (_, closer) = PAIRS.into_iter().find(|(open, _)| *open == opener)?;
    text.get(opener.len_utf8()..)?.split_once(closer)
}

/// A grade in one of two or three columns: the head of a document has its stamp in the left one.
fn column(line: &str) -> Option<Alone> {
    let columns = line.split('\t').flat_map(|piece| piece.split("    ")).map(str::trim);
    let columns: Vec<&str> = columns.filter(|column| !column.is_empty()).take(4).collect();
    if !matches!(columns.len(), 2 | 3) {
        return None;
    }
    let mut found = columns.into_iter().filter_map(|column| alone(column, false));
    let first = found.next()?;
    // A table of grades has more of them.
    found.next().is_none().then_some(Alone { shared: true, ..first })
}

/// `Số: 12/BC-UBND (M)`
fn number(line: &str) -> Option<Says> {
    let line = line.trim_end();
    let mark = Mark { strength: Strength::Weak, grade: Secrecy::Mat, form: Form::Number };
    let fits = line.ends_with("(M)") && anchor::is_number(&crate::mail::fold(line).to_uppercase());
    fits.then_some(Says::Mark(mark))
}

/// The grade of a line that has nothing else in it; `inside`: no bullet is before it.
pub(super) fn alone(line: &str, inside: bool) -> Option<Alone> {
    let letters = letters(line)?;
    let (grade, bare) = grade(&letters.upper)?;
    let line = line.trim_matches([' ', '\u{a0}', '\t', '>']);
    // `- Tối mật;` is an item of a list; `- TỐI MẬT -` is not.
    let opened = line.starts_with(['-', '–', '+', '•', '*', '·']);
    let closed = line.ends_with(['-', '–', '+', '•', '*', '·']);
    let item = opened != closed || line.ends_with([';', ',', '.', ':']);
    if item && !inside && !letters.capital {
        return None;
    }
    Some(Alone { grade, capital: letters.capital, bare, shared: false })
}

/// GIẢI MẬT, and the marks of what is not for everybody.
fn other(line: &str) -> Option<Says> {
    let upper: String =
        line.chars().filter(|c| c.is_alphabetic()).take(60).flat_map(char::to_uppercase).collect();
    let lifted = ["GIẢIMẬT", "GIAIMAT"].iter().find_map(|word| upper.strip_prefix(word));
    if let Some(rest) = lifted {
        let dated = ["", "TỪ", "TỪNGÀY", "TU", "TUNGAY"].contains(&rest)
            || rest.starts_with("TỪNGÀY") && rest.chars().count() < 20;
        let capital = line.chars().filter(|c| c.is_alphabetic()).take(7).all(char::is_uppercase);
        return (dated && capital).then_some(Says::Declassified);
    }
    let alone = letters(line)?.upper;
    const MARKS: [&str; 3] = ["LƯUHÀNHNỘIBỘ", "XEMXONGTRẢLẠI", "TÀILIỆUTHUHỒI"];
    const BARE: [&str; 3] = ["LUUHANHNOIBO", "XEMXONGTRALAI", "TAILIEUTHUHOI"];
    let fits = |mark: &str| {
        alone == mark
            || ["TÀILIỆU", "TAILIEU"].iter().any(|word| alone.strip_prefix(word) == Some(mark))
    };
    MARKS.iter().chain(&BARE).any(|mark| fits(mark)).then_some(Says::Restricted)
}

/// The grade that letters are, and whether they have lost their diacritics.
pub(super) fn grade(letters: &str) -> Option<(Secrecy, bool)> {
    Some(match letters {
        "MẬT" => (Secrecy::Mat, false),
        "TỐIMẬT" => (Secrecy::ToiMat, false),
        "TUYỆTMẬT" => (Secrecy::TuyetMat, false),
        "MAT" => (Secrecy::Mat, true),
        "TOIMAT" => (Secrecy::ToiMat, true),
        "TUYETMAT" => (Secrecy::TuyetMat, true),
        _ => return None,
    })
}

/// The letters of a line that has nothing but letters and a frame around or between them.
pub(super) struct Letters {
    /// All of them as capitals, without spaces.
    pub(super) upper: String,
    /// Whether they are capitals as they stand.
    pub(super) capital: bool,
}

/// Letters of the longest mark.
const MOST: usize = 28;

/// The letters of a line, if there is nothing else in it.
pub(super) fn letters(line: &str) -> Option<Letters> {
    let mut letters = Letters { upper: String::new(), capital: true };
    let mut count = 0;
    for c in line.chars().filter(|c| !is_frame(*c)) {
        count += 1;
        if !c.is_alphabetic() || count > MOST {
            return None;
        }
        letters.capital &= c.is_uppercase();
        letters.upper.extend(c.to_uppercase());
    }
    Some(letters)
}

/// What people draw around and between the letters of a stamp. A box to tick is none of it.
fn is_frame(c: char) -> bool {
    c.is_whitespace()
        || "|[](){}<>*-=_.:;,\"'#~+/\\!–—−“”„‘’«»•·●▪【】\u{200b}\u{feff}".contains(c)
        || ('\u{2500}'..='\u{257f}').contains(&c)
}
