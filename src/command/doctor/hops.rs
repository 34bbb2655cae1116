//! Next hops: reached as for a client, asked what they take, and whether they would relay for anybody.

use super::domains::Domains;
use super::folders;
use super::report::Line;
use crate::command::peer::{self, Peer};
use crate::config::{Config, TlsUse};
use crate::mail::{Address, Client};
use crate::relay::{Cause, Examined, Failure, Hop, Look, NextHop, Relay, Step, Target, Times};
use crate::rules::RuleSet;
use crate::smtp::{Extension, Reply};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

/// Of a next hop, for one answer; the gate itself waits longer.
const PATIENCE: u64 = 10;

/// For all that is asked of one.
const WHOLE: Duration = Duration::from_secs(45);

/// Recipients that a next hop is asked about.
const RECIPIENTS: usize = 10;

/// What was seen of a next hop: its greeting, where there is one.
pub(super) type Greetings = Vec<String>;

/// Looks at every next hop that letters go to.
pub(super) async fn look(
    config: &Config,
    rules: &RuleSet,
    domains: &Domains,
) -> (Vec<Line>, Greetings) {
    let (mut lines, mut greetings) = (Vec::new(), Vec::new());
    // A gate that is asked by milter alone hands nothing on, but what it lets out again.
    let reinject = config.milter.as_ref().is_some_and(|milter| milter.reinject.is_some());
    let smtp = match (config.smtp.listen.is_empty(), reinject) {
        (true, false) => return (lines, greetings),
        (true, true) => config.release(),
        (false, _) => config.smtp.clone(),
    };
    let command = Duration::from_secs(config.limits.next_hop_seconds.min(PATIENCE));
    let relay = match Relay::new(&smtp, Times { command, ..Times::default() }) {
        Ok(relay) => relay,
        Err(error) => {
            return (vec![Line::fault("next_hop", "", error, "correct [smtp]")], greetings);
        }
    };
    let limit = rules.policy("base").map_or(0, |base| base.settings.limits.message);
    for (domains, upstream) in routes(config, domains) {
        for hop in relay.hops().filter(|hop| upstream.contains(&hop.name)) {
            if let NextHop::Maildir(dir) = &hop.kind {
                lines.push(folders::maildir(&hop.name, dir));
                continue;
            }
            let look = what(&domains);
            match tokio::time::timeout(WHOLE, relay.examine(hop, &look)).await {
                Ok(Ok(seen)) => {
                    lines.extend(judge(config, hop, &seen, limit));
                    greetings.push(seen.greeting);
                }
                Ok(Err(failure)) => lines.push(unreachable(hop, &failure).await),
                Err(_) => {
                    let found = "it did not answer all questions in time";
                    lines.push(Line::fault("next_hop", &hop.name, found, "look into its log"));
                }
            }
        }
    }
    (lines, greetings)
}

/// Each route with the recipients that go there.
fn routes(config: &Config, domains: &Domains) -> Vec<(Vec<String>, Vec<String>)> {
    let own = |domain: &&String| {
        let covers = |above: &String| Address::new(&format!("x@{domain}")).is_under(above);
        !config.smtp.route.iter().any(|route| route.domains.iter().any(covers))
    };
    let first = domains.asked.iter().filter(own).cloned().collect();
    let upstream = match &config.milter {
        Some(milter) if config.smtp.listen.is_empty() => {
            milter.reinject.clone().into_iter().collect()
        }
        _ => config.smtp.upstream.clone(),
    };
    let mut all = vec![(first, upstream)];
    if !config.smtp.listen.is_empty() {
        let routes = config.smtp.route.iter();
        all.extend(routes.map(|route| (route.domains.clone(), route.upstream.clone())));
    }
    all
}

