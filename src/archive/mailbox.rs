//! Mailboxes (mbox): each letter becomes a member that is a mail.
//!
//! A line `From ` begins a letter only behind an empty line or at the start, and only
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

/// `From sender date`: a colon and a digit in what follows on the line.
fn is_separator(rest: &[u8]) -> bool {
    let line = rest.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = line.get(..200).unwrap_or(line);
    memchr::memchr(b':', line).is_some() && line.iter().any(u8::is_ascii_digit)
}
