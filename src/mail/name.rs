//! File names as the reader's system sees them, not as the sender wrote them.
//!
//! Windows drops dots and blanks at the end, so `a.exe. .` runs; NTFS reads
//! `a.exe::$DATA` as `a.exe`; U+202E shows `gpj.exe` as `exe.jpg`; and a name may
//! carry a path. What decides is what is left after all of that.

mod trick;

pub use trick::{Trick, tricks};

use super::FileType;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Characters of a file's name that are looked at, from its end: no system keeps a name of more
/// than 255, nor a stream of one.
const LONGEST: usize = 512;

/// The name without path, invisible characters and what Windows drops; NFC. Empty when nothing
/// is left of it.
pub fn bare(name: &str) -> String {
    let mut pieces = name.rsplit(['/', '\\']).map(|piece| piece.trim_end_matches(is_dropped));
    let visible = visible(pieces.find(|piece| !piece.is_empty()).unwrap_or_default());
    let mut file = visible.as_str();
    while let Some(rest) = behind_drive(file) {
        file = rest;
    }
    // Blanks and dots go first: `a.exe: ` is `a.exe:`, the file itself.
    let file = trimmed(file);
    trimmed(main_stream(file).unwrap_or(file)).to_owned()
}

/// What is seen of a name without path, as far as it is looked at; NFC.
fn visible(piece: &str) -> String {
    let seen = end(piece).chars().filter(|&c| !is_invisible(c));
    if piece.is_ascii() || is_nfc_quick(seen.clone()) == IsNormalized::Yes {
        return seen.collect();
    }
    // Letters that NFC takes apart make it longer (U+0958).
    end(&seen.nfc().collect::<String>()).to_owned()
}

/// The last characters, as many as are looked at.
fn end(name: &str) -> &str {
    let from = name.char_indices().rev().nth(LONGEST - 1).map_or(0, |(at, _)| at);
    name.get(from..).unwrap_or(name)
}

/// What does not count at the end of a name.
fn is_dropped(c: char) -> bool {
    c == '.' || c.is_whitespace() || is_invisible(c)
}

/// What follows a drive: `C:a.exe` is `a.exe` in the folder that is open there.
fn behind_drive(file: &str) -> Option<&str> {
    let letter = file.starts_with(|c: char| c.is_ascii_alphabetic());
    // `a::$DATA` is a stream of `a`.
    file.get(1..)?.strip_prefix(':').filter(|rest| letter && !rest.starts_with(':'))
}

/// The file of which this is a stream: `a.exe` for `a.exe:x` and `a.exe::$DATA`. People write
/// times and subjects with colons (`Họp 10:30.docx`), so an extension must stand before it.
fn main_stream(file: &str) -> Option<&str> {
    let (main, stream) = file.split_once(':')?;
    let data = stream.starts_with(":$") && !trimmed(main).is_empty();
    let typed = || {
        let (_, last) = trimmed(main).rsplit_once('.')?;
        FileType::by_extension(last).filter(|_| !stream.starts_with([' ', '/']))
    };
    (data || typed().is_some()).then_some(main)
}

/// The extension that decides what a double click does: lower case, without dot.
///
/// `None` for a name without one. Full-width and other compatibility letters are not folded:
/// no system runs `a.ｅｘｅ`.
pub fn extension(name: &str) -> Option<String> {
    let bare = bare(name);
    let (_, extension) = bare.rsplit_once('.')?;
    let extension = trimmed(extension).trim_start().to_lowercase();
    (!extension.is_empty()).then_some(extension)
}

/// All extensions, outermost first: `gz`, `tar` for `a.tar.gz`; at most `limit` of them.
pub fn extensions(name: &str, limit: usize) -> Vec<String> {
    let bare = bare(name);
    let mut pieces = bare.rsplit('.').map(|piece| piece.trim().to_lowercase());
    let count = bare.matches('.').count().min(limit);
    pieces.by_ref().take(count).filter(|piece| !piece.is_empty()).collect()
}

/// The name fit for a log line or a reply: NFC, without path, controls and invisible characters
/// as `%xx` of their UTF-8, at most `limit` characters, of which `…` is one. What is cut is the
/// middle, since the end of a name says what it does.
pub fn shown(name: &str, limit: usize) -> String {
    const END: usize = 8;
    let file = name.rsplit(['/', '\\']).find(|piece| !piece.is_empty()).unwrap_or(name);
    // A character of NFC has three of NFD at most, in real text; more is cut all the same.
    let middle = 8 * limit.max(END);
    let start = file.char_indices().nth(middle).map_or(file.len(), |(at, _)| at);
    let rest = file.get(start..).unwrap_or_default();
    let end = rest.char_indices().rev().nth(middle).map_or(0, |(at, _)| at);
    let kept = [file.get(..start).unwrap_or(file), rest.get(end..).unwrap_or_default()];
    let whole: Vec<char> = kept.iter().flat_map(|piece| piece.nfc()).collect();
    if whole.len() <= limit {
        return whole.into_iter().map(escaped).collect();
    }
    let (_, end) = whole.split_at(whole.len() - END.min(limit));
    let start = whole.iter().take(limit.saturating_sub(END + 1));
    start
        .copied()
        .map(escaped)
        .chain(["…".to_owned()])
        .chain(end.iter().copied().map(escaped))
        .collect()
}

/// Any text of a sender's fit for a log line: as [`shown`], but not cut at slashes; the end goes.
pub fn escape(text: &str, limit: usize) -> String {
    text.nfc().take(limit).map(escaped).collect()
}

/// One character, fit to be seen.
fn escaped(c: char) -> String {
    if !c.is_control() && !is_invisible(c) {
        return c.to_string();
    }
    let mut utf8 = [0; 4];
    c.encode_utf8(&mut utf8).bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// Dots and blanks at the end do not exist for Windows.
fn trimmed(piece: &str) -> &str {
    piece.trim_end_matches(|c: char| c == '.' || c.is_whitespace())
}

/// Controls, directions, joiners, marks of no width: nobody sees them, everybody is misled.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}
