//! The start message: what listens, what is protected and what is not, and how to try it.

use super::Setup;
use crate::config::Config;
use crate::rules::{Directory, RuleSet};
use crate::serve::service;
use std::net::SocketAddr;
use std::path::Path;
use std::time::SystemTime;

/// Bytes that a whole message may have.
pub(super) fn message_limit(rules: &RuleSet) -> u64 {
    rules.policy("base").map_or(0, |base| base.settings.limits.message)
}

/// How much of a message attachments can be: base64 makes 78 octets of 57 (RFC 2045 §6.8).
pub(in crate::command) fn attachments(message: u64) -> String {
    let mebibytes = (message / 78 * 57) as f64 / f64::from(1 << 20);
    format!("about {mebibytes:.0} MiB")
}

/// Where the gate can be reached.
pub(super) struct Listening {
    pub(super) smtp: Vec<SocketAddr>,
    pub(super) milter: Vec<String>,
    pub(super) pages: Option<SocketAddr>,
}

impl Listening {
    /// Tells the service manager that the doors are open, and from then on that there is life.
    pub(super) fn tell(&self) {
        tokio::spawn(service::watchdog());
        service::ready(&self.status());
    }

    /// One line for the service manager.
    pub(super) fn status(&self) -> String {
        let smtp = self.smtp.iter().map(|address| format!("SMTP {address}"));
        let milter = self.milter.iter().map(|address| format!("milter {address}"));
        format!("Listening: {}", smtp.chain(milter).collect::<Vec<_>>().join(", "))
    }

    /// One line a door that is open.
    fn describe(&self, config: &Config) -> Vec<String> {
        let smtp: Vec<String> = self.smtp.iter().map(ToString::to_string).collect();
        let mut lines = Vec::new();
        if !smtp.is_empty() {
            lines.push(format!("  SMTP       {}", smtp.join(", ")));
            lines.push(format!("  next hop   {}", config.smtp.upstream.join(", ")));
        }
        if !self.milter.is_empty() {
            lines.push(format!("  milter     {}", self.milter.join(", ")));
        }
        if let Some(pages) = self.pages {
            lines.push(format!("  pages      http://{pages}/metrics /healthz /readyz"));
        }
        lines
    }
}

/// What listens, what is protected and what is not, and how to try it.
pub(super) fn announcement(setup: &Setup, listening: &Listening, unread: Option<&str>) -> String {
    let mut lines = vec![format!("congthu {}", env!("CARGO_PKG_VERSION"))];
    lines.extend(listening.describe(&setup.config));
    lines.push(format!("  rules      {}: {}", setup.rules_from, ids(setup).join(", ")));
    lines.extend(observing(setup));
    lines.extend(setup.rules.directories().map(directory));
    let size = message_limit(&setup.rules);
    lines
        .push(format!("  size       {size} bytes a message: {} of attachments", attachments(size)));
    lines.push(format!("  kept       {}", keeper(&setup.config)));
    lines.push(
        "  protected  executables and scripts, also in archives; size; line ends; EICAR, GTUBE"
            .to_owned(),
    );
    if let Some(problem) = unread {
        lines.push(format!("  not protected: 7z, RAR and PDF are not read: {problem}"));
    }
    lines.extend(setup.engines.describe().iter().map(|line| format!("  {line}")));
    if let Some(first) = listening.smtp.first() {
        let host = match first.ip() {
            ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
            ip => ip.to_string(),
        };
        let (port, to) = (first.port(), "ai@tiengiang.gov.vn");
        lines.push(format!("try it: swaks --server {host}:{port} --to {to} --attach @FILE"));
        lines.push(format!("   or:  curl smtp://{host}:{port} --mail-rcpt {to} --crlf -T a.eml"));
    }
    lines.join("\n") + "\n"
}

/// What is not yet stopped, and until when that was meant.
fn observing(setup: &Setup) -> Option<String> {
    let observes = setup.rules.policies().any(|policy| policy.observes());
    let until = setup.config.rules.observe_until.as_deref().unwrap_or("`congthu rules promote`");
    let acts = "only viruses and executables are stopped, all else is counted";
    observes.then(|| format!("  observe    {acts}; until {until}"))
}

/// Who has the letters that wait for a person.
fn keeper(config: &Config) -> String {
    let store = config.quarantine.store.clone();
    let holds = config.milter.as_ref().is_some_and(|milter| milter.reinject.is_none());
    match (holds, config.smtp.listen.is_empty()) {
        (false, _) => store,
        (true, true) => "by the mail server that asks".to_owned(),
        (true, false) => format!("{store}; what comes by milter, by the mail server that asks"),
    }
}

/// A directory, how large it is and how old.
fn directory((file, of): (&Path, &Directory)) -> String {
    let (file, now) = (file.display(), SystemTime::now());
    let names = of.snapshot().map_or(0, |snapshot| snapshot.len());
    let stale = if of.is_stale(now) { "; stale, so it refuses nobody" } else { "" };
    format!("  directory  {file}: {names} names{stale}")
}

fn ids(setup: &Setup) -> Vec<&str> {
    setup.rules.policies().map(|policy| policy.id.as_str()).collect()
}
