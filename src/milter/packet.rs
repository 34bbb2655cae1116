//! Packets: a length of four octets, a command of one, and its data.

use bytes::{Buf, Bytes, BytesMut};
use std::fmt;

/// The most octets of a packet. Sendmail's body chunks are 64 KiB, and Postfix sends a whole header
/// field of `header_size_limit` (100 KiB, as shipped) in one packet; more only fills memory.
pub const PACKET: usize = 1 << 20;

/// The peer does not speak the protocol, or not in an order that makes sense; nothing it says from
/// here on could be trusted to mean what it seems to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A packet of no octets, or of more than [`PACKET`]: its length as it stands.
    Length([u8; 4]),
    /// A command that no version knows.
    Unknown(u8),
    /// Data that do not fit their command.
    Malformed(u8),
    /// A command out of its order.
    Order(u8),
    /// A version before 2, which has no multi-line replies and no quarantine.
    Version(u32),
    /// An envelope that would only fill memory.
    Envelope,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // `GET `, `EHLO`: whoever configured this port as something else shall see it.
            Fault::Length(octets) if octets.iter().all(|b| (b' '..=b'~').contains(b)) => {
                write!(f, "this is no milter client, it begins with `{}`", octets.escape_ascii())
            }
            Fault::Length(octets) => {
                write!(f, "a packet of {} octets", u32::from_be_bytes(*octets))
            }
            Fault::Unknown(command) => write!(f, "unknown command `{}`", command.escape_ascii()),
            Fault::Malformed(command) => {
                write!(f, "malformed data of command `{}`", command.escape_ascii())
            }
            Fault::Order(command) => {
                write!(f, "command `{}` out of its order", command.escape_ascii())
            }
            Fault::Version(version) => {
                write!(f, "protocol version {version}, at least 2 is needed")
            }
            Fault::Envelope => f.write_str("an envelope that is too large"),
        }
    }
}

/// Takes the next whole packet from `input`: its command and its data.
pub fn take(input: &mut BytesMut) -> Result<Option<(u8, Bytes)>, Fault> {
    let Some(head) = input.first_chunk::<4>().copied() else { return Ok(None) };
    let length = usize::try_from(u32::from_be_bytes(head)).unwrap_or(usize::MAX);
    if !(1..=PACKET).contains(&length) {
        return Err(Fault::Length(head));
    }
    if input.len() < head.len() + length {
        return Ok(None);
    }
    input.advance(head.len());
    let mut packet = input.split_to(length).freeze();
    Ok(Some((packet.get_u8(), packet)))
}

/// The command of the next packet, if that much of it is there.
pub(super) fn peek(input: &BytesMut) -> Option<u8> {
    input.get(4).copied()
}
