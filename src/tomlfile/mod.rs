//! A TOML file read for people: every error has file, line, column, the line itself and what would be right.
//!
//! Files come from editors on Windows too: a byte order mark, UTF-16 and legacy encodings are
//! refused by name, since half of such a file would parse and mean something else.

mod words;

pub use words::{Word, Words};

use serde::de::{self, Deserialize, DeserializeOwned, Deserializer, Visitor};
use std::fmt;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// What is wrong in a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The file, as it was named to us.
    pub file: String,
    /// From 1; 0 where the file as a whole is meant.
    pub line: usize,
    /// From 1, in characters; 0 where the file as a whole is meant.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub message: String,
    /// The line itself with a caret below; empty where there is none.
    pub snippet: String,
}

impl Error {
    /// An error about a file as a whole.
    pub fn whole(file: impl Into<String>, message: impl Into<String>) -> Error {
        let (file, message) = (file.into(), message.into());
        Error { file, line: 0, column: 0, message, snippet: String::new() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.message)?,
            line => write!(f, "{}:{line}:{}: {}", self.file, self.column, self.message)?,
        }
        if !self.snippet.is_empty() {
            write!(f, "\n{}", self.snippet)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// The text of a file, kept so that errors found later can show their place.
#[derive(Clone, Debug)]
pub struct Source {
    file: String,
    text: String,
    /// Where each line but the first begins: long files have thousands of places to name.
    lines: Vec<usize>,
}

impl Source {
    /// Reads a file. It is called `file` in errors.
    pub fn read(path: &Path) -> Result<Source, Error> {
        let bytes = bounded(path, FILE_MAX, "a file of rules")?;
        Source::new(path.display().to_string(), bytes)
    }

    /// Takes the bytes of a file; what is not plain UTF-8 is refused with its name.
    pub fn new(file: impl Into<String>, bytes: Vec<u8>) -> Result<Source, Error> {
        let file = file.into();
        if let Some(encoding) = foreign(&bytes) {
            let message = format!("is {encoding}; save it as UTF-8 without a byte order mark");
            return Err(Error::whole(file, message));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Source::of(file, text)),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let lossy = String::from_utf8_lossy(error.as_bytes()).into_owned();
                // The first `valid` bytes are the same in both texts.
                let source = Source::of(file, lossy);
                let message = "is not UTF-8 here (TCVN3, VNI or windows-1258?); save the file as \
                               UTF-8 (TCVN 6909:2001)";
                Err(source.error(valid..valid, message))
            }
        }
    }

    fn of(file: String, text: String) -> Source {
        let lines = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1).collect();
        Source { file, text, lines }
    }

    /// The name that errors give the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The file as a value.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        toml::from_str(&self.text).map_err(|error| {
            let message = humane(error.message());
            match error.span() {
                // A key that is missing at the top has the whole file as its place.
                Some(span) if span.len() < self.text.len() || span.is_empty() => {
                    self.error(span, message)
                }
                _ => Error::whole(&self.file, message),
            }
        })
    }

    /// An error at this range of bytes.
    pub fn error(&self, span: Range<usize>, message: impl Into<String>) -> Error {
        let start = floor(&self.text, span.start);
        let line = self.line(start);
        let begin = line.checked_sub(2).and_then(|above| self.lines.get(above)).copied();
        let before = self.text.get(begin.unwrap_or_default()..start).unwrap_or_default();
        let column = before.chars().count() + 1;
        let rest = self.text.get(start..).unwrap_or_default();
        let rest = rest.split('\n').next().unwrap_or_default().trim_end_matches('\r');
        let marked = rest.get(..floor(rest, span.len())).unwrap_or(rest);
        let snippet = snippet(line, before, rest, marked.chars().count().max(1));
        Error { file: self.file.clone(), line, column, message: message.into(), snippet }
    }

    /// An error at the value of this path, such as `smtp.listen.0`; at the nearest one above where
    /// the file does not say it.
    pub fn error_at(&self, path: &str, message: impl Into<String>) -> Error {
        match self.span_of(path) {
            Some(span) => self.error(span, message),
            None => Error::whole(&self.file, format!("{path}: {}", message.into())),
        }
    }

    fn span_of(&self, path: &str) -> Option<Range<usize>> {
        let table = DeTable::parse(&self.text).ok()?;
        let (mut steps, mut span) = (path.split('.'), None);
        let first = table.get_ref().get(steps.next()?)?;
        let mut value = first;
        for step in steps {
            span = Some(value.span());
            let below = match value.get_ref() {
                DeValue::Table(table) => table.get(step),
                DeValue::Array(list) => step.parse::<usize>().ok().and_then(|at| list.get(at)),
                _ => None,
            };
            let Some(below) = below else { return span };
            value = below;
        }
        Some(value.span()).or(span)
    }

    /// The line, from 1, of a byte.
    pub fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|begin| *begin <= at) + 1
    }
}

/// Bytes of a file that an operator writes; a longer one is not what he meant to name.
const FILE_MAX: u64 = 4 << 20;

