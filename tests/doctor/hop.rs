//! A next hop that greets, offers and takes what a case says, and notes what it hears.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What it is like, and where it listens once started.
#[derive(Clone)]
pub struct Hop {
    pub greeting: String,
    /// Lines of EHLO behind its name.
    pub offers: &'static [&'static str],
    /// To the outside recipient.
    pub outside: &'static str,
    /// To all others.
    pub own: &'static str,
    /// To XCLIENT.
    pub client: &'static str,
    /// Speaks LMTP.
    pub lmtp: bool,
    pub address: String,
    pub heard: Arc<Mutex<Vec<String>>>,
}

impl Default for Hop {
    fn default() -> Hop {
        Hop {
            greeting: "220 next.example ESMTP".to_owned(),
            offers: &["PIPELINING", "SIZE 90000000"],
            outside: "550 5.7.1 no relaying",
            own: "250 2.1.5 ok",
            client: "550 5.7.0 not you",
            lmtp: false,
            address: String::new(),
            heard: Arc::default(),
        }
    }
}

impl Hop {
    /// Listens; its threads end with the process.
    pub fn start(mut self) -> Hop {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        self.address = listener.local_addr().unwrap().to_string();
        let hop = self.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let hop = hop.clone();
                std::thread::spawn(move || hop.attend(stream));
            }
        });
        self
    }

    /// All commands, whoever sent them.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    fn attend(&self, mut stream: TcpStream) -> std::io::Result<()> {
        write!(stream, "{}\r\n", self.greeting)?;
        for line in BufReader::new(stream.try_clone()?).lines() {
            let line = line?;
            self.heard.lock().unwrap().push(line.clone());
            let verb = line.split(' ').next().unwrap_or_default().to_uppercase();
            let reply = match verb.as_str() {
                "EHLO" if !self.lmtp => self.offered(),
                "LHLO" if self.lmtp => self.offered(),
                "EHLO" | "LHLO" | "HELO" => "500 5.5.1 what?".to_owned(),
                "RCPT" if line.contains("example.net") => self.outside.to_owned(),
                "RCPT" => self.own.to_owned(),
                "XCLIENT" => self.client.to_owned(),
                _ => "250 2.0.0 ok".to_owned(),
            };
            write!(stream, "{reply}\r\n")?;
        }
        Ok(())
    }

    fn offered(&self) -> String {
        let lines = self.offers.iter().map(|offer| format!("250-{offer}\r\n"));
        format!("250-next.example\r\n{}250 HELP", lines.collect::<String>())
    }
}