/// Asked in the name of a client of the Internet (RFC 5737), about domains that exist and belong to
/// no customer (RFC 2606), and about the one mailbox that every domain has (RFC 5321 §4.5.1).
fn what(domains: &[String]) -> Look {
    let client = Client {
        ip: Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))),
        helo: "mail.example.com".to_owned(),
        esmtp: true,
        ..Client::default()
    };
    let mailbox = |name: &String| match name.contains('@') {
        true => name.clone(),
        false => format!("postmaster@{name}"),
    };
    Look {
        client,
        outside: ("relay-test@example.com".to_owned(), "relay-test@example.net".to_owned()),
        recipients: domains.iter().take(RECIPIENTS).map(mailbox).collect(),
    }
}

/// Why it cannot be used, and who is there instead.
async fn unreachable(hop: &Arc<Hop>, failure: &Failure) -> Line {
    let (wanted, target) = match &hop.kind {
        NextHop::Smtp(target) => (Peer::Smtp, target),
        NextHop::Lmtp(target) => (Peer::Lmtp, target),
        NextHop::Maildir(dir) => return folders::maildir(&hop.name, dir),
    };
    if failure.cause == Cause::LoopsBack {
        let advice = "give the gate a [smtp] hostname of its own, or correct [smtp] upstream: \
                      what greets with our name is taken for us";
        return Line::fault("next_hop", &hop.name, failure, advice);
    }
    if failure.step == Step::Tls {
        let advice = "the next hop must offer STARTTLS with a certificate that [smtp.tls] ca or \
                      pin vouches for; or write upstream = \"opportunistic\"";
        return Line::fault("next_hop", &hop.name, failure, advice);
    }
    match peer::identify(target).await {
        peer if peer == wanted => {
            let advice = "its log says why";
            Line::fault("next_hop", &hop.name, failure, advice)
        }
        peer => {
            let found = format!("{failure}; {peer}");
            Line::fault("next_hop", &hop.name, found, peer.advice(&wanted))
        }
    }
}

fn judge(config: &Config, hop: &Hop, seen: &Examined, limit: u64) -> Vec<Line> {
    let name = hop.name.as_str();
    let mut lines = vec![Line::ok("next_hop", name, &seen.greeting)];
    lines.extend(tls(config, hop, seen));
    lines.push(size(name, seen, limit));
    lines.push(client(config, name, seen));
    lines.extend(seen.outside.as_ref().map(|reply| relays(name, reply)));
    lines.extend(recipients(name, &seen.recipients));
    lines
}

fn tls(config: &Config, hop: &Hop, seen: &Examined) -> Option<Line> {
    let name = hop.name.as_str();
    let (NextHop::Smtp(target) | NextHop::Lmtp(target)) = &hop.kind else { return None };
    let Target::Tcp(address) = target else { return None };
    let near = address.starts_with("127.") || address.starts_with("[::1]");
    let near = near || address.starts_with("localhost:");
    let offered = seen.offers.has(Extension::StartTls);
    Some(match (seen.secured, config.smtp.tls.upstream) {
        (true, TlsUse::Required) => Line::ok("next_hop.tls", name, "TLS, certificate vouched for"),
        (true, _) => Line::ok("next_hop.tls", name, "TLS, with any certificate"),
        (false, _) if near => Line::ok("next_hop.tls", name, "in the clear, on this host"),
        (false, TlsUse::Opportunistic) if offered => Line::warning(
            "next_hop.tls",
            name,
            "STARTTLS is offered and the handshake failed: letters go in the clear",
            "old Exchange has no cipher in common with us: enable TLS 1.2 there",
        ),
        (false, _) if offered => Line::warning(
            "next_hop.tls",
            name,
            "letters go in the clear, though STARTTLS is offered",
            "[smtp.tls] upstream = \"opportunistic\"",
        ),
        (false, _) => Line::warning(
            "next_hop.tls",
            name,
            "letters go in the clear: STARTTLS is not offered",
            "give the next hop a certificate, its own will do",
        ),
    })
}

