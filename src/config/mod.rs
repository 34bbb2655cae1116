//! `congthu.toml`, read once at start: listeners, next hops, engines, limits.
//!
//! Every section is optional; the defaults stand here and nowhere else. Relative paths mean the
//! folder of the configuration file, not the one that the service was started in.

mod engine;
mod log;
mod milter;
mod paths;
mod validate;

pub use engine::{Clamav, Engine, Rspamd, Spamassassin};
pub use log::{Log, LogFormat};
pub use milter::Milter;

use crate::tomlfile::{Error, Source, Words, size};
use serde::Deserialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// The whole file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The SMTP door and the next hops.
    pub smtp: Smtp,
    /// The door for mail servers that ask by milter; absent: there is none.
    pub milter: Option<Milter>,
    /// Metrics, health and console.
    pub http: Http,
    /// Where the rules are and whether they act.
    pub rules: Rules,
    /// The engines outside; one that is absent is not asked and not "unscanned".
    pub engine: Engine,
    /// Where bytes wait.
    pub spool: Spool,
    /// Where letters are kept.
    pub quarantine: Quarantine,
    /// What one client, and all clients, may take.
    pub limits: Limits,
    /// What must outlive a restart.
    pub state: State,
    /// How the log is written.
    pub log: Log,
}

/// All mistakes of a configuration file.
#[derive(Clone, Debug)]
pub struct Errors(pub Vec<Error>);

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&errors.join("\n\n"))
    }
}

impl std::error::Error for Errors {}

impl Config {
    /// Reads, checks and resolves a configuration file; tells every mistake that it finds.
    pub fn load(path: &Path) -> Result<Config, Errors> {
        let source = Source::read(path).map_err(|error| Errors(vec![error]))?;
        let mut config = Config::parse(&source)?;
        config.resolve(path.parent().unwrap_or(Path::new("")));
        Ok(config)
    }

    /// Reads and checks a text; its paths stay as they are.
    pub fn parse(source: &Source) -> Result<Config, Errors> {
        let config: Config = source.parse().map_err(|error| Errors(vec![error]))?;
        let errors = config.mistakes(source);
        if errors.is_empty() { Ok(config) } else { Err(Errors(errors)) }
    }

    /// `./congthu.toml`, else `/etc/congthu/congthu.toml`, else what is built in. A file that is
    /// there and cannot be read is an error, never skipped.
    pub fn find() -> Result<Config, Errors> {
        Config::place().map_or_else(|| Ok(Config::default()), Config::load)
    }

    /// The file that [`Config::find`] reads; none where all is built in.
    pub fn place() -> Option<&'static Path> {
        let usual = ["congthu.toml", "/etc/congthu/congthu.toml"].map(Path::new);
        usual.into_iter().find(|path| path.symlink_metadata().is_ok())
    }
}

/// `[smtp]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Smtp {
    /// Addresses to listen on.
    pub listen: Vec<String>,
    /// Next hops in the order in which they are tried: `host:port`, `lmtp:host:port`,
    /// `lmtp:unix:PATH`, `maildir:PATH`.
    pub upstream: Vec<String>,
    /// The name in greeting, EHLO, trace lines and tags.
    pub hostname: String,
    /// Relay domains; absent: see [`crate::rules`] and `design` of the door.
    pub domains: Option<Vec<String>>,
    /// Networks whose PROXY, XCLIENT and XFORWARD are believed.
    pub trusted: Vec<String>,
    /// Whether one RFC 5321 trace line is prepended.
    pub received: bool,
    /// Domains that go to other servers.
    pub route: Vec<Route>,
    /// STARTTLS, towards clients and towards next hops.
    pub tls: Tls,
}

impl Default for Smtp {
    fn default() -> Smtp {
        Smtp {
            listen: vec!["127.0.0.1:2525".to_owned()],
            upstream: vec!["maildir:var/Maildir".to_owned()],
            hostname: "localhost".to_owned(),
            domains: None,
            trusted: Vec::new(),
            received: false,
            route: Vec::new(),
            tls: Tls::default(),
        }
    }
}

/// `[smtp.tls]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// PEM files of certificate chains, such as one ECDSA and one RSA; none: no STARTTLS.
    pub cert: Vec<PathBuf>,
    /// PEM files of their keys, in the same order.
    pub key: Vec<PathBuf>,
    /// Whether next hops are spoken with under TLS.
    pub upstream: TlsUse,
    /// PEM file of the authorities that may vouch for a next hop, for `required`.
    pub ca: Option<PathBuf>,
    /// SHA-256 of public keys (SubjectPublicKeyInfo, hexadecimal) that a next hop may have, for
    /// `required`.
    pub pin: Vec<String>,
}

/// How far TLS goes towards next hops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TlsUse {
    /// Never.
    #[default]
    Off,
    /// Where it is offered, with any certificate; in the clear where the handshake fails.
    Opportunistic,
    /// Always, with a certificate that `ca` or `pin` vouches for.
    Required,
}

/// `[[smtp.route]]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Recipient domains, subdomains included.
    pub domains: Vec<String>,
    /// As `[smtp] upstream`.
    pub upstream: Vec<String>,
}

