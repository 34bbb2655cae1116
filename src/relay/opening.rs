//! How a passage gets its line: opened to the first next hop that lets us, mended once.
//!
//! Mending repeats what the next hop has said yes to. It goes on only with the same
//! answers, because the client was told them, and only where the new connection offers all
//! that the letter needs, because the client was offered it.

use super::failure::{Cause, Failure, Step};
use super::line::Line;
use super::passage::{Passage, Said, gone};
use crate::smtp::{Rcpt, Reply};
use crate::verdict;

use std::sync::Arc;

#[derive(Clone, Copy)]
pub(super) enum Word<'a> {
    Mail,
    Rcpt(&'a Rcpt),
}

impl Passage {
    /// Opens a line of this route, or takes the one at hand, and says MAIL.
    pub(super) async fn begin(&mut self, route: usize) -> Said {
        let hops = self.inner.routes.get(route).map(|route| route.hops.as_slice());
        let here = self.line.as_ref().is_some_and(|line| {
            hops.unwrap_or_default().iter().any(|hop| Arc::ptr_eq(hop, &line.hop))
        });
        if !here {
            self.hang_up();
        } else if self.stale {
            let reset = match &mut self.line {
                Some(line) => line.reset().await,
                None => Ok(()),
            };
            if reset.is_err() {
                self.line = None;
            }
        }
        self.stale = false;
        // An idle line may be gone; that costs the transaction nothing.
        let fresh = self.line.is_none();
        if fresh && let Some(refusal) = self.open(route).await? {
            return Ok(refusal);
        }
        match self.word(Word::Mail).await {
            Err(failure) if failure.is_loss() && !fresh => {
                self.line = None;
                if let Some(refusal) = self.open(route).await? {
                    return Ok(refusal);
                }
                let again = self.word(Word::Mail).await;
                self.said(again)
            }
            said => self.said(said),
        }
    }

    /// Opens a line to the first next hop of a route that lets us. The words against the client,
    /// if one does not let it in: another would have to ask for its reasons.
    async fn open(&mut self, route: usize) -> Result<Option<Reply>, verdict::Reply> {
        let inner = self.inner.clone();
        let hops = inner.routes.get(route).map(|route| route.hops.as_slice()).unwrap_or_default();
        // Those known to be down come last: they cost the time of a connection attempt.
        let (down, up): (Vec<_>, Vec<_>) = hops.iter().partition(|hop| hop.is_down());
        let mut told = gone().told();
        for hop in up.into_iter().chain(down) {
            match Line::open(&inner, hop, Some(&self.who)).await {
                Ok(line) => {
                    self.line = Some(line);
                    return Ok(None);
                }
                Err(failure) => {
                    if let Some(refusal) = failure.of_client() {
                        tracing::info!(next_hop = hop.name, %failure, "Client refused.");
                        return Ok(Some(refusal.clone()));
                    }
                    tracing::warn!(next_hop = hop.name, %failure, "Next hop cannot be used.");
                    told = failure.told();
                }
            }
        }
        Err(told)
    }

    /// One word of the transaction; when the next hop is gone, the connection is mended
    /// and the word said again.
    pub(super) async fn mending(&mut self, step: Step, word: Word<'_>) -> Said {
        let said = match self.word(word).await {
            Err(failure) if failure.is_loss() && failure.step == step => {
                match self.mend(&failure).await {
                    Ok(()) => self.word(word).await,
                    Err(failure) => Err(failure),
                }
            }
            said => said,
        };
        self.said(said)
    }

    async fn word(&mut self, word: Word<'_>) -> Result<Reply, Failure> {
        let (Some(line), Some(transaction)) = (&mut self.line, &self.transaction) else {
            return Err(gone());
        };
        match word {
            Word::Mail => line.mail(&transaction.mail).await,
            Word::Rcpt(rcpt) => line.rcpt(rcpt).await,
        }
    }

    /// What the client is told. A 421 is passed on, and the line is of no more use.
    fn said(&mut self, said: Result<Reply, Failure>) -> Said {
        said.or_else(|failure| {
            if let Cause::Lacks(what) = failure.cause {
                // Nothing was said to it: the line is as good as before.
                tracing::warn!(what, "The next hop does not offer what is used any more.");
                return Err(failure.told());
            }
            self.line = None;
            match &failure.cause {
                Cause::Refused(reply) => Ok(reply.clone()),
                _ => {
                    tracing::warn!(%failure, "Next hop was lost.");
                    Err(failure.told())
                }
            }
        })
    }

    /// Opens the connection once more to the same next hop and says everything again.
    pub(super) async fn mend(&mut self, failure: &Failure) -> Result<(), Failure> {
        let (Some(lost), Some(transaction)) = (self.line.take(), &mut self.transaction) else {
            return Err(failure.clone());
        };
        if std::mem::replace(&mut transaction.mended, true) {
            return Err(failure.clone());
        }
        let mut line = Line::open(&self.inner, &lost.hop, Some(&self.who)).await?;
        line.replaces(&lost, transaction.octets)?;
        let mut replies = vec![line.mail(&transaction.mail).await?];
        for rcpt in &transaction.rcpts {
            replies.push(line.rcpt(rcpt).await?);
        }
        line.knows_as(&lost)?;
        self.line = Some(line);
        match replies.iter().all(Reply::is_positive) {
            true => Ok(()),
            false => Err(Failure::broken(Step::Rcpt, "answered otherwise than before")),
        }
    }
}
