//! The directory (danh bạ): who has a mailbox here, in which state, and how regulations form its name.
//!
//! Nothing here asks a network or a clock: what stands in one file is read whole, and answers from
//! then on.

pub mod attributes;
mod audit;
mod column;
pub mod due;
mod entry;
mod field;
mod ldif;
mod merge;
mod propose;
mod scheme;
mod snapshot;
mod table;
mod write;

pub use attributes::{ATTRIBUTES, COLUMNS};
pub use audit::{Audit, Rulebook, Taken, audit, full};
pub use column::Column;
pub use due::List;
pub use entry::{Entry, Kind, State};
pub use merge::{Merged, merge};
pub use propose::{Proposal, propose};
pub use scheme::{Asked, Candidate, Fit, Forms, Places, Scheme};
pub use snapshot::{Snapshot, Standing};
pub use table::{Row, Rows, is_reserved};
pub use write::{table, write};

use crate::tomlfile::{self, Error, Source};
use std::path::Path;

/// A directory file as text. The byte order mark that spreadsheets write in front is no mistake
/// here; other encodings are told by name.
pub fn source(name: String, mut bytes: Vec<u8>) -> Result<Source, Error> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    Source::new(name, bytes)
}

/// Bytes of a directory: a million names of 250 bytes.
const FILE_MAX: u64 = 250_000_000;

/// Reads a file as text.
pub fn open(path: &Path) -> Result<Source, Error> {
    source(path.display().to_string(), tomlfile::bounded(path, FILE_MAX, "a directory")?)
}
