//! SpamAssassin's spamd: one question and one answer of text, the protocol of spamc.
//!
//! Source: `spamd/PROTOCOL` of SpamAssassin 4.0. spamd wants the length first,
//! so it is asked when the message is there, and it examines nothing of a
//! message that ends early ("Content-Length mismatch").

use super::net::Address;
use super::{Failure, Invalid, Score, Scored, printable};
use crate::config::Spamassassin;
use crate::spool::{Drop, Tap, Whole};
use crate::verdict::Cause;
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;

/// More is not worth a child of spamd for minutes; spamc itself stops at 500 KB.
const LIMIT: u64 = 2 << 20;

/// Questions at once: `--max-children` of spamd is 5.
const AT_ONCE: usize = 5;

/// Names of rules that fired; the longest real answers have some 60.
const LONGEST: usize = 64 << 10;

/// One spamd.
#[derive(Debug)]
pub struct Spamd {
    address: Address,
    connections: Semaphore,
}

impl Spamd {
    /// Refuses an address that is none.
    pub fn new(config: &Spamassassin) -> Result<Spamd, Invalid> {
        let address = Address::parse("spamassassin.address", &config.address)?;
        Ok(Spamd { address, connections: Semaphore::new(AT_ONCE) })
    }

    /// Its name and where it is.
    pub fn describe(&self) -> String {
        format!("spamd at {}", self.address)
    }

    /// Scores a message, once it is there.
    pub async fn scan(&self, mut tap: Tap) -> Scored {
        let bytes = tap.end().await?;
        if bytes > LIMIT {
            return Err(Failure::limit(LIMIT));
        }
        let _turn = self.connections.acquire().await;
        let (answer, whole) = self.ask(tap, bytes).await?;
        let score = parse(&answer).map_err(|Failure { cause, detail }| {
            Failure::new(cause, format!("{}: {detail}", self.address))
        })?;
        Ok((score, whole))
    }

    async fn ask(&self, mut tap: Tap, bytes: u64) -> Result<(Vec<u8>, Whole), Failure> {
        let failed = |error: io::Error| self.address.failed(&error);
        let connecting = self.address.connect(LONGEST, Arc::default());
        let mut connection = connecting.await.map_err(failed)?;
        let head = format!("SYMBOLS SPAMC/1.5\r\nContent-length: {bytes}\r\n\r\n");
        connection.write_all(head.as_bytes()).await.map_err(failed)?;
        let whole = loop {
            match tap.next().await? {
                Drop::Chunk(chunk) => connection.write_all(&chunk).await.map_err(failed)?,
                Drop::Last(whole) => break whole,
            }
        };
        connection.shutdown().await.map_err(failed)?;
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).await.map_err(failed)?;
        Ok((answer, whole))
    }
}

/// Reads `SPAMD/1.1 0 EX_OK`, header lines, an empty line, names of rules.
fn parse(answer: &[u8]) -> Result<Score, Failure> {
    let garbage = || match answer.is_empty() {
        true => Failure::down("closed without an answer"),
        false => Failure::down(format!("not an answer of spamd: {}", printable(answer))),
    };
    let text = str::from_utf8(answer).map_err(|_| garbage())?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(garbage)?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix("SPAMD/")).ok_or_else(garbage)?;
    match status.split_whitespace().nth(1) {
        Some("0") => {}
        // sysexits.h has no time-out; spamd's own EX_TIMEOUT is 79.
        Some("79") => return Err(Failure::new(Cause::Timeout, status)),
        _ => return Err(Failure::down(status)),
    }
    let headers = || head.split("\r\n").filter_map(|line| line.split_once(':'));
    let header =
        |name: &str| headers().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim());
    // The length is all that tells a whole answer from half of one.
    let length = header("Content-length").and_then(|length| length.parse::<usize>().ok());
    if length.is_none_or(|length| body.len() < length) {
        return Err(Failure::down("half an answer"));
    }
    let figures = header("Spam").and_then(|spam| spam.split_once(';')).ok_or_else(garbage)?.1;
    let (score, threshold) = figures.split_once('/').ok_or_else(garbage)?;
    let number = |text: &str| text.trim().parse::<f64>().map_err(|_| garbage());
    let rules: Vec<String> =
        body.trim().split(',').filter(|r| !r.is_empty()).map(str::to_owned).collect();
    Score::scaled("spamd", number(score)?, number(threshold)?, &rules).ok_or_else(garbage)
}
