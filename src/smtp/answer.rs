//! How a dialogue goes on once its question is answered, and what it refuses without asking.
//!
//! An answer that does not fit its question is a bug of the driver's; the client
//! sees it as a refusal and no letter is lost.

use super::command::{Mail, Rcpt};
use super::content::{Chunks, Data};
use super::dialogue::{Answer, Dialogue, Step};
use super::extension::{Extension, Extensions};
use super::parameter::Parameters;
use super::path::Path;
use super::reply::Reply;
use super::state::{Asked, ExpectDot, ExpectOctets, ExpectRcpt, Named, Skip, State, Transaction};
use crate::verdict::Code;

/// Commands that change nothing, before each counts as an error: a client that only idles.
const IDLE_COMMANDS: usize = 100;

impl Dialogue {
    /// Takes the answer to the question that [`Dialogue::next`] gave last.
    pub fn answer(&mut self, answer: Answer) {
        let asked = match self.take() {
            State::Asked(asked) => asked,
            state => {
                self.state = state;
                return;
            }
        };
        let step = match (asked, answer) {
            (Asked::Hello(hello), Answer::Offer(offer)) => {
                let offered = self.offer(offer, hello.esmtp);
                let reply = offered.render(&self.terms.hostname);
                let plain = Reply::new(250, self.terms.hostname.clone());
                let reply = if hello.esmtp { reply } else { plain };
                self.state = State::Mail(Named { offered });
                Some(Step::Say(reply))
            }
            (Asked::Data(open), Answer::Go) => {
                self.state = State::Data(ExpectDot { open, data: Data::default() });
                Some(Step::Say(Reply::new(354, "End with a dot on a line by itself")))
            }
            (Asked::Bdat { open, size, last }, Answer::Go) => {
                let mut chunks = Chunks::default();
                chunks.begin(size);
                self.state = State::Octets(ExpectOctets { open, chunks, size, last });
                None
            }
            (asked, Answer::Reply(reply)) => self.told(asked, reply),
            (asked, _) => self.told(asked, Reply::own(Code::NEXT_HOP_CHANGED, "Internal error")),
        };
        self.ready = step;
    }

    /// What may be offered here, out of what all next hops honour.
    fn offer(&self, offer: Extensions, esmtp: bool) -> Extensions {
        let size = offer.size.unwrap_or(u64::MAX).min(self.terms.size);
        let mut offered = match esmtp {
            true => offer.without(Extension::StartTls),
            false => Extensions::default(),
        };
        if esmtp && self.terms.tls && !self.secure {
            offered = offered.with(Extension::StartTls);
        }
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        let believed = esmtp && self.terms.trusted;
        offered.xclient = if believed { words(XCLIENT) } else { Vec::new() };
        offered.xforward = if believed { words(XFORWARD) } else { Vec::new() };
        (offered.sized, offered.size) = (true, Some(size));
        offered
    }

    /// The client is told this: where the dialogue stands then.
    fn told(&mut self, asked: Asked, reply: Reply) -> Option<Step> {
        let yes = reply.is_positive();
        let mut skip = None;
        self.state = match asked {
            Asked::Hello(_) => State::Hello,
            Asked::Mail(named, mail) if yes => {
                let transaction = Transaction { mail, recipients: Vec::new() };
                State::Rcpt(ExpectRcpt { named, transaction })
            }
            Asked::Mail(named, _) | Asked::Xforward(named) => State::Mail(named),
            Asked::Rcpt(mut open, rcpt) => {
                open.transaction.recipients.extend(yes.then_some(rcpt));
                State::Rcpt(open)
            }
            Asked::Data(open) => State::Rcpt(open),
            Asked::Bdat { open, size, .. } => {
                skip = Some(size);
                State::Broken(open.named)
            }
            Asked::End(named) => {
                self.idle = 0;
                State::Mail(named)
            }
            Asked::Reset(named) => named.map_or(State::Hello, State::Mail),
            // XCLIENT begins the session anew (XCLIENT_README).
            Asked::Xclient(named) => {
                if reply.class() == 2 { None } else { named }.map_or(State::Hello, State::Mail)
            }
        };
        if let Some(size) = skip.filter(|_| !reply.closes()) {
            let back = self.take();
            self.skip_octets(size, reply, back);
            return None;
        }
        Some(self.say(reply))
    }

