//! What is wrong in a configuration that has the right keys and types, and where it stands.

use super::milter::octal;
use super::{Config, TlsUse};
use crate::tomlfile::{Error, Source, hint};
use ipnet::IpNet;
use std::fs::File;
use std::io::Read;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

impl Config {
    /// All mistakes, each at its value.
    pub(super) fn mistakes(&self, source: &Source) -> Vec<Error> {
        let mut checker = Checker { source, errors: Vec::new() };
        self.check_smtp(&mut checker);
        self.check_milter(&mut checker);
        checker.check("http.listen", listener(&self.http.listen));
        if let Some(until) = &self.rules.observe_until {
            checker.check("rules.observe_until", date(until));
        }
        self.check_engines(&mut checker);
        checker.check("quarantine.store", store(&self.quarantine.store));
        let none = || Err("with 0 no record would ever find room".to_owned());
        let room = if self.state.records_file == 0 { none() } else { Ok(()) };
        checker.check("state.records_file", room);
        self.check_limits(&mut checker);
        checker.errors
    }

    fn check_smtp(&self, checker: &mut Checker<'_>) {
        let smtp = &self.smtp;
        checker.each("smtp.listen", &smtp.listen, listener);
        checker.each("smtp.upstream", &smtp.upstream, next_hop);
        checker.some("smtp.upstream", &smtp.upstream, "a next hop");
        // Behind a mail server that asks by milter nobody needs an SMTP door.
        if self.milter.is_none() {
            checker.some("smtp.listen", &smtp.listen, "an address to listen on");
        }
        checker.check("smtp.hostname", domain(&smtp.hostname));
        checker.each("smtp.trusted", &smtp.trusted, network);
        if let Some(domains) = &smtp.domains {
            checker.each("smtp.domains", domains, domain);
        }
        self.check_tls(checker);
        for (at, route) in smtp.route.iter().enumerate() {
            let (domains, upstream) =
                (format!("smtp.route.{at}.domains"), format!("smtp.route.{at}.upstream"));
            checker.each(&domains, &route.domains, domain);
            checker.some(&domains, &route.domains, "a domain");
            checker.each(&upstream, &route.upstream, next_hop);
            checker.some(&upstream, &route.upstream, "a next hop");
        }
    }

    fn check_milter(&self, checker: &mut Checker<'_>) {
        let Some(milter) = &self.milter else { return };
        checker.each("milter.listen", milter.listen.all(), milter_listener);
        checker.some("milter.listen", milter.listen.all(), "an address to listen on");
        if octal(&milter.mode).is_none() {
            let message = format!("`{}` are no permissions; write them as \"0660\"", milter.mode);
            checker.check("milter.mode", Err(message));
        }
        if let Some(reinject) = &milter.reinject {
            checker.check("milter.reinject", self.reinject(reinject));
        }
        let seconds = milter.progress_seconds;
        if seconds == 0 {
            let message = "with 0 the mail server would hear nothing else".to_owned();
            checker.check("milter.progress_seconds", Err(message));
        }
    }

    /// Released letters must reach the mail server, and not come round to the gate.
    fn reinject(&self, text: &str) -> Result<(), String> {
        if !is_host_port(text) {
            return Err(format!("`{text}` is no listener; write it as \"127.0.0.1:10026\""));
        }
        match self.smtp.listen.iter().any(|own| own == text) {
            true => Err(format!("`{text}` is the gate itself, mail would loop")),
            false => Ok(()),
        }
    }

