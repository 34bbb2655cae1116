//! Who listens somewhere, found out by listening and by asking: ports that were confused are called
//! by their names.

use crate::relay::Target;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore};

/// To connect.
const CONNECT: Duration = Duration::from_secs(5);

/// For a server that greets; most do at once.
const GREETING: Duration = Duration::from_secs(2);

/// For an answer.
const ANSWER: Duration = Duration::from_secs(2);

/// Bytes of an answer that are looked at.
const LOOK: usize = 2048;

/// Who listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    Smtp,
    Lmtp,
    /// A protocol that greets and is none that the gate speaks.
    Other(&'static str),
    /// HTTP, and what its server calls itself.
    Http(Option<String>),
    Clamd,
    Spamd,
    Milter,
    Tls,
    /// It takes connections and says nothing to anything.
    Silent,
    /// Nobody does.
    Nobody(String),
    /// Its first words.
    Unknown(String),
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::Smtp => f.write_str("this is an SMTP server"),
            Peer::Lmtp => f.write_str("this is an LMTP server"),
            Peer::Other(name) => write!(f, "this is {name}"),
            Peer::Http(Some(server)) => write!(f, "this is HTTP ({server})"),
            Peer::Http(None) => f.write_str("this is HTTP"),
            Peer::Clamd => f.write_str("this is clamd"),
            Peer::Spamd => f.write_str("this is spamd of SpamAssassin"),
            Peer::Milter => f.write_str("this is a milter port"),
            Peer::Tls => f.write_str("this is TLS on connect"),
            Peer::Silent => f.write_str("it takes connections and answers nothing"),
            Peer::Nobody(error) => f.write_str(error),
            Peer::Unknown(words) => write!(f, "an unknown protocol: {words:?}"),
        }
    }
}

impl Peer {
    /// Where in the configuration such a peer belongs, or what is there to do.
    pub(super) fn advice(&self, wanted: &Peer) -> &'static str {
        match (wanted, self) {
            (Peer::Smtp, Peer::Lmtp) => "write it as \"lmtp:HOST:PORT\"",
            (Peer::Lmtp, Peer::Smtp) => "write it without `lmtp:`",
            (Peer::Smtp | Peer::Lmtp, Peer::Tls) => {
                "name the port that speaks SMTP first and offers STARTTLS, mostly 25; 465 is for \
                 users' mail programs"
            }
            (Peer::Http(_), Peer::Milter) => {
                "that is rspamd's proxy worker; its normal worker listens on 11333"
            }
            (_, Peer::Smtp) => "a mail server belongs into [smtp] upstream",
            (_, Peer::Lmtp) => "an LMTP server belongs into [smtp] upstream, as \"lmtp:HOST:PORT\"",
            (_, Peer::Http(Some(server))) if server.starts_with("rspamd") => {
                "rspamd belongs into [engine.rspamd] url"
            }
            (_, Peer::Http(_)) => "the gate asks rspamd by HTTP, and nobody else",
            (_, Peer::Clamd) => "clamd belongs into [engine.clamav] address",
            (_, Peer::Spamd) => "spamd belongs into [engine.spamassassin] address",
            (_, Peer::Milter) => {
                "a milter is asked by a mail server (smtpd_milters); the gate asks none"
            }
            (_, Peer::Nobody(_)) => "start it, or correct the address",
            (_, Peer::Silent) => "it hangs, or waits for something else: look into its log",
            _ => "see who that is: ss -ltnp",
        }
    }
}

