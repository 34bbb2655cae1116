//! Transfer encodings: what a label may mean, and the ways in which readers decode what is
//! damaged or disguised.
//!
//! The first view skips what base64 does not have and begins anew behind `=`; others stop there,
//! or read on as if it were not there. Each way is tried only where a body shows the difference.

use super::construct::Construct;
use super::parameter::distinct;
use super::word;
use mail_parser::Encoding;
use memchr::{memchr, memchr_iter};

/// A transfer encoding as a reader may take the label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transfer {
    /// As it is.
    Identity,
    /// RFC 2045 §6.8.
    Base64,
    /// RFC 2045 §6.7.
    Quoted,
    /// Before MIME; found in the text itself.
    Uuencode,
}

impl From<Encoding> for Transfer {
    fn from(encoding: Encoding) -> Transfer {
        match encoding {
            Encoding::None => Transfer::Identity,
            Encoding::Base64 => Transfer::Base64,
            Encoding::QuotedPrintable => Transfer::Quoted,
        }
    }
}

impl Transfer {
    /// Decodes as the first view does.
    pub(super) fn decode(self, body: &[u8]) -> Vec<u8> {
        match self {
            Transfer::Base64 => base64(body),
            Transfer::Quoted => Encoding::QuotedPrintable.decode(body).into_owned(),
            Transfer::Identity | Transfer::Uuencode => body.to_vec(),
        }
    }
}

/// Bytes of a label that are looked at.
const LABEL: usize = 256;

/// What a label means to strict and lenient readers, the strict one first, and what is odd
/// about it. Without a candidate, nobody knows it.
pub(super) fn label(raw: &[u8]) -> (Vec<Transfer>, Option<Construct>) {
    let strict = raw.trim_ascii();
    if let Some(transfer) = known(strict) {
        return (vec![transfer], None);
    }
    let (plain, odd) = match word::decoded(strict) {
        Some(decoded) => (decoded.into_bytes(), Construct::EncodedStructure),
        None => (strict.to_vec(), Construct::MisspeltTransferEncoding),
    };
    let plain = plain.get(..plain.len().min(LABEL)).unwrap_or_default();
    let before = plain.split(|byte| b"(;,".contains(byte)).next().unwrap_or_default();
    // What is before a comment or a parameter, each word, all words as one: one of them is what
    // each reader takes.
    let words = plain.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-');
    let words = words.filter(|word| !word.is_empty()).map(<[u8]>::to_vec);
    let spellings = [letters(before)].into_iter().chain(words).chain([letters(plain)]);
    let mut found: Vec<Transfer> = Vec::new();
    for transfer in distinct(spellings).iter().filter_map(|spelling| known(spelling)) {
        if !found.contains(&transfer) {
            found.push(transfer);
        }
    }
    match found.is_empty() {
        true => (found, Some(Construct::UnknownTransferEncoding)),
        false => (found, Some(odd)),
    }
}

/// Letters, digits and hyphens.
fn letters(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(|byte| byte.is_ascii_alphanumeric() || *byte == b'-').collect()
}

/// The encoding of this name.
fn known(name: &[u8]) -> Option<Transfer> {
    let name = String::from_utf8_lossy(name.get(..32).unwrap_or(name)).to_ascii_lowercase();
    let name = name.strip_prefix("x-").unwrap_or(&name);
    Some(match name {
        "7bit" | "8bit" | "binary" | "7-bit" | "8-bit" | "none" | "utf-8" | "utf8" | "" => {
            Transfer::Identity
        }
        "base64" | "base-64" => Transfer::Base64,
        "quoted-printable" | "quotedprintable" | "quoted-printabl" => Transfer::Quoted,
        "uuencode" | "uuencoded" | "uue" | "uu" => Transfer::Uuencode,
        _ => return None,
    })
}

/// What decoding base64 in other ways costs beside its length: each line and each `=` begins
/// anew, at the price of so many bytes.
pub(super) fn effort(body: &[u8]) -> usize {
    const EACH: usize = 64;
    let count = |byte| memchr_iter(byte, body).count();
    (count(b'\n') + count(b'=')).saturating_mul(EACH)
}

