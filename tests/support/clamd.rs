//! A real clamd that knows EICAR and nothing else: no signatures are fetched.

use super::{EICAR, Server, free_port};
use congthu::config;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A running clamd, on a TCP port and on a socket.
pub struct Clamd {
    /// The process.
    pub server: Server,
    /// `host:port`
    pub address: String,
    /// The same by its socket.
    pub socket: PathBuf,
}

impl Clamd {
    /// Starts one; `more` goes into clamd.conf.
    pub fn start(more: &str) -> Clamd {
        let (server, (port, socket)) = Server::start("clamd", |dir| {
            let port = free_port();
            let file = Clamd::configure(dir, port, more);
            let mut command = Command::new("clamd");
            command.arg("-c").arg(file);
            (command, vec![port], (port, dir.join("clamd.ctl")))
        });
        Clamd { server, address: format!("127.0.0.1:{port}"), socket }
    }

    /// Writes the configuration and the signature of one that works in this folder, and says where.
    pub fn configure(dir: &Path, port: u16, more: &str) -> PathBuf {
        let signatures = dir.join("signatures");
        fs::create_dir(&signatures).unwrap();
        let hex = EICAR.bytes().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        });
        fs::write(signatures.join("own.ndb"), format!("Eicar-Test:0:*:{hex}\n")).unwrap();
        let settings = format!(
            "Foreground yes\nTCPAddr 127.0.0.1\nTCPSocket {port}\nLocalSocket {}\n\
             DatabaseDirectory {}\nTemporaryDirectory {}\nSelfCheck 0\n{more}\n",
            dir.join("clamd.ctl").display(),
            signatures.display(),
            dir.display()
        );
        let file = dir.join("clamd.conf");
        fs::write(&file, settings).unwrap();
        file
    }

    /// As a configuration names it.
    pub fn config(&self, stream_max: u64) -> config::Clamav {
        config::Clamav {
            address: config::OneOrMore::One(self.address.clone()),
            stream_max,
            scan_max: 100 << 20,
        }
    }
}
