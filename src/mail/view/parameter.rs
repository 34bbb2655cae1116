//! The value of a structured MIME field: its main word, its parameters, and every other value
//! that a reader of another mind would take for a parameter.
//!
//! It is no parser of RFC 2045 but a list of what parsers do: quotes kept or dropped, comments
//! read or skipped, a value ended at the semicolon, the blank, or the first special.

use super::construct::Construct;

/// A parameter, and every value that some reader gives it; the likeliest first.
#[derive(Debug)]
pub(super) struct Parameter {
    /// Lower case, with the `*0*` of RFC 2231.
    pub(super) name: String,
    pub(super) values: Vec<Vec<u8>>,
    pub(super) quoted: bool,
    /// What is odd about how the value is written.
    pub(super) odd: Option<Construct>,
}

/// A value taken apart.
#[derive(Debug, Default)]
pub(super) struct Value {
    /// What is before the first semicolon, without comments; as written otherwise.
    pub(super) main: Vec<u8>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) comment: bool,
    /// There is more of it than is looked at.
    pub(super) cut: bool,
}

/// Parameters of one field that are looked at; mailers write three.
const PARAMETERS: usize = 64;

/// Bytes of one field that are looked at: RFC 5322 has no limit, and no mailer writes so much.
const LENGTH: usize = 16 << 10;

impl Value {
    /// Takes a field's value apart. Where `comments` is not set, parentheses are text.
    pub(super) fn read(raw: &[u8], comments: bool) -> Value {
        let cut = raw.get(..raw.len().min(LENGTH)).unwrap_or_default();
        let text: Vec<u8> =
            cut.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
        let (text, comment) = match comments && text.contains(&b'(') {
            true => without_comments(&text),
            false => (text, false),
        };
        let mut pieces = pieces(&text).into_iter();
        let first = pieces.next().unwrap_or_default();
        let (main, rest) = missing_semicolon(first);
        let mut value = Value { main: main.trim_ascii().to_vec(), comment, ..Value::default() };
        let mut more = rest.into_iter().chain(pieces.by_ref());
        for piece in more.by_ref().take(PARAMETERS) {
            value.parameter(piece);
        }
        value.cut |= cut.len() < raw.len() || more.next().is_some();
        // A quote that nobody closes: some readers end it at the semicolon.
        if text.iter().filter(|byte| **byte == b'"').count() % 2 == 1 {
            let mut more = text.split(|byte| *byte == b';').skip(1);
            for piece in more.by_ref().take(PARAMETERS) {
                value.parameter(piece);
            }
            value.cut |= more.next().is_some();
        }
        value
    }

    /// One `name=value` piece, and those behind it that lack a semicolon.
    fn parameter(&mut self, piece: &[u8]) {
        let mut rest = piece;
        for _ in 0..PARAMETERS {
            let Some(equals) = equals(rest) else { return };
            let (name, value) = rest.split_at(equals);
            let name = parameter_name(name);
            let (parameter, behind) =
                written(name, value.get(1..).unwrap_or_default().trim_ascii());
            self.parameters.push(parameter);
            if behind.is_empty() {
                return;
            }
            rest = behind;
            if self.parameters.len() >= PARAMETERS {
                break;
            }
        }
        self.cut = true;
    }

    /// The parameters of a name and of its RFC 2231 pieces.
    pub(super) fn all<'v>(&'v self, name: &'v str) -> impl Iterator<Item = &'v Parameter> {
        self.parameters.iter().filter(move |parameter| {
            let rest = parameter.name.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('*'))
        })
    }
}

/// Where the name of a parameter ends: at `=`, but not at that of an encoded word; for the most
/// lenient readers at the colon or blank behind the name of a file's name.
fn equals(piece: &[u8]) -> Option<usize> {
    let trimmed = piece.trim_ascii_start();
    let word = match trimmed.starts_with(b"=?") {
        true => memchr::memmem::find(trimmed, b"?=").map_or(0, |end| end + 2),
        false => 0,
    };
    let from = piece.len() - trimmed.len() + word;
    let found = memchr::memchr(b'=', piece.get(from..)?).map(|at| from + at);
    // The `=` that ends an encoded word, for those who do not know it.
    let found = found.or_else(|| (word > 0).then(|| from - 1));
    found.or_else(|| {
        let name = trimmed.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let known = trimmed.get(..name)?;
        let is_name =
            known.eq_ignore_ascii_case(b"filename") || known.eq_ignore_ascii_case(b"name");
        (is_name && name < trimmed.len()).then(|| piece.len() - trimmed.len() + name)
    })
}

/// A parameter's name: lower case, without blanks, out of its encoded word.
fn parameter_name(written: &[u8]) -> String {
    let plain: Vec<u8> =
        written.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let name = super::word::decoded(&plain).unwrap_or_else(|| super::word::raw(&plain));
    name.to_ascii_lowercase()
}