/// The other ways to decode base64 that some reader takes, without the first view's, and the
/// constructs for which they differ.
pub(super) fn other_base64(body: &[u8], malformed: bool) -> (Vec<Construct>, Vec<Vec<u8>>) {
    let text = body.trim_ascii_end();
    let padding = memchr(b'=', text);
    let inside = padding
        .is_some_and(|at| text.get(at..).unwrap_or_default().iter().any(|byte| is_symbol(*byte)));
    if !malformed && !inside {
        return (Vec::new(), Vec::new());
    }
    let (mut constructs, mut tries) = (Vec::new(), Vec::new());
    if inside {
        constructs.push(Construct::PaddingInside);
        tries.push(base64(padding.and_then(|at| text.get(..at)).unwrap_or_default()));
        tries.push(base64(&without(text, |byte| byte != b'=')));
    }
    let clean = if malformed { clean_lines(text) } else { Vec::new() };
    let other = |byte: &u8| matches!(byte, b'-' | b'_');
    // A rule of hyphens under a footer is no base64.
    let dashed = clean.split(|byte| *byte == b'\n').any(|line| {
        let count = line.iter().filter(|byte| other(byte)).count();
        line.len() >= 16 && count > 0 && count * 4 < line.len()
    });
    if dashed {
        constructs.push(Construct::Base64Alphabet);
        let swap = |byte: &u8| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        };
        tries.push(base64(&clean.iter().map(swap).collect::<Vec<u8>>()));
    }
    if malformed {
        // Lines with anything foreign dropped; the first foreign byte as the end.
        tries.push(base64(&without_dirty_lines(text)));
        let symbol = |byte: &u8| is_symbol(*byte) || byte.is_ascii_whitespace() || *byte == b'=';
        let end = text.iter().position(|byte| !symbol(byte)).unwrap_or(text.len());
        tries.push(base64(text.get(..end).unwrap_or_default()));
        tries.push(by_line(&without(text, |byte| is_symbol(byte) || matches!(byte, b'=' | b'\n'))));
    }
    (constructs, tries)
}

/// As the parser decodes: it skips foreign bytes, but one at a time, ten times slower than here.
fn base64(text: &[u8]) -> Vec<u8> {
    Encoding::Base64.decode(&without(text, |byte| is_symbol(byte) || byte == b'=')).into_owned()
}

fn is_symbol(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// The bytes that pass.
fn without(text: &[u8], keep: impl Fn(u8) -> bool) -> Vec<u8> {
    text.iter().copied().filter(|byte| keep(*byte)).collect()
}

/// The lines in which only base64 of some alphabet stands, of at least one group.
fn clean_lines(text: &[u8]) -> Vec<u8> {
    lines(text, |byte| is_symbol(byte) || matches!(byte, b'-' | b'_' | b'='))
}

/// The lines in which only base64 stands.
fn without_dirty_lines(text: &[u8]) -> Vec<u8> {
    lines(text, |byte| is_symbol(byte) || byte == b'=')
}

fn lines(text: &[u8], pure: impl Fn(u8) -> bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        if line.iter().all(|byte| pure(*byte)) {
            out.extend_from_slice(line);
            out.push(b'\n');
        }
    }
    out
}

/// Each line on its own: what mailers write that encode line by line.
fn by_line(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for line in text.split(|byte| *byte == b'\n') {
        Encoding::Base64.decode_append(line, &mut out);
    }
    out
}

/// Quoted-printable as the most lenient readers have it: blanks and lone CR before a soft break,
/// and `=` dropped where no hex follows.
pub(in crate::mail) fn lenient_quoted(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = memchr(b'=', rest) {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before);
        let behind = from.get(1..).unwrap_or_default();
        let hex = behind.first_chunk::<2>().and_then(|[high, low]| {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
        });
        if let Some(byte) = hex {
            out.push(byte);
            rest = behind.get(2..).unwrap_or_default();
            continue;
        }
        let blanks = behind.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let line = behind.get(blanks..).unwrap_or_default();
        rest = line
            .strip_prefix(b"\r\n")
            .or_else(|| line.strip_prefix(b"\n"))
            .or_else(|| line.strip_prefix(b"\r"))
            .unwrap_or(behind);
    }
    out.extend_from_slice(rest);
    out
}

/// Whether text looks like base64: nothing else is in it, and its first line is long enough.
pub(super) fn looks_like_base64(body: &[u8]) -> bool {
    let text = body.trim_ascii();
    let line = text.get(..text.len().min(1000)).unwrap_or_default();
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    let pure = |byte: &u8| is_symbol(*byte) || *byte == b'=';
    line.len() >= 16
        && line.iter().all(pure)
        && text.iter().all(|byte| pure(byte) || byte.is_ascii_whitespace())
}

/// Whether text looks like quoted-printable.
pub(super) fn looks_quoted(body: &[u8]) -> bool {
    memchr(b'=', body).is_some() && lenient_quoted(body).len() + 2 < body.len()
}
