//! A client's socket: bytes in, replies out, and the watch for a client that goes away.

use bytes::BytesMut;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

/// TCP, or TLS over it.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// One read of content at most; also what a client may send ahead while it is not listened to.
pub(super) const BUFFER: usize = 64 << 10;

/// One read of commands: a thousand idle sessions hold no buffers for content.
pub(super) const COMMANDS: usize = 4 << 10;

/// How long, and for how many reads, a client that was sent away is still listened to.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_READS: usize = 256;

/// The socket with its buffers.
pub(super) struct Socket {
    pub(super) io: Box<dyn Stream>,
    /// Read and not yet understood.
    pub(super) input: BytesMut,
    /// Said and not yet sent.
    pub(super) output: Vec<u8>,
    ended: bool,
}

/// What came of reading.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// So many bytes.
    Bytes(usize),
    /// The client will send nothing more.
    End,
    /// Nothing in time.
    Nothing,
}

impl Socket {
    pub(super) fn new(io: Box<dyn Stream>) -> Socket {
        Socket { io, input: BytesMut::new(), output: Vec::new(), ended: false }
    }

    /// Sends what was said.
    pub(super) async fn flush(&mut self, by: Instant) -> io::Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        let sending = async {
            self.io.write_all(&self.output).await?;
            self.io.flush().await
        };
        let sent = timeout_at(by, sending).await;
        self.output.clear();
        sent.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Reads more, into room for so many bytes.
    pub(super) async fn read(&mut self, by: Instant, room: usize) -> io::Result<Came> {
        if self.ended {
            return Ok(Came::End);
        }
        self.input.reserve(room);
        match timeout_at(by, self.io.read_buf(&mut self.input)).await {
            Ok(Ok(0)) => Ok(Came::End),
            Ok(Ok(bytes)) => Ok(Came::Bytes(bytes)),
            Ok(Err(error)) => Err(error),
            Err(_) => Ok(Came::Nothing),
        }
    }

    /// Ends our direction: under TLS the client is told that nothing was cut off.
    pub(super) async fn close(&mut self, by: Instant) {
        let _ = timeout_at(by, self.io.shutdown()).await;
    }

    /// Closes while the client may still be sending: what it sends is dropped for a while,
    /// else its system would throw away our last reply with the connection (RFC 1122 §4.2.2.13).
    pub(super) async fn linger(&mut self) {
        let by = Instant::now() + LINGER;
        self.close(by).await;
        for _ in 0..LINGER_READS {
            self.input.clear();
            match self.read(by, BUFFER).await {
                Ok(Came::Bytes(_)) => {}
                _ => return,
            }
        }
    }

    /// Comes when the client is gone. One that only closed its own direction after more
    /// commands (`printf … | nc`) still listens, and is not gone.
    pub(super) async fn gone(&mut self) {
        while self.ahead().await {}
    }

    /// Takes what a client says while it is not its turn, up to a buffer of it; `false` when it
    /// is gone.
    pub(super) async fn ahead(&mut self) -> bool {
        if self.ended || self.input.len() >= BUFFER {
            return std::future::pending().await;
        }
        match self.io.read_buf(&mut self.input).await {
            Ok(0) => {
                self.ended = true;
                !self.input.is_empty()
            }
            Ok(_) => true,
            Err(_) => false,
        }
    }
}
