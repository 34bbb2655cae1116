//! The client's side of SMTP and LMTP, with the client's own words.
//!
//! Replies come back as they are. After the end of a message was written,
//! nothing is tried again: the letter may have arrived.

use super::failure::{Cause, Failure, Step};
use super::health::Hop;
use super::introduction::Introduction;
use super::route::{Inner, NextHop, Target};
use super::wire::Wire;
use crate::config::TlsUse;
use crate::metrics;
use crate::smtp::data::Encoder;
use crate::smtp::{Extension, Extensions, Mail, Rcpt, Reply};
use crate::spool::{Drop, Spool};

use std::time::Duration;
use tokio::time::Instant;

/// A connection on which EHLO was said.
#[derive(Debug)]
pub(super) struct Client {
    wire: Wire,
    /// What the server offers, seen after XCLIENT.
    pub(super) offers: Extensions,
    /// XCLIENT or XFORWARD was answered with yes: the server knows the client.
    pub(super) introduced: bool,
    /// By which word the client was told, or was to be.
    pub(super) word: Option<&'static str>,
    /// The first thing that the server said.
    pub(super) greeting: String,
    /// Under TLS.
    pub(super) secured: bool,
    /// XFORWARD, to go out with MAIL: one round trip less.
    ahead: Option<String>,
    patience: Duration,
    lmtp: bool,
}

/// A connection that offered CHUNKING to us. Only this writes BDAT: to a server that did not
/// offer it, the octets behind BDAT are commands, and a letter would be able to give them.
pub(super) struct Octets<'a>(&'a mut Client);

/// A message that is across but for its end.
#[derive(Debug)]
pub(super) struct Open {
    /// The end, and before it content that goes out with it: a small letter is one write.
    end: Vec<u8>,
    /// A final CRLF was missing and is added.
    pub(super) completed: bool,
}

