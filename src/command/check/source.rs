//! Where mails come from: files, mboxes, Maildirs, folders, standard input.

use bytes::{BufMut, Bytes, BytesMut};
use memchr::memmem;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A mail, or why it cannot be read.
pub(super) struct Mail {
    /// The path as given; `box.mbox#3` for the third of several in one file.
    pub(super) path: String,
    /// The bytes as they stand there.
    pub(super) bytes: io::Result<Bytes>,
}

/// All mails of a path, read one file at a time.
pub(super) fn mails(path: &Path) -> Box<dyn Iterator<Item = Mail> + Send> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut bytes).map(|_| Bytes::from(bytes));
        return Box::new(of_file("-".to_owned(), read).into_iter());
    }
    if path.is_dir() {
        let files = walk(path);
        return Box::new(files.into_iter().flat_map(|file| match file {
            Ok(file) => read(&file),
            Err((path, error)) => vec![Mail { path, bytes: Err(error) }],
        }));
    }
    Box::new(read(path).into_iter())
}

fn read(path: &Path) -> Vec<Mail> {
    of_file(path.display().to_string(), fs::read(path).map(Bytes::from))
}

/// Every regular file below a folder but dot-files, in byte order; of a Maildir, what is complete.
fn walk(dir: &Path) -> Vec<Result<PathBuf, (String, io::Error)>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) => return vec![Err((dir.display().to_string(), error))],
    };
    let is_maildir = dir.join("new").is_dir() && dir.join("cur").is_dir();
    let mut found = Vec::new();
    let mut paths = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => paths.push(entry.path()),
            Err(error) => found.push(Err((dir.display().to_string(), error))),
        }
    }
    // Files in `tmp` are still being written (maildir(5)).
    paths.retain(|path| !(is_maildir && path.ends_with("tmp")));
    paths.sort_by(|a, b| a.as_os_str().as_bytes().cmp(b.as_os_str().as_bytes()));
    for path in paths {
        let hidden = path.file_name().is_some_and(|name| name.as_bytes().starts_with(b"."));
        // A link to a folder is not followed: it may lead back here.
        let link = path.symlink_metadata().is_ok_and(|meta| meta.is_symlink());
        match path.metadata() {
            Ok(meta) if meta.is_dir() && !link => found.extend(walk(&path)),
            Ok(meta) if meta.is_file() && !hidden => found.push(Ok(path)),
            Ok(_) => {}
            Err(error) => found.push(Err((path.display().to_string(), error))),
        }
    }
    found
}

/// The mails of one file: one, or those of an mbox.
fn of_file(path: String, bytes: io::Result<Bytes>) -> Vec<Mail> {
    let bytes = match bytes {
        Ok(bytes) if bytes.starts_with(b"From ") => bytes,
        other => return vec![Mail { path, bytes: other }],
    };
    let mails = split_mbox(&bytes);
    let several = mails.len() > 1;
    let numbered = mails.into_iter().zip(1..).map(|(bytes, number)| Mail {
        path: if several { format!("{path}#{number}") } else { path.clone() },
        bytes: Ok(bytes),
    });
    numbered.collect()
}

/// The messages of an mbox (RFC 4155): without their `From ` lines, and without the empty line
/// that stands before the next one. `>From ` stays as it is.
fn split_mbox(bytes: &Bytes) -> Vec<Bytes> {
    // A writer that dates its From lines dates all of them: then "From here on" is body text.
    let dated = is_dated(line_at(bytes, 0));
    let mut starts = vec![0];
    for at in memmem::find_iter(bytes, b"\nFrom ") {
        let before = bytes.get(..at).unwrap_or_default();
        let blank = before.ends_with(b"\n") || before.ends_with(b"\n\r");
        if blank && (!dated || is_dated(line_at(bytes, at + 1))) {
            starts.push(at + 1);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    let messages = starts.iter().zip(ends).map(|(start, end)| {
        let from = start + line_at(bytes, *start).len();
        let last = end == bytes.len();
        let message = bytes.slice(from.min(end)..end);
        let blank = match last {
            true => b"".as_slice(),
            false if message.ends_with(b"\r\n") => b"\r\n",
            false => b"\n",
        };
        message.slice(..message.len() - blank.len().min(message.len()))
    });
    messages.collect()
}

/// The line that begins here, its end included.
fn line_at(bytes: &[u8], at: usize) -> &[u8] {
    let rest = bytes.get(at..).unwrap_or_default();
    let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
    rest.get(..end).unwrap_or_default()
}

/// Whether a From line carries a time of day, as asctime(3) writes it.
fn is_dated(line: &[u8]) -> bool {
    line.windows(5).any(|five| {
        matches!(five, [a, b, b':', c, d] if [a, b, c, d].iter().all(|x| x.is_ascii_digit()))
    })
}

/// A file without any CRLF is text with LF: each LF becomes CRLF. Other files are as they are.
pub(in crate::command) fn with_crlf(bytes: Bytes) -> Bytes {
    if memmem::find(&bytes, b"\r\n").is_some() || memchr::memchr(b'\n', &bytes).is_none() {
        return bytes;
    }
    let lines = memchr::memchr_iter(b'\n', &bytes).count();
    let mut text = BytesMut::with_capacity(bytes.len() + lines);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => {
                text.put_slice(line);
                text.put_slice(b"\r\n");
            }
            None => text.put_slice(line),
        }
    }
    text.freeze()
}
