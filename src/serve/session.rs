//! One client's session: the socket on one side, the dialogue on the other.
//!
//! Replies are sent when there is nothing more to read, so pipelined commands are
//! answered together. Every way out of [`Session::run`] releases what the session holds;
//! a message that is not at its end by then is delivered nowhere.

use super::door::Door;
use super::ending::Ending;
use super::limit::Place;
use super::log::plain;
use super::socket::{BUFFER, COMMANDS, Came, Socket};
use super::transaction::Transaction;
use crate::mail::Client;
use crate::metrics;
use crate::relay::Passage;
use crate::smtp::proxy::Header;
use crate::smtp::{Dialogue, Reply, Step};
use crate::verdict::Code;

use std::net::SocketAddr;
use std::sync::Arc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A session.
pub(super) struct Session {
    pub(super) door: Arc<Door>,
    pub(super) socket: Socket,
    pub(super) dialogue: Dialogue,
    /// Who connected, or for whom a trusted peer speaks.
    pub(super) client: Client,
    /// What a trusted peer told of the sender of the next message (XFORWARD).
    pub(super) forwarded: Option<Client>,
    pub(super) passage: Passage,
    pub(super) transaction: Option<Transaction>,
    place: Place,
    stop: CancellationToken,
    until: Instant,
    /// Bytes of a message since the window of the minimum rate began.
    window: (Instant, u64),
}

/// Why a session is over.
#[derive(Debug)]
pub(super) enum Over {
    /// We said so while the client may still be talking.
    Refused,
    /// We said so, with a reply that is on its way.
    Said,
    /// The client is not there any more.
    Gone,
}

impl Session {
    pub(super) fn new(
        door: Arc<Door>,
        socket: Socket,
        client: Client,
        place: Place,
        stop: CancellationToken,
    ) -> Session {
        Session {
            dialogue: Dialogue::new(door.terms(client.ip)),
            passage: door.relay.passage(),
            until: Instant::now() + door.times.session,
            door,
            socket,
            client,
            forwarded: None,
            transaction: None,
            place,
            stop,
            window: (Instant::now(), 0),
        }
    }

    /// Serves the client to the end.
    pub(super) async fn run(mut self) {
        let over = self.serve().await;
        self.transaction = None;
        let by = Instant::now() + self.door.times.idle;
        // What was said last still goes out; whoever is gone hears nothing.
        let heard = !matches!(over, Over::Gone) && self.socket.flush(by).await.is_ok();
        self.passage.quit().await;
        match over {
            Over::Said if heard => self.socket.close(by).await,
            Over::Refused if heard => self.socket.linger().await,
            _ => {}
        }
    }

    async fn serve(&mut self) -> Over {
        if !self.door.relay.revive().await {
            // The sender may try its next MX.
            self.say(&Reply::own(Code::CLOSING, "No mail server behind is available"));
            return Over::Said;
        }
        let greeting = self.dialogue.greeting();
        self.say(&greeting);
        if let Err(over) = self.proxied().await {
            return over;
        }
        loop {
            let step = self.dialogue.next(&mut self.socket.input);
            let done = match step {
                Step::Read => self.read().await,
                Step::Say(reply) => {
                    self.say(&reply);
                    Ok(())
                }
                Step::Close(reply) => Err(self.close(&reply)),
                Step::Content(bytes) => {
                    self.content(bytes).await;
                    Ok(())
                }
                Step::Secure(reply) => self.secure(&reply).await,
                Step::Ask(question) => match self.answer(question).await {
                    Ok(answer) => {
                        self.dialogue.answer(answer);
                        Ok(())
                    }
                    Err(over) => Err(over),
                },
            };
            if let Err(over) = done {
                return over;
            }
        }
    }

    pub(super) fn say(&mut self, reply: &Reply) {
        reply.write(self.dialogue.utf8(), &mut self.socket.output);
    }

    fn close(&mut self, reply: &Reply) -> Over {
        self.cut_off(reply);
        if self.dialogue.has_erred_too_often() {
            let client = self.client.ip.map(tracing::field::display);
            let (helo, reply) = (plain(&self.client.helo), plain(&reply.text()));
            tracing::info!(client, helo, reply, "Client cut off.");
        }
        self.say(reply);
        if reply.is_positive() { Over::Said } else { Over::Refused }
    }

    /// We end the session in the middle of a message: that is the answer to it.
    fn cut_off(&mut self, reply: &Reply) {
        if let Some(content) = self.transaction.as_mut().and_then(|t| t.content.as_mut())
            && !reply.is_positive()
        {
            content.entry.settle(Ending::of(reply));
        }
    }

