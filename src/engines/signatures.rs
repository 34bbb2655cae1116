//! When the signatures of a virus engine were made, as far as it tells.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Of `ClamAV 1.0.7/27450/Sat Nov 21 09:31:24 2026`. clamd writes local time without its zone, so the
/// answer may be hours off; signatures are worth an alarm after days.
pub fn made(version: &str) -> Option<Timestamp> {
    let date = version.splitn(3, '/').nth(2)?;
    let made = DateTime::strptime("%a %b %d %H:%M:%S %Y", date.trim()).ok()?;
    Some(made.to_zoned(TimeZone::system()).ok()?.timestamp())
}
