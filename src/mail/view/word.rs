//! Words of a header in other charsets: encoded words (RFC 2047), percent-encoding (RFC 2231), and
//! the raw bytes that old mailers write.
//!
//! Adjacent encoded words are joined without the blank between them (RFC 2047 §6.2), and before
//! decoding where they share a charset: Outlook cuts characters in half.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1258};
use mail_parser::Encoding as Transfer;

/// Bytes in a charset as text; raw bytes are UTF-8, else what Windows in Viet Nam had.
pub(super) fn in_charset(charset: &[u8], bytes: &[u8]) -> String {
    match Encoding::for_label(charset) {
        Some(encoding) if encoding == UTF_8 => raw(bytes),
        Some(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
        // UTF-7, which no browser knows any more and mail programs do.
        None if charset.to_ascii_lowercase().ends_with(b"utf-7") => {
            mail_parser::decoders::charsets::decode(b"utf-7", bytes).into_owned()
        }
        None => raw(bytes),
    }
}

/// Raw bytes as text.
pub(super) fn raw(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    // `%C0%AE` is a dot for decoders that take more bytes than a letter needs (RFC 3629 §10).
    match String::from_utf8(longer(bytes)) {
        Ok(text) => text,
        Err(_) => WINDOWS_1258.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// ASCII letters in two bytes as one.
fn longer(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for &byte in bytes {
        match (out.last_mut(), byte) {
            (Some(last @ (0xc0 | 0xc1)), 0x80..=0xbf) => *last = (*last & 1) << 6 | byte & 0x3f,
            _ => out.push(byte),
        }
    }
    out
}

/// Text with its encoded words decoded; `None` where it has none.
pub(super) fn decoded(text: &[u8]) -> Option<String> {
    memchr::memmem::find(text, b"=?")?;
    let mut out = String::new();
    let mut run: (Vec<u8>, Vec<u8>) = Default::default();
    let (mut rest, mut any) = (text, false);
    while let Some(at) = memchr::memmem::find(rest, b"=?") {
        let (before, from) = rest.split_at(at);
        let Some((charset, bytes, behind)) = encoded_word(from) else {
            flush(&mut run, &mut out);
            out.push_str(&raw(rest.get(..at + 2).unwrap_or_default()));
            rest = rest.get(at + 2..).unwrap_or_default();
            continue;
        };
        let blank = before.iter().all(|byte| byte.is_ascii_whitespace());
        if !any || !blank {
            flush(&mut run, &mut out);
            out.push_str(&raw(before));
        } else if !run.0.eq_ignore_ascii_case(charset) {
            flush(&mut run, &mut out);
        }
        run.0 = charset.to_vec();
        run.1.extend(bytes);
        (rest, any) = (behind, true);
    }
    flush(&mut run, &mut out);
    out.push_str(&raw(rest));
    any.then_some(out)
}

/// What was gathered in one charset.
fn flush(run: &mut (Vec<u8>, Vec<u8>), out: &mut String) {
    if !run.1.is_empty() {
        out.push_str(&in_charset(&run.0, &run.1));
        run.1.clear();
    }
}

/// `=?charset?B?text?=` at the beginning: charset, bytes, and what is behind it.
fn encoded_word(from: &[u8]) -> Option<(&[u8], Vec<u8>, &[u8])> {
    let rest = from.strip_prefix(b"=?")?;
    let (charset, rest) = cut(rest, b'?')?;
    let (how, rest) = cut(rest, b'?')?;
    // Cut short, it still is one for lenient readers.
    let end = memchr::memmem::find(rest, b"?=");
    let end = end.or_else(|| rest.ends_with(b"?").then(|| rest.len() - 1))?;
    let (text, behind) = rest.split_at(end);
    let charset = charset.split(|byte| *byte == b'*').next().unwrap_or_default();
    let bytes = match how {
        b"B" | b"b" => Transfer::Base64.decode(text).into_owned(),
        b"Q" | b"q" => {
            let spaced: Vec<u8> =
                text.iter().map(|byte| if *byte == b'_' { b' ' } else { *byte }).collect();
            // A trailing blank is text here and no soft break.
            super::transfer::lenient_quoted(&spaced)
        }
        _ => return None,
    };
    Some((charset, bytes, behind.get(2..).unwrap_or_default()))
}

/// What is before and behind the first such byte.
fn cut(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let place = memchr::memchr(at, text.get(..text.len().min(256)).unwrap_or_default())?;
    Some((text.get(..place)?, text.get(place + 1..)?))
}

/// `%41` as bytes (RFC 2231 §4); what is no hex stays.
pub(super) fn percent(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        let digit = |at: usize| behind.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        let hex = (byte == b'%').then(|| Some(digit(0)? * 16 + digit(1)?)).flatten();
        match hex.and_then(|hex| u8::try_from(hex).ok()) {
            Some(hex) => {
                out.push(hex);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                out.push(byte);
                rest = behind;
            }
        }
    }
    out
}
