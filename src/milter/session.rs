//! One mail server's session: what its commands mean, in which order they may come, and which of
//! them it waits for an answer to.

use super::command::{Command, Family};
use super::field;
use super::macros::Macros;
use super::negotiation::{Agreed, Offer, Wanted};
use super::packet::{self, Fault};
use super::response::Response;
use crate::mail::Client;

use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;
use std::net::IpAddr;

/// The most octets of one envelope's paths and parameters: 1000 recipients have some 50 KiB.
const ENVELOPE: usize = 4 << 20;

/// What the gate is to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// More bytes are needed.
    Read,
    /// This goes out.
    Say(Response),
    /// A message begins: the path of its sender and parameters, as the client wrote them.
    Mail(Vec<Bytes>),
    /// A recipient, to be answered.
    Recipient(Vec<Bytes>),
    /// Content begins, to be answered.
    Begin,
    /// Bytes of the message, to be answered.
    Content(Bytes),
    /// The message is whole: its fate is to be said.
    End,
    /// The message at hand, if there is one, is taken back.
    Abort,
    /// The server has nothing more to say.
    Quit,
    /// The peer cannot be understood; the connection has to end.
    Garbage(Fault),
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Idle,
    Envelope,
    Header,
    Body,
}

/// The session.
#[derive(Debug)]
pub struct Session {
    wanted: Wanted,
    agreed: Option<Agreed>,
    client: Client,
    family: Family,
    macros: Macros,
    stage: Stage,
    /// Octets of the envelope at hand.
    envelope: usize,
    /// What follows from the command at hand, each with the command whose answer it is; 0 where
    /// none is due.
    pending: VecDeque<(Step, u8)>,
    /// The command that an answer is due to; 0 where none is.
    due: u8,
}

impl Session {
    /// A session that begins.
    pub fn new(wanted: Wanted) -> Session {
        Session {
            wanted,
            agreed: None,
            client: Client::default(),
            family: Family::Other,
            macros: Macros::default(),
            stage: Stage::Idle,
            envelope: 0,
            pending: VecDeque::new(),
            due: 0,
        }
    }

    /// Who connected to the mail server.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Whether the mail comes by SMTP. Postfix tells of mail from `sendmail` and cron as if it did,
    /// from a client without a port, and must not be refused a recipient of it.
    pub fn is_smtp(&self) -> bool {
        self.family == Family::Inet && self.client.port.is_some()
    }

    /// What the server told beside its commands.
    pub fn macros(&self) -> &Macros {
        &self.macros
    }

    /// What both sides go by.
    pub fn agreed(&self) -> Agreed {
        self.agreed.unwrap_or_default()
    }

    /// Whether no message is at hand.
    pub fn is_idle(&self) -> bool {
        self.stage == Stage::Idle
    }

    /// Whether the next packet ends the message at hand or the session.
    pub fn is_taken_back(&self, input: &BytesMut) -> bool {
        packet::peek(input).is_some_and(|command| b"AKQ".contains(&command))
    }

    /// What the bytes that are there ask for.
    pub fn next(&mut self, input: &mut BytesMut) -> Step {
        loop {
            if let Some((step, due)) = self.pending.pop_front() {
                self.due = due;
                return step;
            }
            let taken = match packet::take(input) {
                Ok(Some(taken)) => taken,
                Ok(None) => return Step::Read,
                Err(fault) => return Step::Garbage(fault),
            };
            if let Err(fault) = self.take(taken) {
                return Step::Garbage(fault);
            }
        }
    }

    /// An answer to the step at hand: what goes out, if the server waits for it.
    pub fn answer(&mut self, response: Response) -> Option<Response> {
        let due = std::mem::take(&mut self.due);
        if due == b'E' {
            // What was told of this message must not be taken for the next one's.
            self.macros.forget_message();
        }
        (due != 0 && self.agreed().answers(due)).then_some(response)
    }

    /// The answer to content: whether more of it is `wanted`. Only a piece of the body can be
    /// answered by leaving out the rest.
    pub fn answer_content(&mut self, wanted: bool) -> Option<Response> {
        let skip = !wanted && self.due == b'B' && self.agreed().skips();
        self.answer(if skip { Response::Skip } else { Response::Continue })
    }

    /// The message at hand is over.
    fn forget_message(&mut self) {
        self.stage = Stage::Idle;
        self.envelope = 0;
        self.macros.forget_message();
    }

    fn take(&mut self, (letter, data): (u8, Bytes)) -> Result<(), Fault> {
        let octets = data.len();
        let command = Command::read(letter, data)?;
        let begins = matches!(command, Command::Negotiate(_) | Command::Quit);
        if self.agreed.is_none() && !begins {
            return Err(Fault::Order(letter));
        }
        match command {
            Command::Negotiate(offer) => self.negotiate(offer, letter)?,
            Command::Macros(stage, pairs) => self.macros.take(stage, &pairs),
            Command::Connect { name, family, port, address } => {
                self.connect(&name, family, port, &address);
                self.go_on(letter);
            }
            Command::Hello(name) => {
                self.client.helo = String::from_utf8_lossy(&name).into_owned();
                self.client.tls = self.macros.get("tls_version").is_some();
                self.go_on(letter);
            }
            Command::Unknown => self.go_on(letter),
            Command::Mail(arguments) => self.mail(arguments, octets)?,
            Command::Recipient(arguments) => self.recipient(arguments, octets)?,
            Command::Abort => self.abort(Step::Abort),
            Command::NextClient => {
                self.abort(Step::Abort);
                self.next_client();
            }
            Command::Quit => self.abort(Step::Quit),
            _ => self.content(command, letter)?,
        }
        Ok(())
    }

