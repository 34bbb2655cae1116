//! Replies on the wire: written safely, and read from a next hop without trust.
//!
//! A reply may carry a file name out of a hostile message, so every control
//! character is dropped where it is written, whoever made the text.

use crate::mail::fold;
use crate::verdict::{self, Code};

use bytes::{Buf, BytesMut};
use std::borrow::Cow;
use std::io::Write;

/// RFC 5321 §4.5.3.1.5: a reply line with code and CRLF.
const LINE_OCTETS: usize = 512;

/// A next hop's reply longer than this is garbage: it would only fill memory.
const READ_OCTETS: usize = 64 << 10;

/// A reply: its code, and the text of each line without code and line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// RFC 5321 code, 200 to 599.
    pub code: u16,
    /// Text of the lines, enhanced status included where there is one.
    pub lines: Vec<String>,
}

impl Reply {
    /// A reply of one line; `text` begins with the enhanced status (RFC 2034).
    pub fn new(code: u16, text: impl Into<String>) -> Reply {
        Reply { code, lines: vec![text.into()] }
    }

    /// A row of the gate's table, with an English text of one line.
    pub fn own(code: Code, text: &str) -> Reply {
        Reply::new(code.basic, format!("{} {text}", code.enhanced))
    }

    /// What the gate tells a sender about a message: Vietnamese first, English below,
    /// the transaction id in front so that a person can be asked about it.
    pub fn told(reply: &verdict::Reply, id: &str) -> Reply {
        let Code { basic, enhanced } = reply.code;
        let texts = [reply.text.as_str(), reply.english.as_str()];
        let mut texts = texts.into_iter().filter(|text| !text.is_empty());
        let mut lines = vec![format!("{enhanced} [{id}] {}", texts.next().unwrap_or("Ok"))];
        lines.extend(texts.map(|text| format!("{enhanced} {text}")));
        Reply { code: basic, lines }
    }

    /// The first digit: 2 done, 3 go on, 4 later, 5 never.
    pub fn class(&self) -> u16 {
        self.code / 100
    }

    /// 2xx.
    pub fn is_positive(&self) -> bool {
        self.class() == 2
    }

    /// 421: whoever says it closes the connection (RFC 5321 §3.8).
    pub fn closes(&self) -> bool {
        self.code == 421
    }

    /// The text in one line, for logs.
    pub fn text(&self) -> String {
        format!("{} {}", self.code, self.lines.join(" "))
    }

    /// Appends the reply as it goes out: no line over 512 octets, no control
    /// character, ASCII unless the peer asked for SMTPUTF8 (RFC 6531 §3.7.4).
    pub fn write(&self, utf8: bool, out: &mut Vec<u8>) {
        let lines: Vec<Cow<'_, str>> = self.lines.iter().map(|line| clean(line, utf8)).collect();
        let mut pieces: Vec<Cow<'_, str>> = Vec::with_capacity(lines.len().max(1));
        for line in &lines {
            wrap(line, &mut pieces);
        }
        if pieces.is_empty() {
            pieces.push(Cow::Borrowed(""));
        }
        let last = pieces.len() - 1;
        for (at, piece) in pieces.iter().enumerate() {
            let mark = if at < last { '-' } else { ' ' };
            // Writing to memory does not fail.
            let _ = write!(out, "{:03}{mark}{piece}\r\n", self.code);
        }
    }
}

/// Without control characters and, unless `utf8`, without anything but ASCII.
fn clean(text: &str, utf8: bool) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let folded = if utf8 || text.is_ascii() { text.to_owned() } else { fold(text) };
    Cow::Owned(folded.chars().map(|c| if c.is_control() { ' ' } else { c }).collect())
}

/// Splits at spaces into pieces that fit a line; each piece repeats the
/// enhanced status, as RFC 2034 §3 asks of continuation lines.
fn wrap<'a>(line: &'a str, out: &mut Vec<Cow<'a, str>>) {
    let room = LINE_OCTETS - "250-\r\n".len();
    if line.len() <= room {
        out.push(Cow::Borrowed(line));
        return;
    }
    let status = status(line);
    let mut rest = line;
    let mut prefix = "";
    while prefix.len() + rest.len() > room {
        let mut end = room - prefix.len();
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, _) = rest.split_at(end);
        // A cut within the status would break it: only a space behind it may end a piece.
        let cut = piece.rfind(' ').filter(|at| *at > status.len()).unwrap_or(end);
        out.push(format!("{prefix}{}", &rest[..cut]).into());
        rest = rest[cut..].trim_start_matches(' ');
        prefix = status;
    }
    out.push(format!("{prefix}{rest}").into());
}

/// The enhanced status that a line begins with, its space included; else empty.
fn status(line: &str) -> &str {
    let Some((word, _)) = line.split_once(' ') else { return "" };
    let parts: Vec<&str> = word.split('.').collect();
    let number = |part: &&str| {
        (1..=3).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_digit())
    };
    let fits = parts.len() == 3 && parts.iter().all(number) && word.starts_with(['2', '4', '5']);
    if fits { line.get(..word.len() + 1).unwrap_or("") } else { "" }
}

/// The peer's bytes are no SMTP reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Garbage;

/// Reads replies out of a stream, in whatever pieces they arrive.
#[derive(Debug, Default)]
pub struct Reader {
    code: Option<u16>,
    lines: Vec<String>,
    octets: usize,
}

impl Reader {
    /// Takes whole lines from `input`; a reply once its last line is there.
    pub fn push(&mut self, input: &mut BytesMut) -> Result<Option<Reply>, Garbage> {
        while let Some(end) = memchr::memchr(b'\n', input) {
            self.octets += end;
            if self.octets > READ_OCTETS {
                return Err(Garbage);
            }
            let line = input.split_to(end + 1);
            if self.line(line.trim_ascii_end())? {
                let taken = std::mem::take(self);
                return Ok(taken.code.map(|code| Reply { code, lines: taken.lines }));
            }
        }
        match self.octets + input.remaining() > READ_OCTETS {
            true => Err(Garbage),
            false => Ok(None),
        }
    }

    /// Takes one line; whether it is the last.
    fn line(&mut self, line: &[u8]) -> Result<bool, Garbage> {
        let (code, rest) = line.split_at_checked(3).ok_or(Garbage)?;
        let code = std::str::from_utf8(code).ok().filter(|c| c.bytes().all(|b| b.is_ascii_digit()));
        let code = code.and_then(|code| code.parse::<u16>().ok()).ok_or(Garbage)?;
        if !(200..=599).contains(&code) || self.code.is_some_and(|first| first != code) {
            return Err(Garbage);
        }
        let (mark, text) = rest.split_first().map_or((b' ', rest), |(mark, text)| (*mark, text));
        if mark != b' ' && mark != b'-' {
            return Err(Garbage);
        }
        self.code = Some(code);
        self.lines.push(String::from_utf8_lossy(text).into_owned());
        Ok(mark == b' ')
    }
}
