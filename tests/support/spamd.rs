//! A real spamd of SpamAssassin, with local rules only.

use super::{Server, free_port};
use std::process::Command;

/// A running spamd.
pub struct Spamd {
    /// The process.
    pub server: Server,
    /// `host:port`
    pub address: String,
}

impl Spamd {
    /// Starts one.
    pub fn start() -> Spamd {
        let (server, port) = Server::start("spamd", |dir| {
            let port = free_port();
            let mut command = Command::new("spamd");
            command.args(["--local", "--nouser-config", "--max-children=2", "--syslog=stderr"]);
            command.args(["--listen=127.0.0.1", &format!("--port={port}")]);
            command.arg("--helper-home-dir").arg(dir);
            (command, vec![port], port)
        });
        Spamd { server, address: format!("127.0.0.1:{port}") }
    }
}
