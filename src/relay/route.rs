//! Which next hop takes a recipient: `[smtp] upstream` and `[[smtp.route]]`.
//!
//! Recipients of different routes cannot share a transaction, since one answer at
//! its end would have to speak for two servers.

use super::health::Hop;
use super::passage::Passage;
use super::tls::Tls;
use crate::config;
use crate::mail::Address;
use crate::metrics;
use crate::smtp::Extensions;

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `host:port`
    Tcp(String),
    /// A local socket.
    Unix(PathBuf),
}

/// A next hop as the configuration names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextHop {
    /// An SMTP server.
    Smtp(Target),
    /// An LMTP server (RFC 2033).
    Lmtp(Target),
    /// A folder of letters.
    Maildir(PathBuf),
}

impl NextHop {
    /// Reads `host[:port]`, `lmtp:host:port`, `lmtp:unix:PATH` or `maildir:PATH`.
    pub fn parse(text: &str) -> Result<NextHop, String> {
        if let Some(path) = text.strip_prefix("maildir:") {
            return Ok(NextHop::Maildir(path.into()));
        }
        if let Some(rest) = text.strip_prefix("lmtp:") {
            if let Some(path) = rest.strip_prefix("unix:") {
                return Ok(NextHop::Lmtp(Target::Unix(path.into())));
            }
            return Ok(NextHop::Lmtp(Target::Tcp(with_port(rest, 24)?)));
        }
        let rest = text.strip_prefix("smtp:").unwrap_or(text);
        Ok(NextHop::Smtp(Target::Tcp(with_port(rest, 25)?)))
    }
}

/// `host:port`; an IPv6 address stands in brackets.
fn with_port(text: &str, default: u16) -> Result<String, String> {
    let wrong = || format!("`{text}` is no next hop: expected host:port, lmtp:…, maildir:PATH");
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !text.ends_with(']') => (host, port.parse().map_err(|_| wrong())?),
        _ => (text, default),
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let open = host.starts_with('[') && host.ends_with(']');
    if bare.is_empty() || (bare.contains(':') && !open) || host.contains(['/', ' ']) {
        return Err(wrong());
    }
    Ok(format!("{host}:{port}"))
}

/// How long a next hop may take.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// To connect, and to answer a command.
    pub command: Duration,
    /// From the sender's final dot to the latest moment at which ours goes out: 300 s of
    /// its patience of 600 s (RFC 5321 §4.5.3.2.6) are left for the next hop.
    pub dot: Duration,
    /// From the sender's final dot to our answer: later nobody listens (RFC 1047).
    pub answer: Duration,
    /// Between probes of a next hop that is down, at most; the first ones come quicker.
    pub probe: Duration,
}

impl Default for Times {
    fn default() -> Times {
        Times {
            command: Duration::from_secs(30),
            dot: Duration::from_secs(300),
            answer: Duration::from_secs(595),
            probe: Duration::from_secs(10),
        }
    }
}

/// All routes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Relay(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) hostname: String,
    pub(super) times: Times,
    pub(super) tls: Tls,
    /// The first takes what no other names.
    pub(super) routes: Vec<Route>,
    /// When a client last had the next hops asked in vain; one at a time does.
    revived: tokio::sync::Mutex<Option<Instant>>,
}

#[derive(Debug)]
pub(super) struct Route {
    domains: Vec<String>,
    pub(super) hops: Vec<Arc<Hop>>,
}

impl Relay {
    /// Reads the next hops of a configuration; an error names the one that is wrong.
    pub fn new(smtp: &config::Smtp, times: Times) -> Result<Relay, String> {
        let route = |domains: Vec<String>, upstream: &[String]| {
            let hops: Result<Vec<Arc<Hop>>, String> =
                upstream.iter().map(|text| Ok(Arc::new(Hop::new(text)?))).collect();
            let hops = hops?;
            if hops.is_empty() {
                return Err("a route without upstream".to_owned());
            }
            Ok(Route { domains, hops })
        };
        let mut routes = vec![route(Vec::new(), &smtp.upstream)?];
        for named in &smtp.route {
            let domains = named.domains.iter().map(|domain| domain.to_lowercase()).collect();
            routes.push(route(domains, &named.upstream)?);
        }
        let tls = Tls::new(&smtp.tls)?;
        let (hostname, revived) = (smtp.hostname.clone(), tokio::sync::Mutex::default());
        Ok(Relay(Arc::new(Inner { hostname, times, tls, routes, revived })))
    }

    /// A client session's way to its next hops.
    pub fn passage(&self) -> Passage {
        Passage::new(self.0.clone())
    }

    /// How long a next hop may take.
    pub fn times(&self) -> Times {
        self.0.times
    }

    /// All next hops.
    pub fn hops(&self) -> impl Iterator<Item = &Arc<Hop>> {
        self.0.routes.iter().flat_map(|route| &route.hops)
    }

    /// The next hop that is one of these listeners: every letter would come back for ever.
    pub fn loops_to(&self, listeners: &[SocketAddr]) -> Option<String> {
        let ours = |target: SocketAddr| {
            listeners.iter().any(|listener| {
                let any = listener.ip().is_unspecified() && target.ip().is_loopback();
                listener.port() == target.port() && (any || listener.ip() == target.ip())
            })
        };
        let mut hops = self.hops();
        let looping = hops.find(|hop| match &hop.kind {
            // A name that cannot be resolved at the start is a matter of health.
            NextHop::Smtp(Target::Tcp(address)) | NextHop::Lmtp(Target::Tcp(address)) => {
                address.to_socket_addrs().is_ok_and(|mut found| found.any(ours))
            }
            _ => false,
        });
        looping.map(|hop| hop.name.clone())
    }

