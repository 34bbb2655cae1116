//! Entries as a directory file: CSV, UTF-8, all columns, sorted by address.

use super::{Column, Entry};
use jiff::civil::Date;

/// The text of a file with these entries.
pub fn write(entries: &[Entry]) -> String {
    let columns: Vec<Column> = Column::HEADS.iter().map(|(column, _)| *column).collect();
    let heads = columns.iter().map(|column| column.head().to_owned()).collect();
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by(|one, other| one.address.cmp(&other.address));
    let rows = sorted.iter().map(|entry| columns.iter().map(|at| cell(entry, *at)).collect());
    table(std::iter::once(heads).chain(rows))
}

/// Rows of cells as CSV; a cell that a spreadsheet would run as a formula is made text.
pub fn table(rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in rows {
        // Writing to memory does not fail.
        let _ = writer.write_record(row.iter().map(|cell| disarmed(cell)));
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// `=`, `+`, `-` and `@` at the beginning start a formula (CWE-1236); a phone number stays one.
fn disarmed(cell: &str) -> String {
    let phone = cell.chars().all(|c| c.is_ascii_digit() || "+-. ()".contains(c));
    match cell.starts_with(['=', '+', '-', '@']) && !phone {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}

/// One cell of an entry.
fn cell(entry: &Entry, column: Column) -> String {
    let date = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
    match column {
        Column::Address => entry.address.clone(),
        Column::State => entry.state.name().to_owned(),
        Column::Kind => entry.kind.name().to_owned(),
        Column::Name => entry.name.clone(),
        Column::Title => entry.title.clone(),
        Column::Unit => entry.unit.clone(),
        Column::Phone => entry.phone.clone(),
        Column::Fax => entry.fax.clone(),
        Column::Born => entry.born.map(|year| year.to_string()).unwrap_or_default(),
        Column::Holder => entry.holder.clone(),
        Column::Target => entry.target.join(" "),
        Column::Request => entry.request.clone(),
        Column::Requested => date(entry.requested),
        Column::Issued => date(entry.issued),
        Column::LastAccess => date(entry.last_access),
        Column::Note => entry.note.clone(),
    }
}
