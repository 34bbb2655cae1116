//! What a mail server says: commands and their data.

use super::negotiation::Offer;
use super::packet::Fault;

use bytes::{Buf, Bytes};

/// A command with its data, texts without their closing NUL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `SMFIC_OPTNEG`
    Negotiate(Offer),
    /// `SMFIC_MACRO`: for which command, and names with values in turn.
    Macros(u8, Vec<Bytes>),
    /// `SMFIC_CONNECT`
    Connect {
        /// The client's name in the DNS, or its address in brackets.
        name: Bytes,
        /// What its address is.
        family: Family,
        /// Its port; 0 where there is none, as for mail that did not come by SMTP.
        port: u16,
        /// Its address as text.
        address: Bytes,
    },
    /// `SMFIC_HELO`
    Hello(Bytes),
    /// `SMFIC_MAIL`: the path in angle brackets, then parameters.
    Mail(Vec<Bytes>),
    /// `SMFIC_RCPT`: the same.
    Recipient(Vec<Bytes>),
    /// `SMFIC_DATA`
    Data,
    /// `SMFIC_HEADER`: name and value of a field, lines joined by LF.
    Header(Bytes, Bytes),
    /// `SMFIC_EOH`
    EndOfHeader,
    /// `SMFIC_BODY`
    Body(Bytes),
    /// `SMFIC_BODYEOB`, with the last piece of the body where there is one.
    End(Bytes),
    /// `SMFIC_UNKNOWN`: an SMTP command that the server does not know.
    Unknown,
    /// `SMFIC_ABORT`: the message is taken back.
    Abort,
    /// `SMFIC_QUIT_NC`: this client is gone, another comes over the same connection.
    NextClient,
    /// `SMFIC_QUIT`
    Quit,
}

/// What kind of address a client has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4 or IPv6.
    Inet,
    /// A socket of this host, or nothing that is known.
    Other,
}

impl Command {
    /// Reads a packet.
    pub fn read(command: u8, data: Bytes) -> Result<Command, Fault> {
        let wrong = Fault::Malformed(command);
        let read = match command {
            b'A' => Some(Command::Abort),
            b'B' => Some(Command::Body(data)),
            b'C' => connect(data),
            b'D' => macros(data),
            b'E' => Some(Command::End(data)),
            b'H' => text(&mut data.clone()).map(Command::Hello),
            b'K' => Some(Command::NextClient),
            b'L' => header(data),
            b'M' => arguments(data).map(Command::Mail),
            b'N' => Some(Command::EndOfHeader),
            b'O' => Offer::read(data).map(Command::Negotiate),
            b'Q' => Some(Command::Quit),
            b'R' => arguments(data).map(Command::Recipient),
            b'T' => Some(Command::Data),
            b'U' => Some(Command::Unknown),
            _ => return Err(Fault::Unknown(command)),
        };
        read.ok_or(wrong)
    }
}

/// The next text, up to its NUL.
fn text(data: &mut Bytes) -> Option<Bytes> {
    let end = memchr::memchr(0, data)?;
    let text = data.split_to(end);
    data.advance(1);
    Some(text)
}

/// All texts.
fn texts(mut data: Bytes) -> Option<Vec<Bytes>> {
    let mut all = Vec::new();
    while !data.is_empty() {
        all.push(text(&mut data)?);
    }
    Some(all)
}

/// At least one text: the path.
fn arguments(data: Bytes) -> Option<Vec<Bytes>> {
    texts(data).filter(|all| !all.is_empty())
}

fn header(mut data: Bytes) -> Option<Command> {
    let (name, value) = (text(&mut data)?, text(&mut data)?);
    Some(Command::Header(name, value))
}

fn macros(mut data: Bytes) -> Option<Command> {
    let command = data.try_get_u8().ok()?;
    let mut pairs = texts(data)?;
    // Sendmail sends a lone name for a macro without a value.
    if pairs.len() % 2 == 1 {
        pairs.push(Bytes::new());
    }
    Some(Command::Macros(command, pairs))
}

/// Port and address follow only where there are any.
fn connect(mut data: Bytes) -> Option<Command> {
    let name = text(&mut data)?;
    let family = match data.try_get_u8().ok()? {
        b'4' | b'6' => Family::Inet,
        b'L' | b'U' => Family::Other,
        _ => return None,
    };
    let port = data.try_get_u16().unwrap_or(0);
    let address = text(&mut data).unwrap_or_default();
    Some(Command::Connect { name, family, port, address })
}
