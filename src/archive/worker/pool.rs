//! The children: started when they are needed, used again, replaced when they are worn.

use super::process::{End, Process};
use super::protocol::{LARGEST_FILE, PASSWORDS, Request};
use super::receiver::Receiver;
use super::{Failure, Format, Settings};
use crate::archive::drain::Drain;
use crate::mail::{Budget, Limits, Trip};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// All children of one gate.
pub(super) struct Pool {
    settings: Settings,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Process>,
    at_work: usize,
}

/// How often a thread that waits for a child asks whether its message still has time.
const LOOK: Duration = Duration::from_millis(20);

impl Pool {
    pub(super) fn new(settings: Settings) -> Pool {
        Pool { settings, state: Mutex::default(), freed: Condvar::new() }
    }

    /// Has one child read a file of nothing.
    pub(super) fn try_start(&self) -> Result<(), String> {
        let program = self.settings.program.display();
        let mut process = Process::start(&self.settings)
            .map_err(|error| format!("cannot start {program}: {error}"))?;
        let mut budget = Budget::new(Limits::default(), 0, Trip::default());
        let mut drain = Drain::new(&mut budget, &[]);
        let request = Request { format: Format::Pdf, passwords: &[], file: &[] };
        match process.ask(&request, &mut Receiver::new(&mut drain, &[])) {
            End::Badly { failure, .. } => {
                Err(format!("{program} does not read files: {}", failure.trouble().detail))
            }
            _ => {
                self.state().idle.push(process);
                Ok(())
            }
        }
    }

    /// Reads one file. A child that was there before and is silent now may have ended for a reason
    /// of its own, as an administrator's: then a new one is asked, once.
    pub(super) fn read(&self, format: Format, file: &[u8], drain: &mut Drain<'_>) {
        let size = file.len() as u64;
        if size > LARGEST_FILE {
            return drain.over_limit(None, "is too large", (size, LARGEST_FILE));
        }
        let passwords = drain.hand_out(PASSWORDS);
        let request = Request { format, passwords, file };
        let mut receiver = Receiver::new(drain, passwords);
        let Some(_place) = self.place(&mut receiver) else { return };
        loop {
            let idle = self.state().idle.pop();
            let mut process = match idle.and_then(Process::if_alive) {
                Some(process) => process,
                None => match Process::start(&self.settings) {
                    Ok(process) => process,
                    Err(error) => {
                        tracing::error!(%error, "A reader of archives cannot be started.");
                        return self.failed(Failure::Start, &mut receiver);
                    }
                },
            };
            let was_tried = process.is_tried;
            match process.ask(&request, &mut receiver) {
                End::Well => return self.state().idle.push(process),
                End::Worn | End::Spent => return,
                End::Badly { failure: Failure::Died, silent: true } if was_tried => {
                    (self.settings.failed)(Failure::Died.name());
                }
                End::Badly { failure, .. } => {
                    let (pid, cause) = (process.pid(), failure.name());
                    tracing::warn!(pid, cause, ?format, size, "A reader of archives failed.");
                    return self.failed(failure, &mut receiver);
                }
            }
        }
    }

    fn failed(&self, failure: Failure, receiver: &mut Receiver<'_, '_>) {
        (self.settings.failed)(failure.name());
        // The budget has said so itself where the time was over.
        if failure != Failure::Cancelled {
            receiver.note(failure.trouble());
        }
    }

    /// Waits for a place among the children, as long as the message has time.
    fn place(&self, receiver: &mut Receiver<'_, '_>) -> Option<Place<'_>> {
        let mut state = self.state();
        while state.at_work >= self.settings.children.max(1) {
            if receiver.is_cancelled() {
                return None;
            }
            let waited = self.freed.wait_timeout(state, LOOK);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.at_work += 1;
        Some(Place(self))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the children may be at work, until the value is dropped.
struct Place<'a>(&'a Pool);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.state().at_work -= 1;
        self.0.freed.notify_one();
    }
}