    /// What is in the files is seen when they are loaded; that they are there is seen here.
    fn check_tls(&self, checker: &mut Checker<'_>) {
        let tls = &self.smtp.tls;
        let (certs, keys) = (tls.cert.len(), tls.key.len());
        if certs != keys {
            let path = if certs > keys { "smtp.tls.cert" } else { "smtp.tls.key" };
            let message = format!("each `cert` needs its `key`: {certs} and {keys} are named");
            checker.check(path, Err(message));
        }
        for (name, files) in [("cert", &tls.cert), ("key", &tls.key)] {
            for (at, file) in files.iter().enumerate() {
                checker.readable(&format!("smtp.tls.{name}.{at}"), file);
            }
        }
        if let Some(file) = &tls.ca {
            checker.readable("smtp.tls.ca", file);
        }
        let hexadecimal = |pin: &str| {
            let fine = pin.len() == 64 && pin.bytes().all(|byte| byte.is_ascii_hexdigit());
            let wrong = || format!("`{pin}` is no SHA-256: 64 hexadecimal digits");
            if fine { Ok(()) } else { Err(wrong()) }
        };
        checker.each("smtp.tls.pin", &tls.pin, hexadecimal);
        if tls.upstream == TlsUse::Required && tls.ca.is_none() && tls.pin.is_empty() {
            let message = "`required` needs `ca` or `pin`: who may vouch for the next hop?";
            checker.check("smtp.tls.upstream", Err(message.to_owned()));
        }
    }

    fn check_engines(&self, checker: &mut Checker<'_>) {
        if let Some(clamav) = &self.engine.clamav {
            let all = clamav.address.all();
            checker.each("engine.clamav.address", all, engine);
            checker.some("engine.clamav.address", all, "an address");
        }
        if let Some(rspamd) = &self.engine.rspamd {
            checker.check("engine.rspamd.url", url(&rspamd.url));
        }
        if let Some(spamd) = &self.engine.spamassassin {
            checker.check("engine.spamassassin.address", engine(&spamd.address));
        }
    }

    fn check_limits(&self, checker: &mut Checker<'_>) {
        let limits = &self.limits;
        for (key, value) in [
            ("connections", limits.connections as u64),
            ("per_client", limits.per_client as u64),
            ("recipients", limits.recipients as u64),
            ("errors", limits.errors as u64),
            ("session_seconds", limits.session_seconds),
            ("idle_seconds", limits.idle_seconds),
            ("data_seconds", limits.data_seconds),
            ("verdict_seconds", limits.verdict_seconds),
            ("next_hop_seconds", limits.next_hop_seconds),
            ("arrival_memory", limits.arrival_memory),
            ("analysis_memory", limits.analysis_memory),
        ] {
            let none = || Err("with 0 no mail could ever pass".to_owned());
            checker.check(&format!("limits.{key}"), if value == 0 { none() } else { Ok(()) });
        }
        if limits.worker_memory < WORKER_MIN {
            let message = format!("a reader needs {WORKER_MIN} bytes for its dictionaries alone");
            checker.check("limits.worker_memory", Err(message));
        }
        // RFC 5321 §4.5.3.2.6: a sender waits 600 s; half of it is the next hop's.
        if limits.verdict_seconds > VERDICT_MAX {
            let message = format!(
                "a sender waits ten minutes and the next hop needs half of them: at most \
                 {VERDICT_MAX}"
            );
            checker.check("limits.verdict_seconds", Err(message));
        }
    }
}

/// A child takes 64 MiB for itself, and a dictionary 128 MiB.
const WORKER_MIN: u64 = 256 << 20;

/// The most seconds that a verdict may take.
const VERDICT_MAX: u64 = 295;

/// Collects mistakes with their places.
struct Checker<'a> {
    source: &'a Source,
    errors: Vec<Error>,
}

impl Checker<'_> {
    fn check(&mut self, path: &str, result: Result<(), String>) {
        if let Err(message) = result {
            self.errors.push(self.source.error_at(path, message));
        }
    }

    fn each(&mut self, path: &str, values: &[String], check: fn(&str) -> Result<(), String>) {
        for (at, value) in values.iter().enumerate() {
            if let Err(message) = check(value) {
                self.errors.push(self.source.error_at(&format!("{path}.{at}"), message));
            }
        }
    }

    /// A file, named from the folder of the configuration file.
    fn readable(&mut self, path: &str, file: &Path) {
        let file = Path::new(self.source.file()).with_file_name("").join(file);
        let wrong = |error| format!("{} cannot be read: {error}", file.display());
        let read = File::open(&file).and_then(|mut file| file.read(&mut [0]));
        self.check(path, read.map(|_| ()).map_err(wrong));
    }

    fn some(&mut self, path: &str, values: &[String], what: &str) {
        if values.is_empty() {
            self.errors.push(self.source.error_at(path, format!("{what} is missing")));
        }
    }
}

