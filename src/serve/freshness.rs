//! Whether the directories are fresh: a stale one refuses nobody, and somebody must hear of it.

use crate::metrics;
use crate::rules::RuleSet;

use arc_swap::ArcSwap;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(60);

/// Looks at the directories of the rules at hand, for as long as the gate runs.
pub async fn watch(rules: Arc<ArcSwap<RuleSet>>) {
    let mut known = HashMap::new();
    loop {
        look(&rules.load(), SystemTime::now(), &mut known);
        tokio::time::sleep(EVERY).await;
    }
}

/// Brings the gauges up to date, and says in the log what changed since the last look.
pub fn look(rules: &RuleSet, now: SystemTime, known: &mut HashMap<PathBuf, bool>) {
    for (file, directory) in rules.directories() {
        let Some(snapshot) = directory.snapshot() else { continue };
        snapshot.renew(file);
        let stale = directory.is_stale(now);
        let age = now.duration_since(snapshot.written()).unwrap_or_default();
        metrics::directory(&file.display().to_string(), snapshot.len(), age, stale);
        let was = known.insert(file.to_owned(), stale).unwrap_or(false);
        let (file, days) = (file.display(), age.as_secs() / (24 * 3600));
        match (was, stale) {
            (false, true) => tracing::error!(
                %file,
                days,
                "The directory is stale: until it is imported again, no recipient is refused."
            ),
            (true, false) => tracing::info!(%file, "The directory is fresh again."),
            _ => {}
        }
    }
}
