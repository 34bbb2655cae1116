//! Addresses of engines, and connections on which a peer can neither flood us nor silence itself.
//!
//! An engine that refuses a message often says why and closes while we still
//! write. The write then fails, and a client that stops there never reads the
//! reason. So a failed write is swallowed here, and reading goes on; a reset is
//! but another end.

use super::{Failure, Invalid};
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

/// An address that swallows packets must leave time for the next one in the list.
const CONNECT: Duration = Duration::from_secs(5);

/// Where an engine listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// `unix:PATH`
    Unix(PathBuf),
    /// `host:port`
    Tcp(String),
}

/// A connection of either kind.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

impl Address {
    pub(super) fn parse(setting: &'static str, text: &str) -> Result<Address, Invalid> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            return Ok(Address::Unix(path.into()));
        }
        match text.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => {
                Ok(Address::Tcp(text.to_owned()))
            }
            _ => Err(Invalid {
                setting,
                problem: format!("\"{text}\" is neither \"unix:PATH\" nor \"host:port\""),
            }),
        }
    }

    /// Connects. An answer longer than `longest` bytes will be an error; `deaf`
    /// becomes true when the peer takes no more bytes.
    pub(super) async fn connect(
        &self,
        longest: usize,
        deaf: Arc<AtomicBool>,
    ) -> io::Result<Guarded> {
        let connecting = async {
            Ok::<Box<dyn Io>, io::Error>(match self {
                Address::Unix(path) => Box::new(UnixStream::connect(path).await?),
                Address::Tcp(address) => {
                    let stream = TcpStream::connect(address).await?;
                    // Each write is a whole chunk: waiting for more only costs 40 ms.
                    stream.set_nodelay(true)?;
                    Box::new(stream)
                }
            })
        };
        let inner = tokio::time::timeout(CONNECT, connecting).await??;
        Ok(Guarded { inner, left: longest, deaf })
    }

    pub(super) fn failed(&self, error: &io::Error) -> Failure {
        Failure::down(format!("{self}: {error}"))
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
            Address::Tcp(address) => f.write_str(address),
        }
    }
}

/// A connection with a bound on what is read, and whose writes do not fail.
pub(super) struct Guarded {
    inner: Box<dyn Io>,
    left: usize,
    deaf: Arc<AtomicBool>,
}

impl Guarded {
    fn heard<T>(&self, outcome: io::Result<T>, instead: T) -> io::Result<T> {
        outcome.or_else(|error| match error.kind() {
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => {
                self.deaf.store(true, Ordering::Relaxed);
                Ok(instead)
            }
            _ => Err(error),
        })
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = ready!(Pin::new(&mut self.inner).poll_read(context, buffer));
        // A peer that closes with bytes of ours unread resets the connection
        // behind its answer; whether the answer is whole, it says itself.
        self.heard(outcome, ())?;
        let read = buffer.filled().len() - before;
        Poll::Ready(match self.left.checked_sub(read) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(io::Error::new(io::ErrorKind::InvalidData, "an answer without end")),
        })
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.deaf.load(Ordering::Relaxed) {
            return Poll::Ready(Ok(bytes.len()));
        }
        let outcome = ready!(Pin::new(&mut self.inner).poll_write(context, bytes));
        Poll::Ready(self.heard(outcome, bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = ready!(Pin::new(&mut self.inner).poll_flush(context));
        Poll::Ready(self.heard(outcome, ()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = ready!(Pin::new(&mut self.inner).poll_shutdown(context));
        // The peer may be gone by then, which is its right once it has answered.
        Poll::Ready(outcome.or_else(|error| match error.kind() {
            io::ErrorKind::NotConnected => Ok(()),
            _ => self.heard(Err(error), ()),
        }))
    }
}
