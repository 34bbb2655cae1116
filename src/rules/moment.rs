//! Days and hours in rules, by the clock of Việt Nam: UTC+7 all year.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{Offset, TimeZone};
use std::fmt;

/// What the clock on the wall shows.
pub(super) fn wall(time: Timestamp) -> DateTime {
    time.to_zoned(TimeZone::fixed(Offset::constant(7))).datetime()
}

/// The day of a moment, by the clock of Việt Nam.
pub fn day(time: Timestamp) -> Date {
    wall(time).date()
}

/// `2026-12-31`
pub(super) fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("`{text}` is no day; write it as `2026-12-31`"))
}

/// The words for days of the week, Monday first.
pub(super) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// `mon`
pub(super) fn weekday(text: &str) -> Result<Weekday, String> {
    let at = DAYS.iter().position(|day| *day == text);
    let day = at.and_then(|at| Weekday::from_monday_zero_offset(i8::try_from(at).ok()?).ok());
    day.ok_or_else(|| {
        format!("unknown day `{text}`; days are {}", DAYS.map(|day| format!("`{day}`")).join(", "))
    })
}

/// The word for a day.
pub(super) fn word(day: Weekday) -> &'static str {
    let at = usize::try_from(day.to_monday_zero_offset()).unwrap_or_default();
    DAYS.get(at).copied().unwrap_or_default()
}

/// `07:30-17:00`: from the first minute on, before the second; `22:00-06:00` goes over midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hours {
    from: Time,
    to: Time,
}

impl Hours {
    /// Reads a span of hours.
    pub(super) fn new(text: &str) -> Result<Hours, String> {
        let wrong = || format!("`{text}` is no span of hours; write it as `07:30-17:00`");
        let (from, to) = text.split_once('-').ok_or_else(wrong)?;
        let minute = |text: &str| match text.trim() {
            // The end of a day.
            "24:00" => Some(Time::midnight()),
            text => text.parse::<Time>().ok(),
        };
        let (from, to) = minute(from).zip(minute(to)).ok_or_else(wrong)?;
        match from == to {
            true => Err(format!("`{text}` begins and ends at the same minute: it never holds")),
            false => Ok(Hours { from, to }),
        }
    }

    /// Whether a time of the day is within.
    pub(super) fn hold(self, time: Time) -> bool {
        match self.from < self.to {
            true => self.from <= time && time < self.to,
            false => self.from <= time || time < self.to,
        }
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Hours { from, to } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from.hour(), from.minute(), to.hour(), to.minute())
    }
}
