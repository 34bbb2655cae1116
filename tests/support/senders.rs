//! Clients that send without a pause and come back as mail servers do, and a ledger of all that
//! they were told: for tests that end a gate under load.

use super::sink::Taken;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// What came of one try with a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// 250 to the final dot.
    Taken,
    /// Any other answer.
    PutOff(String),
    /// The connection was refused.
    Unreachable,
    /// The connection ended without an answer; `dot`: after the final dot, so nobody knows.
    Broken { dot: bool },
}

/// One try: its name is the letter's Subject.
#[derive(Clone, Debug)]
pub struct Try {
    pub letter: String,
    pub name: String,
    pub fate: Fate,
}

/// Clients at work.
pub struct Senders {
    threads: Vec<JoinHandle<()>>,
    tries: Arc<Mutex<Vec<Try>>>,
    over: Arc<AtomicBool>,
}

impl Senders {
    /// So many at once, each with one letter after another.
    pub fn start(port: u16, count: usize) -> Senders {
        let (tries, over) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let one = |client: usize| {
            let (tries, over): (Arc<Mutex<Vec<Try>>>, _) = (Arc::clone(&tries), Arc::clone(&over));
            std::thread::spawn(move || {
                for number in 0.. {
                    until_taken(port, &format!("letter-{client}-{number}"), &tries);
                    if over.load(Ordering::Relaxed) {
                        return;
                    }
                }
            })
        };
        let threads = (0..count).map(one).collect();
        Senders { threads, tries, over }
    }

    /// How many letters were taken so far.
    pub fn taken(&self) -> usize {
        let tries = self.tries.lock().unwrap();
        tries.iter().filter(|one| one.fate == Fate::Taken).count()
    }

    /// Has every client end when its letter at hand is taken; all tries.
    pub fn finish(self) -> Vec<Try> {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().unwrap();
        }
        self.tries.lock().unwrap().clone()
    }
}

/// Holds a ledger against what arrived: every letter is taken, what was taken is there
/// once, and what was not is there once at most, where the answer to its final dot was lost.
pub fn balance(tries: &[Try], arrived: &[Taken]) {
    let mut copies = HashMap::new();
    for letter in arrived {
        *copies.entry(subject(&letter.bytes)).or_insert(0) += 1;
    }
    let mut taken = HashMap::new();
    for Try { letter, name, fate } in tries {
        let copies = copies.get(name).copied().unwrap_or(0);
        *taken.entry(letter).or_insert(0) += usize::from(*fate == Fate::Taken);
        match fate {
            Fate::Taken => assert_eq!(copies, 1, "{name} was taken"),
            Fate::Broken { dot: true } => assert!(copies <= 1, "{name}: {copies} copies"),
            _ => assert_eq!(copies, 0, "{name}: {fate:?}"),
        }
    }
    for (letter, taken) in taken {
        assert_eq!(taken, 1, "{letter}");
    }
}

/// By which the ledger knows a letter.
fn subject(letter: &[u8]) -> String {
    let text = String::from_utf8_lossy(letter);
    let line = text.lines().find_map(|line| line.strip_prefix("Subject: "));
    line.unwrap().to_owned()
}

fn until_taken(port: u16, letter: &str, tries: &Mutex<Vec<Try>>) {
    for attempt in 0.. {
        let name = format!("{letter}-{attempt}");
        let fate = send(port, &name);
        let taken = fate == Fate::Taken;
        tries.lock().unwrap().push(Try { letter: letter.to_owned(), name, fate });
        if taken {
            return;
        }
        // A mail server waits longer.
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn send(port: u16, name: &str) -> Fate {
    let stream = match TcpStream::connect(("127.0.0.1", port)) {
        Ok(stream) => stream,
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => return Fate::Unreachable,
        Err(_) => return Fate::Broken { dot: false },
    };
    stream.set_read_timeout(Some(Duration::from_secs(100))).unwrap();
    let mut dot = false;
    let told = dialogue(&mut BufReader::new(stream), name, &mut dot);
    match told {
        Ok(reply) if dot && reply.starts_with("250") => Fate::Taken,
        Ok(reply) => Fate::PutOff(reply),
        Err(_) => Fate::Broken { dot },
    }
}

/// The reply to the final dot, or the first that refuses.
fn dialogue(
    stream: &mut BufReader<TcpStream>,
    name: &str,
    dot: &mut bool,
) -> std::io::Result<String> {
    let text = "Kính gửi quý cơ quan.\r\n".repeat(1000);
    let letter = format!("From: <a@mail.example>\r\nSubject: {name}\r\n\r\n{text}.\r\n");
    let steps = [
        None,
        Some("EHLO mx.mail.example\r\n"),
        Some("MAIL FROM:<a@mail.example>\r\n"),
        Some("RCPT TO:<vanthu@tiengiang.gov.vn>\r\n"),
        Some("DATA\r\n"),
        Some(letter.as_str()),
    ];
    let mut reply = String::new();
    for step in steps {
        if let Some(step) = step {
            *dot = step.len() == letter.len();
            stream.get_mut().write_all(step.as_bytes())?;
        }
        reply = hear(stream)?;
        if !reply.starts_with(['2', '3']) {
            return Ok(reply);
        }
    }
    let _ = stream.get_mut().write_all(b"QUIT\r\n");
    Ok(reply)
}

fn hear(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut reply = String::new();
    loop {
        let at = reply.len();
        if stream.read_line(&mut reply)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if reply.as_bytes().get(at + 3) != Some(&b'-') {
            return Ok(reply);
        }
    }
}
