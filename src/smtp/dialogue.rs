//! The server's side of a session: bytes go in, replies and questions come out.
//!
//! The dialogue decides what is syntax and sequence. What a sender, a recipient
//! or a message is worth it asks the driver, and goes on with the answer; while
//! a question is open no further command is read, so pipelined commands keep their order.

use super::answer::{bad_sequence, no_recipients, not_trusted, too_many_errors};
use super::answer::{refuse_mail, refuse_rcpt};
use super::command::{Attribute, Command, Fault, Hello, Mail, Rcpt};
use super::content::Piece;
use super::extension::{Extension, Extensions};
use super::line::{Line, Lines};
use super::reply::Reply;
use super::state::{Asked, ExpectChunk, ExpectDot, ExpectOctets, State};
use super::state::{Skip, Transaction};
use crate::verdict::Code;

use bytes::{Bytes, BytesMut};

/// What holds for a whole session.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Our name.
    pub hostname: String,
    /// Whether XCLIENT and XFORWARD of this peer are believed.
    pub trusted: bool,
    /// Whether STARTTLS can be done.
    pub tls: bool,
    /// `SIZE` of our own, in bytes; twice as much is read at most.
    pub size: u64,
    /// Recipients a message.
    pub recipients: usize,
    /// Refused commands before the client is sent away: guessing of addresses.
    pub errors: usize,
}

/// What only the driver can know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// The message is complete.
    End {
        /// Whether a bare CR or LF was seen in it.
        bare: bool,
    },
    /// May content begin? [`Answer::Go`] or a refusal.
    Content {
        /// Whether it comes by BDAT.
        chunked: bool,
    },
    /// What may be offered? [`Answer::Offer`] or a refusal. Any transaction is over.
    Hello(Hello),
    /// Is this sender taken?
    Mail(Mail),
    /// Is this recipient taken?
    Rcpt(Rcpt),
    /// The transaction is over without a message; the reply is given as it is.
    Reset,
    /// A trusted peer speaks for this client. The reply is the greeting.
    Xclient(Vec<Attribute>),
    /// A trusted peer tells this for logs.
    Xforward(Vec<Attribute>),
}

/// The driver's answer to a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To [`Question::Content`]: yes.
    Go,
    /// To [`Question::Hello`]: all next hops honour these.
    Offer(Extensions),
    /// To any: what the client is told.
    Reply(Reply),
}

/// What the driver does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Answer this question.
    Ask(Question),
    /// Say this and close.
    Close(Reply),
    /// Bytes of the message, as they will be relayed.
    Content(Bytes),
    /// Flush, then read more from the client.
    Read,
    /// Say this.
    Say(Reply),
    /// Say this, flush, do the TLS handshake, then [`Dialogue::secured`].
    Secure(Reply),
}

/// A session's dialogue.
#[derive(Debug)]
pub struct Dialogue {
    pub(super) terms: Terms,
    pub(super) state: State,
    pub(super) ready: Option<Step>,
    pub(super) errors: usize,
    pub(super) idle: usize,
    pub(super) secure: bool,
    lines: Lines,
    utf8: bool,
}

impl Dialogue {
    /// A new session, before the greeting.
    pub fn new(terms: Terms) -> Dialogue {
        let (lines, state) = (Lines::default(), State::Hello);
        Dialogue {
            terms,
            state,
            lines,
            ready: None,
            errors: 0,
            idle: 0,
            secure: false,
            utf8: false,
        }
    }

    /// The greeting.
    pub fn greeting(&self) -> Reply {
        Reply::new(220, format!("{} ESMTP", self.terms.hostname))
    }

    /// The transaction at hand, as the client wrote it.
    pub fn transaction(&self) -> Option<&Transaction> {
        self.state.transaction()
    }

    /// Whether replies may carry UTF-8: the last MAIL said SMTPUTF8.
    pub fn utf8(&self) -> bool {
        self.utf8
    }

    /// Whether the session ends for the client's errors.
    pub fn has_erred_too_often(&self) -> bool {
        self.errors > self.terms.errors
    }

    /// The peer turned out to speak for somebody else, for whom these terms hold.
    pub fn on_terms(&mut self, terms: Terms) {
        self.terms = terms;
    }

    /// The TLS handshake is done: everything said before is forgotten (RFC 3207 §4.2).
    pub fn secured(&mut self) {
        self.secure = true;
        self.state = State::Hello;
    }

