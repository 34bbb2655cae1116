//! Engines: real servers for what they do, fake ones for what no server does on purpose.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod clamd;
mod rspamd;
mod settle;
mod spamd;

use crate::support;
use bytes::Bytes;
use congthu::engines::Failure;
use congthu::spool::{Spool, Tap};
use congthu::verdict::Cause;
use std::future::Future;
use std::time::Duration;

/// A tap over bytes that are all there.
fn tap(bytes: impl Into<Vec<u8>>) -> Tap {
    Spool::of(Bytes::from(bytes.into())).tap()
}

/// That it failed so, and says why in words that hold these.
#[track_caller]
fn assert_failure<T: std::fmt::Debug>(
    case: &str,
    outcome: Result<T, Failure>,
    cause: Cause,
    words: &str,
) {
    let failure = outcome.expect_err(case);
    assert_eq!(failure.cause, cause, "{case}: {failure}");
    assert!(failure.detail.contains(words), "{case}: {failure}");
    assert!(!failure.detail.contains(char::is_control), "{case}: {failure:?}");
}

/// That a peer that is there but stopped gives no answer, and that giving up is enough to be rid of it.
async fn assert_no_answer<T: std::fmt::Debug>(asking: impl Future<Output = T>) {
    let answer = tokio::time::timeout(Duration::from_millis(200), asking).await;
    assert!(answer.is_err(), "an answer of a stopped engine: {answer:?}");
}
