//! The pipeline: begin, feed, finish. Every door and `congthu check` use nothing else.
//!
//! This is the only room that runs a check. Here, and only here, time passes, threads start,
//! panics are caught, and what could not be examined becomes a finding; whether that lets the
//! message through is a line in a rule file.

mod analysis;
mod asking;
mod intake;
mod scanning;

pub use intake::{Intake, Outcome};

use crate::archive::Opener;
use crate::archive::worker::{self, Worker};
use crate::checks::{self, Checks};
use crate::config::Config;
use crate::mail::Envelope;
use crate::metrics;
use crate::rules::Policy;
use crate::spool::{Disk, Permits, Spool};
use crate::verdict::{Catalogue, Code, Reply};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// The way that every message takes. Clones are handles on the same pipeline.
#[derive(Clone)]
pub struct Pipeline(Arc<Shared>);

/// What all messages share.
struct Shared {
    checks: Checks,
    opener: Opener,
    catalogue: Catalogue,
    patience: Duration,
    spool_dir: PathBuf,
    spool_memory: u64,
    /// Memory of mail that is arriving: nobody waits for it, a sender is told 452 instead.
    arrival: Permits,
    /// Bytes of arriving mail on disk.
    disk: Disk,
    /// Memory of mail under analysis: a job waits its turn.
    analysis: Permits,
    /// One processor stays free of large mail, so that small mail is never behind it.
    large: Arc<Semaphore>,
    /// Threads with deep stacks for everything that is not analysed on the spot.
    pool: rayon::ThreadPool,
}

/// The threads for large mail could not be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot start the analysis threads: {0}")]
pub struct Unstartable(#[from] rayon::ThreadPoolBuildError);

/// Parsers recurse, within their depth limits, on a sender's data.
const STACK: usize = 8 << 20;

impl Pipeline {
    /// A pipeline with these limits and these checks, and nobody to read 7z, RAR and PDF.
    pub fn new(config: &Config, checks: Checks) -> Result<Pipeline, Unstartable> {
        Pipeline::with_opener(config, checks, Opener::default())
    }

    /// The same with children of this program to read them; see [`worker::serve`].
    pub fn with_worker(
        config: &Config,
        checks: Checks,
        program: PathBuf,
    ) -> Result<Pipeline, Unstartable> {
        let settings = worker::Settings {
            program,
            memory: config.limits.worker_memory,
            children: cores(),
            failed: metrics::worker_failed,
        };
        let worker = Some(Worker::new(settings));
        Pipeline::with_opener(config, checks, Opener { worker, ..Opener::default() })
    }

    /// Starts a child for 7z, RAR and PDF, to see at once whether it can be done.
    pub fn try_worker(&self) -> Result<(), String> {
        self.0.opener.worker.as_ref().map_or(Ok(()), Worker::try_start)
    }

    fn with_opener(
        config: &Config,
        checks: Checks,
        opener: Opener,
    ) -> Result<Pipeline, Unstartable> {
        let cores = cores();
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(cores)
            .stack_size(STACK)
            .thread_name(|index| format!("analysis-{index}"))
            .build()?;
        Ok(Pipeline(Arc::new(Shared {
            checks,
            opener,
            catalogue: checks::catalogue(),
            patience: Duration::from_secs(config.limits.verdict_seconds),
            spool_dir: config.spool.dir.clone(),
            spool_memory: config.spool.memory,
            arrival: Permits::new(config.limits.arrival_memory),
            disk: Disk::new(config.spool.budget),
            analysis: Permits::new(config.limits.analysis_memory),
            large: Arc::new(Semaphore::new(cores.saturating_sub(1).max(1))),
            pool,
        })))
    }

    /// Begins a message under the policy that its transaction pinned.
    ///
    /// Fails with 452 when there is no memory for it: the sender comes back.
    pub fn begin(
        &self,
        envelope: Envelope,
        policy: Arc<Policy>,
        door: &'static str,
    ) -> Result<Intake, Reply> {
        let shared = &self.0;
        // Without SIZE nothing is known, so it may take all that one message may have.
        let expected = envelope.size.unwrap_or(u64::MAX).min(shared.spool_memory);
        let Some(permit) = shared.arrival.try_acquire(expected) else {
            return Err(no_room());
        };
        let memory = usize::try_from(expected).unwrap_or(usize::MAX);
        let spool = Spool::charged(&shared.spool_dir, memory, shared.disk.begin());
        Ok(Intake::new(self.clone(), envelope, policy, door, spool, permit))
    }

    /// Bytes in use, for metrics: arriving in memory, arriving on disk, under analysis.
    pub fn in_use(&self) -> [(&'static str, u64); 3] {
        let shared = &self.0;
        [
            ("arrival", shared.arrival.used()),
            ("disk", shared.disk.used()),
            ("analysis", shared.analysis.used()),
        ]
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Memory, disk budget or disk are full, or the spool cannot be written.
fn no_room() -> Reply {
    Reply {
        code: Code::FULL,
        text: "Hệ thống tạm thời hết chỗ nhận thư; đề nghị gửi lại sau".to_owned(),
        english: "No room for the message at the moment; try again later".to_owned(),
    }
}