    /// Makes the folders among the next hops and tries each; an error names the one that cannot
    /// be written, and what to do. The others' health shows when they are spoken with.
    pub fn open_folders(&self) -> Result<(), String> {
        for hop in self.hops() {
            let NextHop::Maildir(dir) = &hop.kind else { continue };
            super::maildir::probe(dir).map_err(|failure| {
                let (name, cause) = (&hop.name, &failure.cause);
                format!(
                    "next hop `{name}` cannot be written: {cause}; make the folder writable for \
                     this user, or name another in [smtp] upstream"
                )
            })?;
            hop.mark_up(&Extensions::local());
        }
        Ok(())
    }

    /// Whether recipients may have to come in transactions of their own.
    pub fn splits(&self) -> bool {
        let lmtp = self.hops().any(|hop| matches!(hop.kind, NextHop::Lmtp(_)));
        self.0.routes.len() > 1 || lmtp
    }

    /// Whether every next hop is known to be down: the sender may then try its next MX.
    pub fn is_down(&self) -> bool {
        self.hops().all(|hop| hop.is_down())
    }

    /// Whether a next hop is up. When all were down they are asked once more, for a client that
    /// waits for its greeting: after a common power cut the gate is often there first, and
    /// must not send mail away for seconds after the next hop came up.
    pub async fn revive(&self) -> bool {
        if !self.is_down() {
            return true;
        }
        let asking = async {
            let mut failed = self.0.revived.lock().await;
            // Whoever waited behind another has its answer already.
            if self.is_down() && failed.is_none_or(|failed| failed.elapsed() >= FIRST_PROBE) {
                self.probe().await;
                *failed = self.is_down().then(Instant::now);
            }
        };
        // A next hop that swallows packets must not hold the greeting back for long.
        let _ = timeout(REVIVAL, asking).await;
        !self.is_down()
    }

    /// Probes what is down until nobody needs it any more: quickly at first, then with longer
    /// and longer pauses.
    pub async fn watch(&self) {
        let mut pause = FIRST_PROBE;
        loop {
            self.probe().await;
            let up = self.hops().all(|hop| hop.is_up());
            sleep(if up { REVIVAL } else { pause.min(self.0.times.probe) }).await;
            pause = if up { FIRST_PROBE } else { pause.saturating_mul(2) };
        }
    }

    /// What all next hops that are up honour. One that nobody has spoken with yet is
    /// asked first.
    pub async fn offers(&self) -> Extensions {
        for hop in self.hops().filter(|hop| hop.is_unknown()) {
            self.probe_one(hop).await;
        }
        let offers = self.hops().filter_map(|hop| hop.offers());
        offers.reduce(|all, next| all.meet(&next)).unwrap_or_default()
    }

    /// Asks every next hop that is not known to be up: EHLO and QUIT, nothing else.
    pub async fn probe(&self) {
        let mut probes = JoinSet::new();
        for hop in self.hops().filter(|hop| !hop.is_up()) {
            let (relay, hop) = (self.clone(), hop.clone());
            probes.spawn(async move { relay.probe_one(&hop).await });
        }
        // All at once: one that swallows packets must not keep us from seeing another come back.
        while probes.join_next().await.is_some() {}
    }

    /// The next hops that would relay mail of anybody to anybody because it comes from our
    /// address: behind such a one our own check of recipients is all that stands.
    pub async fn open_relays(&self) -> Vec<String> {
        let mut open = Vec::new();
        for hop in self.hops().filter(|hop| matches!(hop.kind, NextHop::Smtp(_))) {
            let Ok(mut line) = super::line::Line::open(&self.0, hop, None).await else { continue };
            let taken = line.takes(OUTSIDE_SENDER, OUTSIDE_RECIPIENT).await;
            metrics::open_relay(&hop.name, taken);
            if taken {
                tracing::warn!(next_hop = hop.name, "The next hop relays for us to anybody.");
                open.push(hop.name.clone());
            }
            line.quit(Instant::now() + self.0.times.command).await;
        }
        open
    }

    async fn probe_one(&self, hop: &Arc<Hop>) {
        let line = super::line::Line::open(&self.0, hop, None).await;
        if let Ok(line) = line {
            line.quit(Instant::now() + self.0.times.command).await;
        }
    }
}

/// The first pause between probes; also how often clients may cause one.
const FIRST_PROBE: Duration = Duration::from_millis(250);

/// How long a client's greeting waits for a next hop to come up.
const REVIVAL: Duration = Duration::from_secs(1);

/// Domains that exist and belong to no customer (RFC 2606).
const OUTSIDE_SENDER: &str = "MAIL FROM:<relay-test@example.com>";
const OUTSIDE_RECIPIENT: &str = "RCPT TO:<relay-test@example.net>";

impl Inner {
    /// The route of a recipient: the longest domain that covers it.
    pub(super) fn route(&self, rcpt: &Address) -> usize {
        let covered = self.routes.iter().enumerate().flat_map(|(at, route)| {
            let longest = route.domains.iter().filter(|domain| rcpt.is_under(domain));
            longest.map(|domain| domain.len()).max().map(|length| (length, at))
        });
        covered.max().map_or(0, |(_, at)| at)
    }
}
