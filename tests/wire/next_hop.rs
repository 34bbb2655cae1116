//! A next hop that does at each step what a test's script says, and remembers everything.

use super::client::{HANG, Io};
pub use super::script::{Act, Script};
use super::tls;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

/// One connection, as it went.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    pub commands: Vec<String>,
    pub messages: Vec<Vec<u8>>,
}

/// A running next hop.
pub struct NextHop {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    accepting: tokio::task::JoinHandle<()>,
}

struct Shared {
    script: Mutex<Script>,
    heard: Mutex<Vec<Heard>>,
    open: watch::Sender<usize>,
    /// Rises when all connections that wait for a command shall close.
    drop_idle: watch::Sender<u32>,
    /// What all connections that wait for a command say unasked.
    aside: watch::Sender<&'static str>,
    news: Notify,
}

impl Drop for NextHop {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl NextHop {
    pub async fn start(script: Script) -> NextHop {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        NextHop::listen(listener, script)
    }

    pub fn listen(listener: TcpListener, script: Script) -> NextHop {
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            script: Mutex::new(script),
            heard: Mutex::default(),
            open: watch::Sender::new(0),
            drop_idle: watch::Sender::new(0),
            aside: watch::Sender::new(""),
            news: Notify::new(),
        });
        let serving = shared.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // What it says is there at once, not when the line before is acknowledged.
                stream.set_nodelay(true).unwrap();
                let number = {
                    let mut heard = serving.heard.lock().unwrap();
                    heard.push(Heard::default());
                    heard.len() - 1
                };
                serving.open.send_modify(|open| *open += 1);
                let shared = serving.clone();
                tokio::spawn(async move {
                    let script = shared.script.lock().unwrap().clone();
                    let _ = match script.most.is_some_and(|most| *shared.open.borrow() > most) {
                        true => turn_away(stream).await,
                        false => {
                            if script.abrupt {
                                stream.set_zero_linger().unwrap();
                            }
                            serve(Box::new(stream), number, &shared).await
                        }
                    };
                    shared.open.send_modify(|open| *open -= 1);
                });
            }
        });
        NextHop { address, shared, accepting }
    }

    pub fn upstream(&self) -> String {
        self.address.to_string()
    }

    /// Goes on by this script.
    pub fn plays(&self, script: Script) {
        *self.shared.script.lock().unwrap() = script;
    }

    /// What it offers from its next EHLO on.
    pub fn offers(&self, ehlo: &[&'static str]) {
        self.shared.script.lock().unwrap().ehlo = ehlo.to_vec();
    }

    /// All connections, as they went.
    pub fn heard(&self) -> Vec<Heard> {
        self.shared.heard.lock().unwrap().clone()
    }

    /// All commands with this verb, on all connections.
    pub fn commands(&self, verb: &str) -> Vec<String> {
        let heard = self.heard();
        let all = heard.iter().flat_map(|connection| connection.commands.clone());
        all.filter(|command| command.split(' ').next() == Some(verb)).collect()
    }

    /// All messages that were answered at their end.
    pub fn messages(&self) -> Vec<Vec<u8>> {
        self.heard().into_iter().flat_map(|connection| connection.messages).collect()
    }

    /// Closes all connections that wait for a command, as a server does after an idle time.
    pub async fn drop_idle(&self) {
        self.shared.drop_idle.send_modify(|count| *count += 1);
        self.left_alone().await;
    }

    /// Says this without being asked, where it waits for a command.
    pub async fn interjects(&self, text: &'static str) {
        self.shared.aside.send_replace(text);
        self.hears("ASIDE").await;
    }

    /// Comes when no connection is open any more.
    pub async fn left_alone(&self) {
        let mut open = self.shared.open.subscribe();
        let closed = timeout(HANG, open.wait_for(|open| *open == 0)).await;
        closed.expect("somebody holds on to a connection").unwrap();
    }

    /// Comes when this verb was heard.
    pub async fn hears(&self, verb: &str) {
        loop {
            let news = self.shared.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            if !self.commands(verb).is_empty() {
                return;
            }
            timeout(HANG, news).await.unwrap_or_else(|_| panic!("nobody says {verb}"));
        }
    }
}

/// RFC 5321 §3.8: a server short of resources.
async fn turn_away(mut stream: TcpStream) -> std::io::Result<()> {
    stream.write_all(b"421 4.7.0 Too many connections from you\r\n").await?;
    stream.shutdown().await
}

struct Talk<'a> {
    stream: BufReader<Box<dyn Io>>,
    shared: &'a Shared,
    number: usize,
}

