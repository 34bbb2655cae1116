//! The clock, held against what others say: next hops that greet with a date, rspamd's HTTP, this program's age.

use super::report::Line;
use crate::command::peer;
use crate::config::Config;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp, Unit};
use std::time::SystemTime;

const CHECK: &str = "clock";

/// A sender's Received line may be off by this and nobody is troubled.
const TOLERABLE: SignedDuration = SignedDuration::from_mins(5);

/// Compares; one line, or one for each that disagrees.
pub(super) async fn look(config: &Config, greetings: &[String]) -> Vec<Line> {
    let now = Timestamp::now();
    let now = now.round(Unit::Second).unwrap_or(now);
    let mut told: Vec<(String, Timestamp)> = greetings.iter().filter_map(|g| greeted(g)).collect();
    told.extend(rspamd(config).await);
    let mut lines: Vec<Line> =
        told.iter().filter_map(|(who, when)| apart(who, *when, now)).collect();
    lines.extend(before_built(now));
    if lines.is_empty() {
        let found = match told.len() {
            0 => format!("{now}; nobody here tells the time, so it is held against nothing"),
            _ => {
                let names: Vec<&str> = told.iter().map(|(who, _)| who.as_str()).collect();
                format!("{now}, as {}", names.join(" and "))
            }
        };
        lines.push(Line::ok(CHECK, "", found));
    }
    lines
}

fn apart(who: &str, when: Timestamp, now: Timestamp) -> Option<Line> {
    let off = when.duration_since(now).abs();
    (off > TOLERABLE).then(|| {
        let found = format!("here it is {now}, there {when}");
        Line::warning(CHECK, who, found, "timedatectl set-ntp true, on whichever is wrong")
    })
}

/// Exchange and Sendmail end their greeting with the date.
fn greeted(greeting: &str) -> Option<(String, Timestamp)> {
    let words: Vec<&str> = greeting.split_whitespace().collect();
    let from = words.len().checked_sub(6)?;
    let text = words.get(from..)?.join(" ");
    let when = rfc2822::parse(&text).ok()?.timestamp();
    Some((words.get(1).copied().unwrap_or_default().to_owned(), when))
}

/// Its HTTP server tells the time with every answer.
async fn rspamd(config: &Config) -> Option<(String, Timestamp)> {
    let url = &config.engine.rspamd.as_ref()?.url;
    let place = url.trim_start_matches("http://").trim_end_matches('/');
    let answer = peer::ask(&peer::target(place), b"GET /ping HTTP/1.0\r\n\r\n").await.ok()?;
    let date = peer::field(&answer, "date")?;
    let when = rfc2822::parse(&date.replace("GMT", "+0000")).ok()?.timestamp();
    Some(("rspamd".to_owned(), when))
}

/// A clock that stands before this program was written here is certainly wrong.
fn before_built(now: Timestamp) -> Option<Line> {
    let written = std::fs::metadata("/proc/self/exe").and_then(|about| about.modified()).ok()?;
    let written = Timestamp::try_from(written).ok()?;
    let late =
        written.duration_since(now) > TOLERABLE && SystemTime::now() < SystemTime::from(written);
    late.then(|| {
        let found = format!("here it is {now}, and this program is of {written}");
        Line::fault(CHECK, "", found, "timedatectl set-ntp true")
    })
}
