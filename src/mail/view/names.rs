//! Every file name that some reader would show: all fields, all parameters, all spellings.
//!
//! What a name means is `mail::name`'s business; here it is only made out. Nothing is chosen
//! between names that conflict, since each is what some reader shows.

use super::field::{Head, Name};
use super::fields::FIELDS;
use super::parameter::{Parameter, Value};
use super::word::{self, Way};

/// Names of one part that are kept; a part of more is no part of a mailer.
const NAMES: usize = 32;

/// The names in a header, those of Content-Disposition first (RFC 2183 §2.3); and whether there may
/// be more.
pub(super) fn of(head: &Head<'_>) -> (Vec<String>, bool) {
    let (mut names, mut cut) = (Vec::new(), false);
    for (field, parameter) in [(Name::Disposition, "filename"), (Name::Type, "name")] {
        for raw in head.all(field).take(FIELDS) {
            // Most fields have none: a look, and no parsing.
            if !raw.windows(4).any(|piece| piece.eq_ignore_ascii_case(b"name")) {
                continue;
            }
            for value in values(raw) {
                cut |= value.cut;
                for name in ["filename", "name"] {
                    // `name` in a disposition and `filename` in a type: some readers look.
                    if name == parameter || value.all(parameter).next().is_none() {
                        spellings(&value, name, &mut names);
                    }
                }
            }
        }
    }
    cut |= names.len() >= NAMES;
    (names, cut)
}

/// A field as different readers take it: without comments, with them, without its folds.
fn values(raw: &[u8]) -> Vec<Value> {
    let mut values = vec![Value::read(raw, true)];
    if raw.contains(&b'(') {
        values.push(Value::read(raw, false));
    }
    if memchr::memmem::find(raw.trim_ascii(), b"\n").is_some() && raw.contains(&b'"') {
        // A fold inside a quoted name: a blank for some, nothing for others.
        let lines = raw.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        values.push(Value::read(&lines.collect::<Vec<_>>().concat(), true));
    }
    values
}

/// A name, and what other readers make of the same letters.
pub(super) fn push(names: &mut Vec<String>, name: String) {
    // A program in C sees what is before NUL, and some cut at any control.
    let control = name.contains(char::is_control);
    let cut = control.then(|| name.split(char::is_control).next().unwrap_or_default().to_owned());
    let closed = control.then(|| name.replace(char::is_control, ""));
    let bare = name.trim_matches(['"', '\'', '<', '>', '[', ']']);
    let bare = (bare.len() < name.len()).then(|| bare.to_owned());
    // Some decode `%2E` wherever it stands, and an encoded word inside an encoded word.
    let percent = name.contains('%').then(|| word::raw(&word::percent(name.as_bytes())));
    let words = word::decoded(name.as_bytes());
    // Windows drops blanks at the end, and who compares extensions does not.
    let padded = name.trim_end_matches(char::is_control).trim_start();
    let padded = padded.ends_with(char::is_whitespace).then(|| padded.to_owned());
    for name in [Some(name), cut, closed, bare, percent, words].into_iter().flatten() {
        let name = name.trim().trim_matches('"').to_owned();
        if !name.is_empty() && names.len() < NAMES && !names.contains(&name) {
            names.push(name);
        }
    }
    if let Some(padded) = padded.filter(|name| names.len() < NAMES && !names.contains(name)) {
        names.push(padded);
    }
}

/// All values of one parameter.
fn spellings(value: &Value, parameter: &str, names: &mut Vec<String>) {
    let all: Vec<&Parameter> = value.all(parameter).collect();
    let mut pieces: Vec<(u32, bool, &Parameter)> = Vec::new();
    for one in &all {
        let suffix = one.name.get(parameter.len()..).unwrap_or_default();
        match suffix {
            "" => plain(one, names),
            "*" => {
                if let Some(first) = one.values.first() {
                    extended(&[(true, first)], names);
                }
            }
            _ => {
                let encoded = suffix.ends_with('*');
                let number = suffix.trim_matches('*').parse();
                pieces.push((number.unwrap_or(u32::MAX), encoded, one));
            }
        }
    }
    if pieces.is_empty() {
        return;
    }
    // As numbered, and as they stand; the first and the last of equal numbers.
    let written = pieces.clone();
    pieces.sort_by_key(|(number, ..)| *number);
    let mut first = pieces.clone();
    first.dedup_by_key(|(number, ..)| *number);
    let mut last = pieces;
    last.reverse();
    last.dedup_by_key(|(number, ..)| *number);
    last.reverse();
    // Up to the first number that is missing.
    let next = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let run = first.iter().enumerate().take_while(|(at, (number, ..))| *number == next(*at));
    let unbroken: Vec<_> = run.map(|(_, piece)| *piece).collect();
    for order in [first, last, written, unbroken] {
        let joined: Vec<(bool, &[u8])> = order
            .iter()
            .filter_map(|(_, encoded, one)| Some((*encoded, one.values.first()?.as_slice())))
            .collect();
        extended(&joined, names);
    }
}

/// A parameter without RFC 2231.
fn plain(parameter: &Parameter, names: &mut Vec<String>) {
    for (at, value) in parameter.values.iter().enumerate() {
        // What a strict reader cuts off is a name only where something is left to cut.
        if at > 0 && parameter.odd.is_none() && !parameter.quoted {
            break;
        }
        match word::decoded(value) {
            Some(decoded) => {
                push(names, decoded);
                if let Some(other) = word::decoded_as(value, Way::Other) {
                    push(names, other);
                }
            }
            None => push(names, word::raw(value)),
        }
        // Some write RFC 2231 into the plain parameter.
        if let Some((charset, rest)) = charset_of(value) {
            let bytes = word::percent(rest);
            for way in [Way::Usual, Way::Other] {
                push(names, word::in_charset(charset, &bytes, way));
            }
        }
    }
}

/// Takes pieces as one text: the charset of the first holds for all (RFC 2231 §4.1).
fn extended<B: AsRef<[u8]>>(pieces: &[(bool, B)], names: &mut Vec<String>) {
    let mut charset: &[u8] = b"";
    let mut bytes = Vec::new();
    for (at, (encoded, piece)) in pieces.iter().enumerate() {
        let piece = piece.as_ref();
        let rest = match charset_of(piece).filter(|_| at == 0 && *encoded) {
            Some((label, rest)) => {
                charset = label;
                rest
            }
            None => piece,
        };
        match encoded {
            true => bytes.extend(word::percent(rest)),
            false => bytes.extend_from_slice(rest),
        }
    }
    for way in [Way::Usual, Way::Other] {
        push(
            names,
            match charset.is_empty() {
                true => word::decoded_as(&bytes, way).unwrap_or_else(|| word::raw(&bytes)),
                false => word::in_charset(charset, &bytes, way),
            },
        );
    }
}

/// `utf-8''rest`.
fn charset_of(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let first = memchr::memchr(b'\'', value)?;
    let (charset, rest) = value.split_at(first);
    let label = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(byte);
    let rest = rest.get(1..)?;
    let second = memchr::memchr(b'\'', rest).filter(|at| *at <= 8)?;
    let known = charset.iter().all(label);
    known.then(|| (charset, rest.get(second + 1..).unwrap_or_default()))
}
