//! A line to one next hop, whatever it is, from MAIL to the end of a message.

use super::client::{Client, Open};
use super::failure::{Cause, Failure, Step};
use super::health::Hop;
use super::introduction::Introduction;
use super::maildir::{self, Draft};
use super::route::{Inner, NextHop};
use crate::smtp::parameter::Parameters;
use crate::smtp::{Extension, Extensions, Mail, Rcpt, Reply};
use crate::spool::Spool;
use crate::verdict::Code;

use std::path::Path;
use std::sync::Arc;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

/// An open line.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) hop: Arc<Hop>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Server(Box<Client>),
    Folder,
}

/// A message that lies there but for its end: dropping the line loses it, and nobody
/// has taken it.
#[derive(Debug)]
pub(super) enum Sent {
    Server(Open),
    Folder(Draft),
}

impl Line {
    /// Opens a line, and notes what that shows of the next hop's health.
    pub(super) async fn open(
        inner: &Inner,
        hop: &Arc<Hop>,
        who: Option<&Introduction>,
    ) -> Result<Line, Failure> {
        let target = match &hop.kind {
            NextHop::Maildir(dir) => return Line::folder(hop, dir).await,
            NextHop::Smtp(target) | NextHop::Lmtp(target) => target,
        };
        let client = Client::open(inner, hop, target, who).await;
        let client = client.map_err(|failure| noted(hop, failure))?;
        hop.mark_up(&client.offers);
        Ok(Line { hop: hop.clone(), kind: Kind::Server(Box::new(client)) })
    }

    /// A folder that is not known to be up is tried first: an error is better known before MAIL.
    async fn folder(hop: &Arc<Hop>, dir: &Path) -> Result<Line, Failure> {
        if !hop.is_up() {
            let dir = dir.to_owned();
            let probed = spawn_blocking(move || maildir::probe(&dir)).await;
            let probed = probed.unwrap_or_else(|e| Err(Failure::broken(Step::Connect, e)));
            probed.map_err(|failure| noted(hop, failure))?;
            hop.mark_up(&Extensions::local());
        }
        Ok(Line { hop: hop.clone(), kind: Kind::Folder })
    }

    /// What it offers on this connection.
    pub(super) fn offers(&self) -> Extensions {
        match &self.kind {
            Kind::Server(client) => client.offers.clone(),
            Kind::Folder => Extensions::local(),
        }
    }

    /// Whether it was told the client and said yes to that.
    pub(super) fn is_introduced(&self) -> bool {
        match &self.kind {
            Kind::Server(client) => client.introduced,
            Kind::Folder => false,
        }
    }

    /// The server at its end; a folder has none.
    pub(super) fn server(&self) -> Option<&Client> {
        match &self.kind {
            Kind::Server(client) => Some(client),
            Kind::Folder => None,
        }
    }

    /// Whether it answers for each recipient by itself, so that SMTP's one answer needs
    /// one recipient.
    pub(super) fn is_lmtp(&self) -> bool {
        matches!(self.hop.kind, NextHop::Lmtp(_))
    }

    /// MAIL; what it needs is asked of this connection, whichever was asked before.
    pub(super) async fn mail(&mut self, mail: &Mail) -> Result<Reply, Failure> {
        self.honours(Step::Mail, &mail.parameters)?;
        match &mut self.kind {
            Kind::Server(client) => client.mail(mail).await,
            Kind::Folder => Ok(Reply::new(Code::OK.basic, "2.1.0 Sender ok")),
        }
    }

    /// RCPT, like MAIL.
    pub(super) async fn rcpt(&mut self, rcpt: &Rcpt) -> Result<Reply, Failure> {
        self.honours(Step::Rcpt, &rcpt.parameters)?;
        match &mut self.kind {
            Kind::Server(client) => client.rcpt(rcpt).await,
            Kind::Folder => Ok(Reply::new(Code::OK.basic, "2.1.5 Recipient ok")),
        }
    }

    fn honours(&self, step: Step, parameters: &Parameters) -> Result<(), Failure> {
        let lacking = parameters.lacking(&self.offers());
        lacking.map_or(Ok(()), |what| Err(Failure::new(step, Cause::Lacks(what))))
    }

