//! New rules while mail flows: what is swapped in holds from the next transaction on.

use crate::metrics;
use crate::rules::RuleSet;
use crate::rules::reload::{Look, Watch};
use arc_swap::ArcSwap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Between two looks at the files.
const PAUSE: Duration = Duration::from_secs(1);

/// Looks at the rule files, and at once when told to; ends when nobody can tell it any more.
pub async fn watch(mut watch: Watch, rules: Arc<ArcSwap<RuleSet>>, mut told: mpsc::Receiver<()>) {
    loop {
        let now = tokio::select! {
            told = told.recv() => match told {
                Some(()) => true,
                None => return,
            },
            () = tokio::time::sleep(PAUSE) => false,
        };
        // Reading and compiling thousands of rules is no work for a thread that carries mail.
        let looked = tokio::task::spawn_blocking(move || {
            let look = if now { watch.load_now() } else { watch.look() };
            (watch, look)
        });
        let Ok((same, look)) = looked.await else {
            tracing::error!("The rules are watched no more.");
            metrics::panicked("rules");
            return;
        };
        watch = same;
        enact(look, &rules);
    }
}

/// Swaps rules in, or says why not.
fn enact(look: Look, rules: &ArcSwap<RuleSet>) {
    match look {
        Look::Same | Look::Unsettled => {}
        Look::Loaded(fresh) => {
            tracing::info!(
                hash = fresh.hash(),
                "Rules were loaded; they hold from the next letter on."
            );
            metrics::rules_loaded();
            rules.store(Arc::from(fresh));
        }
        Look::Wrong(errors) => {
            metrics::reload_failed();
            for error in errors.iter() {
                tracing::error!(%error, "The rules cannot be loaded; the old ones stay.");
            }
        }
    }
}
