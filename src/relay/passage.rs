//! One client session's way to its next hop: opened at MAIL, mended once, never doubled.
//!
//! A next hop does not wait for a slow upload (Exchange: 5 minutes; Postfix under
//! stress: 10 seconds). So its connection may be gone when the verdict is there;
//! it is opened once more, and goes on only if every reply has the same class as before.

use super::failure::{Failure, Step};
use super::introduction::Introduction;
use super::line::{Line, Sent};
use super::opening::Word;
use super::route::Inner;
use crate::mail::Client;
use crate::metrics;
use crate::smtp::{Mail, Rcpt, Reply};
use crate::spool::Spool;
use crate::verdict::{self, Code};

use std::sync::Arc;
use tokio::time::Instant;

/// What the next hop says, or what we say for it.
pub type Said = Result<Reply, verdict::Reply>;

/// A session's way.
#[derive(Debug)]
pub struct Passage {
    pub(super) inner: Arc<Inner>,
    pub(super) who: Introduction,
    pub(super) line: Option<Line>,
    /// The next hop knows of a transaction that is not ours any more.
    pub(super) stale: bool,
    pub(super) transaction: Option<Transaction>,
}

/// What the next hop was told of the message at hand.
#[derive(Debug)]
pub(super) struct Transaction {
    pub(super) mail: Mail,
    /// The route, once a recipient or the lack of a choice has settled it.
    route: Option<usize>,
    pub(super) rcpts: Vec<Rcpt>,
    /// How large it is, as far as is known.
    pub(super) octets: u64,
    /// The connection was mended already.
    pub(super) mended: bool,
}

/// How a letter came, and so how it may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// By DATA, and leaves so.
    Lines,
    /// By BDAT, and leaves so where it can.
    Octets,
    /// By BDAT with a bare CR or LF: leaves so or not at all (CVE-2023-51764).
    Bare,
}

impl Form {
    /// That of a letter that came in chunks or not, and has a bare CR or LF or not.
    pub fn of(chunked: bool, bare: bool) -> Form {
        match (chunked, bare) {
            (_, true) => Form::Bare,
            (true, false) => Form::Octets,
            (false, false) => Form::Lines,
        }
    }
}

/// A message that the next hop has but for its end.
#[derive(Debug)]
pub struct Ready {
    sent: Sent,
    completed: bool,
}

/// How handing on a message ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The next hop answered; its words.
    Answered(Reply),
    /// The end was sent and no answer came: the letter may have arrived (RFC 1047).
    Unknown(Failure),
    /// It is known not to have arrived.
    Failed(Failure),
}

impl Passage {
    pub(super) fn new(inner: Arc<Inner>) -> Passage {
        let who = Introduction::default();
        Passage { inner, who, line: None, stale: false, transaction: None }
    }

    /// The client is another one, or called itself otherwise: a line on which somebody
    /// else was introduced is of no use.
    pub fn introduce(&mut self, client: &Client) {
        if self.who.client != *client {
            self.who.client = client.clone();
            self.reset();
            self.hang_up();
        }
    }

    /// The name of the next hop at hand, for logs.
    pub fn next_hop(&self) -> Option<&str> {
        self.line.as_ref().map(|line| line.hop.name.as_str())
    }

    /// Whether a letter with bare CR or LF can be handed on as it is.
    pub fn chunking(&self) -> bool {
        self.line.as_ref().is_some_and(Line::chunking)
    }

    /// Whether the next hop knows the client: it answered XCLIENT or XFORWARD with yes.
    pub fn is_introduced(&self) -> bool {
        self.line.as_ref().is_some_and(Line::is_introduced)
    }

    /// MAIL. With several routes the next hop is not known yet, and hears of it at RCPT.
    pub async fn mail(&mut self, mail: &Mail) -> Said {
        self.reset();
        let route = (self.inner.routes.len() == 1).then_some(0);
        let (mail, rcpts) = (mail.clone(), Vec::new());
        let octets = mail.parameters.size().unwrap_or(0);
        self.transaction = Some(Transaction { mail, route, rcpts, octets, mended: false });
        let Some(route) = route else { return Ok(Reply::own(Code::OK, "Sender noted")) };
        let said = self.begin(route).await;
        if !said.as_ref().is_ok_and(Reply::is_positive) {
            self.reset();
        }
        said
    }

    /// RCPT.
    pub async fn rcpt(&mut self, rcpt: &Rcpt) -> Said {
        let route = self.inner.route(&rcpt.path.address);
        let Some(transaction) = &mut self.transaction else { return Err(lost()) };
        match transaction.route {
            Some(settled) if settled != route => return Ok(another("Another mail server")),
            Some(_) => {}
            None => {
                let said = self.begin(route).await?;
                if !said.is_positive() {
                    return Ok(said);
                }
                if let Some(transaction) = &mut self.transaction {
                    transaction.route = Some(route);
                }
            }
        }
        if self.is_full() {
            return Ok(another("One recipient at a time for this mail server"));
        }
        let said = self.mending(Step::Rcpt, Word::Rcpt(rcpt)).await;
        match (&said, &mut self.transaction) {
            (Ok(reply), Some(transaction)) if reply.is_positive() => {
                transaction.rcpts.push(rcpt.clone());
            }
            _ => {}
        }
        said
    }

