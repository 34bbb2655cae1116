//! The smallest resolver client: one question to the system's own server, no cache, no DNSSEC.

use domain::base::iana::Rcode;
use domain::base::{Message, MessageBuilder, Name, Rtype};
use domain::rdata::{AllRecordData, Txt};
use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

/// For one answer; asked twice.
const PATIENCE: Duration = Duration::from_secs(3);

/// Bytes of an answer over UDP without EDNS (RFC 1035 §4.2.1), with room to spare.
const DATAGRAM: usize = 4096;

/// Somebody who answers.
pub(super) struct Resolver(SocketAddr);

/// A record, as far as anybody here looks into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Record {
    Mx(String),
    Txt(String),
    /// Usage, selector, matching, hexadecimal.
    Tlsa(u8, u8, u8, String),
}

impl Resolver {
    /// This one, or the first of `/etc/resolv.conf`.
    pub(super) fn new(named: Option<SocketAddr>) -> Option<Resolver> {
        named.or_else(|| first(&fs::read_to_string("/etc/resolv.conf").ok()?)).map(Resolver)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.0
    }

    /// The records of a name; none where the name or the kind is not there.
    pub(super) async fn ask(&self, name: &str, kind: Rtype) -> io::Result<Vec<Record>> {
        let question = question(name, kind).map_err(io::Error::other)?;
        let mut answer = self.over_udp(&question).await;
        if matches!(&answer, Err(error) if error.kind() == io::ErrorKind::TimedOut) {
            answer = self.over_udp(&question).await;
        }
        let mut answer = answer?;
        // TC, the second bit of the third octet: the rest comes over TCP only (RFC 7766).
        if answer.get(2).is_some_and(|flags| flags & 2 != 0) {
            answer = self.over_tcp(&question).await?;
        }
        read(&answer, kind).map_err(io::Error::other)
    }

    async fn over_udp(&self, question: &[u8]) -> io::Result<Vec<u8>> {
        let any: SocketAddr = match self.0 {
            SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
            SocketAddr::V6(_) => ([0u16; 8], 0).into(),
        };
        let asking = async {
            let socket = UdpSocket::bind(any).await?;
            // Connected: an answer of anybody else is not seen.
            socket.connect(self.0).await?;
            socket.send(question).await?;
            let mut answer = vec![0; DATAGRAM];
            loop {
                let length = socket.recv(&mut answer).await?;
                if answer.get(..2) == question.get(..2) {
                    answer.truncate(length);
                    return Ok(answer);
                }
            }
        };
        timeout(PATIENCE, asking).await.unwrap_or_else(|_| Err(late()))
    }

    async fn over_tcp(&self, question: &[u8]) -> io::Result<Vec<u8>> {
        let asking = async {
            let mut stream = TcpStream::connect(self.0).await?;
            let length = u16::try_from(question.len()).unwrap_or_default().to_be_bytes();
            stream.write_all(&[&length, question].concat()).await?;
            let mut answer = vec![0; usize::from(stream.read_u16().await?)];
            stream.read_exact(&mut answer).await?;
            Ok(answer)
        };
        timeout(PATIENCE, asking).await.unwrap_or_else(|_| Err(late()))
    }
}

fn late() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "no answer in time")
}

/// The first server of a resolv.conf.
fn first(text: &str) -> Option<SocketAddr> {
    let servers = text.lines().filter_map(|line| line.trim().strip_prefix("nameserver"));
    let address = servers.filter_map(|server| server.trim().parse::<IpAddr>().ok()).next()?;
    Some(SocketAddr::new(address, 53))
}

fn question(name: &str, kind: Rtype) -> Result<Vec<u8>, String> {
    let name: Name<Vec<u8>> = name.parse().map_err(|error| format!("{name}: {error}"))?;
    let mut message = MessageBuilder::new_vec();
    // One question at a time on a socket of its own: the kernel's port is the secret here.
    message.header_mut().set_id(kind.to_int().rotate_left(7));
    message.header_mut().set_rd(true);
    let mut message = message.question();
    message.push((name, kind)).map_err(|error| error.to_string())?;
    Ok(message.finish())
}

fn read(answer: &[u8], kind: Rtype) -> Result<Vec<Record>, String> {
    let message = Message::from_octets(answer).map_err(|error| error.to_string())?;
    match message.header().rcode() {
        Rcode::NOERROR => {}
        Rcode::NXDOMAIN => return Ok(Vec::new()),
        other => return Err(format!("the resolver answers {other}")),
    }
    let answers = message.answer().map_err(|error| error.to_string())?;
    let records = answers.limit_to::<AllRecordData<_, _>>().map_while(Result::ok);
    let asked = records.filter(|record| record.rtype() == kind);
    Ok(asked.filter_map(|record| of(record.data())).collect())
}

fn of<O: AsRef<[u8]>, N: std::fmt::Display>(data: &AllRecordData<O, N>) -> Option<Record> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    match data {
        AllRecordData::Mx(mx) => {
            let name = mx.exchange().to_string().to_lowercase();
            Some(Record::Mx(name.trim_end_matches('.').to_owned()))
        }
        AllRecordData::Txt(txt) => Some(Record::Txt(text(txt))),
        AllRecordData::Tlsa(tlsa) => Some(Record::Tlsa(
            tlsa.usage().to_int(),
            tlsa.selector().to_int(),
            tlsa.matching_type().to_int(),
            hex(tlsa.data().as_ref()),
        )),
        _ => None,
    }
}

/// The strings of a TXT record are one text.
fn text<O: AsRef<[u8]>>(txt: &Txt<O>) -> String {
    let bytes: Vec<u8> = txt.iter().flatten().copied().collect();
    String::from_utf8_lossy(&bytes).into_owned()
}
