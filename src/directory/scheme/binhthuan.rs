//! Ban Dân tộc Bình Thuận, mục II.2 Nội quy 189/QĐ-BDT: the given name, then all other initials.

use super::words::{first, plain, words};
use super::{Asked, Forms, Tail};

/// The most letters of an extension.
const EXTENSION: usize = 6;

/// A person: tên, the initial of họ, those of every middle syllable; where that is taken, an
/// extension that the person agrees with.
pub(super) fn person(asked: &Asked<'_>) -> Forms {
    let words: Vec<String> = words(asked.name).iter().map(|word| plain(word)).collect();
    let mut forms = Forms::default();
    let Some((given, before)) = words.split_last() else { return forms };
    let letters: String = before.iter().map(|word| first(word)).collect();
    let base = format!("{given}{letters}");
    forms.push(base.clone(), "the given name, then the initials of the family and middle names");
    for extension in before.iter().filter(|word| extension(&format!(".{word}")).is_ok()) {
        let form = "the same with an extension; agree on it with the person";
        forms.push(format!("{base}.{extension}"), form);
    }
    forms.tail = Tail::Extension;
    forms
}

/// The regulation names one agency mailbox, which stands among the official short names.
pub(super) fn body(asked: &Asked<'_>) -> Forms {
    let note = format!(
        "the regulation names no mailbox for `{}`; add it to [directory.short]",
        asked.name
    );
    Forms { notes: vec![note], ..Forms::default() }
}

/// Whether what follows the name is `.` and one to six letters, none of them the agency's name.
pub(super) fn extension(rest: &str) -> Result<(), &'static str> {
    let Some(extension) = rest.strip_prefix('.') else {
        return Err("it is not the given name followed by the initials of family and middle names");
    };
    match extension {
        _ if extension.bytes().any(|byte| byte.is_ascii_digit()) => {
            Err("an extension has letters only, no digit")
        }
        _ if extension.is_empty() || extension.len() > EXTENSION => {
            Err("an extension has one to six letters")
        }
        "bdt" => Err("an extension is not the agency's name"),
        _ if extension.bytes().all(|byte| byte.is_ascii_lowercase()) => Ok(()),
        _ => Err("an extension has the letters a to z only"),
    }
}