/// A day as ISO 8601 writes it, and one that exists.
fn date(text: &str) -> Result<(), String> {
    let wrong = |_| format!("`{text}` is no day; write it as \"2026-12-14\"");
    text.parse::<jiff::civil::Date>().map(|_| ()).map_err(wrong)
}

fn listener(text: &str) -> Result<(), String> {
    let wrong = |_| format!("`{text}` is no address; write it as \"0.0.0.0:25\" or \"[::]:25\"");
    text.parse::<SocketAddr>().map(|_| ()).map_err(wrong)
}

fn milter_listener(text: &str) -> Result<(), String> {
    let fine = match text.strip_prefix("unix:") {
        Some(path) => !path.is_empty(),
        None => text.parse::<SocketAddr>().is_ok(),
    };
    let forms = "write it as \"127.0.0.1:2526\" or \"unix:/run/congthu/milter.sock\"";
    if fine { Ok(()) } else { Err(format!("`{text}` is no address; {forms}")) }
}

fn next_hop(text: &str) -> Result<(), String> {
    let forms = "write it as \"10.0.0.5:25\", \"lmtp:HOST:PORT\", \"lmtp:unix:PATH\" or \
                 \"maildir:PATH\"";
    let path = text.strip_prefix("maildir:").or(text.strip_prefix("lmtp:unix:"));
    let fine = match path {
        Some(path) => !path.is_empty(),
        None => is_host_port(text.strip_prefix("lmtp:").unwrap_or(text)),
    };
    if fine { Ok(()) } else { Err(format!("`{text}` is no next hop; {forms}")) }
}

fn engine(text: &str) -> Result<(), String> {
    let fine = match text.strip_prefix("unix:") {
        Some(path) => !path.is_empty(),
        None => is_host_port(text),
    };
    let forms = "write it as \"127.0.0.1:3310\" or \"unix:/run/clamav/clamd.ctl\"";
    if fine { Ok(()) } else { Err(format!("`{text}` is no address; {forms}")) }
}

fn url(text: &str) -> Result<(), String> {
    let rest = text.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
    let fine = rest.is_some_and(|host| is_host_port(host) || domain(host).is_ok());
    let wrong = || format!("`{text}` is no URL; write it as \"http://127.0.0.1:11333\"");
    if fine { Ok(()) } else { Err(wrong()) }
}

fn network(text: &str) -> Result<(), String> {
    let fine = text.parse::<IpNet>().is_ok() || text.parse::<IpAddr>().is_ok();
    let wrong = || format!("`{text}` is no network; write it as \"10.1.0.0/16\" or \"10.0.0.5\"");
    if fine { Ok(()) } else { Err(wrong()) }
}

fn store(text: &str) -> Result<(), String> {
    let (kind, path) = text.split_once(':').unwrap_or((text, ""));
    match (kind, path) {
        ("fs", "") => Err("the path is missing: \"fs:/var/lib/congthu/quarantine\"".to_owned()),
        ("fs", _) => Ok(()),
        _ => Err(format!("unknown store `{kind}`{}", hint(kind, &["fs"]))),
    }
}

/// A name as RFC 5321 has it, or an address literal.
fn domain(text: &str) -> Result<(), String> {
    let label = |label: &str| {
        let fit = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (1..=63).contains(&label.len())
            && label.chars().all(fit)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let fine = text.len() <= 253 && text.split('.').all(label);
    let wrong = || format!("`{text}` is no domain name; write it as \"mx.tiengiang.gov.vn\"");
    if fine { Ok(()) } else { Err(wrong()) }
}

/// `10.0.0.5:25`, `[::1]:25`, `mail.example:25`
fn is_host_port(text: &str) -> bool {
    if text.parse::<SocketAddr>().is_ok() {
        return true;
    }
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    domain(host).is_ok() && port.parse::<u16>().is_ok_and(|port| port > 0)
}