    /// A trusted balancer tells first for whom it speaks. It says so at once, so nobody
    /// waits for it who does not: our greeting is on its way before.
    async fn proxied(&mut self) -> Result<(), Over> {
        if !self.client.ip.is_some_and(|ip| self.door.trusts(ip)) {
            return Ok(());
        }
        loop {
            match Header::read(&self.socket.input) {
                Header::Absent if self.socket.input.is_empty() => {}
                Header::Absent => return Ok(()),
                Header::Wanting => {}
                Header::Garbage => return Err(Over::Gone),
                Header::Here { length, source } => {
                    let _ = self.socket.input.split_to(length);
                    return source.map_or(Ok(()), |source| self.speaks_for(source));
                }
            }
            self.read().await?;
        }
    }

    /// The balancer's client is our client, with its own limits and no trust of the balancer's.
    fn speaks_for(&mut self, source: SocketAddr) -> Result<(), Over> {
        let ip = source.ip().to_canonical();
        (self.client.ip, self.client.port) = (Some(ip), Some(source.port()));
        self.dialogue.on_terms(self.door.terms(Some(ip)));
        self.place.claim(ip).map_err(|full| {
            metrics::turned_away(full.name());
            self.say(&Reply::own(Code::CLOSING, "Too many connections, try again later"));
            Over::Said
        })
    }

    /// STARTTLS: everything said before is forgotten (RFC 3207 §4.2).
    async fn secure(&mut self, reply: &Reply) -> Result<(), Over> {
        let by = Instant::now() + self.door.times.idle;
        self.say(reply);
        self.socket.flush(by).await.map_err(|_| Over::Gone)?;
        let Some(tls) = &self.door.tls else { return Err(Over::Gone) };
        let io = std::mem::replace(&mut self.socket.io, Box::new(tokio::io::empty()));
        match tls.wrap(io, self.client.ip, by).await {
            Ok(io) => self.socket.io = io,
            Err(error) => {
                let client = self.client.ip.map(tracing::field::display);
                tracing::info!(client, %error, "The TLS handshake failed.");
                return Err(Over::Gone);
            }
        }
        self.dialogue.secured();
        (self.client.tls, self.forwarded, self.transaction) = (true, None, None);
        self.passage.reset();
        Ok(())
    }

    /// Sends what was said and reads more, within all the times that apply.
    async fn read(&mut self) -> Result<(), Over> {
        let now = Instant::now();
        let flushed = self.socket.flush(now + self.door.times.idle).await;
        flushed.map_err(|_| Over::Gone)?;
        let (by, text) = self.deadline(now);
        // A message whose content has begun is finished; anything less the client can repeat.
        let idle = self.transaction.as_ref().is_none_or(|t| t.content.is_none());
        let ahead = if idle { COMMANDS } else { BUFFER };
        let came = tokio::select! {
            came = self.socket.read(by, ahead) => came,
            () = self.stop.cancelled(), if idle => {
                self.say(&Reply::own(Code::CLOSING, "Shutting down, try again later"));
                return Err(Over::Said);
            }
        };
        match came {
            Ok(Came::Bytes(bytes)) => {
                self.window.1 += bytes as u64;
                Ok(())
            }
            Ok(Came::Nothing) if self.is_fast_enough(by) => Ok(()),
            Ok(Came::End) | Err(_) => Err(Over::Gone),
            Ok(Came::Nothing) => {
                let reply = Reply::own(Code::TIMEOUT, text);
                self.cut_off(&reply);
                self.say(&reply);
                Err(Over::Said)
            }
        }
    }

    /// Until when the client may take, and what it is told then.
    fn deadline(&mut self, now: Instant) -> (Instant, &'static str) {
        let times = &self.door.times;
        let content = self.transaction.as_ref().and_then(|t| t.content_since());
        if content.is_none_or(|since| self.window.0 < since) {
            self.window = (now, 0);
        }
        let data = content.map(|since| (since + times.data, "The message took too long"));
        let rate = content.map(|_| (self.window.0 + times.window, "The message comes too slowly"));
        let idle = (now + times.idle, "Idle for too long");
        let session = (self.until, "The session took too long");
        [Some(idle), Some(session), data, rate].into_iter().flatten().min().unwrap_or(idle)
    }

    /// At the end of a window of the minimum rate: whether enough came in it. A new one begins.
    fn is_fast_enough(&mut self, by: Instant) -> bool {
        let times = &self.door.times;
        let window = self.window.0 + times.window;
        let in_content = self.transaction.as_ref().is_some_and(|t| t.content.is_some());
        let enough = self.window.1 >= times.rate.saturating_mul(times.window.as_secs());
        let fine = in_content && by == window && enough;
        if fine {
            self.window = (window, 0);
        }
        fine
    }
}
