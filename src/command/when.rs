//! Times as people write them on a command line: `7d`, `2026-03-03`, `yesterday`.

use crate::store::records::Span;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};
use std::str::FromStr;

/// A moment, or a day with all its hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// This moment.
    Moment(Timestamp),
    /// All of a day, in local time.
    Day(Day),
}

/// A day of this place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day(Date);

impl When {
    /// The earliest moment that is meant.
    pub(super) fn first(self) -> Timestamp {
        match self {
            When::Moment(moment) => moment,
            When::Day(day) => day.begin(),
        }
    }

    /// The latest moment that is meant.
    pub(super) fn last(self) -> Timestamp {
        match self {
            When::Moment(moment) => moment,
            When::Day(day) => day.end(),
        }
    }
}

impl Day {
    fn begin(self) -> Timestamp {
        let begin = self.0.to_zoned(TimeZone::system()).map(|zoned| zoned.timestamp());
        begin.unwrap_or(Timestamp::MIN)
    }

    fn end(self) -> Timestamp {
        let next = self.0.tomorrow().map(|next| Day(next).begin());
        next.map_or(Timestamp::MAX, |next| next - SignedDuration::from_millis(1))
    }

    /// From its first to its last moment.
    pub(super) fn span(self) -> Span {
        Span { since: Some(self.begin()), until: Some(self.end()) }
    }
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Day, String> {
        let today = Zoned::now().date();
        match text {
            "today" => Ok(Day(today)),
            "yesterday" => Ok(Day(today.saturating_sub(1.day()))),
            _ => text.parse().map(Day).map_err(|_| wrong(text)),
        }
    }
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<When, String> {
        if let Some(ago) = ago(text) {
            return Ok(When::Moment(
                Timestamp::now().saturating_sub(ago).unwrap_or(Timestamp::MIN),
            ));
        }
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Ok(When::Moment(moment));
        }
        if let Ok(day) = text.parse::<Day>() {
            return Ok(When::Day(day));
        }
        let local = text.parse::<DateTime>().map_err(|_| wrong(text))?;
        let moment = local.to_zoned(TimeZone::system()).map_err(|_| wrong(text))?;
        Ok(When::Moment(moment.timestamp()))
    }
}

/// A time of a record, as the clock on the wall had it.
pub(super) fn local(time: &str) -> String {
    match time.parse::<Timestamp>() {
        Ok(time) => time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %z").to_string(),
        Err(_) => time.to_owned(),
    }
}

/// `30m`, `12h`, `7d`, `2w`
fn ago(text: &str) -> Option<SignedDuration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let hours = match unit {
        "m" => return Some(SignedDuration::from_mins(number.parse::<u32>().ok()?.into())),
        "h" => 1,
        "d" => 24,
        "w" => 7 * 24,
        _ => return None,
    };
    Some(SignedDuration::from_hours(i64::from(number.parse::<u32>().ok()?) * hours))
}

fn wrong(text: &str) -> String {
    format!("`{text}` is no time; write it as 7d, 12h, 2026-03-03 or 2026-03-03T08:00")
}
