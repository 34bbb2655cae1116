//! One mail server's connection: the socket on one side, the protocol on the other.
//!
//! Responses are sent when there is nothing more to read. Every way out drops the message at hand:
//! its sender's server has been told nothing, and does what it does when a filter is lost.

use super::super::door::Door;
use super::super::socket::{BUFFER, COMMANDS, Came, Socket};
use super::message::Message;
use crate::metrics;
use crate::milter::{self, Fault, Response, Step};

use bytes::Bytes;
use std::sync::Arc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

/// A connection.
pub(super) struct Session {
    pub(super) door: Arc<Door>,
    pub(super) socket: Socket,
    pub(super) protocol: milter::Session,
    pub(super) message: Option<Message>,
    stop: CancellationToken,
}

/// Why a connection is over.
#[derive(Debug)]
pub(super) enum Over {
    /// The mail server said so, or nobody needs it any more.
    Done,
    /// It went away, or we cannot reach it.
    Lost,
    /// It fell silent.
    Silent,
    /// It cannot be understood.
    Garbage(Fault),
}

impl Session {
    pub(super) fn new(door: Arc<Door>, socket: Socket, stop: CancellationToken) -> Session {
        let protocol = milter::Session::new(door.milter.wanted());
        Session { door, socket, protocol, message: None, stop }
    }

    /// Serves the mail server to the end.
    pub(super) async fn run(mut self) {
        let over = self.serve().await;
        let midway = self.message.is_some();
        match over {
            Over::Done => {}
            Over::Lost if midway => metrics::milter_failed("lost"),
            Over::Lost => {}
            Over::Silent => {
                metrics::milter_failed("timeout");
                tracing::info!("A mail server fell silent; its connection was closed.");
            }
            Over::Garbage(fault) => {
                metrics::milter_failed("garbage");
                tracing::warn!(%fault, "A mail server's connection was closed.");
            }
        }
        let by = Instant::now() + self.door.times.idle;
        let _ = self.socket.flush(by).await;
    }

    async fn serve(&mut self) -> Over {
        loop {
            let step = self.protocol.next(&mut self.socket.input);
            let span =
                self.message.as_ref().map_or_else(Span::none, |message| message.span.clone());
            if let Err(over) = self.obey(step).instrument(span).await {
                return over;
            }
        }
    }

    async fn obey(&mut self, step: Step) -> Result<(), Over> {
        match step {
            Step::Read => self.read().await?,
            Step::Say(response) => self.say(&response),
            Step::Mail(arguments) => self.mail(&arguments),
            Step::Recipient(arguments) => {
                let response = self.recipient(&arguments);
                self.answer(response);
            }
            Step::Begin => self.begin(),
            Step::Content(bytes) => self.content(bytes).await,
            Step::End => self.end().await?,
            Step::Abort => self.message = None,
            Step::Quit => return Err(Over::Done),
            Step::Garbage(fault) => return Err(Over::Garbage(fault)),
        }
        Ok(())
    }

    pub(super) fn say(&mut self, response: &Response) {
        response.write(&self.protocol.agreed(), &mut self.socket.output);
    }

    /// An answer to the step at hand, if the mail server waits for one; whether it does.
    pub(super) fn answer(&mut self, response: Response) -> bool {
        let answer = self.protocol.answer(response);
        answer.iter().for_each(|answer| self.say(answer));
        answer.is_some()
    }

    /// Bytes of the message.
    async fn content(&mut self, bytes: Bytes) {
        let wanted = match &mut self.message {
            Some(message) => message.feed(bytes).await,
            None => false,
        };
        let answer = self.protocol.answer_content(wanted);
        answer.iter().for_each(|answer| self.say(answer));
    }

    /// Sends what was said.
    pub(super) async fn flush(&mut self) -> Result<(), Over> {
        let by = Instant::now() + self.door.times.idle;
        self.socket.flush(by).await.map_err(|_| Over::Lost)
    }

    /// Sends what was said and reads more.
    async fn read(&mut self) -> Result<(), Over> {
        self.flush().await?;
        let idle = self.protocol.is_idle() && self.socket.input.is_empty();
        let ahead = if self.protocol.is_idle() { COMMANDS } else { BUFFER };
        let by = self.deadline(idle);
        let came = tokio::select! {
            came = self.socket.read(by, ahead) => came,
            () = self.stop.cancelled(), if idle => return Err(Over::Done),
        };
        match came {
            Ok(Came::Bytes(_)) => Ok(()),
            Ok(Came::Nothing) => Err(Over::Silent),
            Ok(Came::End) | Err(_) => Err(Over::Lost),
        }
    }

    /// Until when more must come. A mail server says nothing while its own client is silent, which
    /// may take as long as a session may; it has a letter's content before it tells of it.
    fn deadline(&self, idle: bool) -> Instant {
        let (now, times) = (Instant::now(), &self.door.times);
        let since = self.message.as_ref().and_then(Message::content_since);
        match since {
            Some(since) => (now + times.idle).min(since + times.data),
            None if idle || self.socket.input.is_empty() => now + times.session,
            None => now + times.idle,
        }
    }

    /// Comes when the message at hand is taken back or the mail server is gone, while a verdict is
    /// made.
    pub(super) async fn taken_back(&mut self) {
        while !self.protocol.is_taken_back(&self.socket.input) && self.socket.ahead().await {}
    }
}
