//! What all sessions share: rules, pipeline, next hops, limits, and whom they trust.

use super::comeback::Comebacks;
use super::limit::Sessions;
use super::milter::Settings;
use super::tls::Tls;
use crate::config::Config;
use crate::mail::Address;
use crate::pipeline::Pipeline;
use crate::relay::Relay;
use crate::rules::RuleSet;
use crate::smtp::Terms;
use crate::store::{Records, Store};

use arc_swap::ArcSwap;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// What is behind the doors.
pub struct Door {
    pub(super) hostname: String,
    pub(super) rules: Arc<ArcSwap<RuleSet>>,
    pub(super) pipeline: Pipeline,
    pub(super) relay: Relay,
    pub(super) store: Store,
    pub(super) records: Records,
    pub(super) comebacks: Comebacks,
    pub(super) received: bool,
    pub(super) times: Times,
    pub(super) sessions: Sessions,
    pub(super) tls: Option<Tls>,
    pub(super) milter: Settings,
    pub(super) recipients: usize,
    errors: usize,
    trusted: Vec<IpNet>,
    domains: Option<Vec<String>>,
    /// All listeners are on loopback: only this host can connect, and any recipient is taken.
    local: bool,
}

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// A session.
    pub(super) session: Duration,
    /// Between commands, and to take a reply.
    pub(super) idle: Duration,
    /// From DATA to the final dot.
    pub(super) data: Duration,
    /// Bytes a second of a message, at least.
    pub(super) rate: u64,
    /// Over which that is measured.
    pub(super) window: Duration,
}

/// What a door is made of.
pub struct Parts {
    /// The rules; what is swapped in is used from the next transaction on.
    pub rules: Arc<ArcSwap<RuleSet>>,
    /// The way of every message.
    pub pipeline: Pipeline,
    /// The next hops.
    pub relay: Relay,
    /// Where letters are kept.
    pub store: Store,
    /// Where is noted what came of each letter, and why.
    pub records: Records,
    /// What is remembered of letters between their attempts.
    pub comebacks: Comebacks,
}

impl Door {
    /// A door for these listeners; an error says what is wrong in the configuration.
    pub fn new(config: &Config, parts: Parts, listeners: &[SocketAddr]) -> Result<Door, String> {
        let (smtp, limits) = (&config.smtp, &config.limits);
        let trusted: Result<Vec<IpNet>, String> = smtp.trusted.iter().map(|t| network(t)).collect();
        let seconds = Duration::from_secs;
        let domains = smtp.domains.as_ref();
        if let Some(hop) = parts.relay.loops_to(listeners) {
            return Err(format!("[smtp] upstream: `{hop}` is the gate itself, mail would loop"));
        }
        Ok(Door {
            hostname: smtp.hostname.clone(),
            rules: parts.rules,
            pipeline: parts.pipeline,
            relay: parts.relay,
            store: parts.store,
            records: parts.records,
            comebacks: parts.comebacks,
            received: smtp.received,
            times: Times {
                session: seconds(limits.session_seconds),
                idle: seconds(limits.idle_seconds),
                data: seconds(limits.data_seconds),
                rate: limits.minimum_rate,
                window: seconds(limits.rate_seconds),
            },
            sessions: Sessions::new(limits.connections, limits.per_client),
            tls: Tls::load(&smtp.tls)?,
            milter: Settings::of(config),
            recipients: limits.recipients,
            errors: limits.errors,
            trusted: trusted?,
            domains: domains.map(|list| list.iter().map(|name| name.to_lowercase()).collect()),
            local: listeners.iter().all(|listener| listener.ip().to_canonical().is_loopback()),
        })
    }

    /// Reads certificates and keys again; an error says what is wrong, and all stays as it was.
    pub fn reload_tls(&self) -> Result<(), String> {
        self.tls.as_ref().map_or(Ok(()), Tls::reload)
    }

    /// `LIMITS` of RFC 9422, where recipients of several domains may be split.
    pub(super) fn limits(&self) -> Option<String> {
        let rules = self.rules.load();
        let mut hashes = rules.policies().filter(|p| !p.recipients.is_empty()).map(|p| &p.hash);
        let first = hashes.next();
        let several = first.is_some_and(|first| hashes.any(|hash| hash != first));
        (several || self.relay.splits()).then(|| "RCPTDOMAINMAX=1".to_owned())
    }

    /// Whether PROXY, XCLIENT and XFORWARD of this peer are believed.
    pub(super) fn trusts(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.trusted.iter().any(|network| network.contains(&peer))
    }

    /// Whether mail for this recipient is ours to relay. The next hop trusts our address, so
    /// anything else would make it an open relay.
    pub(super) fn relays(&self, rules: &RuleSet, rcpt: &Address) -> bool {
        // RFC 5321 §4.5.1: `<postmaster>` is always somebody here.
        if rcpt.domain.is_empty() {
            return true;
        }
        match &self.domains {
            Some(list) => list.iter().any(|domain| rcpt.is_under(domain)),
            None => self.local || rules.relays(rcpt),
        }
    }

    /// `SIZE` of our own: what `base` allows.
    fn size(&self) -> u64 {
        let rules = self.rules.load();
        rules.policy("base").map_or(u64::MAX, |base| base.settings.limits.message)
    }

    /// What holds for a session with this peer.
    pub(super) fn terms(&self, client: Option<IpAddr>) -> Terms {
        Terms {
            hostname: self.hostname.clone(),
            trusted: client.is_some_and(|client| self.trusts(client)),
            tls: self.tls.as_ref().is_some_and(|tls| tls.is_for(client)),
            size: self.size(),
            recipients: self.recipients,
            errors: self.errors,
        }
    }
}

/// A network, or a single address.
fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| format!("[smtp] trusted: `{text}` is no address and no network"))
}