/// Reads an address of the configuration: `unix:PATH` or `host:port`.
pub(super) fn target(text: &str) -> Target {
    match text.strip_prefix("unix:") {
        Some(path) => Target::Unix(path.into()),
        None => Target::Tcp(text.to_owned()),
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

async fn connect(target: &Target) -> io::Result<Box<dyn Stream>> {
    let connecting = async {
        Ok::<Box<dyn Stream>, io::Error>(match target {
            Target::Tcp(address) => Box::new(TcpStream::connect(address).await?),
            Target::Unix(path) => Box::new(UnixStream::connect(path).await?),
        })
    };
    let late = || Err(io::Error::new(io::ErrorKind::TimedOut, "no connection in time"));
    timeout(CONNECT, connecting).await.unwrap_or_else(|_| late())
}

/// Says something on a connection of its own, and hears the beginning of the answer: to the end of
/// a line and as long as more comes at once.
pub(super) async fn ask(target: &Target, question: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = connect(target).await?;
    // A peer that has closed may have said something before.
    let _ = timeout(ANSWER, stream.write_all(question)).await;
    Ok(hear(&mut stream, ANSWER).await)
}

async fn hear(stream: &mut Box<dyn Stream>, patience: Duration) -> Vec<u8> {
    let (by, mut heard) = (Instant::now() + patience, Vec::new());
    let mut buffer = [0; LOOK];
    while heard.len() < LOOK && !heard.ends_with(b"\n") && !heard.ends_with(b"\0") {
        match timeout_at(by, stream.read(&mut buffer)).await {
            Ok(Ok(read)) if read > 0 => heard.extend(buffer.get(..read).unwrap_or_default()),
            _ => break,
        }
        // Binary answers have no line that ends.
        if heard.first().is_some_and(|byte| *byte < b' ') {
            break;
        }
    }
    heard
}

/// Finds out who listens there.
pub(super) async fn identify(target: &Target) -> Peer {
    let mut stream = match connect(target).await {
        Ok(stream) => stream,
        Err(error) => return Peer::Nobody(error.to_string()),
    };
    let greeting = hear(&mut stream, GREETING).await;
    match greeting.is_empty() {
        true => silent(target).await,
        false => greeter(&mut stream, &greeting).await,
    }
}

/// One that speaks first.
async fn greeter(stream: &mut Box<dyn Stream>, greeting: &[u8]) -> Peer {
    let words = String::from_utf8_lossy(greeting).trim().chars().take(80).collect::<String>();
    let begins = [
        ("* OK", "an IMAP server"),
        ("+OK", "a POP3 server"),
        ("SSH-", "an SSH server"),
        ("\"IMPLEMENTATION\"", "a ManageSieve server"),
    ];
    if let Some((_, name)) = begins.iter().find(|(begin, _)| words.starts_with(begin)) {
        return Peer::Other(name);
    }
    if greeting.get(4) == Some(&10) && greeting.get(3) == Some(&0) {
        return Peer::Other("a MySQL server");
    }
    let code = words.get(..3).and_then(|code| code.parse::<u16>().ok());
    match code {
        Some(220) => {}
        Some(400..=599) => return Peer::Smtp,
        _ => return Peer::Unknown(words),
    }
    for (question, peer) in [("LHLO", Peer::Lmtp), ("EHLO", Peer::Smtp), ("HELO", Peer::Smtp)] {
        let line = format!("{question} doctor.invalid\r\n");
        let _ = timeout(ANSWER, stream.write_all(line.as_bytes())).await;
        if hear(stream, ANSWER).await.starts_with(b"2") {
            return peer;
        }
    }
    match words.to_ascii_uppercase().contains("FTP") {
        true => Peer::Other("an FTP server"),
        false => Peer::Smtp,
    }
}

/// One that waits for its client: asked in each tongue in turn, on a connection of its own. Side by side
/// the questions would take each other's place where few are served at once (spamd: five children).
async fn silent(target: &Target) -> Peer {
    let hello = client_hello();
    let questions: [&[u8]; 5] =
        [b"PING SPAMC/1.2\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n", b"zPING\0", &hello, NEGOTIATION];
    let mut words = None;
    for question in questions {
        let answer = ask(target, question).await.unwrap_or_default();
        if let Some(peer) = answerer(&answer) {
            return peer;
        }
        let said = String::from_utf8_lossy(&answer).chars().take(80).collect::<String>();
        words = words.or((!said.is_empty()).then_some(said));
    }
    words.map_or(Peer::Silent, Peer::Unknown)
}

/// Whose words these are.
fn answerer(answer: &[u8]) -> Option<Peer> {
    match answer {
        [b'P', b'O', b'N', b'G', ..] => Some(Peer::Clamd),
        [b'S', b'P', b'A', b'M', b'D', b'/', ..] => Some(Peer::Spamd),
        [b'H', b'T', b'T', b'P', b'/', ..] => Some(Peer::Http(field(answer, "server"))),
        [0, 0, 0, _, b'O', ..] => Some(Peer::Milter),
        // A handshake goes on (22) or is refused (21).
        [21 | 22, 3, ..] => Some(Peer::Tls),
        _ => None,
    }
}

/// SMFIC_OPTNEG of protocol 6 that asks for nothing: the length, `O`, version, actions, steps.
const NEGOTIATION: &[u8] = &[0, 0, 0, 13, b'O', 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0];

/// The first bytes of a TLS handshake; empty where none can be made.
fn client_hello() -> Vec<u8> {
    let mut bytes = Vec::new();
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let Ok(builder) = builder.with_safe_default_protocol_versions() else { return bytes };
    let config = builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    let name = ServerName::try_from("localhost");
    let connection = name.ok().and_then(|name| ClientConnection::new(config.into(), name).ok());
    if let Some(mut connection) = connection {
        // Writing to memory does not fail.
        let _ = connection.write_tls(&mut bytes);
    }
    bytes
}

/// A field of an HTTP answer.
pub(super) fn field(answer: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(answer);
    let fields = text.lines().skip(1).take_while(|line| !line.is_empty());
    let mut pairs = fields.filter_map(|line| line.split_once(':'));
    let found = pairs.find(|(field, _)| field.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim().to_owned())
}
