//! The field for the grade, as document systems print it: `Độ mật: Tối mật`, or boxes to tick.

use super::Secrecy;
use super::line::{grade, letters};

/// What a line says in its field for the grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// This grade and no other.
    Grade(Secrecy),
    /// It has the field; it is empty, ordinary, or lists the grades.
    Other,
    /// It has no such field.
    Nothing,
}

const NAMES: [&str; 6] =
    ["độ mật", "mức độ mật", "cấp độ mật", "do mat", "muc do mat", "cap do mat"];

/// What a line says, in whichever of its fields is the grade's.
pub(super) fn says(line: &str) -> Says {
    let line = line.to_lowercase();
    let fields = line.split([';', '|', '\t']).flat_map(|field| field.split("   "));
    let mut fields = fields.filter(|field| !field.trim().is_empty());
    let Some(found) = fields.by_ref().find_map(value) else { return Says::Nothing };
    // The value may stand in the next column.
    let found = if found.trim().is_empty() { fields.next().unwrap_or_default() } else { found };
    of(found).map_or(Says::Other, Says::Grade)
}

/// Whether a line is the field's name alone, its value being in the next cell.
pub(super) fn is_name(line: &str) -> bool {
    let line = line.to_lowercase();
    NAMES.contains(&line.trim_matches([' ', '\u{a0}', ':', '|', '\t', '*', '-']))
}

/// The value of a field that is the grade's.
fn value(field: &str) -> Option<&str> {
    let field = field.trim_start_matches([' ', '\u{a0}', '-', '+', '*', '•', '>', '(', '[']);
    let rest = NAMES.iter().find_map(|name| field.strip_prefix(name))?.trim_start();
    let rest = rest.strip_prefix([':', '=', '：'])?;
    // The next field may stand behind it on the line.
    let next = [" độ ", " do ", " mức độ "].iter().filter_map(|word| rest.find(word)).min();
    let end = next.filter(|at| rest.get(*at..).is_some_and(|field| field.contains(':')));
    Some(rest.get(..end.unwrap_or(rest.len()))?.trim_end_matches([' ', ',']))
}

/// The grade that a value is: the only word, or the only one that is ticked.
fn of(value: &str) -> Option<Secrecy> {
    let value = value.replace("[ ]", "☐").replace("( )", "☐").replace("[]", "☐");
    let value = value.replace("[x]", "☒").replace("(x)", "☒");
    let is_box = |c: char| is_ticked(c) || matches!(c, '☐' | '□' | '○');
    if !value.contains(is_box) {
        return grade(&letters(&value)?.upper)
            .filter(|found| is_sure(*found))
            .map(|(grade, _)| grade);
    }
    let mut ticked = ticked(&value, is_box).into_iter();
    let (first, others) = (ticked.next()?, ticked.next());
    let grade = grade(&letters(&first)?.upper)?.0;
    others.is_none().then_some(grade)
}

/// MAT without diacritics may be anything.
fn is_sure((grade, bare): (Secrecy, bool)) -> bool {
    !(bare && grade == Secrecy::Mat)
}

/// The words whose box is ticked; boxes stand before their words, or all behind them.
fn ticked(value: &str, is_box: impl Fn(char) -> bool) -> Vec<String> {
    let before = value.trim_start().starts_with(&is_box);
    let mut words = Vec::new();
    let (mut word, mut on) = (String::new(), false);
    for c in value.chars() {
        if !is_box(c) {
            word.push(c);
            continue;
        }
        let done = std::mem::take(&mut word);
        let was = if before { on } else { is_ticked(c) };
        if was {
            words.push(done);
        }
        on = is_ticked(c);
    }
    if before && on {
        words.push(word);
    }
    words
}

fn is_ticked(c: char) -> bool {
    matches!(c, '☑' | '☒' | '■' | '✓' | '✔' | '✗' | '✘')
}
