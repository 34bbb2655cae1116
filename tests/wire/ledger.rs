//! The ledger: under SIGKILL, every letter that was answered 250 is relayed or kept, once.
//!
//! What was not answered may have arrived only if it was between the next hop's answer and
//! ours at the kill: one letter a client, and its sender still has it.

use super::client::{Client, HANG, stuffed};
use super::next_hop::{NextHop, Script};
use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const CLIENTS: usize = 6;
const ROUNDS: usize = 4;

/// In two pieces, so that this file itself is no test mail.
const GTUBE: [&str; 2] =
    ["XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-", "ANTI-UBE-TEST-EMAIL*C.34X"];

/// The gate as a process of its own.
struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    fn start(dir: &Path) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_congthu"))
            .arg("serve")
            .current_dir(dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let address = listener(child.stdout.take().unwrap()).map(|address| address.parse());
        Process { child, address: address.expect("the gate names its listener").unwrap() }
    }

    fn kill(&mut self) {
        // SIGKILL: nothing is flushed, nothing is said.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a gate that starts calls its SMTP listener; nothing if it ends or hangs before.
pub fn listener(stdout: ChildStdout) -> Option<String> {
    let lines = BufReader::new(stdout).lines();
    let (found, address) = mpsc::channel();
    // Somebody must read on, or the gate would wait for room in the pipe.
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if let Some(address) = line.trim_start().strip_prefix("SMTP ") {
                let _ = found.send(address.trim().to_owned());
            }
        }
    });
    address.recv_timeout(HANG).ok()
}

/// One letter; every third one is kept instead of relayed.
fn letter(number: &str, kept: bool) -> Vec<u8> {
    let body = if kept { GTUBE.concat() } else { "x".repeat(3000) };
    format!("X-Number: {number}\r\nSubject: x\r\n\r\n{body}\r\n").into_bytes()
}

/// Sends letters until the gate is gone; notes which ones were answered 250.
async fn send(gate: SocketAddr, name: String, answered: Arc<Mutex<Vec<String>>>) {
    for number in 0.. {
        let Ok(stream) = TcpStream::connect(gate).await else { return };
        let number = format!("{name}.{number}");
        let mut client = Client::over(stream).await;
        let mut said =
            b"EHLO c.example\r\nMAIL FROM:<a@c.example>\r\nRCPT TO:<b@here.example>\r\nDATA\r\n"
                .to_vec();
        said.extend(stuffed(&letter(&number, number.ends_with(['2', '5', '8']))));
        if client.stream.write_all(&said).await.is_err() {
            return;
        }
        let mut last = String::new();
        for _ in 0..5 {
            last = client.reply().await;
        }
        match last.starts_with("250 2") {
            true => answered.lock().unwrap().push(number),
            false => return,
        }
    }
}

#[tokio::test]
async fn under_sigkill_every_accepted_letter_is_relayed_or_kept_once() {
    let next = NextHop::start(Script::new()).await;
    let dir = tempfile::tempdir().unwrap();
    let config = format!(
        "[smtp]\nlisten = [\"127.0.0.1:0\"]\nupstream = [\"{}\"]\n[http]\nlisten = \"127.0.0.1:0\"\n",
        next.upstream()
    );
    fs::write(dir.path().join("congthu.toml"), config).unwrap();
    let answered = Arc::<Mutex<Vec<String>>>::default();
    for round in 0..ROUNDS {
        let mut gate = Process::start(dir.path());
        let before = next.messages().len();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| send(gate.address, format!("{round}.{client}"), answered.clone()))
            .map(tokio::spawn)
            .collect();
        let living = || clients.iter().any(|client| !client.is_finished());
        while next.messages().len() < before + 10 + 7 * round {
            assert!(living(), "round {round}: the gate sends all clients away");
            tokio::task::yield_now().await;
        }
        gate.kill();
        for client in clients {
            client.await.unwrap();
        }
    }
    next.left_alone().await;
    let mut found: HashMap<String, usize> = HashMap::new();
    let kept = kept(&dir.path().join("var/quarantine"));
    for message in next.messages().iter().chain(&kept) {
        let text = String::from_utf8_lossy(message);
        let number = text.lines().next().unwrap().trim_start_matches("X-Number: ");
        *found.entry(number.to_owned()).or_default() += 1;
    }
    let answered = answered.lock().unwrap();
    assert!(answered.len() >= 40, "only {} letters", answered.len());
    for number in answered.iter() {
        assert_eq!(found.remove(number), Some(1), "letter {number}");
    }
    assert!(
        found.len() <= CLIENTS * ROUNDS && found.values().all(|count| *count == 1),
        "{found:?}"
    );
}

/// The letters in the quarantine: those that are there whole.
fn kept(dir: &Path) -> Vec<Vec<u8>> {
    let folders = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let whole = folders.filter(|folder| folder.file_name().is_some_and(|name| name != "tmp"));
    let files = whole.filter(|folder| folder.is_dir()).flat_map(|folder| {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    });
    let letters = files.filter_map(|file| fs::read(file).ok());
    letters.filter(|bytes| bytes.starts_with(b"X-Number: ")).collect()
}
