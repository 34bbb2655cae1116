//! One letter over one connection, timed from its last byte to the answer.
//!
//! The body is written in pieces of at most 1 MiB while the socket takes them: the clock of
//! the answer starts when the last byte has been handed to the kernel, as a sender sees it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpSocket;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::sleep;

/// How a letter fared.
#[derive(Debug)]
pub struct Sample {
    /// The answer: to the end, or the first that was not positive.
    pub reply: String,
    /// From the last byte to the answer, in milliseconds; `None` when it did not come so far.
    pub dot: Option<f64>,
    /// From the connection to the answer, in milliseconds.
    pub whole: f64,
}

impl Sample {
    /// The first digit of the reply, 0 for none.
    pub fn class(&self) -> u8 {
        self.reply.bytes().next().unwrap_or(b'0').saturating_sub(b'0')
    }
}

/// All letters of a folder, ready for DATA: dots doubled, the end included.
pub fn letters(folder: &Path) -> Vec<Vec<u8>> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "eml"))
        .collect();
    files.sort();
    files.iter().map(|file| stuffed(&std::fs::read(file).unwrap())).collect()
}

/// RFC 5321 §4.5.2, for a mail that ends its lines in CRLF.
pub fn stuffed(mail: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(mail.len() + 16);
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    out.extend_from_slice(b".\r\n");
    out
}

/// A letter to be sent.
pub struct Letter<'a> {
    pub to: SocketAddr,
    /// The address of loopback that it comes from: one client may not have all sessions.
    pub from: Ipv4Addr,
    /// Lines before the letter itself, so that no two are the same.
    pub first: &'a str,
    /// As [`stuffed`] makes it.
    pub body: &'a [u8],
    /// The most bytes a second, for slow senders.
    pub pace: Option<usize>,
}

/// Sends one letter.
pub async fn send(letter: Letter<'_>) -> Sample {
    let began = Instant::now();
    let mut dot = None;
    let reply = talk(&letter, &mut dot).await;
    let whole = began.elapsed().as_secs_f64() * 1e3;
    let dot = dot.map(|dot: Instant| dot.elapsed().as_secs_f64() * 1e3);
    Sample { reply: reply.unwrap_or_else(|error| format!("0 {error}")), dot, whole }
}

async fn talk(letter: &Letter<'_>, dot: &mut Option<Instant>) -> io::Result<String> {
    let Letter { to, from, .. } = *letter;
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    let stream = socket.connect(to).await?;
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let greeting = reply(&mut reader).await?;
    if !greeting.starts_with('2') {
        return Ok(greeting);
    }
    for command in [
        "EHLO load.mail.example\r\n",
        "MAIL FROM:<nguoigui@mail.example>\r\n",
        "RCPT TO:<user@lab.test>\r\n",
        "DATA\r\n",
    ] {
        writer.write_all(command.as_bytes()).await?;
        let said = reply(&mut reader).await?;
        if !said.starts_with(['2', '3']) {
            return Ok(said);
        }
    }
    content(&mut writer, letter).await?;
    *dot = Some(Instant::now());
    let said = reply(&mut reader).await?;
    // The answer is there: the goodbye is a courtesy.
    let _ = writer.write_all(b"QUIT\r\n").await;
    let _ = reply(&mut reader).await;
    Ok(said)
}

/// The letter itself, end included.
async fn content(writer: &mut OwnedWriteHalf, letter: &Letter<'_>) -> io::Result<()> {
    let Letter { first, body, pace, .. } = *letter;
    match pace {
        None => {
            // One write for a small letter, as a mail server does.
            let head = body.len().min(1 << 20);
            writer.write_all(&[first.as_bytes(), &body[..head]].concat()).await?;
            writer.write_all(&body[head..]).await?;
        }
        Some(pace) => {
            writer.write_all(first.as_bytes()).await?;
            for piece in body.chunks((pace / 10).max(1)) {
                writer.write_all(piece).await?;
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    Ok(())
}

/// The last line of a reply.
async fn reply(reader: &mut BufReader<OwnedReadHalf>) -> io::Result<String> {
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(line.trim_end().to_owned());
        }
    }
}