    /// Whether a letter that was begun on another connection fits here as it fitted there.
    pub(super) fn replaces(&self, lost: &Line, octets: u64) -> Result<(), Failure> {
        let fits = |line: &Line| line.offers().size.is_none_or(|most| octets <= most);
        match fits(lost) && !fits(self) {
            true => Err(Failure::new(Step::Mail, Cause::Lacks("SIZE"))),
            false => Ok(()),
        }
    }

    /// Whether it was told the client by the same word as another, and said the same to it: its
    /// rules for the client and the trace line hang on this.
    pub(super) fn knows_as(&self, lost: &Line) -> Result<(), Failure> {
        let word = |line: &Line| line.server().filter(|s| s.introduced).and_then(|s| s.word);
        match (word(lost), word(self)) {
            (before, now) if before == now => Ok(()),
            (before, _) => {
                let what = before.unwrap_or("silence about the client");
                Err(Failure::new(Step::Client, Cause::Lacks(what)))
            }
        }
    }

    pub(super) async fn reset(&mut self) -> Result<(), Failure> {
        match &mut self.kind {
            Kind::Server(client) => client.reset().await,
            Kind::Folder => Ok(()),
        }
    }

    pub(super) async fn noop(&mut self) -> Result<(), Failure> {
        match &mut self.kind {
            Kind::Server(client) => client.noop().await,
            Kind::Folder => Ok(()),
        }
    }

    /// Whether a letter that came by BDAT can leave by BDAT.
    pub(super) fn chunking(&self) -> bool {
        match &self.kind {
            Kind::Server(client) => client.offers.has(Extension::Chunking),
            Kind::Folder => true,
        }
    }

    /// DATA, where the way out is DATA; a refusal comes back as it is.
    pub(super) async fn data(&mut self) -> Result<Result<(), Reply>, Failure> {
        match &mut self.kind {
            Kind::Server(client) => client.data().await,
            Kind::Folder => Ok(Ok(())),
        }
    }

    /// Everything but the end, after [`Line::data`].
    pub(super) async fn content(
        &mut self,
        prefix: &[u8],
        message: &Spool,
        by: Instant,
    ) -> Result<Sent, Failure> {
        match &mut self.kind {
            Kind::Server(client) => Ok(Sent::Server(client.content(prefix, message, by).await?)),
            Kind::Folder => draft(&self.hop, prefix, message).await,
        }
    }

    /// Everything but the end, by BDAT.
    pub(super) async fn chunks(
        &mut self,
        prefix: &[u8],
        message: &Spool,
        by: Instant,
    ) -> Result<Result<Sent, Reply>, Failure> {
        match &mut self.kind {
            Kind::Server(client) => {
                let sent = client.octets()?.send(prefix, message, by).await?;
                Ok(sent.map(Sent::Server))
            }
            Kind::Folder => Ok(Ok(draft(&self.hop, prefix, message).await?)),
        }
    }

    /// The end, and the answer to it.
    pub(super) async fn end(&mut self, sent: Sent, by: Instant) -> Result<Reply, Failure> {
        match (&mut self.kind, sent) {
            (Kind::Server(client), Sent::Server(open)) => client.end(open, by).await,
            (_, Sent::Folder(draft)) => match draft.commit().await {
                Ok(()) => Ok(Reply::own(Code::OK, "Delivered")),
                Err(failure) => Err(noted(&self.hop, failure)),
            },
            (Kind::Folder, Sent::Server(_)) => Err(Failure::broken(Step::Content, "no server")),
        }
    }

    /// Whether both lines are taken; nothing is sent.
    pub(super) async fn takes(&mut self, mail: &str, rcpt: &str) -> bool {
        match &mut self.kind {
            Kind::Server(client) => client.takes(mail, rcpt).await,
            Kind::Folder => false,
        }
    }

    /// Says goodbye.
    pub(super) async fn quit(self, by: Instant) {
        if let Kind::Server(client) = self.kind {
            client.quit(by).await;
        }
    }
}

async fn draft(hop: &Hop, prefix: &[u8], message: &Spool) -> Result<Sent, Failure> {
    let NextHop::Maildir(dir) = &hop.kind else {
        return Err(Failure::broken(Step::Content, "no folder"));
    };
    let draft = Draft::write(dir, prefix, message.tap()).await;
    draft.map(Sent::Folder).map_err(|failure| noted(hop, failure))
}

/// Notes what a failure shows of the next hop's health.
fn noted(hop: &Hop, failure: Failure) -> Failure {
    if failure.is_outage() {
        hop.mark_down(&failure);
    }
    failure
}
