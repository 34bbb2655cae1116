//! Peers that misbehave on purpose, which no real server can be made to do.

use std::future::Future;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A listener that treats every connection in one way, until dropped.
pub struct Fake {
    /// `host:port`
    pub address: String,
    task: JoinHandle<()>,
}

impl Fake {
    /// Listens on a free port.
    pub async fn start<F: Future<Output = ()> + Send + 'static>(
        treat: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(treat(stream));
            }
        });
        Fake { address, task }
    }

    /// Reads until `end`, says `answer` and closes.
    pub async fn answering(end: &'static [u8], answer: impl Into<Vec<u8>>) -> Fake {
        let answer = answer.into();
        Fake::start(move |mut stream| {
            let answer = answer.clone();
            async move {
                read_until(&mut stream, end).await;
                // The client may be gone, which is what some cases are about.
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            }
        })
        .await
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The end of a question to clamd.
pub const INSTREAM: &[u8] = &[0; 4];

/// The end of our letters, and so of a question that sends one.
pub const LETTER: &[u8] = b"--b--\r\n";

/// Reads until what was read ends in `end`, or the client closes.
pub async fn read_until(stream: &mut TcpStream, end: &[u8]) -> Vec<u8> {
    let mut seen = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    while !seen.ends_with(end) {
        match stream.read(&mut buffer).await {
            Ok(read) if read > 0 => seen.extend_from_slice(&buffer[..read]),
            _ => break,
        }
    }
    seen
}
