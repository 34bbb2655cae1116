//! The entries of a list, from the rule file or from a text file beside it.

use crate::tomlfile::{Error, Source, Word, Words};
use std::path::Path;
use std::sync::Arc;
use toml::Spanned;

/// Entries of one list; beyond it somebody names the wrong file.
pub(super) const ENTRIES_MAX: usize = 100_000;

/// One entry and where it stands, for the evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) text: String,
    pub(super) place: Place,
}

/// `entry 12 (cam.txt:14)`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    file: Arc<str>,
    line: u32,
    number: u32,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "entry {} ({}:{})", self.number, self.file, self.line)
    }
}

/// The places of words in their file, in order.
pub(super) struct Places {
    file: Arc<str>,
    at: usize,
    line: u32,
    number: u32,
}

impl Places {
    pub(super) fn of(label: &str) -> Places {
        Places { file: label.into(), at: 0, line: 1, number: 0 }
    }

    /// The place of the next word; lines are counted once, since lists are long.
    pub(super) fn next(&mut self, source: &Source, word: &Word) -> Place {
        let between = source.text().as_bytes().get(self.at..word.span.start).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', between).count() as u32;
        self.at = self.at.max(word.span.start);
        self.number += 1;
        Place { file: self.file.clone(), line: self.line, number: self.number }
    }
}

/// A text file beside the rule file: its entries, one a line.
pub(super) fn read(source: &Source, name: &Spanned<String>) -> Result<(Source, Words), Error> {
    let wrong = |message: String| source.error(name.span(), message);
    let file = name.get_ref();
    if file.is_empty() || file.contains(['/', '\\']) || file.starts_with('.') {
        let message = format!("`{file}`: write the name alone of a text file in this folder");
        return Err(wrong(message));
    }
    let path = Path::new(source.file()).with_file_name(file);
    if !path.exists() {
        let message = format!("{} does not exist; it holds one entry a line", path.display());
        return Err(wrong(message));
    }
    let list = Source::read(&path)?;
    let words = lines(list.text());
    if words.len() > ENTRIES_MAX {
        let message = format!(
            "has {} entries; a list may have {ENTRIES_MAX}: make several lists of it",
            words.len()
        );
        return Err(Error::whole(list.file(), message));
    }
    Ok((list, Words { words, span: 0..0 }))
}

/// Each line without its remark; empty ones are none.
fn lines(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.split('#').next().unwrap_or_default();
        let word = bare.trim();
        if !word.is_empty() {
            let at = start + (bare.len() - bare.trim_start().len());
            words.push(Word { text: word.to_owned(), span: at..at + word.len() });
        }
        start += line.len();
    }
    words
}
