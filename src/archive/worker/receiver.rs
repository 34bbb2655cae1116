//! The parent's side of an answer: frames become members, and each byte is charged as it comes.
//!
//! Frames in an order that no child of ours sends are garbage; what came before stays, since
//! whatever it shows may be judged.

use super::Failure;
use super::protocol::{Frame, Garbage};
use crate::archive::drain::Drain;
use crate::archive::{Active, TextRun, Trouble, Why};
use bytes::Bytes;

/// What one document does is told this often at most.
const ACTIVES: usize = 100;

/// An answer on its way in.
pub(super) struct Receiver<'d, 'b> {
    drain: &'d mut Drain<'b>,
    /// The passwords of the request.
    passwords: &'b [String],
    /// Whether one of them opened the file as a whole.
    unlocked: bool,
    /// The member that has begun.
    open: Option<Open>,
}

/// A member on its way in.
struct Open {
    name: String,
    bytes: Vec<u8>,
    /// Whether a password opened it.
    unlocked: bool,
}

/// What a frame means for the conversation.
pub(super) enum Heard {
    /// More will come.
    More,
    /// That was all.
    Done { retire: bool, panicked: bool },
}

/// Why a conversation ends before its end.
pub(super) enum Ends {
    /// The budget of the message is spent.
    Spent,
    /// No child of ours says this.
    Garbage,
}

impl From<Garbage> for Ends {
    fn from(_: Garbage) -> Ends {
        Ends::Garbage
    }
}

impl<'d, 'b> Receiver<'d, 'b> {
    /// For the answer to a request with these passwords.
    pub(super) fn new(drain: &'d mut Drain<'b>, passwords: &'b [String]) -> Receiver<'d, 'b> {
        Receiver { drain, passwords, unlocked: false, open: None }
    }

    /// Takes all whole frames out of the front of `bytes`.
    pub(super) fn take(&mut self, bytes: &mut Vec<u8>) -> Result<Heard, Ends> {
        let mut at = 0;
        let heard = loop {
            let rest = bytes.get(at..).unwrap_or_default();
            match Frame::decode(rest)? {
                None => break Heard::More,
                Some((frame, length)) => {
                    at += length;
                    if let done @ Heard::Done { .. } = self.frame(frame)? {
                        break done;
                    }
                }
            }
        };
        bytes.drain(..at);
        match heard {
            Heard::Done { .. } if !bytes.is_empty() => Err(Ends::Garbage),
            heard => Ok(heard),
        }
    }

    fn frame(&mut self, frame: Frame<'_>) -> Result<Heard, Ends> {
        match frame {
            Frame::Member(name) => self.begin(name)?,
            Frame::Data(bytes) => {
                let open = self.open.as_mut().ok_or(Ends::Garbage)?;
                open.bytes.extend_from_slice(bytes);
                if !self.drain.pay(&open.name, bytes.len()) {
                    return Err(Ends::Spent);
                }
            }
            Frame::Unlocked(number) => {
                let password = self.passwords.get(usize::from(number)).ok_or(Ends::Garbage)?;
                self.drain.unlocked(password);
                *self.open.as_mut().map_or(&mut self.unlocked, |open| &mut open.unlocked) = true;
            }
            Frame::End(whole) => {
                let open = self.open.take().ok_or(Ends::Garbage)?;
                self.keep(open, whole);
            }
            // Only we know when the time is over.
            Frame::Trouble { why: Why::Cancelled, .. } => return Err(Ends::Garbage),
            Frame::Trouble { why: Why::OverLimit, member, detail, measure: Some(measure) } => {
                self.drain.over_limit(member, detail, measure);
            }
            Frame::Trouble { why, member, detail, .. } => self.drain.trouble(why, member, detail),
            Frame::Active { deed, detail } => {
                let detail = detail.to_owned();
                self.drain.active(Active { deed, detail }, ACTIVES);
            }
            Frame::Text { page, begins, font, text } => {
                let run = TextRun { page, begins, font: font.to_owned(), text: text.to_owned() };
                self.drain.text(run).then_some(()).ok_or(Ends::Spent)?;
            }
            Frame::Cut => self.drain.text_cut(),
            Frame::Damaged => self.drain.text_damaged(),
            Frame::Done { retire, panicked } => {
                self.close();
                return Ok(Heard::Done { retire, panicked });
            }
        }
        Ok(Heard::More)
    }

    fn begin(&mut self, name: &str) -> Result<(), Ends> {
        if self.open.is_some() {
            return Err(Ends::Garbage);
        }
        if !self.drain.count(name) {
            return Err(Ends::Spent);
        }
        self.open = Some(Open { name: name.to_owned(), bytes: Vec::new(), unlocked: false });
        Ok(())
    }

    /// Keeps a member. One that is not whole may still be locked by another password.
    fn keep(&mut self, open: Open, whole: bool) {
        let unlocked = whole && (open.unlocked || self.unlocked);
        self.drain.push(open.name, Vec::new(), Bytes::from(open.bytes), whole);
        self.drain.mark(|member| member.unlocked = unlocked);
    }

    /// Nothing more comes: a member that has begun is kept as far as it got.
    pub(super) fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.keep(open, false);
        }
    }

    /// Notes what happened to the child.
    pub(super) fn note(&mut self, trouble: Trouble) {
        self.drain.note(trouble);
    }

    /// Whether the message's time is over; says so as a trouble, once.
    pub(super) fn is_cancelled(&mut self) -> bool {
        self.drain.is_cancelled()
    }
}

/// Takes a whole answer at once.
pub(super) fn replay<'b>(answer: &[u8], passwords: &'b [String], drain: &mut Drain<'b>) {
    let mut receiver = Receiver::new(drain, passwords);
    let mut bytes = answer.to_vec();
    let ended = receiver.take(&mut bytes);
    receiver.close();
    match ended {
        Ok(Heard::Done { panicked: true, .. }) => receiver.note(Failure::Panic.trouble()),
        Ok(Heard::More) | Err(Ends::Garbage) => {
            drain.trouble(Why::OverLimit, None, "more was found than is taken");
        }
        _ => {}
    }
}
