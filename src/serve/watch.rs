//! What is looked at every minute, whether or not mail comes: the virus engine and the age of its
//! signatures.

use crate::engines::{Clamd, Engines};
use crate::metrics;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(60);

/// How long an engine has to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks until the token is cancelled; the first time at once.
pub async fn watch(engines: Engines, stop: CancellationToken) {
    loop {
        if let Some(clamd) = &engines.clamd {
            look_at(clamd).await;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

async fn look_at(clamd: &Clamd) {
    let answer = tokio::time::timeout(PATIENCE, clamd.version()).await;
    let version = answer.ok().and_then(Result::ok);
    metrics::engine_up("clamd", version.is_some());
    if let Some(age) = version.and_then(|version| age(&version)) {
        metrics::signature_age("clamd", age);
    }
}

/// The age of the signatures of `ClamAV 1.0.7/27450/Sat Nov 21 09:31:24 2026`. clamd writes local
/// time without its zone, so the answer may be hours off; signatures are worth an alarm after days.
fn age(version: &str) -> Option<Duration> {
    let date = version.splitn(3, '/').nth(2)?;
    let made = DateTime::strptime("%a %b %d %H:%M:%S %Y", date.trim()).ok()?;
    let made = made.to_zoned(TimeZone::system()).ok()?.timestamp();
    let age = jiff::Timestamp::now().duration_since(made);
    Some(Duration::try_from(age).unwrap_or_default())
}
