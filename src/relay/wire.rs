//! A socket to a next hop: lines out, replies in, each within its time.
//!
//! A reply belongs to what was said before it. One that is there before anything was said would
//! be taken for the answer to it, and a letter be answered for that was never taken.

use super::failure::{Cause, Failure, Step};
use super::route::Target;
use crate::metrics;
use crate::smtp::{Reader, Reply};

use bytes::BytesMut;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::task::Poll;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Instant, timeout_at};

/// TCP, a local socket, or TLS over TCP.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection.
pub(super) struct Wire {
    pub(super) io: Box<dyn Stream>,
    input: BytesMut,
    reader: Reader,
    /// The next hop's, for logs and metrics.
    name: String,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

impl Wire {
    /// Connects.
    pub(super) async fn connect(target: &Target, name: &str, by: Instant) -> Result<Wire, Failure> {
        let connecting = async {
            io::Result::Ok(match target {
                Target::Tcp(address) => {
                    let stream = TcpStream::connect(address).await?;
                    // A command is one small segment and its answer is awaited: Nagle only delays.
                    stream.set_nodelay(true)?;
                    Box::new(stream) as Box<dyn Stream>
                }
                Target::Unix(path) => Box::new(UnixStream::connect(path).await?),
            })
        };
        Ok(Wire::over(within(Step::Connect, by, connecting).await?, name))
    }

    /// A connection over what is connected already; nothing read so far is kept.
    pub(super) fn over(io: Box<dyn Stream>, name: &str) -> Wire {
        let (input, reader) = (BytesMut::with_capacity(1 << 10), Reader::default());
        Wire { io, input, reader, name: name.to_owned() }
    }

    /// The socket itself, if nothing was read ahead: what came in the clear must not be
    /// taken for something that came under TLS (CVE-2021-33515 and its kin).
    pub(super) fn into_io(self) -> Option<Box<dyn Stream>> {
        self.input.is_empty().then_some(self.io)
    }

    /// Says a line and waits for the reply to it.
    pub(super) async fn ask(
        &mut self,
        step: Step,
        line: &str,
        by: Instant,
    ) -> Result<Reply, Failure> {
        self.say(step, format!("{line}\r\n").as_bytes(), by).await?;
        self.reply(step, by).await
    }

    /// Says what will be answered: a command, or several at once (RFC 2920).
    pub(super) async fn say(
        &mut self,
        step: Step,
        bytes: &[u8],
        by: Instant,
    ) -> Result<(), Failure> {
        self.hears_nothing(step, by).await?;
        self.write(step, bytes, by).await
    }

    /// Nothing waits to be read: all that was said is answered. A 421 comes when it likes (RFC
    /// 5321 §3.8); anything else makes every later answer another one's.
    pub(super) async fn hears_nothing(&mut self, step: Step, by: Instant) -> Result<(), Failure> {
        if self.input.is_empty() && self.read_ahead().await.is_pending() {
            return Ok(());
        }
        let said = match self.reply(step, by).await {
            Ok(reply) if reply.closes() => return Err(Failure::new(step, Cause::Refused(reply))),
            Ok(reply) => reply.text(),
            Err(failure) if failure.cause == Cause::Garbage => failure.to_string(),
            Err(failure) => return Err(failure),
        };
        metrics::unasked(&self.name);
        tracing::warn!(next_hop = self.name, said, "The next hop answered what nobody asked.");
        Err(Failure::new(step, Cause::Garbage))
    }

    /// Takes what has come, without waiting for more.
    async fn read_ahead(&mut self) -> Poll<()> {
        let mut reading = pin!(self.io.read_buf(&mut self.input));
        // An end or an error shows again when the reply is read.
        poll_fn(|context| Poll::Ready(reading.as_mut().poll(context).map(|_| ()))).await
    }

    /// Writes what is in the middle of something.
    pub(super) async fn write(
        &mut self,
        step: Step,
        bytes: &[u8],
        by: Instant,
    ) -> Result<(), Failure> {
        within(step, by, async {
            self.io.write_all(bytes).await?;
            self.io.flush().await
        })
        .await
    }

    /// Waits for a reply.
    pub(super) async fn reply(&mut self, step: Step, by: Instant) -> Result<Reply, Failure> {
        loop {
            match self.reader.push(&mut self.input) {
                Ok(Some(reply)) => return Ok(reply),
                Ok(None) => {}
                Err(_) => return Err(Failure::new(step, Cause::Garbage)),
            }
            if within(step, by, self.io.read_buf(&mut self.input)).await? == 0 {
                return Err(Failure::broken(step, "connection closed"));
            }
        }
    }
}

async fn within<T>(
    step: Step,
    by: Instant,
    work: impl Future<Output = io::Result<T>>,
) -> Result<T, Failure> {
    match timeout_at(by, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Failure::broken(step, error)),
        Err(_) => Err(Failure::new(step, Cause::Timeout)),
    }
}
