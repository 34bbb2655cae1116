//! A directory file (CSV, UTF-8) read line by line, with the place of every mistake.
//!
//! It is what spreadsheets of a Vietnamese Windows save: `;` or `,` between the cells, a byte
//! order mark in front, heads in Vietnamese. A file of 200,000 names is read without holding
//! more of it than its text.

use super::{Column, Entry, field};
use crate::tomlfile::{Error, Source, hint};
use std::ops::Range;

/// An entry and where it stands.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it says.
    pub entry: Entry,
    /// Its line, from 1.
    pub line: u64,
    /// Where it begins, in bytes.
    start: usize,
}

/// The lines of a directory file, in order.
pub struct Rows<'a> {
    source: &'a Source,
    reader: csv::Reader<&'a [u8]>,
    record: csv::StringRecord,
    separator: u8,
    /// What each column is; `None` is passed over.
    columns: Vec<Option<Column>>,
    /// Where the text behind the heads begins.
    offset: usize,
    lines: u64,
}

impl<'a> Rows<'a> {
    /// Reads the heads. An unknown one is refused where the file is the directory itself, since a
    /// misspelt `state` would open every locked mailbox; `lenient` passes over it, as lists of
    /// other programs have columns of their own: [`Rows::passed_over`] names them.
    pub fn new(source: &'a Source, lenient: bool) -> Result<Rows<'a>, Vec<Error>> {
        let text = source.text();
        // Excel's own line: which separator follows.
        let told = text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("sep=;"))
            || text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("sep=,"));
        let start = if told { text.find('\n').map_or(text.len(), |at| at + 1) } else { 0 };
        let body = text.get(start..).unwrap_or_default();
        let separator = separator(body.lines().next().unwrap_or_default());
        let reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .flexible(true)
            .from_reader(body.as_bytes());
        let record = csv::StringRecord::new();
        let lines = u64::from(told);
        let columns = Vec::new();
        let mut rows = Rows { source, reader, record, separator, columns, offset: start, lines };
        rows.heads(lenient)?;
        Ok(rows)
    }

    /// Heads that say nothing to us.
    pub fn passed_over(&self) -> usize {
        self.columns.iter().filter(|column| column.is_none()).count()
    }

    /// The columns that it has.
    pub fn columns(&self) -> Vec<Column> {
        self.columns.iter().copied().flatten().collect()
    }

    fn heads(&mut self, lenient: bool) -> Result<(), Vec<Error>> {
        let mut errors = Vec::new();
        if !self.reader.read_record(&mut self.record).unwrap_or(false) {
            let message = "is empty: the first line names the columns, such as address,state,name";
            return Err(vec![Error::whole(self.source.file(), message)]);
        }
        let (start, _) = self.start();
        let heads: Vec<String> = self.record.iter().map(str::to_owned).collect();
        for (at, head) in heads.iter().enumerate() {
            let column = Column::of(head);
            if let Some(column) = column.filter(|column| self.columns.contains(&Some(*column))) {
                let message = format!("the column `{}` stands here twice", column.head());
                errors.push(self.source.error(self.cell(start, at), message));
            } else if column.is_none() && !lenient {
                let known: Vec<&str> = Column::HEADS.iter().map(|(c, _)| c.head()).collect();
                let message = format!("unknown column `{head}`{}", hint(head, &known));
                errors.push(self.source.error(self.cell(start, at), message));
            }
            self.columns.push(column);
        }
        if errors.is_empty() && !self.columns.contains(&Some(Column::Address)) {
            let message = "has no column `address` (địa chỉ)";
            errors.push(Error::whole(self.source.file(), message));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Where the record at hand begins: byte, and line from 1. The reader counts line ends before
    /// a record to it.
    fn start(&self) -> (usize, u64) {
        let (byte, line) = self.record.position().map_or((0, 1), |at| (at.byte(), at.line()));
        let start = self.offset + usize::try_from(byte).unwrap_or(usize::MAX);
        let rest = self.source.text().get(start..).unwrap_or_default();
        let ends = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        let skipped = rest.get(..ends).unwrap_or_default().matches('\n').count();
        (start + ends, self.lines + line + skipped as u64)
    }

    /// Where a cell stands in the text.
    fn cell(&self, start: usize, wanted: usize) -> Range<usize> {
        let text = self.source.text().as_bytes();
        let (mut at, mut begin, mut quoted) = (0, start, false);
        for (index, byte) in text.iter().enumerate().skip(start) {
            match *byte {
                b'"' => quoted = !quoted,
                b'\n' | b'\r' if !quoted => return begin..index,
                byte if byte == self.separator && !quoted => {
                    if at == wanted {
                        return begin..index;
                    }
                    (at, begin) = (at + 1, index + 1);
                }
                _ => {}
            }
        }
        begin..text.len()
    }

    fn row(&self) -> Result<Row, Vec<Error>> {
        let (start, line) = self.start();
        let (mut errors, mut entry) = (Vec::new(), Entry::default());
        for (at, text) in self.record.iter().enumerate() {
            let done = match self.columns.get(at) {
                Some(Some(column)) => field::set(&mut entry, *column, text),
                Some(None) => Ok(()),
                None if text.trim().is_empty() => Ok(()),
                None => Err("more cells than columns: a cell that holds the separator stands in \
                             double quotes"
                    .to_owned()),
            };
            if let Err(message) = done {
                errors.push(self.source.error(self.cell(start, at), message));
            }
        }
        if errors.is_empty() && entry.address.is_empty() {
            let at = self.columns.iter().position(|column| *column == Some(Column::Address));
            let cell = self.cell(start, at.unwrap_or_default());
            errors.push(self.source.error(cell, "this line has no address"));
        }
        if errors.is_empty() { Ok(Row { entry, line, start }) } else { Err(errors) }
    }

    /// An error about a row that was read.
    pub fn error(&self, row: &Row, column: Column, message: impl Into<String>) -> Error {
        let at = self.columns.iter().position(|known| *known == Some(column)).unwrap_or_default();
        self.source.error(self.cell(row.start, at), message)
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, Vec<Error>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let more = self.reader.read_record(&mut self.record);
            if !more.unwrap_or(false) {
                return None;
            }
            // Spreadsheets leave lines of separators at the end.
            if !self.record.iter().all(|text| text.trim().is_empty()) {
                return Some(self.row());
            }
        }
    }
}

/// The separator of a line of heads: whichever stands there most.
fn separator(heads: &str) -> u8 {
    let count = |byte: u8| heads.bytes().filter(|b| *b == byte).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|byte| count(*byte)).unwrap_or(b',')
}

/// Whether a mailbox must answer whoever has trouble with us (RFC 5321 §4.5.1, RFC 2142): no
/// directory refuses it.
pub fn is_reserved(local: &str) -> bool {
    ["postmaster", "abuse"].iter().any(|name| local.eq_ignore_ascii_case(name))
}
