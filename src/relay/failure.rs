//! How a next hop fails: at which step, and whose words there are for it.
//!
//! The step decides what the sender is told. Only a failure at [`Step::Dot`] leaves
//! open whether the letter arrived; every earlier one is known not to have delivered.

use crate::smtp::Reply;
use crate::verdict::{self, Code};

use std::fmt;
use std::io;
use std::path::Path;

/// Where in the dialogue with a next hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// TCP or a local socket.
    Connect,
    /// Its first line.
    Greeting,
    /// EHLO or LHLO.
    Hello,
    /// STARTTLS and the handshake.
    Tls,
    /// XCLIENT or XFORWARD.
    Client,
    /// EHLO in the client's own name, behind XCLIENT.
    Name,
    /// MAIL
    Mail,
    /// RCPT
    Rcpt,
    /// DATA, up to its 354.
    Data,
    /// The message, before its end.
    Content,
    /// The end of the message and the answer to it.
    Dot,
    /// RSET
    Reset,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The operating system says no, or the connection ended.
    Broken(String),
    /// What came is no SMTP, or answers nothing that was said.
    Garbage,
    /// This connection does not offer what the letter needs, and what the client was offered.
    Lacks(&'static str),
    /// It greets with our own name.
    LoopsBack,
    /// It said so.
    Refused(Reply),
    /// Nothing came in time.
    Timeout,
    /// Our own disk is full.
    Full(String),
    /// Our own disk does not take the letter.
    Unwritable(String),
}

/// A failed step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Where.
    pub step: Step,
    /// Why.
    pub cause: Cause,
}

impl Failure {
    pub(super) fn new(step: Step, cause: Cause) -> Failure {
        Failure { step, cause }
    }

    pub(super) fn broken(step: Step, error: impl fmt::Display) -> Failure {
        Failure { step, cause: Cause::Broken(error.to_string()) }
    }

    /// What our own disk says of a folder.
    pub(super) fn of_folder(step: Step, dir: &Path, error: &io::Error) -> Failure {
        let text = format!("Maildir {}: {error}", dir.display());
        Failure::new(
            step,
            match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Cause::Full(text),
                _ => Cause::Unwritable(text),
            },
        )
    }

    /// Whether it is certain that nothing arrived. Only what broke off at [`Step::Dot`] is not:
    /// the end was on its way.
    pub(super) fn is_no_delivery(&self) -> bool {
        self.step != Step::Dot || matches!(self.cause, Cause::Full(_) | Cause::Unwritable(_))
    }

    /// Whether the next hop has gone, as opposed to having answered: connection lost,
    /// silence, or 421, with which it closes (RFC 5321 §3.8).
    pub fn is_loss(&self) -> bool {
        match &self.cause {
            Cause::Refused(reply) => reply.closes(),
            Cause::Broken(_) | Cause::Garbage | Cause::Timeout => true,
            Cause::Lacks(_) | Cause::LoopsBack | Cause::Full(_) | Cause::Unwritable(_) => false,
        }
    }

    /// Whether it shows the next hop to be out of order, not merely busy or of
    /// another opinion.
    pub fn is_outage(&self) -> bool {
        match &self.cause {
            // It greeted us and took our own name a moment before: this is about the client, who
            // must not be able to make it look broken to everybody.
            _ if matches!(self.step, Step::Client | Step::Name) => false,
            Cause::Refused(reply) => reply.class() == 5,
            Cause::LoopsBack | Cause::Full(_) | Cause::Unwritable(_) => true,
            Cause::Lacks(_) => false,
            _ => self.step != Step::Content && self.step != Step::Dot,
        }
    }

    /// Its words about the client, if that is what it refused.
    pub(super) fn of_client(&self) -> Option<&Reply> {
        match &self.cause {
            Cause::Refused(reply) if self.step == Step::Name && !reply.closes() => Some(reply),
            _ => None,
        }
    }

    /// What a sender is told: generic, the cause is for the log.
    pub fn told(&self) -> verdict::Reply {
        let (code, text, english) = match (&self.cause, self.step) {
            (Cause::LoopsBack, _) => {
                (Code::LOOPS_BACK, "Thư quay vòng về chính hệ thống này", "Mail loops back here")
            }
            (Cause::Lacks(_), _) => (
                Code::NEXT_HOP_CHANGED,
                "Máy chủ thư phía sau đã đổi; đề nghị gửi lại sau",
                "The mail server behind has changed, try again later",
            ),
            (Cause::Full(_), _) => (
                Code::FULL,
                "Hệ thống tạm thời hết chỗ nhận thư; đề nghị gửi lại sau",
                "No room for the message at the moment, try again later",
            ),
            (Cause::Unwritable(_), _) => (
                Code::NEXT_HOP_DOWN,
                "Hệ thống tạm thời chưa lưu được thư; đề nghị gửi lại sau",
                "The message cannot be stored at the moment, try again later",
            ),
            (
                _,
                Step::Connect
                | Step::Greeting
                | Step::Hello
                | Step::Tls
                | Step::Client
                | Step::Name,
            ) => (
                Code::NEXT_HOP_DOWN,
                "Máy chủ thư phía sau chưa sẵn sàng; đề nghị gửi lại sau",
                "The mail server behind is not available, try again later",
            ),
            _ => (
                Code::NEXT_HOP_LOST,
                "Mất kết nối với máy chủ thư phía sau; đề nghị gửi lại sau",
                "The connection to the mail server behind was lost, try again later",
            ),
        };
        verdict::Reply { code, text: text.to_owned(), english: english.to_owned() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {:?}: {}", self.step, self.cause)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Broken(error) | Cause::Full(error) | Cause::Unwritable(error) => {
                f.write_str(error)
            }
            Cause::Garbage => f.write_str("no SMTP reply to what was said"),
            Cause::Lacks(what) => write!(f, "{what} is not offered on this connection"),
            Cause::LoopsBack => f.write_str("mail loops back to us"),
            Cause::Refused(reply) => f.write_str(&reply.text()),
            Cause::Timeout => f.write_str("no answer in time"),
        }
    }
}
