//! The next hop: takes everything at once and keeps nothing, to be as little of the cost as can be.
//!
//! The port above its own tells how many letters it has taken, as the lab's `smtplab sink` does.

use memchr::memmem;
use serde_json::json;
use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;
use tokio::time::timeout;

/// Listens until the process is ended. A session that says nothing for so long between two
/// letters or commands is closed without a word, as impatient servers do.
pub fn run(port: u16, idle: Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = LocalSet::new();
    runtime.block_on(local.run_until(async {
        let letters = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let questions = TcpListener::bind(("127.0.0.1", port + 1)).await.unwrap();
        let count = Rc::new(Cell::new(0_u64));
        let told = count.clone();
        tokio::task::spawn_local(async move {
            while let Ok((mut stream, _)) = questions.accept().await {
                let line = format!("{}\n", json!({ "count": told.get() }));
                let _ = stream.write_all(line.as_bytes()).await;
            }
        });
        while let Ok((stream, _)) = letters.accept().await {
            let count = count.clone();
            // A client that goes away ends its session, and that is all.
            tokio::task::spawn_local(async move { session(stream, &count, idle).await.ok() });
        }
    }));
}

const EHLO: &[u8] = b"250-sink.mail.example\r\n250-PIPELINING\r\n250-SIZE 200000000\r\n\
    250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES\r\n";

async fn session(mut stream: TcpStream, count: &Cell<u64>, idle: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.write_all(b"220 sink.mail.example ESMTP\r\n").await?;
    let mut input = Vec::with_capacity(64 << 10);
    loop {
        while let Some(end) = memchr::memchr(b'\n', &input) {
            let line: Vec<u8> = input.drain(..=end).collect();
            let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            let said: &[u8] = match verb.as_slice() {
                b"EHLO" => EHLO,
                b"DATA" => b"354 go on\r\n",
                b"QUIT" => b"221 bye\r\n",
                _ => b"250 2.0.0 ok\r\n",
            };
            stream.write_all(said).await?;
            if verb == b"DATA" {
                data(&mut stream, &mut input).await?;
                count.set(count.get() + 1);
                stream.write_all(b"250 2.0.0 ok, taken\r\n").await?;
            } else if verb == b"QUIT" {
                return Ok(());
            }
        }
        match timeout(idle, stream.read_buf(&mut input)).await {
            Ok(Ok(1..)) => {}
            _ => return Ok(()),
        }
    }
}

/// Reads and drops to the lone dot; what follows stays in `input`.
async fn data(stream: &mut TcpStream, input: &mut Vec<u8>) -> io::Result<()> {
    const END: &[u8] = b"\r\n.\r\n";
    // As if a line had just ended: the dot may come first.
    input.splice(0..0, *b"\r\n");
    loop {
        if let Some(at) = memmem::find(input, END) {
            input.drain(..at + END.len());
            return Ok(());
        }
        let seen = input.len().saturating_sub(END.len() - 1);
        input.drain(..seen);
        if stream.read_buf(input).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}
