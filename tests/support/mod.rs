//! Real servers on loopback for tests: each on free ports, with its own folder, gone with its test.
//!
//! `tests/install.sh` installs them. A server is a process group, since most of
//! them fork; it is killed when its handle is dropped, and its log is shown if
//! the test failed. `setpriv` ends it even if the test itself was killed.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub, dead_code)]

mod base64;
mod clamd;
mod client;
mod encoder;
mod fake;
pub mod gate;
mod kept;
mod machine;
mod mail;
mod postfix;
pub mod readme;
mod rspamd;
mod said;
mod senders;
mod sendmail;
mod sink;
mod small;
mod spamd;

pub use base64::base64;
pub use clamd::Clamd;
pub use client::Client;
pub use encoder::{Encoder, misread};
pub use fake::{Fake, INSTREAM, LETTER, read_until};
pub use kept::kept;
pub use machine::{Guest, Machine};
pub use mail::{EICAR, GTUBE, as_sent, letter, letter_with};
pub use postfix::{Deliver, Postfix};
pub use readme::{block, readme};
pub use rspamd::Rspamd;
pub use said::Said;
pub use senders::{Fate, Senders, balance};
pub use sendmail::Sendmail;
pub use sink::{Sink, Taken};
pub use small::Small;
pub use spamd::Spamd;

use std::fs;
use std::future::Future;
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a server may take to come up on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running server.
pub struct Server {
    child: Child,
    log: PathBuf,
    ports: Vec<u16>,
    /// Configuration and data; removed with the server.
    pub dir: TempDir,
}

impl Server {
    /// Starts a server that `prepare` configures in an empty folder, and waits for its ports.
    ///
    /// A free port may be taken by somebody else before the server has it: then it
    /// exits, and is tried again with others.
    pub fn start<T>(name: &str, prepare: impl Fn(&Path) -> (Command, Vec<u16>, T)) -> (Server, T) {
        let mut log = String::new();
        for _ in 0..3 {
            let dir =
                tempfile::Builder::new().prefix(&format!("congthu-{name}-")).tempdir().unwrap();
            let (command, ports, more) = prepare(dir.path());
            let mut server = Server::spawn(name, &command, dir);
            if ports.iter().all(|port| server.comes_up(*port)) {
                server.ports = ports;
                return (server, more);
            }
            log = server.log();
        }
        panic!("{name} does not start; is it installed (tests/install.sh)?\n{log}");
    }

    fn spawn(name: &str, command: &Command, dir: TempDir) -> Server {
        let log = dir.path().join("output.log");
        let output = fs::File::create(&log).unwrap();
        let mut guarded = Command::new("setpriv");
        guarded.args(["--pdeathsig", "TERM", "--"]).arg(command.get_program());
        guarded.args(command.get_args()).process_group(0).current_dir(dir.path());
        guarded.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
        let child = guarded.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
        Server { child, log, ports: Vec::new(), dir }
    }

    fn comes_up(&mut self, port: u16) -> bool {
        let give_up = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if self.child.try_wait().unwrap().is_some() || Instant::now() > give_up {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        true
    }

    /// The number of its process, and of its group.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal to all of its processes.
    pub fn signal(&self, signal: &str) {
        let group = format!("-{}", self.child.id());
        let mut kill = Command::new("kill");
        kill.args(["-s", signal, "--", &group]).stderr(Stdio::null()).status().unwrap();
    }

    /// Ends it at once and waits until it is gone, so that its ports refuse connections.
    pub fn kill(&mut self) {
        self.signal("KILL");
        self.child.wait().unwrap();
        // Its children may be a moment behind.
        for port in &self.ports {
            let refused = || TcpStream::connect(("127.0.0.1", *port)).is_err().then_some(());
            eventually("refused connections", refused);
        }
    }

    /// The end of what it wrote.
    pub fn log(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- {}\n{}", self.log.display(), self.log());
        }
        self.signal("KILL");
        let _ = self.child.wait();
        // Its children may be a moment behind, and still write.
        for _ in 0..100 {
            let _ = fs::remove_dir_all(self.dir.path());
            if !self.dir.path().exists() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// A port that nobody listens on, for the moment.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Runs tasks on one thread, with sockets and time.
pub fn run<T>(job: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(job)
}

/// Waits a bounded time for something to become true.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let give_up = Instant::now() + PATIENCE;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < give_up, "{what}: not in {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