    fn negotiate(&mut self, offer: Offer, letter: u8) -> Result<(), Fault> {
        if self.stage != Stage::Idle {
            return Err(Fault::Order(letter));
        }
        if offer.version < 2 {
            return Err(Fault::Version(offer.version));
        }
        let agreed = Agreed::on(offer, self.wanted);
        self.agreed = Some(agreed);
        self.next_client();
        self.push(Step::Say(Response::Agreed(agreed)), 0);
        Ok(())
    }

    /// Another client over the same connection.
    fn next_client(&mut self) {
        (self.client, self.family, self.macros) =
            (Client::default(), Family::Other, Macros::default());
    }

    fn connect(&mut self, name: &[u8], family: Family, port: u16, address: &[u8]) {
        let name = String::from_utf8_lossy(name);
        let told = String::from_utf8_lossy(address);
        let ip = ip(&told).or_else(|| self.macros.get("client_addr").and_then(ip));
        self.family = family;
        self.client = Client {
            ip,
            port: (port != 0).then_some(port),
            // Who has no name is called by the address in brackets (Sendmail) or `unknown` (Postfix).
            name: (!name.starts_with('[') && name != "unknown").then(|| name.into_owned()),
            helo: String::new(),
            // It cannot be told apart here; all but the oldest say EHLO.
            esmtp: true,
            tls: false,
        };
    }

    fn mail(&mut self, arguments: Vec<Bytes>, octets: usize) -> Result<(), Fault> {
        if self.stage != Stage::Idle {
            // Without ABORT: the message before is over all the same.
            self.push(Step::Abort, 0);
        }
        (self.stage, self.envelope) = (Stage::Envelope, 0);
        self.charge(octets)?;
        self.push(Step::Mail(arguments), b'M');
        Ok(())
    }

    fn recipient(&mut self, arguments: Vec<Bytes>, octets: usize) -> Result<(), Fault> {
        if self.stage != Stage::Envelope {
            return Err(Fault::Order(b'R'));
        }
        self.charge(octets)?;
        self.push(Step::Recipient(arguments), b'R');
        Ok(())
    }

    fn charge(&mut self, octets: usize) -> Result<(), Fault> {
        self.envelope += octets;
        if self.envelope > ENVELOPE { Err(Fault::Envelope) } else { Ok(()) }
    }

    fn abort(&mut self, step: Step) {
        self.forget_message();
        self.push(step, 0);
    }

    /// DATA and what follows it. Servers before version 4 do not tell of DATA.
    fn content(&mut self, command: Command, letter: u8) -> Result<(), Fault> {
        let too_late = match command {
            Command::Data => Stage::Header,
            Command::Header(..) | Command::EndOfHeader => Stage::Body,
            _ => return self.body(command, letter),
        };
        if self.stage == Stage::Idle || self.stage >= too_late {
            return Err(Fault::Order(letter));
        }
        match command {
            Command::Data => {
                self.stage = Stage::Header;
                self.push(Step::Begin, letter);
            }
            Command::Header(name, value) => {
                self.begin();
                let spaced = self.agreed().leading_space();
                self.push(Step::Content(field::rebuild(&name, &value, spaced)), letter);
            }
            _ => self.end_header(letter),
        }
        Ok(())
    }

    /// The body, and its end.
    fn body(&mut self, command: Command, letter: u8) -> Result<(), Fault> {
        if self.stage == Stage::Idle {
            return Err(Fault::Order(letter));
        }
        self.begin();
        match command {
            Command::Body(piece) => {
                self.separate();
                self.push(Step::Content(piece), letter);
            }
            Command::End(piece) => {
                if !piece.is_empty() {
                    self.separate();
                    self.push(Step::Content(piece), 0);
                }
                self.push(Step::End, letter);
                self.stage = Stage::Idle;
                self.envelope = 0;
            }
            _ => return Err(Fault::Order(letter)),
        }
        Ok(())
    }

    /// Content begins with its first byte where nobody said DATA.
    fn begin(&mut self) {
        if self.stage == Stage::Envelope {
            self.stage = Stage::Header;
            self.push(Step::Begin, 0);
        }
    }

    /// A body has its empty line before it, also where nobody told of the end of the header.
    fn separate(&mut self) {
        if self.stage == Stage::Header {
            self.end_header(0);
        }
    }

    fn end_header(&mut self, letter: u8) {
        self.begin();
        self.stage = Stage::Body;
        self.push(Step::Content(Bytes::from_static(b"\r\n")), letter);
    }

    /// Nothing to say to this command.
    fn go_on(&mut self, letter: u8) {
        if self.agreed().answers(letter) {
            self.push(Step::Say(Response::Continue), 0);
        }
    }

    fn push(&mut self, step: Step, due: u8) {
        self.pending.push_back((step, due));
    }
}

/// An address, with the prefix that Sendmail writes before those of version 6.
fn ip(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix("IPv6:").unwrap_or(text);
    bare.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}
