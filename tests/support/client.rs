//! The smallest SMTP client: it says what it is told and returns what it hears.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A session.
pub struct Client(BufReader<TcpStream>);

impl Client {
    /// Connects and reads the greeting.
    pub fn connect(port: u16) -> (Client, String) {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        // A server that hangs fails the test instead of stopping it.
        stream.set_read_timeout(Some(Duration::from_secs(100))).unwrap();
        let mut client = Client(BufReader::new(stream));
        let greeting = client.reply();
        (client, greeting)
    }

    /// One command, its whole reply.
    pub fn say(&mut self, line: &str) -> String {
        self.send(format!("{line}\r\n").as_bytes());
        self.reply()
    }

    /// Bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).unwrap();
    }

    /// The next reply: its lines, joined by LF.
    pub fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "closed after {reply:?}");
            reply.push_str(line.trim_end());
            if line.as_bytes().get(3) != Some(&b'-') {
                return reply;
            }
            reply.push('\n');
        }
    }

    /// One letter, dot-stuffed on the way; the reply to the final dot, or the first that refuses.
    pub fn letter(&mut self, from: &str, to: &[&str], bytes: &[u8]) -> String {
        let mut commands = vec![format!("MAIL FROM:<{from}>")];
        commands.extend(to.iter().map(|to| format!("RCPT TO:<{to}>")));
        commands.push("DATA".to_owned());
        for command in commands {
            let reply = self.say(&command);
            if !reply.starts_with(['2', '3']) {
                self.say("RSET");
                return reply;
            }
        }
        self.send(&stuffed(bytes));
        self.send(b".\r\n");
        self.reply()
    }
}

/// RFC 5321 §4.5.2.
fn stuffed(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len() + 1000);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            text.push(b'.');
        }
        text.extend_from_slice(line);
    }
    text
}
