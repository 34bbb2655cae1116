//! The PROXY header (HAProxy, proxy-protocol.txt): whom a balancer speaks for.
//!
//! It stands before everything else that the client says, and it is believed of
//! trusted peers only. Version 2 begins with an empty line on purpose: a server that does
//! not know it fails at once.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What the first bytes of a connection are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// No header: the client speaks.
    Absent,
    /// A header that cannot be read.
    Garbage,
    /// A header of so many bytes.
    Here {
        /// Bytes that it takes.
        length: usize,
        /// For whom the peer speaks; `None`: for itself.
        source: Option<SocketAddr>,
    },
    /// It may become one.
    Wanting,
}

/// Version 2's first bytes.
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";

/// Version 1's first bytes.
const WORD: &[u8; 6] = b"PROXY ";

/// Version 1's longest line with its CRLF.
const LINE: usize = 107;

/// Version 2's longest body that is read: addresses, and extensions that nobody needs here.
const BODY: usize = 2048;

impl Header {
    /// Looks at the first bytes. Total.
    pub fn read(input: &[u8]) -> Header {
        if begins(input, WORD) {
            return line(input);
        }
        if begins(input, SIGNATURE) {
            return binary(input);
        }
        Header::Absent
    }
}

/// Whether one is the beginning of the other.
fn begins(input: &[u8], signature: &[u8]) -> bool {
    !input.is_empty() && input.iter().zip(signature).all(|(a, b)| a == b)
}

fn line(input: &[u8]) -> Header {
    let Some(end) = memchr::memchr(b'\n', input.get(..LINE.min(input.len())).unwrap_or_default())
    else {
        return if input.len() < LINE { Header::Wanting } else { Header::Garbage };
    };
    let length = end + 1;
    let text = input.get(..end).and_then(|line| std::str::from_utf8(line).ok());
    let Some(text) = text.and_then(|text| text.strip_suffix('\r')) else { return Header::Garbage };
    let words: Vec<&str> = text.split(' ').skip(1).collect();
    match words.as_slice() {
        ["UNKNOWN", ..] => Header::Here { length, source: None },
        ["TCP4" | "TCP6", source, _, port, _] => match (source.parse::<IpAddr>(), port.parse()) {
            (Ok(ip), Ok(port)) => Header::Here { length, source: Some(SocketAddr::new(ip, port)) },
            _ => Header::Garbage,
        },
        _ => Header::Garbage,
    }
}

fn binary(input: &[u8]) -> Header {
    let Some((head, rest)) = input.split_at_checked(16) else { return Header::Wanting };
    let [.., version, family, high, low] = head else { return Header::Garbage };
    let body = usize::from(u16::from_be_bytes([*high, *low]));
    if version >> 4 != 2 || version & 15 > 1 || body > BODY {
        return Header::Garbage;
    }
    let Some(body) = rest.get(..body) else { return Header::Wanting };
    let length = 16 + body.len();
    // LOCAL: the balancer's own health check.
    let local = version & 15 == 0;
    match (local, family) {
        (true, _) | (_, 0x00) => Header::Here { length, source: None },
        (_, 0x11) => addresses::<4>(body, length, |ip| Ipv4Addr::from(ip).into()),
        (_, 0x21) => addresses::<16>(body, length, |ip| Ipv6Addr::from(ip).into()),
        _ => Header::Garbage,
    }
}

/// Source and destination address, source and destination port.
fn addresses<const N: usize>(body: &[u8], length: usize, ip: fn([u8; N]) -> IpAddr) -> Header {
    let source = body.first_chunk::<N>();
    let port = body.get(2 * N..).and_then(|ports| ports.first_chunk::<2>());
    match (source, port) {
        (Some(source), Some(port)) => {
            let source = SocketAddr::new(ip(*source), u16::from_be_bytes(*port));
            Header::Here { length, source: Some(source) }
        }
        _ => Header::Garbage,
    }
}
