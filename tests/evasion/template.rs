//! Letters from patterns: `fixtures/evasion/*.mail` holds one construct a block, CRLF is added here.
//!
//! `{name}` is filled in, `{¦a¦b¦}` makes one letter for each choice, and what is
//! neither stays as it stands.

use super::encode;
use super::payloads::{PASSWORD, Payload};

/// A block of a pattern file.
pub struct Pattern {
    /// `group/name`, with `#2` for the second choice of a block.
    pub name: String,
    /// Payloads that it is made for; empty for all.
    pub only: Vec<String>,
    text: String,
}

/// All patterns of a file; `group` is the file's stem.
pub fn patterns(group: &str, text: &str) -> Vec<Pattern> {
    let mut all = Vec::new();
    for block in text.split("\n=== ").skip(1) {
        let (head, body) = block.split_once('\n').unwrap_or((block, ""));
        let mut words = head.split_whitespace();
        let name = words.next().expect("a block has a name");
        let only: Vec<String> = words.map(str::to_owned).collect();
        let all_of = |name: &str, kind: &str, ways: &[&str], body: String| {
            let ways: Vec<_> = ways.iter().map(|way| format!("{{{kind}:{way}}}")).collect();
            body.replace(&format!("{{{kind}:{{{name}}}}}"), &format!("{{¦{}¦}}", ways.join("¦")))
        };
        let body = all_of("BASE64", "b64", encode::BASE64, body.to_owned());
        let choices = choices(&all_of("QUOTED", "qp", encode::QUOTED, body));
        for (index, text) in choices.iter().enumerate() {
            let number = if choices.len() > 1 { format!("#{}", index + 1) } else { String::new() };
            all.push(Pattern {
                name: format!("{group}/{name}{number}"),
                only: only.clone(),
                text: text.clone(),
            });
        }
    }
    all
}

/// The text once for each choice; choices of equal number go together, others are combined.
fn choices(text: &str) -> Vec<String> {
    let Some((_, rest)) = text.split_once("{¦") else { return vec![text.to_owned()] };
    let (inside, _) = rest.split_once("¦}").expect("a choice is closed");
    let count = inside.split('¦').count();
    (0..count).flat_map(|index| choices(&chosen(text, count, index))).collect()
}

/// The text with every choice out of `count` decided.
fn chosen(text: &str, count: usize, index: usize) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{¦") {
        let (inside, after) = behind.split_once("¦}").expect("a choice is closed");
        out.push_str(before);
        match inside.split('¦').nth(index).filter(|_| inside.split('¦').count() == count) {
            Some(one) => out.push_str(one),
            None => out.extend(["{¦", inside, "¦}"]),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

impl Pattern {
    /// The transfer encodings that make a difference to it.
    pub fn encodings(&self, payload: &Payload) -> &'static [&'static str] {
        let depends = ["{file}", "{enc}", "{body}"].iter().any(|word| self.text.contains(word));
        match (depends, payload.bytes.len() > 8_000) {
            (true, false) => &["base64", "quoted-printable"],
            _ => &["base64"],
        }
    }

    /// The letter.
    pub fn fill(&self, payload: &Payload, encoding: &str) -> Vec<u8> {
        let text = self.text.trim_end_matches('\n');
        let end = if text.ends_with("{end}") { "" } else { "\n" };
        fill(&format!("{text}{end}"), payload, encoding).concat()
    }
}

/// The pieces of a text, filled in, LF as CRLF.
fn fill(text: &str, payload: &Payload, encoding: &str) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        pieces.push(wire(before));
        let filled = from.find('}').and_then(|end| {
            let value = value(&from[1..end], payload, encoding)?;
            Some((value, &from[end + 1..]))
        });
        rest = match filled {
            Some((value, behind)) => {
                pieces.push(value);
                behind
            }
            None => {
                pieces.push(b"{".to_vec());
                &from[1..]
            }
        };
    }
    pieces.push(wire(rest));
    pieces
}

fn wire(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}