/// The value of a parameter as different readers take it, and what stands behind it without a
/// semicolon.
fn written(name: String, value: &[u8]) -> (Parameter, &[u8]) {
    let Some(inner) = value.strip_prefix(b"\"") else { return unquoted(name, value) };
    let (taken, end) = unescaped(inner);
    let Some(end) = end else {
        // Never closed: to the end, or to the next blank.
        let word = inner.split(|byte| *byte == b' ').next().unwrap_or_default();
        let part = inner.split(|byte| *byte == b';').next().unwrap_or_default();
        let values = [inner, part, word, value].map(|value| value.trim_ascii().to_vec());
        let values = distinct(values);
        let odd = Some(Construct::BoundaryOddlyQuoted);
        return (Parameter { name, values, quoted: false, odd }, b"");
    };
    let behind = inner.get(end + 1..).unwrap_or_default();
    if behind.trim_ascii().is_empty() {
        let plain = inner.get(..end).unwrap_or_default();
        let escaped = (plain != taken).then_some(Construct::BoundaryOddlyQuoted);
        // Some drop every backslash.
        let dropped = plain.iter().copied().filter(|byte| *byte != b'\\').collect();
        let values = distinct([taken, plain.to_vec(), dropped]);
        return (Parameter { name, values, quoted: true, odd: escaped }, b"");
    }
    if behind.starts_with(b" ") && behind.contains(&b'=') {
        let values = vec![taken];
        return (Parameter { name, values, quoted: true, odd: None }, behind.trim_ascii());
    }
    let joined: Vec<u8> = value.iter().copied().filter(|byte| !matches!(byte, b'"')).collect();
    let values = distinct([taken, joined, value.to_vec()]);
    (Parameter { name, values, quoted: true, odd: Some(Construct::BoundaryOddlyQuoted) }, b"")
}

/// A value without quotes at its beginning.
fn unquoted(name: String, value: &[u8]) -> (Parameter, &[u8]) {
    let blank = value.iter().position(|byte| matches!(byte, b' ' | b'\t'));
    let word = blank.and_then(|at| value.get(..at)).unwrap_or(value);
    let behind = value.get(word.len()..).unwrap_or_default().trim_ascii();
    let follows = behind.iter().position(|byte| *byte == b'=').is_some_and(|at| {
        at > 0 && behind.get(..at).is_some_and(|name| name.iter().all(u8::is_ascii_alphanumeric))
    });
    if follows {
        let odd = special(word).map(|_| Construct::BoundaryUnquoted);
        return (Parameter { name, values: shorter(word), quoted: false, odd }, behind);
    }
    let mut values = vec![value.to_vec()];
    values.extend(shorter(word));
    let stripped = value.strip_prefix(b"'").and_then(|rest| rest.strip_suffix(b"'"));
    values.extend(stripped.map(<[u8]>::to_vec));
    let odd = match () {
        () if stripped.is_some() || value.contains(&b'"') => Some(Construct::BoundaryOddlyQuoted),
        () if special(value).is_some() => Some(Construct::BoundaryUnquoted),
        () => None,
    };
    values.push(value.iter().copied().filter(|byte| *byte != b'"').collect());
    (Parameter { name, values: distinct(values), quoted: false, odd }, b"")
}

/// A word, and what a strict reader takes of it.
fn shorter(word: &[u8]) -> Vec<Vec<u8>> {
    let token = special(word).and_then(|at| word.get(..at)).unwrap_or(word);
    distinct([word.to_vec(), token.to_vec()])
}

/// Where a token ends (RFC 2045 §5.1).
fn special(word: &[u8]) -> Option<usize> {
    word.iter().position(|byte| b"()<>@,;:\\\"/[]?= \t".contains(byte))
}

/// A quoted string up to its end, without escapes; the end, where there is one.
fn unescaped(inner: &[u8]) -> (Vec<u8>, Option<usize>) {
    let mut out = Vec::with_capacity(inner.len());
    let mut escaped = false;
    for (at, &byte) in inner.iter().enumerate() {
        match byte {
            _ if escaped => {
                escaped = false;
                // Outlook writes paths; only what must be escaped is.
                if !matches!(byte, b'"' | b'\\') {
                    out.push(b'\\');
                }
                out.push(byte);
            }
            b'\\' => escaped = true,
            b'"' => return (out, Some(at)),
            _ => out.push(byte),
        }
    }
    (out, None)
}

/// The pieces between the semicolons that stand in no quotes.
fn pieces(text: &[u8]) -> Vec<&[u8]> {
    let (mut quoted, mut escaped, mut value) = (false, false, false);
    text.split(|&byte| {
        let was = std::mem::take(&mut escaped);
        match byte {
            b'\\' if quoted => escaped = !was,
            b'"' if quoted => quoted = was,
            // A quote in the midst of a word is a letter of it.
            b'"' if value => quoted = true,
            b';' if !quoted => {
                value = false;
                return true;
            }
            _ => {}
        }
        value = matches!(byte, b'=' | b' ' | b'\t') && (value || byte == b'=');
        false
    })
    .collect()
}

/// `text/plain charset=x`: the main word, and the parameters that lack a semicolon before them.
fn missing_semicolon(first: &[u8]) -> (&[u8], Option<&[u8]>) {
    let trimmed = first.trim_ascii();
    let Some(equals) = memchr::memchr(b'=', trimmed).filter(|_| !trimmed.starts_with(b"=?")) else {
        return (trimmed, None);
    };
    let before = trimmed.get(..equals).unwrap_or_default().trim_ascii_end();
    let name = before.iter().rposition(|byte| matches!(byte, b' ' | b'\t' | b','));
    match name {
        Some(at) => (
            trimmed.get(..at).unwrap_or_default(),
            trimmed.get(at + 1..).filter(|rest| !rest.is_empty()),
        ),
        None => (b"", Some(trimmed)),
    }
}

/// The text without comments outside of quotes, and whether there was one.
fn without_comments(text: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(text.len());
    let (mut depth, mut quoted, mut escaped, mut any) = (0_usize, false, false, false);
    for &byte in text {
        let literal = std::mem::take(&mut escaped);
        match byte {
            b'\\' if !literal && (quoted || depth > 0) => escaped = true,
            b'"' if !literal && depth == 0 => quoted = !quoted,
            b'(' if !literal && !quoted => {
                (depth, any) = (depth + 1, true);
                continue;
            }
            b')' if !literal && depth > 0 => {
                depth -= 1;
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            out.push(byte);
        }
    }
    (out, any)
}

/// Each once, in order.
pub(super) fn distinct(values: impl IntoIterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    for value in values {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}
