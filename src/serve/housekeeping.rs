//! Once an hour: how many letters wait for a person, and which have been here for long enough.
//!
//! Nothing expires that nobody has seen, and what expires is recorded by name.

use crate::metrics;
use crate::store::records::record::{now, stamp};
use crate::store::records::{Deed, Files};
use crate::store::{Index, Row, Store};
use jiff::{SignedDuration, Timestamp};
use std::io;
use std::time::Duration;
use tokio::time::interval;

/// Between two looks.
const HOUR: Duration = Duration::from_secs(3600);

/// Days after which a letter that nobody has judged is told of.
const OVERDUE: u32 = 7;

/// Looks after the store for ever.
pub async fn keep_house(store: Store, files: Files, days: u32) {
    let mut hours = interval(HOUR);
    loop {
        hours.tick().await;
        let (store, files) = (store.clone(), files.clone());
        let work = move || look(&store, &files, days, Timestamp::now());
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "Kept letters cannot be looked after."),
            Err(error) => tracing::error!(%error, "Kept letters cannot be looked after."),
        }
    }
}

/// Counts what waits, and removes what expired at this time.
pub fn look(store: &Store, files: &Files, days: u32, time: Timestamp) -> io::Result<()> {
    let rows = Index::open(store)?.all()?;
    let before = |days: u32| {
        let past = SignedDuration::from_hours(24 * i64::from(days));
        stamp(time.checked_sub(past).unwrap_or(Timestamp::MIN))
    };
    let overdue = before(OVERDUE);
    let waiting = rows.iter().filter(|row| row.is_waiting());
    let late = waiting.clone().filter(|row| row.time < overdue).count();
    metrics::kept_letters("all", rows.len());
    metrics::kept_letters("waiting", waiting.count());
    metrics::kept_letters("overdue", late);
    metrics::kept_letters("perhaps", rows.iter().filter(|row| row.state == "perhaps").count());
    if late > 0 {
        tracing::warn!(letters = late, "Kept for more than 7 days, and nobody has judged them.");
    }
    let oldest = before(days);
    let expired = |row: &&Row| days > 0 && row.time < oldest && row.seen && row.state != "perhaps";
    for row in rows.iter().filter(expired) {
        expire(store, files, row)?;
    }
    Ok(())
}

/// The record first: nothing is left afterwards to tell.
fn expire(store: &Store, files: &Files, row: &Row) -> io::Result<()> {
    let Some(letter) = store.held(&row.id)?.lock()? else { return Ok(()) };
    files.note(&Deed {
        time: now(),
        id: row.id.clone(),
        what: "expired".to_owned(),
        by: "congthu".to_owned(),
        reason: format!("kept since {}, {}", row.time, row.state),
        sender: row.sender.clone(),
        recipients: letter.held.envelope.recipients.clone(),
        detail: String::new(),
    })?;
    tracing::info!(id = row.id, from = row.sender, to = row.recipients, "A kept letter expired.");
    store.remove(letter)
}