async fn serve(stream: Box<dyn Io>, number: usize, shared: &Shared) -> std::io::Result<()> {
    let mut talk = Talk { stream: BufReader::new(stream), shared, number };
    let (mut idle, mut aside) = (shared.drop_idle.subscribe(), shared.aside.subscribe());
    if !talk.act("GREETING", "220 next.example ESMTP").await? {
        return Ok(());
    }
    let mut chunks = Vec::new();
    loop {
        let mut line = Vec::new();
        tokio::select! {
            read = talk.stream.read_until(b'\n', &mut line) => if read? == 0 { return Ok(()) },
            _ = idle.changed() => return Ok(()),
            _ = aside.changed() => {
                let text = format!("{}\r\n", *aside.borrow());
                talk.stream.get_mut().write_all(text.as_bytes()).await?;
                talk.note(|heard| heard.commands.push("ASIDE".to_owned()));
                continue;
            }
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        talk.note(|heard| heard.commands.push(line.clone()));
        let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        let usual = match verb.as_str() {
            "EHLO" | "LHLO" => talk.offer(),
            "DATA" => "354 go on".to_owned(),
            "QUIT" => "221 2.0.0 bye".to_owned(),
            "STARTTLS" => "220 2.0.0 go".to_owned(),
            "XCLIENT" => "220 next.example ESMTP".to_owned(),
            "BDAT" => {
                let mut words = line.split(' ').skip(1);
                let size: usize = words.next().unwrap().parse().unwrap();
                let mut octets = vec![0; size];
                talk.stream.read_exact(&mut octets).await?;
                chunks.extend_from_slice(&octets);
                let last = words.next() == Some("LAST");
                let taken = last && talk.takes();
                // Noted first: who hears the 250 may look at once.
                if taken {
                    let message = std::mem::take(&mut chunks);
                    talk.note(|heard| heard.messages.push(message));
                }
                let word = if last { "DOT" } else { "OCTETS" };
                if !talk.act(word, "250 2.0.0 taken").await? {
                    return Ok(());
                }
                continue;
            }
            _ => "250 2.0.0 fine".to_owned(),
        };
        if !talk.act(&verb, &usual).await? || verb == "QUIT" {
            return Ok(());
        }
        if verb == "STARTTLS" && talk.said("220") {
            talk = match talk.secured().await? {
                Some(talk) => talk,
                None => return Ok(()),
            };
        }
        if verb == "DATA" && talk.said("354") && !talk.content().await? {
            return Ok(());
        }
    }
}

impl<'a> Talk<'a> {
    /// The handshake, or what the script says instead of it.
    async fn secured(mut self) -> std::io::Result<Option<Talk<'a>>> {
        if self.shared.script.lock().unwrap().take("HANDSHAKE").is_some() {
            self.stream.get_mut().write_all(b"this is no TLS\r\n").await?;
            return Ok(None);
        }
        let stream = tls::acceptor("ec").accept(self.stream.into_inner()).await?;
        let stream: Box<dyn Io> = Box::new(stream);
        Ok(Some(Talk { stream: BufReader::new(stream), ..self }))
    }

    /// Does what the script says, else the usual; whether the connection goes on.
    async fn act(&mut self, verb: &str, usual: &str) -> std::io::Result<bool> {
        let act = self.shared.script.lock().unwrap().take(verb);
        let (text, on) = match &act {
            None => (usual, true),
            Some(Act::Say(text)) => (*text, true),
            Some(Act::SayClose(text)) => (*text, false),
            Some(Act::Close | Act::TakeClose) => return Ok(false),
            Some(Act::Silence) => {
                // Says nothing and reads on, so that it sees when the other side gives up.
                let mut rest = Vec::new();
                self.stream.read_to_end(&mut rest).await?;
                return Ok(false);
            }
        };
        let mut out = text.replace('\n', "\r\n");
        out.push_str("\r\n");
        self.last(text);
        self.stream.get_mut().write_all(out.as_bytes()).await?;
        Ok(on)
    }

    fn last(&mut self, text: &str) {
        self.note(|heard| heard.commands.push(format!("< {text}")));
    }

    fn said(&self, code: &str) -> bool {
        let heard = self.shared.heard.lock().unwrap();
        heard[self.number]
            .commands
            .last()
            .is_some_and(|last| last.starts_with(&format!("< {code}")))
    }

    /// Whether the next message will be taken, as the script has it.
    fn takes(&self) -> bool {
        self.shared.script.lock().unwrap().takes()
    }

    /// In the middle of a message: whether it goes on.
    async fn amid(&mut self) -> std::io::Result<bool> {
        let act = self.shared.script.lock().unwrap().take("CONTENT");
        match act {
            None => Ok(true),
            // Reads nothing more: the other side's buffers fill.
            Some(Act::Silence) => std::future::pending().await,
            Some(Act::Say(text) | Act::SayClose(text)) => {
                self.stream.get_mut().write_all(format!("{text}\r\n").as_bytes()).await?;
                Ok(false)
            }
            Some(Act::Close | Act::TakeClose) => Ok(false),
        }
    }

    async fn content(&mut self) -> std::io::Result<bool> {
        let mut message = Vec::new();
        let mut first = true;
        loop {
            let mut line = Vec::new();
            if self.stream.read_until(b'\n', &mut line).await? == 0 {
                return Ok(false);
            }
            if line == b".\r\n" {
                break;
            }
            if std::mem::take(&mut first) && !self.amid().await? {
                return Ok(false);
            }
            message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        let taken = self.takes();
        let silent = matches!(
            self.shared.script.lock().unwrap().acts.iter().find(|(v, _)| *v == "DOT"),
            Some((_, acts)) if matches!(acts.front(), Some(Act::Silence | Act::Close))
        );
        if silent {
            self.note(|heard| heard.commands.push("DOT".to_owned()));
        }
        // Noted first: who hears the 250 may look at once.
        if taken {
            self.note(|heard| heard.messages.push(message));
        }
        self.act("DOT", "250 2.0.0 taken").await
    }

    fn offer(&self) -> String {
        let script = self.shared.script.lock().unwrap();
        let mut lines = vec!["next.example".to_owned()];
        lines.extend(script.ehlo.iter().map(|line| (*line).to_owned()));
        let last = lines.len() - 1;
        let mark = |at| if at == last { ' ' } else { '-' };
        let lines: Vec<String> =
            lines.iter().enumerate().map(|(at, line)| format!("250{}{line}", mark(at))).collect();
        lines.join("\n")
    }

    fn note(&self, change: impl FnOnce(&mut Heard)) {
        change(&mut self.shared.heard.lock().unwrap()[self.number]);
        self.shared.news.notify_waiters();
    }
}
