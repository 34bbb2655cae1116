//! clamd, through the `clamav-client` crate, fed while the message arrives.
//!
//! The crate's `clean()` takes every error text for a virus and it has no
//! bounds of its own, so answers are parsed here and connections are guarded.
//! clamd looks at a stream only when all of it is there; sending early saves
//! the time of sending, and costs it a thread for as long. Hence no more than
//! half of our connections carry unfinished messages, and one whose sender
//! pauses is given up and scanned again when it is there: slow senders cannot
//! take the engine away from the others.

use super::net::{Address, Guarded};
use super::{Failure, Invalid, printable};
use crate::config::{Clamav, OneOrMore};
use crate::spool::{CHUNK, CutOff, Drop, Spool, Tap, Whole};
use crate::verdict::Cause;
use bytes::Bytes;
use clamav_client::tokio::{TransportProtocol, get_version, scan_stream};
use futures_util::stream::try_unfold;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::BufStream;
use tokio::sync::Semaphore;

/// With less than this a message is not worth a connection before its end.
const EARLY: u64 = 128 << 10;

/// Scans at once: below the `MaxThreads 12` of Debian's clamd.conf.
const AT_ONCE: usize = 10;

/// How long a connection waits for a sender that pauses.
const PATIENCE: Duration = Duration::from_secs(5);

/// No answer is longer: a signature's name and a word.
const LONGEST: usize = 4096;

/// One clamd, or several of which the first that answers is asked.
#[derive(Debug)]
pub struct Clamd {
    addresses: Vec<Address>,
    /// More than this is not looked at, in bytes.
    limit: u64,
    patience: Duration,
    connections: Semaphore,
    early: Semaphore,
}

/// What clamd says of the bytes that it was given.
#[derive(Debug)]
pub enum Answer {
    /// It knows nothing of the kind in the whole of it.
    Clean(Whole),
    /// Names of signatures.
    Found(Vec<String>),
}

/// How far the feeding of a connection came.
enum Fed {
    /// Not to the end, or clamd took no more.
    Some,
    All(Whole),
    TooMuch,
    Cut(CutOff),
    Paused,
}

impl Clamd {
    /// Refuses addresses that are none.
    pub fn new(config: &Clamav) -> Result<Clamd, Invalid> {
        let texts = match &config.address {
            OneOrMore::One(text) => std::slice::from_ref(text),
            OneOrMore::More(texts) => texts,
        };
        let setting = "clamav.address";
        if texts.is_empty() {
            return Err(Invalid { setting, problem: "an empty list".to_owned() });
        }
        Ok(Clamd {
            addresses: texts
                .iter()
                .map(|t| Address::parse(setting, t))
                .collect::<Result<_, _>>()?,
            limit: config.stream_max.min(config.scan_max),
            patience: PATIENCE,
            connections: Semaphore::new(AT_ONCE),
            early: Semaphore::new(AT_ONCE / 2),
        })
    }

    /// With another patience for senders that pause than five seconds.
    pub fn with_patience(mut self, patience: Duration) -> Clamd {
        self.patience = patience;
        self
    }

    /// The most that it looks at, in bytes: a longer message needs its parts scanned one by one.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Its name and where it is.
    pub fn describe(&self) -> String {
        let addresses: Vec<String> = self.addresses.iter().map(Address::to_string).collect();
        format!("clamd at {}", addresses.join(" or "))
    }

    /// Scans a message, from 128 KiB on while it arrives.
    pub async fn scan(&self, mut tap: Tap) -> Result<Answer, Failure> {
        tap.ready(EARLY).await?;
        if !tap.is_complete() {
            if let Ok(_turn) = self.early.try_acquire() {
                match self.ask(&mut tap, Some(self.patience)).await {
                    // We or it grew tired of a slow sender: another try when all is there.
                    Err(Failure { cause: Cause::EngineDown | Cause::Timeout, .. }) => {}
                    answer => return answer,
                }
            }
            tap.end().await?;
        }
        self.ask(&mut tap, None).await
    }

    /// Scans bytes that are there, such as a decoded part.
    pub async fn scan_bytes(&self, bytes: Bytes) -> Result<Answer, Failure> {
        self.scan(Spool::of(bytes).tap()).await
    }

    /// Version of the program and of its signatures, as it tells them.
    pub async fn version(&self) -> Result<String, Failure> {
        let mut failures = Vec::new();
        for address in &self.addresses {
            let answer = get_version(Transport { address, deaf: Arc::default() }).await;
            match answer.as_deref().map(|answer| answer.strip_suffix(b"\0")) {
                Ok(Some(version)) if version.starts_with(b"ClamAV") => {
                    return Ok(printable(version));
                }
                Ok(_) => failures.push(format!("{address}: not a version of clamd")),
                Err(error) => failures.push(address.failed(error).detail),
            }
        }
        Err(Failure::down(failures.join("; ")))
    }

