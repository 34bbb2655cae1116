//! A mail server as a milter meets it: it says what a test wants said, and tells of letters as
//! Postfix does.

use crate::wire::gate::{Gate, Setup};
use congthu::tomlfile::Source;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Long enough that only a hang reaches it.
const HANG: Duration = Duration::from_secs(60);

/// All actions and steps of version 6.
pub const ACTIONS: u32 = 0x1ff;
pub const STEPS: u32 = 0x1f_ffff;

/// A response: its code and its data.
pub type Said = (u8, Vec<u8>);

/// A gate with a milter door; `more` stands in its section.
pub fn setup(more: &str) -> Setup {
    let text = format!("[milter]\nlisten = \"127.0.0.1:0\"\n{more}\n");
    let source = Source::new("test", text.into_bytes()).unwrap();
    let milter = congthu::config::Config::parse(&source).unwrap().milter;
    let dir = std::env::temp_dir().join("congthu-milter-unused");
    Setup::to(&[format!("maildir:{}", dir.display())]).with(|config| config.milter = milter)
}

/// A connection to the gate.
pub struct Mta {
    stream: TcpStream,
}

impl Mta {
    pub async fn connect(at: SocketAddr) -> Mta {
        let stream = TcpStream::connect(at).await.unwrap();
        // A packet a segment, as it comes: what is not answered must not wait for an acknowledgement.
        stream.set_nodelay(true).unwrap();
        Mta { stream }
    }

    /// Connected and agreed on everything.
    pub async fn agreed(gate: &Gate) -> Mta {
        let mut mta = Mta::connect(gate.milter.unwrap()).await;
        mta.negotiate(6, ACTIONS, STEPS).await;
        mta
    }

    /// Agreed, with a client from outside.
    pub async fn greeted(gate: &Gate) -> Mta {
        let mut mta = Mta::agreed(gate).await;
        mta.client("192.0.2.7", 4711).await;
        mta
    }

    /// Offers these; what the gate makes of it.
    pub async fn negotiate(&mut self, version: u32, actions: u32, steps: u32) -> [u32; 3] {
        let words: Vec<u8> =
            [version, actions, steps].iter().flat_map(|w| w.to_be_bytes()).collect();
        self.send(b'O', &words).await;
        let (code, data) = self.hear().await.expect("an answer to the offer");
        assert_eq!(code, b'O');
        [0, 4, 8].map(|at| u32::from_be_bytes(data[at..at + 4].try_into().unwrap()))
    }

    /// CONNECT and HELO of a client; not answered, as agreed.
    pub async fn client(&mut self, ip: &str, port: u16) {
        let connect =
            [b"mx.client.example\0".as_slice(), b"4", &port.to_be_bytes(), ip.as_bytes(), b"\0"];
        self.send(b'C', &connect.concat()).await;
        self.send(b'H', b"mx.client.example\0").await;
    }

    pub async fn macros(&mut self, command: u8, pairs: &[(&str, &str)]) {
        let mut data = vec![command];
        for (name, value) in pairs {
            data.extend([name.as_bytes(), b"\0", value.as_bytes(), b"\0"].concat());
        }
        self.send(b'D', &data).await;
    }

    pub async fn send(&mut self, command: u8, data: &[u8]) {
        let length = u32::try_from(data.len() + 1).unwrap();
        self.raw(&[&length.to_be_bytes(), &[command][..], data].concat()).await;
    }

    pub async fn raw(&mut self, bytes: &[u8]) {
        // A gate that has closed the connection is seen by what it says: nothing.
        let _ = self.stream.write_all(bytes).await;
    }

    /// The next response; `None` when the gate closed.
    pub async fn hear(&mut self) -> Option<Said> {
        let mut head = [0; 5];
        timeout(HANG, self.stream.read_exact(&mut head)).await.expect("the gate hangs").ok()?;
        let [a, b, c, d, code] = head;
        let mut data = vec![0; u32::from_be_bytes([a, b, c, d]) as usize - 1];
        self.stream.read_exact(&mut data).await.ok()?;
        Some((code, data))
    }

    pub async fn is_closed(&mut self) -> bool {
        self.hear().await.is_none()
    }

