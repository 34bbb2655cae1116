//! Where a dialogue stands: each state is a type that holds just what has been learnt.
//!
//! A message without a sender, or recipients before one, cannot be written down.

use super::command::{Hello, Mail, Rcpt};
use super::content::{Chunks, Data};
use super::extension::Extensions;
use super::reply::Reply;

/// One message's envelope in the making, as the client wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// Who sends, and with which parameters.
    pub mail: Mail,
    /// To whom: those that were accepted, in order.
    pub recipients: Vec<Rcpt>,
}

/// Where the dialogue stands.
#[derive(Debug)]
pub(super) enum State {
    /// Connected; no name yet.
    Hello,
    /// Named; no transaction.
    Mail(Named),
    /// A sender; perhaps some recipients.
    Rcpt(ExpectRcpt),
    /// After DATA: everything up to the dot is content.
    Data(ExpectDot),
    /// After a BDAT line: so many octets are content.
    Octets(ExpectOctets),
    /// Between two chunks.
    Chunk(ExpectChunk),
    /// A BDAT was refused: what the client believes of the transaction is
    /// indeterminate until it says RSET (RFC 3030 §4.2).
    Broken(Named),
    /// Octets of a BDAT that is refused are on their way; they are no commands.
    Skip(Box<Skip>),
    /// The driver is asked.
    Asked(Asked),
    /// Over.
    Closed,
}

/// A client that has said who it is, and what it was offered: pinned until the next EHLO.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) offered: Extensions,
}

#[derive(Debug)]
pub(super) struct ExpectRcpt {
    pub(super) named: Named,
    pub(super) transaction: Transaction,
}

#[derive(Debug)]
pub(super) struct ExpectDot {
    pub(super) open: ExpectRcpt,
    pub(super) data: Data,
}

#[derive(Debug)]
pub(super) struct ExpectOctets {
    pub(super) open: ExpectRcpt,
    pub(super) chunks: Chunks,
    pub(super) size: u64,
    pub(super) last: bool,
}

#[derive(Debug)]
pub(super) struct ExpectChunk {
    pub(super) open: ExpectRcpt,
    pub(super) chunks: Chunks,
}

#[derive(Debug)]
pub(super) struct Skip {
    pub(super) chunks: Chunks,
    pub(super) reply: Reply,
    pub(super) back: State,
}

/// What the driver was asked, with what its answer leads to.
#[derive(Debug)]
pub(super) enum Asked {
    Hello(Hello),
    Mail(Named, Mail),
    Rcpt(ExpectRcpt, Rcpt),
    Data(ExpectRcpt),
    Bdat { open: ExpectRcpt, size: u64, last: bool },
    End(Named),
    Reset(Option<Named>),
    Xclient(Option<Named>),
    Xforward(Named),
}

impl State {
    /// The transaction at hand.
    pub(super) fn transaction(&self) -> Option<&Transaction> {
        let open = match self {
            State::Rcpt(open) => open,
            State::Data(state) => &state.open,
            State::Octets(state) => &state.open,
            State::Chunk(state) => &state.open,
            State::Asked(Asked::Rcpt(open, _) | Asked::Data(open)) => open,
            State::Asked(Asked::Bdat { open, .. }) => open,
            _ => return None,
        };
        Some(&open.transaction)
    }

    /// The offer, where the client has said who it is.
    pub(super) fn named(&self) -> Option<&Named> {
        match self {
            State::Mail(named) | State::Broken(named) => Some(named),
            State::Rcpt(open) => Some(&open.named),
            State::Data(state) => Some(&state.open.named),
            State::Octets(state) => Some(&state.open.named),
            State::Chunk(state) => Some(&state.open.named),
            _ => None,
        }
    }
}
