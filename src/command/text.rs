//! `congthu text`: which encoding a text or a document is really in, and the text in Unicode.
//!
//! The text goes to standard output and what was seen to standard error, so that
//! `congthu text cu.txt > moi.txt` makes a file in Unicode.

use super::check::with_crlf;
use super::setup::complain;
use super::{NO_INPUT, SYSTEM};
use crate::archive::Opener;
use crate::archive::worker::{self, Worker};
use crate::config::Config;
use crate::facts::{Facts, unfold, unfold_file};
use crate::mail::{Budget, Family, FileType, Limits, Trip};
use crate::text::{self, Encoding, Reading, Run, Sample, is_capital_font};
use bytes::Bytes;
use std::borrow::Cow;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to read.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Text, HTML, documents, letters (.eml), archives of them; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Runs the command.
pub(super) fn run(args: Args) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for path in &args.files {
        let bytes = match read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                code = complain(NO_INPUT, &format!("{}: {error}", path.display()));
                continue;
            }
        };
        let (seen, text) = match documents(path, &bytes) {
            Some(found) => found,
            None => look(&bytes),
        };
        for line in seen {
            eprintln!("{}: {line}", path.display());
        }
        // A closed pipe is the reader's choice (`text a.txt | head`).
        if let Err(error) = std::io::stdout().write_all(text.as_bytes())
            && error.kind() != std::io::ErrorKind::BrokenPipe
        {
            return complain(SYSTEM, &error.to_string());
        }
    }
    code
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if path != Path::new("-") {
        return std::fs::read(path);
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What was seen in a document, or in all that a letter or an archive holds, and the text in
/// Unicode; `None` for what is only text.
fn documents(path: &Path, bytes: &[u8]) -> Option<(Vec<String>, String)> {
    let detected = FileType::detect(bytes);
    let is_letter = detected.family == Family::Mail && !detected.is_container();
    if detected.family != Family::Document && !detected.is_container() && !is_letter {
        return None;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let bytes = Bytes::copy_from_slice(bytes);
    let mut budget = Budget::new(Limits::default(), bytes.len() as u64, Trip::default());
    let facts = match is_letter {
        true => unfold(&with_crlf(bytes), &opener()?, &mut budget),
        false => unfold_file(&name, &bytes, &opener()?, &mut budget),
    };
    let (mut seen, mut out) = header(&facts);
    for part in facts.parts.iter().filter(|part| !part.document().is_empty()) {
        let document = part.document();
        let found = document.legacy();
        // The file itself is named in front of each line.
        let inside = match part.path == facts.parts.first().map_or("", |first| &first.path) {
            // A letter has parts, and a header before them.
            _ if is_letter => format!("{}: ", part.path),
            true => String::new(),
            false => format!("{}: ", part.path),
        };
        let lines = found.iter().flat_map(|seen| told(&seen.reading, seen.font.as_deref(), true));
        seen.extend(lines.map(|line| format!("{inside}{line}")));
        if found.is_empty() {
            seen.push(format!("{inside}{}", unmarked(document.as_str())));
        }
        out.extend(document.lines().iter().flat_map(|line| [&line.text, "\n"]));
    }
    let obstacles = facts.obstacles.iter();
    seen.extend(obstacles.map(|obstacle| format!("{}: {}", obstacle.path, obstacle.detail)));
    if seen.is_empty() {
        seen.push("no text".to_owned());
    }
    Some((seen, out))
}

/// The fields of a letter's header that people read.
fn header(facts: &Facts) -> (Vec<String>, String) {
    let (mut seen, mut out) = (Vec::new(), String::new());
    for field in &facts.head().read {
        let mut value = String::new();
        for piece in field.bytes.split_inclusive(|byte| *byte == b'>') {
            // Addresses are no words, and stay: of `name <a@b>` the name is judged alone.
            let at = memchr::memrchr(b'<', piece).filter(|_| piece.ends_with(b">"));
            let (words, address) = piece.split_at(at.unwrap_or(piece.len()));
            let sample = Sample { text: words, label: field.label.as_deref(), ..Sample::default() };
            let (readings, text) = text::to_unicode(&sample);
            let lines = readings.iter().flat_map(|reading| told(reading, None, false));
            seen.extend(lines.map(|line| format!("{}: {line}", field.name)));
            value += &text;
            value += &String::from_utf8_lossy(address);
        }
        out += &format!("{}: {}\n", field.name, value.trim());
    }
    if !out.is_empty() {
        out.push('\n');
    }
    (seen, out)
}

/// Archives and documents are opened as for a letter, PDF in a child of this program.
fn opener() -> Option<Opener> {
    let settings = worker::Settings {
        program: std::env::current_exe().ok()?,
        memory: Config::default().limits.worker_memory,
        children: 1,
        failed: |_| {},
    };
    Some(Opener { worker: Some(Worker::new(settings)), ..Opener::default() })
}

/// What was seen, a line each, and the text in Unicode.
fn look(bytes: &[u8]) -> (Vec<String>, String) {
    let unicode = text::unicode(bytes, None);
    let head: Vec<u8> = unicode.iter().take(1024).map(u8::to_ascii_lowercase).collect();
    let is_page = [&b"<html"[..], b"<!doctype html", b"<body", b"<p", b"<font", b"<div"]
        .iter()
        .any(|tag| memchr::memmem::find(&head, tag).is_some());
    let runs = match is_page {
        true => text::html_runs(&unicode),
        false => vec![Run { text: Cow::Borrowed(&unicode[..]), ..Run::default() }],
    };
    let mut seen = Vec::new();
    let mut out = String::new();
    for (font, piece) in joined(&runs) {
        let legacy = font.as_deref().and_then(Encoding::of_font);
        let sample = Sample { text: &piece, label: None, font: legacy };
        let (readings, converted) = text::to_unicode(&sample);
        seen.extend(readings.iter().flat_map(|reading| told(reading, font.as_deref(), false)));
        match font.as_deref().is_some_and(is_capital_font) {
            true => out += &converted.to_uppercase(),
            false => out += &converted,
        }
    }
    if seen.is_empty() {
        seen.push(unmarked(&out).to_owned());
    }
    (seen, out)
}

/// What can be said of a text that is in no legacy encoding.
fn unmarked(text: &str) -> &'static str {
    if text.contains('\u{fffd}') {
        "not valid Unicode, and no Vietnamese encoding makes words of it"
    } else if text::is_undiacritical(text) {
        "Unicode; Vietnamese without diacritics"
    } else if text::is_combining(text) {
        "Unicode; letters and marks apart (NFD)"
    } else {
        "Unicode"
    }
}

/// Runs of one font after another joined, so that words between them are judged together.
fn joined(runs: &[Run<'_>]) -> Vec<(Option<String>, Vec<u8>)> {
    let mut all: Vec<(Option<String>, Vec<u8>)> = Vec::new();
    for run in runs {
        let kind = |font: Option<&str>| {
            (font.and_then(Encoding::of_font), font.is_some_and(is_capital_font))
        };
        match all.last_mut() {
            Some((font, text)) if kind(font.as_deref()) == kind(run.font.as_deref()) => {
                text.extend_from_slice(&run.text)
            }
            _ => all.push((run.font.clone(), run.text.to_vec())),
        }
    }
    all
}

/// A reading, as lines. In a document letters of a legacy font are always letters of Latin-1.
fn told(reading: &Reading, font: Option<&str>, document: bool) -> Vec<String> {
    let place = font.map(|font| format!(", font {font}")).unwrap_or_default();
    let misread = reading.misread && (!document || reading.encoding == Encoding::Utf8);
    let mut lines = vec![format!(
        "{}{}, {:.0} % of {} words{place}",
        reading.encoding.name(),
        if misread { " taken for Latin-1" } else { "" },
        reading.share * 100.0,
        reading.words
    )];
    lines.extend(reading.shown.iter().map(|(stands, reads)| format!("  {stands} → {reads}")));
    lines
}
