//! What the service manager is told (sd_notify(3)): ready, reloading, stopping, alive. Without one
//! (`NOTIFY_SOCKET`, `WATCHDOG_USEC`) nothing is said.

use sd_notify::NotifyState as State;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// All listeners are bound, or what was to be read again has been read.
pub fn ready(status: &str) {
    tell(&[State::Ready, State::Status(status)]);
}

/// Certificates and rules are being read again. The time belongs to it: by this the manager tells
/// the answer to its own signal from an earlier one (`Type=notify-reload`).
pub fn reloading() {
    match State::monotonic_usec_now() {
        Ok(now) => tell(&[State::Reloading, now, State::Status("Reading again")]),
        Err(error) => tracing::warn!(%error, "The service manager is not told of a reload."),
    }
}

/// No new sessions from now on.
pub fn stopping(status: &str) {
    tell(&[State::Stopping, State::Status(status)]);
}

fn tell(states: &[State<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "The service manager cannot be told.");
    }
}

/// Signs of life for as long as the runtime has any, where the manager waits for them.
pub async fn watchdog() {
    let Some(patience) = sd_notify::watchdog_enabled() else { return };
    // Three in a period: one may be late on a loaded machine.
    let alive = || tell(&[State::Watchdog]);
    if let Err(error) = beat(patience / 3, alive).await {
        tracing::error!(%error, "No more signs of life: the service manager will restart the gate.");
    }
}

/// Calls `alive` once a period, each time after the runtime has shown that its clock, its scheduler
/// and its reactor work: a new task took a byte from the kernel and gave one back. A thread of its
/// own, or a mere timer, would go on beating in a gate that answers nobody.
pub async fn beat(every: Duration, alive: impl Fn()) -> io::Result<()> {
    let (mut near, mut far) = UnixStream::pair()?;
    loop {
        tokio::time::sleep(every).await;
        let answer = tokio::spawn(async move {
            let byte = far.read_u8().await?;
            far.write_u8(byte).await?;
            Ok::<UnixStream, io::Error>(far)
        });
        near.write_u8(0).await?;
        near.read_u8().await?;
        far = answer.await.map_err(io::Error::other)??;
        alive();
    }
}