impl Client {
    /// Connects, hears the greeting, introduces itself and the client.
    pub(super) async fn open(
        inner: &Inner,
        hop: &Hop,
        target: &Target,
        who: Option<&Introduction>,
    ) -> Result<Client, Failure> {
        let mut client = Client::greeted(inner, hop, target).await?;
        client = match client.secure(inner, hop, target).await {
            // Old Exchange has no cipher in common with us; a letter in the clear is
            // what `opportunistic` prefers to none.
            Err(failure) if inner.tls.r#use == TlsUse::Opportunistic => {
                tracing::warn!(next_hop = hop.name, %failure, "TLS failed, going on in the clear.");
                metrics::tls_fallback(&hop.name);
                hop.spare_tls();
                Client::greeted(inner, hop, target).await?
            }
            secured => secured?,
        };
        if let Some(who) = who {
            client.introduce(inner, who).await?;
        }
        Ok(client)
    }

    async fn greeted(inner: &Inner, hop: &Hop, target: &Target) -> Result<Client, Failure> {
        let (patience, lmtp) = (inner.times.command, matches!(hop.kind, NextHop::Lmtp(_)));
        let wire = Wire::connect(target, &hop.name, Instant::now() + patience).await?;
        let offers = Extensions::default();
        let (greeting, word) = (String::new(), None);
        let (introduced, secured, ahead) = (false, false, None);
        let mut client =
            Client { wire, offers, introduced, word, greeting, secured, ahead, patience, lmtp };
        client.greeting(&inner.hostname).await?;
        client.hello(Step::Hello, &inner.hostname).await?;
        Ok(client)
    }

    /// STARTTLS as far as the configuration wants it; EHLO is said again under it.
    async fn secure(mut self, inner: &Inner, hop: &Hop, to: &Target) -> Result<Client, Failure> {
        let offered = self.offers.has(Extension::StartTls);
        let Target::Tcp(address) = to else { return Ok(self) };
        match inner.tls.r#use {
            TlsUse::Off => return Ok(self),
            TlsUse::Opportunistic if !offered || hop.is_spared_tls() => return Ok(self),
            TlsUse::Required if !offered => {
                return Err(Failure::broken(Step::Tls, "STARTTLS is not offered"));
            }
            TlsUse::Opportunistic | TlsUse::Required => {}
        }
        let reply = self.ask(Step::Tls, "STARTTLS").await?;
        if !reply.is_positive() {
            return Err(Failure::new(Step::Tls, Cause::Refused(reply)));
        }
        let by = self.by();
        let io = self.wire.into_io().ok_or(Failure::new(Step::Tls, Cause::Garbage))?;
        let wire = Wire::over(inner.tls.wrap(io, address, by).await?, &hop.name);
        let mut client = Client { wire, secured: true, ..self };
        client.hello(Step::Hello, &inner.hostname).await?;
        Ok(client)
    }

    async fn greeting(&mut self, hostname: &str) -> Result<(), Failure> {
        let greeting = self.wire.reply(Step::Greeting, self.by()).await?;
        if !greeting.is_positive() {
            return Err(Failure::new(Step::Greeting, Cause::Refused(greeting)));
        }
        self.greeting = greeting.text();
        let name = greeting.lines.first().and_then(|line| line.split_whitespace().next());
        // `localhost` is many servers' name for themselves and proves nothing.
        let ours = name.is_some_and(|name| name.eq_ignore_ascii_case(hostname));
        match ours && hostname != "localhost" {
            true => Err(Failure::new(Step::Greeting, Cause::LoopsBack)),
            false => Ok(()),
        }
    }

    async fn hello(&mut self, step: Step, name: &str) -> Result<(), Failure> {
        let verb = if self.lmtp { "LHLO" } else { "EHLO" };
        let mut reply = self.ask(step, &format!("{verb} {name}")).await?;
        self.offers = Extensions::read(&reply);
        if reply.class() == 5 && !self.lmtp {
            // A server without extensions (RFC 5321 §3.2).
            reply = self.ask(step, &format!("HELO {name}")).await?;
            self.offers = Extensions::default();
        }
        match reply.is_positive() {
            true => Ok(()),
            false => Err(Failure::new(step, Cause::Refused(reply))),
        }
    }

    /// XCLIENT where offered and taken, else XFORWARD. A server that refuses both is gone on
    /// with: the trace line tells it the client then, or nothing does.
    async fn introduce(&mut self, inner: &Inner, who: &Introduction) -> Result<(), Failure> {
        if !self.offers.xclient.is_empty() {
            let line = format!("XCLIENT{}", who.xclient(&self.offers.xclient));
            self.word = Some("XCLIENT");
            self.introduced = self.taken(&line).await?;
            if self.introduced {
                // It has forgotten everything and offers anew (XCLIENT_README).
                return self.hello(Step::Name, who.helo().unwrap_or(&inner.hostname)).await;
            }
        }
        if !self.offers.xforward.is_empty() {
            let line = format!("XFORWARD{}", who.xforward(&self.offers.xforward));
            self.word = Some("XFORWARD");
            match self.offers.has(Extension::Pipelining) {
                true => self.ahead = Some(line),
                false => self.introduced = self.taken(&line).await?,
            }
        }
        Ok(())
    }

    /// Whether the server takes this word about the client; 421 is the server leaving.
    async fn taken(&mut self, line: &str) -> Result<bool, Failure> {
        Ok(self.answer(Step::Client, line).await?.is_positive())
    }

    pub(super) async fn mail(&mut self, mail: &Mail) -> Result<Reply, Failure> {
        let parameters = mail.parameters.passed(&self.offers);
        let line = format!("MAIL FROM:<{}>{parameters}", mail.path.raw);
        let Some(ahead) = self.ahead.take() else { return self.answer(Step::Mail, &line).await };
        let by = self.by();
        self.wire.say(Step::Client, format!("{ahead}\r\n{line}\r\n").as_bytes(), by).await?;
        self.introduced = self.heard(Step::Client).await?.is_positive();
        self.heard(Step::Mail).await
    }

    pub(super) async fn rcpt(&mut self, rcpt: &Rcpt) -> Result<Reply, Failure> {
        let parameters = rcpt.parameters.passed(&self.offers);
        self.answer(Step::Rcpt, &format!("RCPT TO:<{}>{parameters}", rcpt.path.raw)).await
    }

    pub(super) async fn reset(&mut self) -> Result<(), Failure> {
        let reply = self.answer(Step::Reset, "RSET").await?;
        match reply.is_positive() {
            true => Ok(()),
            false => Err(Failure::new(Step::Reset, Cause::Refused(reply))),
        }
    }

    /// Whether the line still stands.
    pub(super) async fn noop(&mut self) -> Result<(), Failure> {
        self.answer(Step::Data, "NOOP").await.map(|_| ())
    }

    /// Whether MAIL and RCPT as given are taken; the transaction is given up.
    pub(super) async fn takes(&mut self, mail: &str, rcpt: &str) -> bool {
        let mut taken = false;
        if self.answer(Step::Mail, mail).await.is_ok_and(|reply| reply.is_positive()) {
            taken = self.answer(Step::Rcpt, rcpt).await.is_ok_and(|reply| reply.is_positive());
        }
        taken && self.reset().await.is_ok()
    }

    /// The way by BDAT, if this very connection offered it.
    pub(super) fn octets(&mut self) -> Result<Octets<'_>, Failure> {
        match self.offers.has(Extension::Chunking) {
            true => Ok(Octets(self)),
            false => Err(Failure::new(Step::Data, Cause::Lacks(Extension::Chunking.keyword()))),
        }
    }

    /// DATA; a refusal comes back as it is.
    pub(super) async fn data(&mut self) -> Result<Result<(), Reply>, Failure> {
        let reply = self.ask(Step::Data, "DATA").await?;
        match (reply.code, reply.class()) {
            (354, _) => Ok(Ok(())),
            (421, _) => Err(Failure::new(Step::Data, Cause::Refused(reply))),
            (_, 4 | 5) => Ok(Err(reply)),
            _ => Err(Failure::new(Step::Data, Cause::Garbage)),
        }
    }

    /// Sends everything but the end, after [`Client::data`].
    pub(super) async fn content(
        &mut self,
        prefix: &[u8],
        message: &Spool,
        by: Instant,
    ) -> Result<Open, Failure> {
        let (mut encoder, mut out) = (Encoder::default(), Vec::new());
        encoder.push(prefix, &mut out);
        let mut tap = message.tap();
        loop {
            match tap.next().await {
                Ok(Drop::Chunk(chunk)) => encoder.push(&chunk, &mut out),
                Ok(Drop::Last(_)) => break,
                Err(cut_off) => return Err(Failure::broken(Step::Content, cut_off)),
            }
            if out.len() >= SEGMENT {
                self.push(&out, by).await?;
                out.clear();
            }
        }
        let completed = encoder.lacks_line_end();
        encoder.end(&mut out);
        Ok(Open { end: out, completed })
    }

    /// The end, and the answer to it. Whoever calls this must not give up before `by`.
    pub(super) async fn end(&mut self, open: Open, by: Instant) -> Result<Reply, Failure> {
        // Before the end is out, whatever was said is no answer to it, and the letter is ours.
        self.wire.hears_nothing(Step::Content, by.min(self.by())).await?;
        self.wire.write(Step::Dot, &open.end, by).await?;
        let reply = self.wire.reply(Step::Dot, by).await?;
        match reply.class() {
            2 | 4 | 5 => Ok(reply),
            _ => Err(Failure::new(Step::Dot, Cause::Garbage)),
        }
    }

    pub(super) async fn quit(mut self, by: Instant) {
        // The 221 says nothing that we need (Postfix: `smtp_skip_quit_response`).
        let _ = self.wire.write(Step::Reset, b"QUIT\r\n", by).await;
    }

    /// Writes content. A server that breaks off may have said why.
    async fn push(&mut self, out: &[u8], by: Instant) -> Result<(), Failure> {
        let by = by.min(self.by());
        let Err(failure) = self.wire.write(Step::Content, out, by).await else { return Ok(()) };
        match self.wire.reply(Step::Content, by).await {
            Ok(reply) if !reply.is_positive() => {
                Err(Failure::new(Step::Content, Cause::Refused(reply)))
            }
            _ => Err(failure),
        }
    }

    /// An answer to MAIL, RCPT or RSET: 2xx, 4xx or 5xx; 421 is the server leaving.
    async fn answer(&mut self, step: Step, line: &str) -> Result<Reply, Failure> {
        let by = self.by();
        self.wire.say(step, format!("{line}\r\n").as_bytes(), by).await?;
        self.heard(step).await
    }

    /// The answer to one that was written before.
    async fn heard(&mut self, step: Step) -> Result<Reply, Failure> {
        let reply = self.wire.reply(step, self.by()).await?;
        match reply.class() {
            _ if reply.closes() => Err(Failure::new(step, Cause::Refused(reply))),
            2 | 4 | 5 => Ok(reply),
            _ => Err(Failure::new(step, Cause::Garbage)),
        }
    }

    async fn ask(&mut self, step: Step, line: &str) -> Result<Reply, Failure> {
        let by = self.by();
        self.wire.ask(step, line, by).await
    }

    fn by(&self) -> Instant {
        Instant::now() + self.patience
    }
}