    /// LMTP answers for each recipient, SMTP once: only one fits (nothing is queued here).
    fn is_full(&self) -> bool {
        let one = self.transaction.as_ref().is_some_and(|t| !t.rcpts.is_empty());
        one && self.line.as_ref().is_some_and(Line::is_lmtp)
    }

    /// The transaction is over. The next hop hears of it when it matters.
    pub fn reset(&mut self) {
        self.stale |= self.transaction.take().is_some_and(|t| t.route.is_some());
    }

    /// The session is over.
    pub async fn quit(mut self) {
        if let Some(line) = self.line.take() {
            line.quit(Instant::now() + self.inner.times.command).await;
        }
    }

    /// Leaves the line at hand.
    pub(super) fn hang_up(&mut self) {
        self.stale = false;
        if let Some(line) = self.line.take() {
            let by = Instant::now() + self.inner.times.command;
            // A goodbye is a courtesy that nobody needs to wait for.
            tokio::spawn(line.quit(by));
        }
    }

    /// Sends the message but for its end. Until [`Passage::end`] nothing is delivered;
    /// dropped in between, the next hop sees a broken connection.
    pub async fn send(
        &mut self,
        prefix: &[u8],
        message: &Spool,
        form: Form,
        by: Instant,
    ) -> Result<Result<Ready, Reply>, Failure> {
        if let Some(transaction) = &mut self.transaction {
            transaction.octets = transaction.octets.max(message.len());
        }
        let sending = self.try_send(prefix, message, form, by).await;
        if !matches!(sending, Ok(Ok(_))) {
            // Refused or broken: whatever the next hop makes of the rest is not for it to keep.
            if sending.is_err() {
                self.line = None;
            }
            self.reset();
        }
        sending
    }

    async fn try_send(
        &mut self,
        prefix: &[u8],
        message: &Spool,
        form: Form,
        by: Instant,
    ) -> Result<Result<Ready, Reply>, Failure> {
        if form != Form::Lines && self.chunking() {
            self.alive().await?;
        }
        // Asked again: the line may be another one now.
        if form == Form::Bare || (form == Form::Octets && self.chunking()) {
            let line = self.line.as_mut().ok_or(gone())?;
            let sent = line.chunks(prefix, message, by).await?;
            return Ok(sent.map(|sent| Ready { sent, completed: false }));
        }
        let begun = match self.line.as_mut().ok_or(gone())?.data().await {
            Err(failure) if failure.is_loss() => {
                self.mend(&failure).await?;
                self.line.as_mut().ok_or(gone())?.data().await?
            }
            begun => begun?,
        };
        if let Err(reply) = begun {
            return Ok(Err(reply));
        }
        let sent = self.line.as_mut().ok_or(gone())?.content(prefix, message, by).await?;
        let completed = matches!(&sent, Sent::Server(open) if open.completed);
        Ok(Ok(Ready { sent, completed }))
    }

    /// BDAT needs no leave of the next hop, so a line that is gone would only be noticed
    /// in the middle of the message; a NOOP asks before.
    async fn alive(&mut self) -> Result<(), Failure> {
        match self.line.as_mut().ok_or(gone())?.noop().await {
            Err(failure) if failure.is_loss() => self.mend(&failure).await,
            other => other,
        }
    }

    /// Breaks off in the middle of a message: the next hop sees a lost connection, which
    /// delivers nothing.
    pub fn abandon(&mut self) {
        self.line = None;
        self.transaction = None;
        self.stale = false;
    }

    /// Sends the end. From here on nobody may give up before `by`.
    pub async fn end(&mut self, ready: Ready, by: Instant) -> Delivery {
        let Some(line) = self.line.as_mut() else { return Delivery::Failed(gone()) };
        if ready.completed {
            metrics::line_end_added();
        }
        let ended = line.end(ready.sent, by).await;
        // Delivered or not, the transaction is over on both sides.
        self.transaction = None;
        match ended {
            Ok(reply) => {
                if reply.closes() {
                    self.line = None;
                }
                Delivery::Answered(reply)
            }
            Err(failure) => {
                self.line = None;
                match failure.is_no_delivery() {
                    true => Delivery::Failed(failure),
                    false => Delivery::Unknown(failure),
                }
            }
        }
    }
}

pub(super) fn gone() -> Failure {
    Failure::broken(Step::Connect, "no next hop")
}

fn lost() -> verdict::Reply {
    gone().told()
}

/// A recipient that must come in a transaction of its own.
fn another(text: &str) -> Reply {
    Reply::own(Code::OTHER_POLICY, text)
}