    /// Octets that are on their way to nowhere, and what is said behind them.
    pub(super) fn skip_octets(&mut self, size: u64, reply: Reply, back: State) {
        let mut chunks = Chunks::default();
        chunks.begin(size);
        self.state = State::Skip(Box::new(Skip { chunks, reply, back }));
    }

    /// Says a reply; one refusal too many ends the session right behind it. The reply itself is
    /// given: it may be the answer to a letter, and log and record tell it.
    pub(super) fn say(&mut self, reply: Reply) -> Step {
        if reply.closes() {
            return self.close(reply);
        }
        self.errors += usize::from(reply.class() == 5);
        if self.has_erred_too_often() {
            self.state = State::Closed;
        }
        Step::Say(reply)
    }

    /// Says a reply and ends the session.
    pub(super) fn close(&mut self, reply: Reply) -> Step {
        self.state = State::Closed;
        Step::Close(reply)
    }

    /// Counts a command that changes nothing.
    pub(super) fn idly(&mut self, step: Step) -> Step {
        self.idle += 1;
        self.errors += usize::from(self.idle > IDLE_COMMANDS);
        match self.has_erred_too_often() {
            true => self.close(too_many_errors()),
            false => step,
        }
    }

    /// Takes the state out, for a method that puts the next one in.
    pub(super) fn take(&mut self) -> State {
        std::mem::replace(&mut self.state, State::Closed)
    }

    /// A command out of sequence leaves everything as it was.
    pub(super) fn stay(&mut self, state: State, text: &str) -> Step {
        self.refuse(state, bad_sequence(text))
    }

    /// A refusal that leaves everything as it was.
    pub(super) fn refuse(&mut self, state: State, reply: Reply) -> Step {
        self.state = state;
        self.say(reply)
    }
}

/// What the gate believes of a client when a trusted peer says it.
const XCLIENT: &[&str] = &["NAME", "ADDR", "PORT", "PROTO", "HELO"];
const XFORWARD: &[&str] = &["NAME", "ADDR", "PORT", "PROTO", "HELO", "SOURCE"];

pub(super) fn too_many_errors() -> Reply {
    Reply::new(421, "4.7.0 Too many errors")
}

pub(super) fn bad_sequence(text: &str) -> Reply {
    Reply::new(503, format!("5.5.1 {text}"))
}

pub(super) fn no_recipients() -> Reply {
    Reply::new(554, "5.5.1 No valid recipients")
}

pub(super) fn not_trusted() -> Reply {
    Reply::own(Code::POLICY, "Not authorized")
}

/// What is wrong with a MAIL, as far as syntax and the offer tell.
pub(super) fn refuse_mail(mail: &Mail, named: &Named, size: u64) -> Option<Reply> {
    let utf8 = mail.parameters.smtputf8();
    let limit = named.offered.size.unwrap_or(size);
    let too_large = mail.parameters.size().is_some_and(|size| size > limit);
    let size = too_large.then(|| Reply::own(Code::SIZE, "Message too large"));
    unfit(&mail.path, &mail.parameters, &named.offered, utf8).or(size)
}

/// What is wrong with a RCPT, as far as syntax and the offer tell.
pub(super) fn refuse_rcpt(rcpt: &Rcpt, open: &ExpectRcpt, most: usize) -> Option<Reply> {
    let utf8 = open.transaction.mail.parameters.smtputf8();
    let routed = rcpt.path.is_routed();
    let routed = routed.then(|| Reply::own(Code::POLICY, "Routed addresses are not relayed"));
    let many = open.transaction.recipients.len() >= most;
    let many = many.then(|| Reply::own(Code::OTHER_POLICY, "Too many recipients"));
    unfit(&rcpt.path, &rcpt.parameters, &open.named.offered, utf8).or(routed).or(many)
}

fn unfit(path: &Path, parameters: &Parameters, offered: &Extensions, utf8: bool) -> Option<Reply> {
    if let Some(foreign) = parameters.foreign(offered) {
        let text = format!("5.5.4 Unsupported parameter {}", foreign.keyword);
        return Some(Reply::new(555, text));
    }
    let ascii = !path.is_international() && parameters.iter().all(|p| p.raw.is_ascii());
    // RFC 6531 §3.5
    let missing = !ascii && !utf8;
    missing.then(|| Reply::new(553, "5.6.7 Address needs SMTPUTF8"))
}