    /// The next step. Takes from `input` what it needs.
    pub fn next(&mut self, input: &mut BytesMut) -> Step {
        if let Some(step) = self.ready.take() {
            return step;
        }
        let ceiling = self.ceiling();
        match std::mem::replace(&mut self.state, State::Closed) {
            State::Data(state) => self.data(state, input, ceiling),
            State::Octets(state) => self.octets(state, input, ceiling),
            State::Skip(state) => self.skip(state, input, ceiling),
            State::Asked(asked) => {
                self.state = State::Asked(asked);
                Step::Read
            }
            State::Closed if self.has_erred_too_often() => Step::Close(too_many_errors()),
            State::Closed => Step::Close(Reply::own(Code::CLOSING, "Closing connection")),
            state => {
                self.state = state;
                self.command_line(input)
            }
        }
    }

    /// Twice SIZE, so that a client that misjudges is told so and an endless one is cut off.
    fn ceiling(&self) -> u64 {
        let offered = self.state.named().and_then(|named| named.offered.size);
        offered.unwrap_or(self.terms.size).saturating_mul(2)
    }

    fn command_line(&mut self, input: &mut BytesMut) -> Step {
        let line = match self.lines.next(input) {
            Line::Wanting => return Step::Read,
            Line::Whole(line) => line,
            Line::Long => return self.say(Reply::new(500, "5.5.2 Line too long")),
            Line::Endless => return self.close(Reply::own(Code::CLOSING, "Line too long")),
        };
        match Command::parse(&line) {
            Err(fault) if fault.is_fatal() => self.close(fault.reply()),
            Err(fault) => self.say(fault.reply()),
            Ok(Command::StartTls) => self.start_tls(input),
            Ok(command) => match self.command(command) {
                // BDAT asks for nothing: its octets may be here already.
                Step::Read => self.next(input),
                step => step,
            },
        }
    }

    fn data(&mut self, mut state: ExpectDot, input: &mut BytesMut, ceiling: u64) -> Step {
        let piece = state.data.next(input, ceiling);
        if piece == Piece::End {
            self.state = State::Asked(Asked::End(state.open.named));
            return Step::Ask(Question::End { bare: state.data.bare() });
        }
        self.state = State::Data(state);
        self.piece(piece)
    }

    fn octets(&mut self, mut state: ExpectOctets, input: &mut BytesMut, ceiling: u64) -> Step {
        let piece = state.chunks.next(input, ceiling);
        if piece != Piece::End {
            self.state = State::Octets(state);
            return self.piece(piece);
        }
        let ExpectOctets { open, chunks, size, last } = state;
        if last {
            self.state = State::Asked(Asked::End(open.named));
            return Step::Ask(Question::End { bare: chunks.bare() });
        }
        self.state = State::Chunk(ExpectChunk { open, chunks });
        self.say(Reply::own(Code::OK, &format!("{size} octets received")))
    }

    fn piece(&mut self, piece: Piece) -> Step {
        match piece {
            Piece::Content(bytes) => Step::Content(bytes),
            Piece::TooMuch => self.close(Reply::own(Code::SIZE, "Message too large")),
            Piece::End | Piece::Wanting => Step::Read,
        }
    }

    fn skip(&mut self, mut state: Box<Skip>, input: &mut BytesMut, ceiling: u64) -> Step {
        loop {
            match state.chunks.next(input, ceiling) {
                Piece::Content(_) => {}
                Piece::Wanting => {
                    self.state = State::Skip(state);
                    return Step::Read;
                }
                Piece::TooMuch => return self.piece(Piece::TooMuch),
                Piece::End => {
                    self.state = state.back;
                    return self.say(state.reply);
                }
            }
        }
    }

    fn start_tls(&mut self, input: &mut BytesMut) -> Step {
        if !self.terms.tls || self.secure {
            return self.say(Fault::Unsupported.reply());
        }
        if !matches!(self.state, State::Mail(_)) {
            return self.say(bad_sequence("Bad sequence of commands"));
        }
        // CVE-2011-0411: what was sent in the clear behind STARTTLS must not be taken
        // for something that came through the encrypted channel.
        input.clear();
        Step::Secure(Reply::new(220, "2.0.0 Ready to start TLS"))
    }