    /// Asks each address in turn until one examines the message.
    async fn ask(&self, tap: &mut Tap, patience: Option<Duration>) -> Result<Answer, Failure> {
        if tap.len() > self.limit {
            return Err(Failure::limit(self.limit));
        }
        let _turn = self.connections.acquire().await;
        let mut failures = Vec::new();
        for address in &self.addresses {
            tap.rewind();
            match self.ask_one(address, tap, patience).await {
                Err(failure) if failure.cause == Cause::EngineDown => failures.push(failure.detail),
                answer => return answer,
            }
        }
        Err(Failure::down(failures.join("; ")))
    }

    async fn ask_one(
        &self,
        address: &Address,
        tap: &mut Tap,
        patience: Option<Duration>,
    ) -> Result<Answer, Failure> {
        let deaf = Arc::<AtomicBool>::default();
        let mut feed =
            Feed { tap, sent: 0, limit: self.limit, patience, deaf: deaf.clone(), fed: Fed::Some };
        let chunks = try_unfold(&mut feed, |feed| async move {
            Ok(feed.next().await?.map(|chunk| (chunk, feed)))
        });
        let answer = scan_stream(chunks, Transport { address, deaf }, Some(CHUNK)).await;
        match (feed.fed, answer) {
            (Fed::TooMuch, _) => Err(Failure::limit(self.limit)),
            (Fed::Cut(cut), _) => Err(cut.into()),
            (Fed::Paused, _) => Err(Failure::new(Cause::Timeout, "the sender pauses")),
            (_, Err(error)) => Err(address.failed(&error)),
            (Fed::All(whole), Ok(answer)) => parse(address, &answer, Some(whole)),
            (Fed::Some, Ok(answer)) => parse(address, &answer, None),
        }
    }
}

/// What goes into one connection.
struct Feed<'a> {
    tap: &'a mut Tap,
    sent: u64,
    limit: u64,
    patience: Option<Duration>,
    deaf: Arc<AtomicBool>,
    fed: Fed,
}

impl Feed<'_> {
    /// The next chunk; nothing more at the end or when clamd takes no more. An
    /// error makes the crate drop the connection, and `fed` has the reason.
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        if self.deaf.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let next = match self.patience {
            Some(patience) => tokio::time::timeout(patience, self.tap.next()).await,
            None => Ok(self.tap.next().await),
        };
        self.fed = match next {
            Ok(Ok(Drop::Chunk(chunk))) if self.sent + chunk.len() as u64 <= self.limit => {
                self.sent += chunk.len() as u64;
                return Ok(Some(chunk));
            }
            Ok(Ok(Drop::Last(whole))) => {
                self.fed = Fed::All(whole);
                return Ok(None);
            }
            Ok(Ok(Drop::Chunk(_))) => Fed::TooMuch,
            Ok(Err(cut)) => Fed::Cut(cut),
            Err(_) => Fed::Paused,
        };
        Err(io::ErrorKind::Interrupted.into())
    }
}

/// One guarded connection, for the crate.
struct Transport<'a> {
    address: &'a Address,
    deaf: Arc<AtomicBool>,
}

impl TransportProtocol for Transport<'_> {
    type Stream = BufStream<Guarded>;

    async fn connect(&self) -> io::Result<BufStream<Guarded>> {
        let guarded = self.address.connect(LONGEST, self.deaf.clone()).await?;
        // Room for a chunk with its length, so that both leave in one write.
        Ok(BufStream::with_capacity(LONGEST, CHUNK + 64, guarded))
    }
}

/// Reads an answer; `whole` is there if all of the message was sent before it.
fn parse(address: &Address, answer: &[u8], whole: Option<Whole>) -> Result<Answer, Failure> {
    let Some(text) = answer.strip_suffix(b"\0").map(printable) else {
        let heard = if answer.is_empty() { "closed without an answer" } else { "half an answer" };
        return Err(Failure::down(format!("{address}: {heard}")));
    };
    let named = text.strip_prefix("stream: ").and_then(|rest| rest.strip_suffix(" FOUND"));
    match (named, whole) {
        // With `AlertExceedsMax` clamd names a limit as if it were a virus.
        (Some(name), _) if name.starts_with("Heuristics.Limits.Exceeded") => {
            Err(Failure::new(Cause::EngineLimit, name))
        }
        (Some(name), _) if !name.is_empty() => Ok(Answer::Found(vec![name.to_owned()])),
        (None, Some(whole)) if text == "stream: OK" => Ok(Answer::Clean(whole)),
        // Its StreamMaxLength is below the `stream_max` that we were told.
        _ if text.ends_with("size limit exceeded. ERROR") => {
            Err(Failure::new(Cause::EngineLimit, text))
        }
        _ => Err(Failure::down(format!("{address}: {text}"))),
    }
}