/// The bytes of a file that is `what` and may have so many. It may also grow while it is read.
pub fn bounded(path: &Path, most: u64, what: &str) -> Result<Vec<u8>, Error> {
    let wrong = |message: String| Error::whole(path.display().to_string(), message);
    let unread = |error: std::io::Error| wrong(format!("cannot be read: {error}"));
    let length = std::fs::metadata(path).map_err(unread)?.len();
    let mut bytes = Vec::new();
    if length <= most {
        let file = std::fs::File::open(path).map_err(unread)?;
        file.take(most + 1).read_to_end(&mut bytes).map_err(unread)?;
    }
    match length.max(bytes.len() as u64) {
        length if length <= most => Ok(bytes),
        length => Err(wrong(format!(
            "has {length} bytes; {what} may have {most}: is this the right file?"
        ))),
    }
}

/// The last character boundary up to `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// An encoding that is not UTF-8 without a mark, by its first bytes.
fn foreign(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => Some("UTF-8 with a byte order mark"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        [0, b, ..] | [b, 0, ..] if *b != 0 => Some("UTF-16"),
        _ => None,
    }
}

/// The most characters of a line that are shown from the mistake on.
const SNIPPET_MAX: usize = 100;

/// The line with a caret below what is wrong.
fn snippet(line: usize, before: &str, rest: &str, width: usize) -> String {
    let number = line.to_string();
    let gutter = " ".repeat(number.len());
    // Tabs stay tabs, so that the caret stands where the terminal puts the text.
    let rest: String = rest.chars().take(SNIPPET_MAX).collect();
    let pad: String = before.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let carets = "^".repeat(width.min(rest.chars().count().max(1)));
    format!("{gutter} |\n{number} | {before}{rest}\n{gutter} | {pad}{carets}")
}

/// The parser's message, in words for an administrator.
fn humane(message: &str) -> String {
    let words: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match (words.split_first(), message) {
        (Some((key, known)), _) if message.starts_with("unknown field") => {
            format!("unknown key `{key}`{}", hint(key, known))
        }
        (Some((word, known)), _) if message.starts_with("unknown variant") => {
            format!("unknown word `{word}`{}", hint(word, known))
        }
        (Some((key, _)), _) if message.starts_with("missing field") => {
            format!("the key `{key}` is missing")
        }
        (_, "wanted string or table") => "wrong type: expected text in quotes".to_owned(),
        (_, "duplicate key") => "this key stands here for the second time".to_owned(),
        _ => match message.strip_prefix("invalid type: ") {
            Some(rest) => format!("wrong type: {}", plain_types(rest)),
            None => plain_types(message),
        },
    }
}

/// Rust's names of types, said plainly.
fn plain_types(text: &str) -> String {
    let mut text = text.replace("floating point `", "number `");
    for unsigned in ["u8", "u16", "u32", "u64", "usize"] {
        text = text.replace(&format!("expected {unsigned}"), "expected a whole number, 0 or more");
    }
    for (rust, plain) in [
        ("expected f64", "expected a number"),
        ("expected a boolean", "expected true or false"),
        ("expected a sequence", "expected a list, such as [\"…\"]"),
        ("expected struct ", "expected a table: "),
    ] {
        text = text.replace(rust, plain);
    }
    text
}

/// `; did you mean …?` and what is known here.
pub fn hint(word: &str, known: &[&str]) -> String {
    let list = || known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("; did you mean `{near}`?"),
        None if known.is_empty() => String::new(),
        None if known.len() <= 24 => format!("; known here: {}", list()),
        None => String::new(),
    }
}

/// The known name that is most likely meant, if one is near at all.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let score = |name: &str| strsim::normalized_damerau_levenshtein(word, name);
    let mut best: Option<(f64, &str)> = None;
    for name in known {
        let score = score(name);
        if score >= 0.5 && best.is_none_or(|(high, _)| score > high) {
            best = Some((score, name));
        }
    }
    best.map(|(_, name)| name)
}

/// A size as an integer of bytes or as text such as `"50 MiB"`, for `deserialize_with`.
pub fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Size::deserialize(deserializer).map(|size| size.0)
}

/// Bytes: an integer, or text such as `"50 MiB"` (2^20 each) or `"50 MB"` (10^6 each).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u64);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Size, D::Error> {
        match deserializer.deserialize_any(Measure { fractions: false })? {
            bytes if bytes.0 >= 0.0 => Ok(Size(bytes.0 as u64)),
            _ => Err(de::Error::custom("a size cannot be negative")),
        }
    }
}

/// A measured value to compare with: bytes as [`Size`], or a number of points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Amount(pub f64);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
        deserializer.deserialize_any(Measure { fractions: true })
    }
}

/// Reads sizes and amounts. Sizes stay below 2^53, where a double is exact.
struct Measure {
    fractions: bool,
}

impl Visitor<'_> for Measure {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fractions {
            true => f.write_str("a number, or a size such as \"50 MiB\""),
            false => f.write_str("a size: bytes, or text such as \"50 MiB\""),
        }
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Amount, E> {
        Ok(Amount(value as f64))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Amount, E> {
        match self.fractions && value.is_finite() {
            true => Ok(Amount(value)),
            false => Err(E::invalid_value(de::Unexpected::Float(value), &self)),
        }
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Amount, E> {
        match value.parse::<bytesize::ByteSize>() {
            Ok(size) => Ok(Amount(size.as_u64() as f64)),
            Err(_) => Err(E::invalid_value(de::Unexpected::Str(value), &self)),
        }
    }
}