/// The fields that every letter has, but for MIME's own.
const HEAD: &str = "From: Van thu <vanthu@sotnmt.example>\nTo: nguoinhan@bdt.binhthuan.gov.vn\n\
    Subject: Ho so\nDate: Sun, 22 Nov 2026 10:00:00 +0700\n\
    Message-ID: <20261122.1@sotnmt.example>";

/// What a word in braces stands for; `None` for what is no such word.
fn value(word: &str, payload: &Payload, encoding: &str) -> Option<Vec<u8>> {
    let inner = |text: &str| Some(fill(text, payload, encoding).concat());
    if let Some(how) = word.strip_prefix("b64:") {
        return Some(encode::bent_base64(how, payload.bytes.as_slice()));
    }
    if let Some(how) = word.strip_prefix("qp:") {
        return Some(encode::bent_quoted(how, payload.bytes.as_slice()));
    }
    if let Some(how) = word.strip_prefix("uu:") {
        return Some(encode::uuencode(how, payload.file, &payload.bytes));
    }
    if let Some(byte) = word.strip_prefix("x:") {
        return Some(vec![u8::from_str_radix(byte, 16).expect("a byte")]);
    }
    if let Some((count, text)) = word.strip_prefix("times:").and_then(|rest| rest.split_once(':')) {
        let text = text.replace("\\n", "\r\n");
        return Some(text.repeat(count.parse().expect("a number")).into_bytes());
    }
    match word {
        "head" => inner(HEAD),
        "mime" => inner("{head}\nMIME-Version: 1.0"),
        "mixed" => inner("{mime}\nContent-Type: multipart/mixed; boundary=b\n"),
        "words" => inner(&format!("Kính gửi phòng Tổ chức, hồ sơ kèm theo. Mật khẩu: {PASSWORD}")),
        "text" => inner("Content-Type: text/plain; charset=utf-8\n\n{words}"),
        "type" => inner(payload.media),
        "name" => inner(payload.file),
        "disposition" => inner("Content-Disposition: attachment; filename=\"{name}\""),
        "enc" => inner(encoding),
        "fields" => inner("Content-Type: {type}; name=\"{name}\"\n{disposition}"),
        "file" => inner("{fields}\nContent-Transfer-Encoding: {enc}\n\n{body}"),
        "file64" => inner("{fields}\nContent-Transfer-Encoding: base64\n\n{b64}"),
        "body" if encoding == "base64" => inner("{b64}"),
        "body" => inner("{qp}"),
        "b64" => Some(encode::bent_base64("plain", &payload.bytes)),
        "qp" => Some(encode::bent_quoted("plain", &payload.bytes)),
        "uu" => Some(encode::uuencode("plain", payload.file, &payload.bytes)),
        "hqx" => Some(encode::binhex(payload.file, &payload.bytes)),
        "yenc" => Some(encode::yenc(payload.file, &payload.bytes)),
        "raw" => Some(payload.bytes.clone()),
        "letter" => inner("{mixed}\n--b\n{text}\n--b\n{file64}\n--b--\n"),
        "letter64" => {
            let letter = fill("{letter}", payload, encoding).concat();
            Some(encode::bent_base64("plain", &letter))
        }
        "letterqp" => {
            let letter = fill("{letter}", payload, encoding).concat();
            Some(encode::bent_quoted("plain", &letter))
        }
        "parts64" | "partsqp" => {
            let parts = fill("--b\n{text}\n--b\n{file64}\n--b--\n", payload, encoding).concat();
            let bent = if word == "parts64" { encode::bent_base64 } else { encode::bent_quoted };
            Some(bent("plain", &parts))
        }
        "end" => Some(Vec::new()),
        "nul" => Some(vec![0]),
        "cr" => Some(b"\r".to_vec()),
        "lf" => Some(b"\n".to_vec()),
        "sp" => Some(b" ".to_vec()),
        "tab" => Some(b"\t".to_vec()),
        _ => None,
    }
}
