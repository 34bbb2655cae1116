//! A real rspamd: the distribution's rules, without whatever asks the network.

use super::{Server, free_port};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Modules that would wait for DNS, Redis or a feed.
const OFF: &[&str] = &[
    "antivirus",
    "arc",
    "asn",
    "bimi",
    "clickhouse",
    "dcc",
    "dkim",
    "dkim_signing",
    "dmarc",
    "fuzzy_check",
    "greylist",
    "hfilter",
    "history_redis",
    "mid",
    "mx_check",
    "neural",
    "p0f",
    "phishing",
    "ratelimit",
    "rbl",
    "replies",
    "reputation",
    "rspamd_update",
    "spf",
    "surbl",
    "url_redirector",
    "whitelist",
];

/// A running rspamd.
pub struct Rspamd {
    /// The process.
    pub server: Server,
    /// `http://host:port`
    pub url: String,
}

impl Rspamd {
    /// Starts one.
    pub fn start() -> Rspamd {
        let (server, port) = Server::start("rspamd", |dir| {
            let port = free_port();
            configure(dir, port);
            let mut command = Command::new("rspamd");
            // Its own user would not reach our folder; it listens to us alone.
            command.args(["--no-fork", "--insecure", "--config"]);
            command.arg("/etc/rspamd/rspamd.conf");
            let variables =
                [("LOCAL_CONFDIR", "local"), ("DBDIR", "db"), ("RUNDIR", "run"), ("LOGDIR", "log")];
            for (variable, folder) in variables {
                command.arg(format!("--var={variable}={}", dir.join(folder).display()));
            }
            (command, vec![port], port)
        });
        Rspamd { server, url: format!("http://127.0.0.1:{port}") }
    }
}

fn configure(dir: &Path, port: u16) {
    let local = dir.join("local/local.d");
    for folder in [&local, &dir.join("db"), &dir.join("run"), &dir.join("log")] {
        fs::create_dir_all(folder).unwrap();
    }
    for module in OFF {
        fs::write(local.join(format!("{module}.conf")), "enabled = false;\n").unwrap();
    }
    let dead = "dns { nameserver = [\"127.0.0.1:9\"]; timeout = 0.1s; retransmits = 1; }\n";
    let files = [
        ("options.inc", dead.to_owned()),
        ("logging.inc", "type = \"console\";\n".to_owned()),
        ("worker-proxy.inc", "enabled = false;\n".to_owned()),
        ("worker-controller.inc", "enabled = false;\n".to_owned()),
        ("worker-normal.inc", format!("bind_socket = \"127.0.0.1:{port}\";\ncount = 1;\n")),
    ];
    for (file, text) in files {
        fs::write(local.join(file), text).unwrap();
    }
}
