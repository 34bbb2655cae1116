//! What Excel says in the XML of 2003, in a file of its own and within its pages: links, queries.
//!
//! Searched rather than parsed, since the same stands in islands of HTML.

use super::Found;
use super::entity::decoded;
use super::fields::{Away, away};
use crate::facts::Deed;
use memchr::memmem;

/// Links and queries that are looked at: a workbook has a few.
pub(super) const MOST: usize = 256;

/// Looks at a flat workbook, or a page that Excel reads.
pub(super) fn look(content: &[u8], found: &mut Found) {
    links(content, found);
    queries(content, found);
}

/// Links to other programs: `SupBook` with a `Path` of `server|topic`.
fn links(content: &[u8], found: &mut Found) {
    /// A path stands near; one behind many names is found from the next book.
    const NEAR: usize = 4096;
    for at in memmem::find_iter(content, b"SupBook").take(MOST) {
        let rest = content.get(at..).unwrap_or_default();
        let rest = rest.get(..NEAR).unwrap_or(rest);
        let Some(path) = memmem::find(rest, b"Path>") else { continue };
        let text = rest.get(path + 5..).unwrap_or_default();
        let text = text.get(..memchr::memchr(b'<', text).unwrap_or(text.len())).unwrap_or_default();
        let text = decoded(&String::from_utf8_lossy(text));
        if let Some((server, topic)) = text.split_once('|') {
            found.dde(server.trim(), topic);
        }
    }
}

/// Queries that are made when the workbook is opened.
fn queries(content: &[u8], found: &mut Found) {
    if memmem::find(content, b"RefreshOnFileOpen").is_none() {
        return;
    }
    for target in addresses(content) {
        if away(&target) != Away::Local {
            found.note(Deed::Remote, &format!("query {target}"));
        }
    }
}

/// The values of attributes `HRef`.
pub(super) fn addresses(content: &[u8]) -> impl Iterator<Item = String> {
    /// Longer addresses are none.
    const LONGEST: usize = 1000;
    memmem::find_iter(content, b"HRef").take(MOST).filter_map(|at| {
        let rest = content.get(at + 4..)?.trim_ascii_start();
        let value = rest.strip_prefix(b"=")?.trim_ascii_start();
        let value = value.get(..LONGEST).unwrap_or(value);
        let (value, end) = match value.split_first() {
            Some((quote @ (b'"' | b'\''), value)) => (value, memchr::memchr(*quote, value)),
            _ => (value, value.iter().position(|b| b.is_ascii_whitespace() || *b == b'>')),
        };
        let value = value.get(..end.unwrap_or(value.len()))?;
        Some(decoded(&String::from_utf8_lossy(value)))
    })
}
