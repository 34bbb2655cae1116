//! What is measured, as processes on free ports of loopback; each ends with its handle.

use crate::support::{Deliver, Postfix, Server, free_port};
use std::fmt::Write;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// A next hop that takes everything.
pub struct Sink {
    pub server: Server,
    pub port: u16,
}

impl Sink {
    /// Starts the lab's, or our own.
    pub fn start(lab: Option<&Path>) -> Sink {
        let own = std::env::current_exe().unwrap();
        let (server, port) = Server::start("sink", |_| {
            let port = neighbours();
            let mut command = Command::new(lab.unwrap_or(&own));
            command.args(["sink", "-p", &port.to_string()]);
            (command, vec![port, port + 1], port)
        });
        Sink { server, port }
    }

    /// How many letters it has taken.
    pub fn count(&self) -> u64 {
        let stream = TcpStream::connect(("127.0.0.1", self.port + 1)).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        let told: serde_json::Value = serde_json::from_str(&line).unwrap();
        told["count"].as_u64().unwrap()
    }
}

/// A free port whose next one is free too.
fn neighbours() -> u16 {
    loop {
        let port = free_port();
        if port < u16::MAX && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return port;
        }
    }
}

/// The gate as users run it: `congthu serve` with a configuration file.
pub struct Gate {
    pub server: Server,
    pub port: u16,
}

impl Gate {
    /// Starts one in front of this port; `more` goes into its configuration.
    pub fn start(next_hop: u16, more: &str) -> Gate {
        let (server, port) = Server::start("gate", |dir| {
            let (port, http) = (free_port(), free_port());
            let mut text = format!(
                "[smtp]\nlisten = [\"127.0.0.1:{port}\"]\nupstream = [\"127.0.0.1:{next_hop}\"]\n\
                 hostname = \"gate.mail.example\"\n[http]\nlisten = \"127.0.0.1:{http}\"\n"
            );
            write!(text, "{more}").unwrap();
            fs::write(dir.join("congthu.toml"), text).unwrap();
            let mut command = Command::new(env!("CARGO_BIN_EXE_congthu"));
            command.args(["serve", "--config"]).arg(dir.join("congthu.toml"));
            (command, vec![port, http], port)
        });
        Gate { server, port }
    }
}

/// A next hop in a thread of this process, for what is not measured by the processor's time:
/// it hangs up after so much silence. Its port.
pub fn next_hop(idle: Duration) -> u16 {
    let port = neighbours();
    std::thread::spawn(move || super::sink::run(port, idle));
    while TcpStream::connect(("127.0.0.1", port + 1)).is_err() {
        std::thread::yield_now();
    }
    port
}

/// HAProxy, which copies bytes and knows no SMTP: what any proxy costs. `None` where it is missing.
pub fn copier(next_hop: u16) -> Option<(Server, u16)> {
    Command::new("haproxy").arg("-v").output().ok()?;
    Some(Server::start("haproxy", |dir| {
        let port = free_port();
        let text = format!(
            "global\n  nbthread 2\ndefaults\n  mode tcp\n  timeout connect 5s\n  timeout client 60s\n  \
             timeout server 60s\nlisten smtp\n  bind 127.0.0.1:{port}\n  server hop 127.0.0.1:{next_hop}\n"
        );
        fs::write(dir.join("haproxy.cfg"), text).unwrap();
        let mut command = Command::new("haproxy");
        command.args(["-db", "-f"]).arg(dir.join("haproxy.cfg"));
        (command, vec![port], port)
    }))
}

/// Whether a server's program is there.
pub fn installed(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

/// Plain Postfix, which queues and relays; `None` where it is missing or we are not root.
pub fn postfix(next_hop: u16) -> Option<Postfix> {
    Command::new("postconf").arg("-d").arg("mail_version").output().ok()?;
    let more = "relay_domains = lab.test\nmynetworks = 127.0.0.0/8\n";
    Postfix::start(Deliver::Smtp(next_hop), None, more)
}