    fn command(&mut self, command: Command) -> Step {
        match command {
            Command::Hello(hello) => {
                self.state = State::Asked(Asked::Hello(hello.clone()));
                self.idly(Step::Ask(Question::Hello(hello)))
            }
            Command::Mail(mail) => self.mail(mail),
            Command::Rcpt(rcpt) => self.rcpt(rcpt),
            Command::Data => self.begin_data(),
            Command::Bdat { size, last } => self.bdat(size, last),
            Command::Reset => self.reset(),
            Command::Quit => {
                self.state = State::Closed;
                Step::Close(Reply::new(221, "2.0.0 Bye"))
            }
            Command::Noop => self.idly(Step::Say(Reply::own(Code::OK, "Ok"))),
            Command::Help => self.idly(Step::Say(Reply::new(214, "2.0.0 RFC 5321"))),
            // RFC 5321 §7.3: neither confirmed nor denied.
            Command::Verify => {
                self.idly(Step::Say(Reply::new(252, "2.0.0 Cannot verify, send mail to try")))
            }
            Command::Xclient(attributes) => self.xclient(attributes),
            Command::Xforward(attributes) => self.xforward(attributes),
            Command::StartTls => self.say(Fault::Unsupported.reply()),
        }
    }

    fn mail(&mut self, mail: Mail) -> Step {
        let named = match self.take() {
            State::Mail(named) => named,
            state => return self.stay(state, "Say EHLO first, and one MAIL at a time"),
        };
        let refusal = refuse_mail(&mail, &named, self.terms.size);
        if let Some(reply) = refusal {
            self.state = State::Mail(named);
            return self.say(reply);
        }
        self.utf8 = mail.parameters.smtputf8();
        self.state = State::Asked(Asked::Mail(named, mail.clone()));
        Step::Ask(Question::Mail(mail))
    }

    fn rcpt(&mut self, rcpt: Rcpt) -> Step {
        let open = match self.take() {
            State::Rcpt(open) => open,
            state => return self.stay(state, "Need MAIL before RCPT"),
        };
        if let Some(reply) = refuse_rcpt(&rcpt, &open, self.terms.recipients) {
            self.state = State::Rcpt(open);
            return self.say(reply);
        }
        self.state = State::Asked(Asked::Rcpt(open, rcpt.clone()));
        Step::Ask(Question::Rcpt(rcpt))
    }

    fn begin_data(&mut self) -> Step {
        match self.take() {
            State::Rcpt(open) if open.transaction.recipients.is_empty() => {
                self.state = State::Rcpt(open);
                self.say(no_recipients())
            }
            State::Rcpt(open) => {
                self.state = State::Asked(Asked::Data(open));
                Step::Ask(Question::Content { chunked: false })
            }
            state => self.stay(state, "Need RCPT before DATA"),
        }
    }

    /// The octets behind a BDAT are on their way whatever is thought of it.
    fn bdat(&mut self, size: u64, last: bool) -> Step {
        let offered = self.state.named().is_some_and(|n| n.offered.has(Extension::Chunking));
        let (reply, back) = match self.take() {
            State::Chunk(ExpectChunk { open, mut chunks }) => {
                chunks.begin(size);
                self.state = State::Octets(ExpectOctets { open, chunks, size, last });
                return Step::Read;
            }
            State::Rcpt(open) if offered && open.transaction.recipients.is_empty() => {
                (no_recipients(), State::Rcpt(open))
            }
            State::Rcpt(open) if offered => {
                self.state = State::Asked(Asked::Bdat { open, size, last });
                return Step::Ask(Question::Content { chunked: true });
            }
            state => (bad_sequence("BDAT is out of place"), state),
        };
        self.skip_octets(size, reply, back);
        Step::Read
    }

    fn reset(&mut self) -> Step {
        let named = match self.take() {
            State::Mail(named) | State::Broken(named) => Some(named),
            State::Rcpt(open) => Some(open.named),
            State::Chunk(state) => Some(state.open.named),
            _ => None,
        };
        self.state = State::Asked(Asked::Reset(named));
        self.idly(Step::Ask(Question::Reset))
    }

    fn xclient(&mut self, attributes: Vec<Attribute>) -> Step {
        let named = match self.take() {
            state if !self.terms.trusted => return self.refuse(state, not_trusted()),
            State::Hello => None,
            State::Mail(named) => Some(named),
            state => return self.stay(state, "Not within a transaction"),
        };
        self.state = State::Asked(Asked::Xclient(named));
        Step::Ask(Question::Xclient(attributes))
    }

    fn xforward(&mut self, attributes: Vec<Attribute>) -> Step {
        let named = match self.take() {
            state if !self.terms.trusted => return self.refuse(state, not_trusted()),
            State::Mail(named) => named,
            state => return self.stay(state, "After EHLO and not within a transaction"),
        };
        self.state = State::Asked(Asked::Xforward(named));
        Step::Ask(Question::Xforward(attributes))
    }
}
