//! Rules are read again when their files change, all or nothing, while mail goes on.
//!
//! A transaction that has begun keeps the rules that it began with.

use crate::metrics;
use crate::rules::{Look, RuleSet, Watch};
use arc_swap::ArcSwap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// Between two looks while nothing happens.
const CALM: Duration = Duration::from_secs(2);

/// Between two looks at files that are being written.
const SETTLING: Duration = Duration::from_secs(1);

/// Those who want the rules to be read now.
pub type Asked = mpsc::UnboundedReceiver<oneshot::Sender<()>>;

/// The rules in use, and the files that they come from.
pub struct Reload {
    watch: Watch,
    rules: Arc<ArcSwap<RuleSet>>,
    /// Whether `[rules] mode` is `observe`.
    observe: bool,
    generation: u64,
}

impl Reload {
    /// Keeps these rules up to date.
    pub fn new(mut watch: Watch, rules: Arc<ArcSwap<RuleSet>>, observe: bool) -> Reload {
        watch.also(&rules.load());
        Reload { watch, rules, observe, generation: 1 }
    }

    /// Looks at the files once; `false` while something is being written.
    pub fn look(&mut self) -> bool {
        match self.watch.look() {
            Look::Same => true,
            Look::Unsettled => false,
            Look::New(rules) => {
                let rules = if self.observe { rules.observing() } else { *rules };
                let hash = rules.hash().get(..12).unwrap_or_default().to_owned();
                self.rules.store(Arc::new(rules));
                self.generation += 1;
                metrics::rules_generation(self.generation);
                tracing::info!(generation = self.generation, hash, "Rules were read again.");
                true
            }
            Look::Wrong(errors) => {
                metrics::rules_not_reloaded();
                for error in errors.iter() {
                    let (file, line, column) = (&error.file, error.line, error.column);
                    let message = &error.message;
                    tracing::error!(file, line, column, message, "Rules stay as they were.");
                }
                true
            }
        }
    }

    /// Looks until `stop`. Who asks (SIGHUP) wants to hear of it even if nothing changed, and is
    /// told when that is done.
    pub async fn keep(mut self, mut asked: Asked, stop: CancellationToken) {
        let mut pause = CALM;
        let mut waiting = Vec::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                Some(asker) = asked.recv() => {
                    waiting.push(asker);
                    self.watch.insist();
                }
                () = tokio::time::sleep(pause) => {}
            }
            // Reading and compiling take up to a third of a second: not on a thread of sessions.
            let looked = tokio::task::spawn_blocking(move || {
                let settled = self.look();
                (self, settled)
            });
            let Ok((same, settled)) = looked.await else {
                metrics::panicked("rules");
                tracing::error!("Rules are not read again any more: restart the gate.");
                return;
            };
            self = same;
            pause = if settled { CALM } else { SETTLING };
            if settled {
                for asker in waiting.drain(..) {
                    // It may be gone by now.
                    let _ = oneshot::Sender::send(asker, ());
                }
            }
        }
    }
}
