//! Mailboxes (mbox, emlx): each letter becomes a member that is a mail.
//!
//! In mbox a line `From ` begins a letter only behind an empty line or at the start, and only
//! with something like a date: letters quote themselves.

use super::drain::Drain;
use bytes::Bytes;

/// Takes the letters out.
pub(super) fn open(bytes: &Bytes, drain: &mut Drain) {
    let mut starts: Vec<usize> = Vec::new();
    if bytes.starts_with(b"From ") {
        starts.push(0);
    }
    for at in memchr::memmem::find_iter(bytes, b"\nFrom ") {
        let before = bytes.get(..at).unwrap_or_default();
        let empty = before.ends_with(b"\n") || before.ends_with(b"\n\r") || before.is_empty();
        if empty && is_separator(bytes.get(at + 1..).unwrap_or_default()) {
            starts.push(at + 1);
        }
    }
    starts.push(bytes.len());
    for (number, pair) in starts.windows(2).enumerate() {
        let [start, end] = *pair else { return };
        let letter = bytes.slice(start..end);
        let line = memchr::memchr(b'\n', &letter).map_or(letter.len(), |at| at + 1);
        let name = format!("{}.eml", number + 1);
        if !drain.count(&name) {
            return;
        }
        // These bytes stand in the mailbox as they are, and are no more than it.
        drain.push(name, Vec::new(), letter.slice(line..), true);
        drain.mark(|member| member.mail = true);
    }
}

/// Takes the letter out of a file of Apple Mail: behind a line with the count of its bytes, before a
/// property list.
pub(super) fn counted(bytes: &Bytes, drain: &mut Drain) {
    let blanks = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let line = bytes.get(blanks..).and_then(|rest| memchr::memchr(b'\n', rest));
    let start = blanks + line.map_or(0, |at| at + 1);
    let count = bytes.get(blanks..start).unwrap_or_default().trim_ascii();
    let count = std::str::from_utf8(count).ok().and_then(|count| count.parse().ok());
    let end = count.and_then(|count: usize| start.checked_add(count));
    // A count that leads to something else is no count: nothing is left out by it.
    let end = end.filter(|end| {
        let behind = bytes.get(*end..).unwrap_or_default().trim_ascii_start();
        behind.starts_with(b"<?xml") || behind.starts_with(b"<!DOCTYPE") || behind.is_empty()
    });
    let end = end.unwrap_or(bytes.len()).min(bytes.len());
    if drain.count("1.eml") {
        drain.push("1.eml".to_owned(), Vec::new(), bytes.slice(start.min(end)..end), true);
        drain.mark(|member| member.mail = true);
    }
    let list = bytes.slice(end..);
    if !list.trim_ascii().is_empty() && drain.count("1.plist") {
        drain.keep("1.plist".to_owned(), list, true);
        drain.mark(|member| member.component = true);
    }
}

/// `From sender date`: a colon and a digit in what follows on the line.
fn is_separator(rest: &[u8]) -> bool {
    let line = rest.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = line.get(..200).unwrap_or(line);
    memchr::memchr(b':', line).is_some() && line.iter().any(u8::is_ascii_digit)
}