/// Which attachments pass, and what to raise.
fn size(name: &str, seen: &Examined, limit: u64) -> Line {
    let Some(size) = seen.offers.size else {
        return Line::ok("next_hop.size", name, "no limit of its own");
    };
    let attachments = super::super::serve::attachments(size);
    let found = format!("{size} bytes a message: {attachments} of attachments");
    if size >= limit {
        return Line::ok("next_hop.size", name, found);
    }
    let setting = match seen.greeting.to_ascii_lowercase() {
        greeting if greeting.contains("postfix") => {
            format!("postconf -e message_size_limit={limit}")
        }
        greeting if greeting.contains("microsoft") => {
            "Set-ReceiveConnector -MaxMessageSize and Set-TransportConfig -MaxReceiveSize"
                .to_owned()
        }
        greeting if greeting.contains("mdaemon") => {
            "MDaemon: Server Settings, Servers, Refuse messages larger than".to_owned()
        }
        _ => "Postfix: message_size_limit, Zimbra: zimbraMtaMaxMessageSize, Exchange: \
              MaxMessageSize of the connector and MaxReceiveSize"
            .to_owned(),
    };
    let own = super::super::serve::attachments(limit);
    let advice = format!("raise it to the gate's {limit} ({own}): {setting}");
    Line::warning("next_hop.size", name, found, advice)
}

/// Whether the next hop learns whose mail it is.
fn client(config: &Config, name: &str, seen: &Examined) -> Line {
    const CHECK: &str = "next_hop.client";
    match seen.introduced {
        Some(("XCLIENT", true)) => Line::ok(CHECK, name, "XCLIENT: it sees the client itself"),
        Some((word, true)) => {
            Line::ok(CHECK, name, format!("{word}: the client stands in its log only"))
        }
        _ if config.smtp.received => {
            Line::ok(CHECK, name, "a trace line (Received) names the client")
        }
        Some((word, false)) => Line::warning(
            CHECK,
            name,
            format!("{word} is offered and refused: it takes all mail for the gate's own"),
            "Postfix: smtpd_authorized_xclient_hosts = the gate's address",
        ),
        None => Line::warning(
            CHECK,
            name,
            "neither XCLIENT nor XFORWARD is offered, and received = false: its filters take all \
             mail for the gate's own",
            "Postfix: smtpd_authorized_xclient_hosts = the gate's address; Exchange: [smtp] \
             received = true",
        ),
    }
}

fn relays(name: &str, reply: &Reply) -> Line {
    const CHECK: &str = "next_hop.relay";
    match reply.class() {
        2 => Line::fault(
            CHECK,
            name,
            "it relays for us to anybody (an outside recipient from an outside sender was taken)",
            "Postfix: -o mynetworks= on the listener behind the gate; Exchange: no externally \
             secured connector for the gate, no permission to relay",
        ),
        4 => Line::warning(
            CHECK,
            name,
            format!("not settled: {}", reply.text()),
            "ask again when it answers for good",
        ),
        _ => Line::ok(CHECK, name, format!("relays for nobody: {}", reply.text())),
    }
}

/// Whether it takes mail for the domains that the gate takes mail for.
fn recipients(name: &str, asked: &[(String, Reply)]) -> Vec<Line> {
    const CHECK: &str = "next_hop.recipient";
    let none = asked.iter().all(|(_, reply)| !reply.is_positive());
    let line = |(recipient, reply): &(String, Reply)| {
        let about = format!("{name} {recipient}");
        let text = reply.text();
        let advice = "name in [smtp] domains only what the next hop delivers, and see that it \
                      takes postmaster@";
        match reply.is_positive() {
            true => Line::ok(CHECK, about, text),
            false if none && reply.class() == 5 => Line::fault(CHECK, about, text, advice),
            false => Line::warning(CHECK, about, text, advice),
        }
    };
    asked.iter().map(line).collect()
}
