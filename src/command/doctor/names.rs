//! What the world is told of the gate: MX records, MTA-STS and TLSA, held against its name and certificates.

use super::certificates::Certificates;
use super::dns::{Record, Resolver};
use super::domains::Domains;
use super::report::Line;
use crate::config::Config;
use domain::base::Rtype;
use std::io;

/// Domains that are asked about.
const DOMAINS: usize = 10;

/// Asks the DNS, where the Internet sends its mail to the gate.
pub(super) async fn look(
    config: &Config,
    domains: &Domains,
    own: &Certificates,
    resolver: Option<Resolver>,
) -> Vec<Line> {
    if !domains.public {
        let found = "not asked: only this host can connect, the server in front has the MX record";
        return vec![Line::ok("mx", "", found)];
    }
    let Some(resolver) = resolver else {
        let advice = "--resolver 8.8.8.8:53 asks another";
        let found = "not asked: /etc/resolv.conf names no server";
        return vec![Line::warning("mx", "", found, advice)];
    };
    let asking = Asking { resolver, own, host: config.smtp.hostname.to_lowercase() };
    let mut lines = Vec::new();
    let of_domain = |name: &&String| !name.contains('@');
    for domain in domains.asked.iter().filter(of_domain).take(DOMAINS) {
        match asking.mx(domain).await {
            Ok(line) => lines.push(line),
            Err(error) => {
                lines.push(asking.unanswered("mx", domain, &error));
                // One that does not answer would not answer the rest either.
                return lines;
            }
        }
        lines.extend(asking.mta_sts(domain).await);
    }
    lines.extend(asking.tlsa().await);
    lines
}

struct Asking<'a> {
    resolver: Resolver,
    own: &'a Certificates,
    host: String,
}

impl Asking<'_> {
    fn unanswered(&self, check: &'static str, about: &str, error: &io::Error) -> Line {
        let found = format!("not known: {}: {error}", self.resolver.address());
        Line::warning(check, about, found, "--resolver 8.8.8.8:53 asks another")
    }

    async fn mx(&self, domain: &str) -> io::Result<Line> {
        let records = self.resolver.ask(domain, Rtype::MX).await?;
        let names: Vec<String> = records
            .into_iter()
            .filter_map(|record| match record {
                Record::Mx(name) => Some(name),
                _ => None,
            })
            .collect();
        let told = names.join(", ");
        Ok(if names.is_empty() {
            let advice = "senders then use its address record: publish an MX record";
            Line::warning("mx", domain, "no MX record", advice)
        } else if names.contains(&self.host) {
            Line::ok("mx", domain, told)
        } else {
            let found = format!("{told}: none is the gate's name, {}", self.host);
            let advice = "fine where another server hands on to the gate; else correct the record \
                          or [smtp] hostname";
            Line::warning("mx", domain, found, advice)
        })
    }

    /// Whether there is a policy, and whether the gate could fulfil it. The policy itself lies on a
    /// web server, and is not fetched.
    async fn mta_sts(&self, domain: &str) -> Option<Line> {
        let records = self.resolver.ask(&format!("_mta-sts.{domain}"), Rtype::TXT).await.ok()?;
        let there =
            |record: &Record| matches!(record, Record::Txt(text) if text.starts_with("v=STSv1"));
        if !records.iter().any(there) {
            return None;
        }
        let policy = format!("https://mta-sts.{domain}/.well-known/mta-sts.txt");
        Some(match self.own.named {
            true => Line::ok(
                "mta_sts",
                domain,
                format!("a policy, not read here: {policy} must have `mx: {}`", self.host),
            ),
            false => Line::fault(
                "mta_sts",
                domain,
                format!("a policy, and no certificate here bears the name {}", self.host),
                format!("senders that heed it send nothing; see {policy}"),
            ),
        })
    }

    /// TLSA of the gate's own port 25 (RFC 7672): one record must fit. Whether the zone is signed,
    /// without which nobody heeds it, is not asked.
    async fn tlsa(&self) -> Option<Line> {
        let name = format!("_25._tcp.{}", self.host);
        let records = self.resolver.ask(&name, Rtype::TLSA).await.ok()?;
        let fits = |record: &Record| match record {
            Record::Tlsa(3, selector, matching, data) => {
                self.own.digests.contains(&(*selector, *matching, data.clone()))
            }
            _ => false,
        };
        let authority = |record: &Record| matches!(record, Record::Tlsa(2, ..));
        let told = format!("{} records", records.len());
        Some(if records.is_empty() {
            return None;
        } else if records.iter().any(fits) {
            Line::ok("tlsa", &name, told + ", one is that of a certificate here")
        } else if records.iter().any(authority) {
            Line::ok("tlsa", &name, told + " that name an authority; not held against the chain")
        } else {
            Line::fault(
                "tlsa",
                &name,
                told + ", none is that of a certificate here",
                "senders that heed DANE send nothing: publish `3 1 1` of the new key first",
            )
        })
    }
}
