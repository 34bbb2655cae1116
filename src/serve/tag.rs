//! The one header that a tag prepends, and the trace line: the only bytes ever added.
//!
//! The Subject stays as it is and no signed field is touched (DKIM, S/MIME): what
//! was received follows byte for byte.

use crate::mail::fold;
use crate::verdict::{Action, Mode, Verdict};

use std::collections::BTreeSet;

/// A header line is folded before this many octets (RFC 5322 §2.1.1).
const WIDTH: usize = 78;

/// The name of the header field.
pub(super) const NAME: &str = "X-Congthu";

/// The findings that acted, each once.
pub(super) fn acting(verdict: &Verdict) -> Vec<&'static str> {
    let acting = |judged: &&crate::verdict::Judged| {
        judged.mode == Mode::Enforce && judged.action > Action::Accept
    };
    let mut seen = BTreeSet::new();
    let names = verdict.findings.iter().filter(acting).map(|judged| judged.finding.kind.name);
    names.filter(|name| seen.insert(*name)).collect()
}

/// What stands behind the colon, for a mail server that puts the name before it and ends the line.
pub(super) fn value(hostname: &str, verdict: &Verdict, id: &str) -> String {
    let tag = tag(hostname, verdict, id);
    let value = tag.strip_prefix(NAME).and_then(|rest| rest.strip_prefix(':')).unwrap_or(&tag);
    value.trim_end().to_owned()
}

/// `X-Congthu: <hostname>; verdict=…; findings=…; id=…`.
pub(super) fn tag(hostname: &str, verdict: &Verdict, id: &str) -> String {
    let names = acting(verdict);
    let mut words = vec![format!("{hostname};"), format!("verdict={};", verdict.action.name())];
    let last = names.len().saturating_sub(1);
    for (at, name) in names.iter().enumerate() {
        let (head, tail) =
            (if at == 0 { "findings=" } else { "" }, if at == last { ";" } else { "," });
        words.push(format!("{head}{name}{tail}"));
    }
    words.push(format!("id={id}"));
    fold_words(&format!("{NAME}:"), &words)
}

fn fold_words(name: &str, words: &[String]) -> String {
    let (mut out, mut width) = (name.to_owned(), name.len());
    for word in words {
        let word: String = fold(word).chars().filter(char::is_ascii_graphic).collect();
        if width + 1 + word.len() >= WIDTH {
            out.push_str("\r\n");
            width = 0;
        }
        out.push(' ');
        out.push_str(&word);
        width += 1 + word.len();
    }
    out.push_str("\r\n");
    out
}

/// RFC 5322 §3.3, in local time with its offset.
pub(super) fn date() -> String {
    let now = jiff::Zoned::now();
    now.strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}
