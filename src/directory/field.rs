//! One cell of a directory file → its value; an error says what would be right.

use super::entry::Entry;
use super::scheme::plain_words;
use super::{Column, Kind, State};
use crate::mail::Address;
use jiff::civil::Date;

/// Writes a cell into its entry. An empty one says nothing.
pub(super) fn set(entry: &mut Entry, column: Column, text: &str) -> Result<(), String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(());
    }
    let words = || text.split_whitespace().collect::<Vec<_>>().join(" ");
    match column {
        Column::Address => entry.address = address(text)?,
        Column::State => entry.state = known("state", &State::WORDS, text)?,
        Column::Kind => entry.kind = known("kind", &Kind::WORDS, text)?,
        Column::Name => entry.name = words(),
        Column::Title => entry.title = words(),
        Column::Unit => entry.unit = words(),
        Column::Phone => entry.phone = words(),
        Column::Fax => entry.fax = words(),
        Column::Born => entry.born = Some(year(text)?),
        Column::Holder => entry.holder = words(),
        Column::Target => {
            let parts =
                text.split([' ', '\n', '\r', '|', ',', ';']).filter(|part| !part.is_empty());
            entry.target = parts.map(address).collect::<Result<_, _>>()?;
        }
        Column::Request => entry.request = words(),
        Column::Requested => entry.requested = Some(date(text)?),
        Column::Issued => entry.issued = Some(date(text)?),
        Column::LastAccess => entry.last_access = Some(date(text)?),
        Column::Note => entry.note = words(),
    }
    Ok(())
}

/// An address as the gate compares it.
fn address(text: &str) -> Result<String, String> {
    let address = Address::new(text);
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c);
    let sound = !address.local.is_empty()
        && !address.domain.is_empty()
        && !address.domain.starts_with('.')
        && !text.contains(odd)
        && !address.local.contains('@');
    match sound {
        true => Ok(address.mailbox()),
        false => Err(format!("`{text}` is no address; write it as `vanthu@x.gov.vn`")),
    }
}

/// A word of a list, in Vietnamese or English.
fn known<T: Copy>(what: &str, words: &[(T, &[&str])], text: &str) -> Result<T, String> {
    let written = words.iter().find(|(_, names)| names.first() == Some(&text));
    if let Some((value, _)) = written {
        return Ok(*value);
    }
    let plain = plain_words(text);
    let found = words.iter().find(|(_, names)| names.contains(&plain.as_str()));
    found.map(|(value, _)| *value).ok_or_else(|| {
        let names: Vec<&str> = words.iter().filter_map(|(_, n)| n.first()).copied().collect();
        format!("unknown {what} `{text}`{}", crate::tomlfile::hint(&plain, &names))
    })
}

/// `27/02/2026` as offices write it, `2026-02-27` as programs do; a time behind it is dropped.
fn date(text: &str) -> Result<Date, String> {
    let day = text.split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split(['/', '-', '.']).collect();
    let wrong = || format!("`{text}` is no date; write it as 27/02/2026 or 2026-02-27");
    let number = |at: usize| parts.get(at).and_then(|part| part.parse::<i16>().ok());
    let (Some(one), Some(two), Some(three)) = (number(0), number(1), number(2)) else {
        return Err(wrong());
    };
    let (year, day) = if one > 31 { (one, three) } else { (three, one) };
    let small = |value: i16| i8::try_from(value).ok();
    let (Some(month), Some(day)) = (small(two), small(day)) else { return Err(wrong()) };
    if parts.len() != 3 || year < 1900 {
        return Err(wrong());
    }
    Date::new(year, month, day).map_err(|_| wrong())
}

/// A year, alone or at the end of a date.
fn year(text: &str) -> Result<i16, String> {
    let year = match text.parse::<i16>() {
        Ok(year) => Some(year),
        Err(_) => date(text).ok().map(|date| date.year()),
    };
    let wrong = || format!("`{text}` is no year of birth; write it as 1977");
    year.filter(|year| (1900..2100).contains(year)).ok_or_else(wrong)
}
