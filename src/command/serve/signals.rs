//! Signals: SIGTERM and SIGINT end the gate in order, SIGHUP has it read again; the service manager
//! is told of both.

use crate::serve::{Door, service};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// How long a reload may take until the manager hears that the gate goes on: rules that somebody
/// is still writing are read when they stand still.
const REREAD: Duration = Duration::from_secs(10);

/// Asks for the rules to be read now.
pub(super) type AskRules = mpsc::UnboundedSender<oneshot::Sender<()>>;

/// What is caught from the moment on that anybody knows of us: uncaught, a SIGHUP would end us.
pub(super) struct Signals {
    term: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    pub(super) fn catch() -> Result<Signals, String> {
        let caught = |kind| signal(kind).map_err(|error| format!("cannot catch signals: {error}"));
        Ok(Signals {
            term: caught(SignalKind::terminate())?,
            interrupt: caught(SignalKind::interrupt())?,
            hangup: caught(SignalKind::hangup())?,
        })
    }

    /// SIGTERM or SIGINT: no new sessions; messages on their way are finished. SIGHUP:
    /// certificates, keys and rules are read again; if one is wrong, the old ones stay.
    pub(super) async fn obey(
        mut self,
        door: Arc<Door>,
        rules: AskRules,
        status: String,
        stop: CancellationToken,
    ) {
        loop {
            tokio::select! {
                _ = self.term.recv() => break,
                _ = self.interrupt.recv() => break,
                _ = self.hangup.recv() => {
                    let (door, rules, status) = (door.clone(), rules.clone(), status.clone());
                    tokio::spawn(read_again(door, rules, status, stop.clone()));
                }
            }
        }
        stop.cancel();
        service::stopping("Stopping: messages on their way are finished first");
        tracing::info!("Stopping: messages on their way are finished first.");
    }
}

async fn read_again(door: Arc<Door>, rules: AskRules, status: String, stop: CancellationToken) {
    service::reloading();
    let (asker, done) = oneshot::channel();
    // Rules that are compiled in are not read again; then nobody takes the question.
    let _ = rules.send(asker);
    read_certificates(&door);
    tokio::select! {
        _ = tokio::time::timeout(REREAD, done) => service::ready(&status),
        () = stop.cancelled() => {}
    }
}

fn read_certificates(door: &Door) {
    match door.reload_tls() {
        Ok(()) => tracing::info!("Certificates were read again."),
        Err(error) => tracing::error!(error, "Certificates stay as they were."),
    }
}
