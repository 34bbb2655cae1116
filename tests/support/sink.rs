//! A mail server that takes everything and remembers it to the byte.
//!
//! It speaks just enough SMTP to stand behind Postfix or the gate; what it says
//! to which command can be set, to be a server that refuses.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// One transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// All command lines of the session up to DATA, as sent, without line ends.
    pub commands: Vec<String>,
    /// What came after DATA, without dot-stuffing and without the final dot.
    pub bytes: Vec<u8>,
}

/// The server. Its thread ends with the process.
pub struct Sink {
    /// Where it listens.
    pub port: u16,
    taken: Arc<Mutex<Vec<Taken>>>,
}

impl Sink {
    /// Takes everything.
    pub fn start() -> Sink {
        Sink::answering(|_| None)
    }

    /// Answers a command (in upper case; `.` after the final dot) with this line instead of its own.
    pub fn answering(
        answer: impl Fn(&str) -> Option<&'static str> + Send + Sync + Clone + 'static,
    ) -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::<Mutex<Vec<Taken>>>::default();
        let all = taken.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, all) = (answer.clone(), all.clone());
                // A client that vanishes ends its session, and that is all.
                std::thread::spawn(move || session(&stream, &answer, &all));
            }
        });
        Sink { port, taken }
    }

    /// What it took so far.
    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }
}

fn session(
    stream: &TcpStream,
    answer: &impl Fn(&str) -> Option<&'static str>,
    all: &Mutex<Vec<Taken>>,
) -> std::io::Result<()> {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    writer.write_all(b"220 sink.mail.example ESMTP\r\n")?;
    let mut now = Taken::default();
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let verb = line.to_uppercase();
        now.commands.push(line);
        let own = match verb.split(' ').next().unwrap_or_default() {
            "EHLO" => "250-sink.mail.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 90000000",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        let said = answer(&verb).unwrap_or(own);
        write!(writer, "{said}\r\n")?;
        if verb == "DATA" && said.starts_with('3') {
            now.bytes = data(&mut reader)?;
            let said = answer(".").unwrap_or("250 taken");
            if said.starts_with('2') {
                all.lock().unwrap().push(now);
            }
            now = Taken::default();
            write!(writer, "{said}\r\n")?;
        } else if verb == "QUIT" {
            return Ok(());
        }
    }
}

/// RFC 5321 §4.5.2: lines to the lone dot; a leading dot is taken off.
fn data(reader: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        // Only CRLF ends a line: a dot after a bare LF is text.
        let starts = bytes.is_empty() || bytes.ends_with(b"\r\n");
        if starts && line == b".\r\n" {
            return Ok(bytes);
        }
        let stuffed = starts && line.starts_with(b".");
        bytes.extend_from_slice(&line[usize::from(stuffed)..]);
    }
}
