//! A socket to a next hop: lines out, replies in, each within its time.

use super::failure::{Cause, Failure, Step};
use super::route::Target;
use crate::smtp::{Reader, Reply};

use bytes::BytesMut;
use std::future::Future;
use std::io;
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
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

impl Wire {
    /// Connects.
    pub(super) async fn connect(target: &Target, by: Instant) -> Result<Wire, Failure> {
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
        Ok(Wire::over(within(Step::Connect, by, connecting).await?))
    }

    /// A connection over what is connected already; nothing read so far is kept.
    pub(super) fn over(io: Box<dyn Stream>) -> Wire {
        Wire { io, input: BytesMut::with_capacity(1 << 10), reader: Reader::default() }
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
        self.write(step, format!("{line}\r\n").as_bytes(), by).await?;
        self.reply(step, by).await
    }

    /// Writes.
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
