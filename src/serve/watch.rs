//! What is looked at again and again, whether or not mail comes: the virus engine and the age of its
//! signatures.

use crate::engines::{Clamd, Engines, signatures_made};
use crate::metrics;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between two looks: whoever has started an engine looks at the dashboard next. Letters do not wait
/// for it, each asks anew.
const PAUSE: Duration = Duration::from_secs(10);

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
    if let Some(made) = version.and_then(|version| signatures_made(&version)) {
        let age = jiff::Timestamp::now().duration_since(made);
        metrics::signature_age("clamd", Duration::try_from(age).unwrap_or_default());
    }
}
