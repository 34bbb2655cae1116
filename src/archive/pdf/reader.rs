//! The whole reader, in the child: every object of the document, whether or not anything leads
//! to it.
//!
//! What is broken is repaired as viewers do. A scanner's sloppy file is no obstacle: only where
//! objects stay hidden, by a password or by packing that cannot be undone, is there a trouble.

use super::actions::Actions;
use super::files::Files;
use super::{packed, salvage, text};
use crate::archive::Why;
use crate::archive::worker::{Output, Stop};
use lopdf::{DecompressError, Document, Error, LoadOptions, ObjectId};
use memchr::memmem;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Bytes that one stream of objects may unpack to: three hundred pages of tables take 5 MiB.
pub(super) const OBJECTS: usize = 64 << 20;

/// What a document begins with.
const HEADER: &[u8] = b"%PDF-";

/// Reads one document.
pub(in crate::archive) fn read(file: &[u8], passwords: &[String], output: &Output) {
    // Viewers that repair need no header; the reader does.
    let headed = match memmem::find(file, HEADER) {
        Some(_) => Cow::Borrowed(file),
        None => Cow::Owned([HEADER, b"1.7\n", file].concat()),
    };
    let file = &headed[..];
    // Nobody listens any more: there is nothing to be said.
    let _ = match load(file, passwords) {
        Ok(read) => whole(&read, file, output),
        Err(why) => damaged(&why, file, output),
    };
}

/// A document that could be read.
struct Read {
    document: Document,
    /// The number of the password that opened it.
    key: Option<usize>,
    /// Streams whose objects could not be unpacked.
    hidden: BTreeSet<ObjectId>,
}

fn load(file: &[u8], passwords: &[String]) -> Result<Read, Error> {
    let (mut document, key) = open(file, passwords)?;
    let hidden = packed::complete(&mut document, file)?;
    Ok(Read { document, key, hidden })
}

/// The document as the library reads it, and the number of the password that opened it.
fn open(file: &[u8], passwords: &[String]) -> Result<(Document, Option<usize>), Error> {
    let options = |password: Option<&String>| LoadOptions {
        password: password.cloned(),
        max_decompressed_size: Some(OBJECTS),
        ..LoadOptions::default()
    };
    // The empty password is tried by itself: it is what "no copying" protects with.
    let document = Document::load_mem_with_options(file, options(None))?;
    if !document.is_encrypted() {
        return Ok((document, None));
    }
    let fits = |(_, password): &(usize, &String)| document.authenticate_password(password).is_ok();
    match passwords.iter().enumerate().find(fits) {
        Some((number, password)) => {
            let opened = Document::load_mem_with_options(file, options(Some(password)))?;
            Ok((opened, Some(number)))
        }
        None => Err(Error::InvalidPassword),
    }
}

/// A document that could be read: by its objects, then by names that stand in none of them.
fn whole(read: &Read, file: &[u8], output: &Output) -> Result<(), Stop> {
    let Read { document, key, hidden } = read;
    if let Some(number) = key {
        output.unlocked(*number)?;
    }
    let mut actions = Actions::new(document);
    actions.collect();
    let found = actions.tell(output)?;
    let stored = Files::new(document, output).all()?;
    salvage::rest(document, hidden, file, found, output)?;
    if stored == 0 {
        salvage::files(file, output)?;
    }
    letters(document, output)
}

/// The text, last of all: a panic in it costs the text and nothing else.
fn letters(document: &Document, output: &Output) -> Result<(), Stop> {
    let told = catch_unwind(AssertUnwindSafe(|| text::tell(document, output)));
    told.unwrap_or_else(|_| output.text_damaged())
}

/// A document that no reader repairs: what its bytes show, and that its text is not read.
fn damaged(why: &Error, file: &[u8], output: &Output) -> Result<(), Stop> {
    match why {
        Error::InvalidPassword => {
            output.trouble(Why::Encrypted, None, "a password protects the document")?;
        }
        Error::UnsupportedSecurityHandler(_) | Error::Decryption(_) => {
            let detail = "the document is encrypted for certain readers";
            output.trouble(Why::Encrypted, None, detail)?;
        }
        Error::Decompress(DecompressError::MemoryLimitExceeded { limit }) => {
            let limit = *limit as u64;
            output.over_limit(None, "its objects unpack to too much", (limit + 1, limit))?;
        }
        _ => output.text_damaged()?,
    }
    salvage::read(file, output)
}