    /// MAIL and RCPT; what is said to each recipient.
    pub async fn envelope(&mut self, from: &str, to: &[&str]) -> Vec<Said> {
        self.send(b'M', format!("<{from}>\0").as_bytes()).await;
        let mut said = Vec::new();
        for to in to {
            self.send(b'R', format!("<{to}>\0").as_bytes()).await;
            said.push(self.hear().await.unwrap());
        }
        said
    }

    /// DATA and the letter; all that is said at its end, signs of life left out.
    pub async fn content(&mut self, letter: &[u8]) -> Vec<Said> {
        self.send(b'T', b"").await;
        let (code, data) = self.hear().await.unwrap();
        if code != b'c' {
            return vec![(code, data)];
        }
        self.told(letter).await;
        self.send(b'E', b"").await;
        self.fate().await
    }

    /// Header and body, as agreed on: only pieces of the body are answered.
    pub async fn told(&mut self, letter: &[u8]) {
        let told = Told::of(letter);
        for (name, value) in &told.header {
            self.send(b'L', &[name.as_slice(), b"\0", value, b"\0"].concat()).await;
        }
        self.send(b'N', b"").await;
        for piece in told.body.chunks(65_535) {
            self.send(b'B', piece).await;
            match self.hear().await.unwrap().0 {
                b'c' => {}
                b's' => break,
                code => panic!("{} to a piece of the body", char::from(code)),
            }
        }
    }

    /// All that is said at the end of a message.
    pub async fn fate(&mut self) -> Vec<Said> {
        let mut all = Vec::new();
        loop {
            let said = self.hear().await.expect("a fate");
            let last = b"acdrty".contains(&said.0);
            if said.0 != b'p' {
                all.push(said);
            }
            if last {
                return all;
            }
        }
    }

    /// One letter from outside to this recipient.
    pub async fn letter(&mut self, to: &str, letter: &[u8]) -> Vec<Said> {
        let said = self.envelope("a@client.example", &[to]).await;
        assert_eq!(said, [(b'c', Vec::new())]);
        self.content(letter).await
    }
}

/// A letter as Postfix tells of it, with `message_strip_characters = \0`.
pub struct Told {
    /// Names, and values with the space before them, lines joined by LF.
    pub header: Vec<(Vec<u8>, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Told {
    /// Lines end in LF or CRLF. The first that is no header field begins the body.
    pub fn of(letter: &[u8]) -> Told {
        let mut told = Told { header: Vec::new(), body: Vec::new() };
        let mut in_header = true;
        for line in letter.split_inclusive(|byte| *byte == b'\n') {
            let line =
                line.strip_suffix(b"\n").map_or(line, |l| l.strip_suffix(b"\r").unwrap_or(l));
            let line: Vec<u8> = line.iter().copied().filter(|byte| *byte != 0).collect();
            if in_header {
                if line.starts_with(b" ") || line.starts_with(b"\t") {
                    if let Some((_, value)) = told.header.last_mut() {
                        value.extend([b"\n", line.as_slice()].concat());
                        continue;
                    }
                } else if let Some((name, value)) = field(&line) {
                    told.header.push((name, value));
                    continue;
                }
                in_header = false;
                if line.is_empty() {
                    continue;
                }
            }
            told.body.extend(line);
            told.body.extend(b"\r\n");
        }
        told
    }

    /// What the gate can make of it.
    pub fn rebuilt(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, value) in &self.header {
            let value = value.split(|byte| *byte == b'\n').collect::<Vec<_>>().join(&b"\r\n"[..]);
            out.extend([name.as_slice(), b":", &value, b"\r\n"].concat());
        }
        [out.as_slice(), b"\r\n", &self.body].concat()
    }
}

/// Blanks before the colon are dropped.
fn field(line: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = line[..colon].trim_ascii_end();
    let fits = !name.is_empty() && name.iter().all(|byte| (b'!'..=b'~').contains(byte));
    fits.then(|| (name.to_vec(), line[colon + 1..].to_vec()))
}

/// The SMTP reply in a response, lines joined by LF, as the mail server would say it.
pub fn reply(said: &Said) -> String {
    assert_eq!(said.0, b'y', "{said:?}");
    let text = String::from_utf8(said.1.clone()).unwrap();
    text.strip_suffix('\0').unwrap().replace("%%", "%").replace("\r\n", "\n")
}

/// The codes of responses.
pub fn codes(said: &[Said]) -> String {
    said.iter().map(|(code, _)| char::from(*code)).collect()
}
