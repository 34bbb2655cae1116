//! One client's session: the socket on one side, the dialogue on the other.
//!
//! Replies are sent when there is nothing more to read, so pipelined commands are
//! answered together. Every way out of [`Session::run`] releases what the session holds;
//! a message that is not at its end by then is delivered nowhere.

use super::door::Door;
use super::socket::{Came, Socket};
use super::transaction::Transaction;
use crate::mail::Client;
use crate::relay::Passage;
use crate::smtp::{Dialogue, Reply, Step};
use crate::verdict::Code;

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
    stop: CancellationToken,
    until: Instant,
}

/// Why a session is over.
#[derive(Debug)]
pub(super) enum Over {
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
        stop: CancellationToken,
    ) -> Session {
        let trusted = client.ip.is_some_and(|ip| door.trusts(ip));
        Session {
            dialogue: Dialogue::new(door.terms(trusted)),
            passage: door.relay.passage(),
            until: Instant::now() + door.times.session,
            door,
            socket,
            client,
            forwarded: None,
            transaction: None,
            stop,
        }
    }

    /// Serves the client to the end.
    pub(super) async fn run(mut self) {
        let over = self.serve().await;
        // What was said last still goes out; whoever is gone hears nothing.
        if matches!(over, Over::Said) {
            let _ = self.socket.flush(Instant::now() + self.door.times.idle).await;
        }
        self.transaction = None;
        self.passage.quit();
    }

    async fn serve(&mut self) -> Over {
        if self.door.relay.is_down() {
            // The sender may try its next MX.
            self.say(&Reply::own(Code::CLOSING, "No mail server behind is available"));
            return Over::Said;
        }
        let greeting = self.dialogue.greeting();
        self.say(&greeting);
        loop {
            let step = self.dialogue.next(&mut self.socket.input);
            let done = match step {
                Step::Read => self.read().await,
                Step::Say(reply) => {
                    self.say(&reply);
                    Ok(())
                }
                Step::Close(reply) => {
                    self.say(&reply);
                    Err(Over::Said)
                }
                Step::Content(bytes) => {
                    self.content(bytes).await;
                    Ok(())
                }
                Step::Secure(reply) => {
                    self.say(&reply);
                    Err(Over::Said)
                }
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

    /// Sends what was said and reads more, within all the times that apply.
    async fn read(&mut self) -> Result<(), Over> {
        let now = Instant::now();
        let flushed = self.socket.flush(now + self.door.times.idle).await;
        flushed.map_err(|_| Over::Gone)?;
        let (by, text) = self.deadline(now);
        let idle = self.transaction.is_none();
        let came = tokio::select! {
            came = self.socket.read(by) => came,
            () = self.stop.cancelled(), if idle => {
                self.say(&Reply::own(Code::CLOSING, "Shutting down, try again later"));
                return Err(Over::Said);
            }
        };
        match came {
            Ok(Came::Bytes(_)) => Ok(()),
            Ok(Came::End) | Err(_) => Err(Over::Gone),
            Ok(Came::Nothing) => {
                self.say(&Reply::own(Code::TIMEOUT, text));
                Err(Over::Said)
            }
        }
    }

    /// Until when the client may take, and what it is told then.
    fn deadline(&self, now: Instant) -> (Instant, &'static str) {
        let times = &self.door.times;
        let content = self.transaction.as_ref().and_then(|t| t.content_since());
        let data = content.map(|since| (since + times.data, "The message took too long"));
        let idle = (now + times.idle, "Idle for too long");
        let session = (self.until, "The session took too long");
        [Some(idle), Some(session), data].into_iter().flatten().min().unwrap_or(idle)
    }
}
