//! Header text as bytes: encoded words (RFC 2047) decoded to the bytes of their charset.
//!
//! Parsers give text, and bytes of a charset that they do not know (TCVN, VNI, VISCII) are lost
//! then; what a header is really in can only be told from the bytes.

/// A header's value: bytes, and the charset label of its first encoded word, lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unfolded {
    /// The bytes, encoded words decoded, folding taken out.
    pub bytes: Vec<u8>,
    /// The first charset label.
    pub label: Option<String>,
}

/// Longest encoded word that is read; RFC 2047 §2 has 75, mailers write more.
const LONGEST: usize = 1000;

/// Reads a raw header value. Total; what is no encoded word stays.
pub fn unfold(raw: &[u8]) -> Unfolded {
    let mut out = Unfolded::default();
    let mut rest = raw;
    let mut after_word = false;
    while let Some(at) = memchr::memmem::find(rest, b"=?") {
        let (before, from) = rest.split_at(at);
        let Some((label, bytes, len)) = word(from) else {
            plain(&mut out.bytes, before);
            out.bytes.extend_from_slice(b"=?");
            rest = from.get(2..).unwrap_or_default();
            after_word = false;
            continue;
        };
        // RFC 2047 §6.2: blanks between encoded words are no text.
        if !(after_word && before.iter().all(u8::is_ascii_whitespace)) {
            plain(&mut out.bytes, before);
        }
        out.bytes.extend_from_slice(&bytes);
        out.label.get_or_insert(label);
        rest = from.get(len..).unwrap_or_default();
        after_word = true;
    }
    plain(&mut out.bytes, rest);
    out
}

/// Text as it stands; line ends of the folding become blanks.
fn plain(out: &mut Vec<u8>, text: &[u8]) {
    out.extend(text.iter().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte }));
}

/// The encoded word at the start: label, bytes, length.
fn word(from: &[u8]) -> Option<(String, Vec<u8>, usize)> {
    let window = from.get(..from.len().min(LONGEST))?;
    let mut marks = memchr::memchr_iter(b'?', window).skip(1);
    let (label_end, encoding_end) = (marks.next()?, marks.next()?);
    let label = window.get(2..label_end)?;
    let encoding = window.get(label_end + 1..encoding_end)?;
    let text_start = encoding_end + 1;
    let text_len = memchr::memmem::find(window.get(text_start..)?, b"?=")?;
    let text = window.get(text_start..text_start + text_len)?;
    if label.is_empty() || label.iter().any(u8::is_ascii_whitespace) {
        return None;
    }
    let bytes = match encoding {
        b"q" | b"Q" => quoted(text),
        b"b" | b"B" => base64(text),
        _ => return None,
    };
    // RFC 2231 §5: a language may follow the charset.
    let label = String::from_utf8_lossy(label).to_ascii_lowercase();
    let label = label.split('*').next().unwrap_or_default().to_owned();
    Some((label, bytes, text_start + text_len + 2))
}

fn quoted(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let digits = text.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match (byte, digits.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'=', Some(decoded)) => {
                out.push(decoded);
                at += 2;
            }
            (b'_', _) => out.push(b' '),
            _ => out.push(byte),
        }
        at += 1;
    }
    out
}

fn base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in text {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = (bits << 6 | u32::from(six)) & 0xff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 0xff) as u8);
        }
    }
    out
}
