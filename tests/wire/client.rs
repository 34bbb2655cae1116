//! A client of the gate that says exactly what a test wants said.

use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Long enough that only a hang reaches it.
pub const HANG: Duration = Duration::from_secs(30);

/// TCP, or TLS over it.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A connection after its greeting.
pub struct Client {
    pub stream: Box<dyn Io>,
    pub greeting: String,
    read: Vec<u8>,
}

impl Client {
    pub async fn connect(gate: SocketAddr) -> Client {
        Client::over(TcpStream::connect(gate).await.unwrap()).await
    }

    /// Over an open connection.
    pub async fn over(stream: TcpStream) -> Client {
        let mut client =
            Client { stream: Box::new(stream), greeting: String::new(), read: Vec::new() };
        client.greeting = client.reply().await;
        client
    }

    /// Connected, EHLO said.
    pub async fn hello(gate: SocketAddr) -> Client {
        let mut client = Client::connect(gate).await;
        client.ask("EHLO client.example").await.expect_code("250");
        client
    }

    /// Connected, up to an accepted recipient.
    pub async fn recipient(gate: SocketAddr) -> Client {
        let mut client = Client::hello(gate).await;
        client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
        client.ask("RCPT TO:<b@here.example>").await.expect_code("250");
        client
    }

    /// Sends one letter over a new connection: the reply to its final dot.
    pub async fn letter(gate: SocketAddr, message: &[u8]) -> String {
        let mut client = Client::recipient(gate).await;
        client.data(message).await
    }

    /// DATA, the message with its dots doubled, the dot: the reply to it.
    pub async fn data(&mut self, message: &[u8]) -> String {
        self.ask("DATA").await.expect_code("354");
        self.raw(&stuffed(message)).await;
        self.reply().await
    }

    pub async fn ask(&mut self, line: &str) -> String {
        self.raw(format!("{line}\r\n").as_bytes()).await;
        self.reply().await
    }

    pub async fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// A whole reply; empty when the gate closed.
    pub async fn reply(&mut self) -> String {
        loop {
            if let Some(end) = whole(&self.read) {
                let reply: Vec<u8> = self.read.drain(..end).collect();
                return String::from_utf8(reply).unwrap();
            }
            let reading = timeout(HANG, self.stream.read_buf(&mut self.read)).await;
            if matches!(reading.expect("the gate hangs"), Ok(0) | Err(_)) {
                return String::new();
            }
        }
    }

    /// Whether the gate closed the connection.
    pub async fn is_closed(&mut self) -> bool {
        self.reply().await.is_empty()
    }
}

/// Where the first whole reply ends.
fn whole(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(length) = bytes[from..].iter().position(|b| *b == b'\n') {
        let line = &bytes[from..=from + length];
        from += length + 1;
        if line.get(3) != Some(&b'-') {
            return Some(from);
        }
    }
    None
}

/// A message as it goes over DATA; a missing final CRLF is added.
pub fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut start = true;
    for &byte in message {
        if start && byte == b'.' {
            out.push(b'.');
        }
        out.push(byte);
        start = byte == b'\n';
    }
    if !message.is_empty() && !message.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}

/// What tests ask of a reply.
pub trait Code {
    fn expect_code(&self, code: &str);
}

impl Code for String {
    #[track_caller]
    fn expect_code(&self, code: &str) {
        let first = self.replacen('-', " ", usize::from(self.as_bytes().get(3) == Some(&b'-')));
        assert!(first.starts_with(code), "expected {code}, got {self:?}");
    }
}