impl Octets<'_> {
    /// Sends everything but the end (RFC 3030): nothing is stuffed and nothing is added.
    pub(super) async fn send(
        self,
        prefix: &[u8],
        message: &Spool,
        by: Instant,
    ) -> Result<Result<Open, Reply>, Failure> {
        let Octets(client) = self;
        client.wire.hears_nothing(Step::Data, by.min(client.by())).await?;
        let size = prefix.len() as u64 + message.len();
        let mut out = format!("BDAT {size}\r\n").into_bytes();
        out.extend_from_slice(prefix);
        let mut tap = message.tap();
        loop {
            match tap.next().await {
                Ok(Drop::Chunk(chunk)) => out.extend_from_slice(&chunk),
                Ok(Drop::Last(_)) => break,
                Err(cut_off) => return Err(Failure::broken(Step::Content, cut_off)),
            }
            if out.len() >= SEGMENT {
                client.push(&out, by).await?;
                out.clear();
            }
        }
        client.push(&out, by).await?;
        let reply = client.wire.reply(Step::Content, by.min(client.by())).await?;
        match reply.class() {
            2 => Ok(Ok(Open { end: b"BDAT 0 LAST\r\n".to_vec(), completed: false })),
            4 | 5 => Ok(Err(reply)),
            _ => Err(Failure::new(Step::Content, Cause::Garbage)),
        }
    }
}

/// Bytes of one write.
const SEGMENT: usize = 64 << 10;