/// `[http]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Address of `/metrics`, `/healthz`, `/readyz`.
    pub listen: String,
}

impl Default for Http {
    fn default() -> Http {
        Http { listen: "127.0.0.1:9125".to_owned() }
    }
}

/// `[rules]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// The folder of rule files; absent: `./rules`, then `/etc/congthu/rules`, then those compiled in.
    pub dir: Option<PathBuf>,
    /// Whether all rules act.
    pub mode: RulesMode,
    /// The day, such as `2026-12-14`, until which `observe` was meant to be. Nothing ends by
    /// itself then: the start message and `congthu doctor` remind of it.
    pub observe_until: Option<String>,
}

/// `[rules] mode`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RulesMode {
    /// All rules act.
    #[default]
    Enforce,
    /// Only those on viruses and executables act; all else is counted and shown.
    Observe,
}

/// One string, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Words")]
pub enum OneOrMore {
    /// `address = "…"`
    One(String),
    /// `address = ["…", "…"]`
    More(Vec<String>),
}

impl OneOrMore {
    /// All of them, in order.
    pub fn all(&self) -> &[String] {
        match self {
            OneOrMore::One(one) => std::slice::from_ref(one),
            OneOrMore::More(more) => more,
        }
    }

    fn all_mut(&mut self) -> &mut [String] {
        match self {
            OneOrMore::One(one) => std::slice::from_mut(one),
            OneOrMore::More(more) => more,
        }
    }
}

impl From<Words> for OneOrMore {
    fn from(words: Words) -> OneOrMore {
        OneOrMore::More(words.words.into_iter().map(|word| word.text).collect())
    }
}

/// `[spool]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Spool {
    /// Folder of the unlinked files.
    pub dir: PathBuf,
    /// Bytes of one message that stay in memory; more goes to a file.
    #[serde(deserialize_with = "size")]
    pub memory: u64,
    /// Bytes of all messages in flight on disk.
    #[serde(deserialize_with = "size")]
    pub budget: u64,
}

impl Default for Spool {
    fn default() -> Spool {
        Spool { dir: "var/spool".into(), memory: 256 << 10, budget: 4 << 30 }
    }
}

/// `[quarantine]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quarantine {
    /// `fs:PATH`
    pub store: String,
    /// Days after which a letter that somebody has looked at or let out is removed, and its
    /// expiry recorded; 0: never. One that nobody has seen never expires.
    pub days: u32,
}

impl Default for Quarantine {
    fn default() -> Quarantine {
        Quarantine { store: "fs:var/quarantine".to_owned(), days: 90 }
    }
}

/// `[state]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct State {
    /// Folder of in-flight, deferral and record files.
    pub dir: PathBuf,
    /// Bytes at which a file of records is ended within its day.
    #[serde(deserialize_with = "size")]
    pub records_file: u64,
    /// Days that records stay; 0: for ever. A yearly report compares with the year before.
    pub records_days: u32,
}

impl Default for State {
    fn default() -> State {
        State { dir: "var/state".into(), records_file: 64 << 20, records_days: 800 }
    }
}

/// `[limits]`: each fends off one way to wear the gate out.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Sessions at once: memory and descriptors.
    pub connections: usize,
    /// Sessions at once from one address (IPv6: one /64): a single host that takes them all.
    pub per_client: usize,
    /// Recipients a message: work behind one message.
    pub recipients: usize,
    /// Refused commands a session: guessing of addresses.
    pub errors: usize,
    /// Seconds a session may last: a client that never leaves.
    pub session_seconds: u64,
    /// Seconds without a command: an idle client (RFC 5321 §4.5.3.2.7 asks for five minutes).
    pub idle_seconds: u64,
    /// Seconds from DATA to the final dot: 70 MB over an old line pass.
    pub data_seconds: u64,
    /// Bytes a second that a message must come with, over `rate_seconds`: a trickling sender.
    #[serde(deserialize_with = "size")]
    pub minimum_rate: u64,
    /// Seconds over which that is measured.
    pub rate_seconds: u64,
    /// Seconds from the final dot to the verdict.
    pub verdict_seconds: u64,
    /// Seconds for the next hop to connect and to answer a command.
    pub next_hop_seconds: u64,
    /// Bytes of all messages in flight held in memory.
    #[serde(deserialize_with = "size")]
    pub arrival_memory: u64,
    /// Bytes of all messages under analysis held in memory.
    #[serde(deserialize_with = "size")]
    pub analysis_memory: u64,
    /// Bytes of address space of each child that reads 7z, RAR and PDF, beyond its own program's.
    #[serde(deserialize_with = "size")]
    pub worker_memory: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 500,
            per_client: 50,
            recipients: 1000,
            errors: 20,
            session_seconds: 7200,
            idle_seconds: 300,
            data_seconds: 3600,
            minimum_rate: 2000,
            rate_seconds: 60,
            verdict_seconds: 60,
            next_hop_seconds: 30,
            arrival_memory: 64 << 20,
            analysis_memory: 512 << 20,
            worker_memory: 512 << 20,
        }
    }
}
