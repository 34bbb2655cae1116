//! Relay domains and the gate's own name: whether what it takes mail for makes sense.

use super::report::Line;
use crate::config::Config;
use crate::mail::Address;
use crate::rules::{RuleSet, Status};
use std::net::SocketAddr;

const CHECK: &str = "domains";

/// What the gate takes mail for.
#[derive(Default)]
pub(super) struct Domains {
    /// Domains and single addresses that next hops are asked about.
    pub(super) asked: Vec<String>,
    /// Somebody but this host can connect.
    pub(super) public: bool,
}

impl Domains {
    pub(super) fn of(config: &Config, rules: &RuleSet) -> Domains {
        let public = !config.smtp.listen.iter().all(|listen| {
            listen.parse::<SocketAddr>().is_ok_and(|at| at.ip().to_canonical().is_loopback())
        });
        let asked = match &config.smtp.domains {
            Some(list) => list.iter().map(|domain| domain.to_lowercase()).collect(),
            None if public => claimed(rules),
            // Whoever stands in front has decided already.
            None => Vec::new(),
        };
        Domains { asked, public }
    }

    pub(super) fn look(&self, config: &Config, rules: &RuleSet) -> Vec<Line> {
        let mut lines = vec![self.own_name(config)];
        if config.smtp.listen.is_empty() {
            return lines;
        }
        lines.push(self.taken(config));
        if let Some(list) = &config.smtp.domains {
            lines.extend(list.iter().filter_map(|domain| under_base(rules, domain)));
            lines.extend(rules.policies().filter_map(|policy| {
                let left = |recipient: &String| {
                    let name = recipient.rsplit_once('@').map_or(recipient.as_str(), |(_, d)| d);
                    !list.iter().any(|domain| covers(domain, name) || covers(name, domain))
                };
                let unused = !policy.recipients.is_empty() && policy.recipients.iter().all(left);
                unused.then(|| {
                    let found = format!("policy {} has no recipient in [smtp] domains", policy.id);
                    Line::ok(CHECK, "", found + ": it is never used")
                })
            }));
        }
        let routed = config.smtp.route.iter().flat_map(|route| &route.domains);
        let lost = routed.filter(|domain| !self.takes(domain));
        lines.extend(lost.map(|domain| {
            let found = "is named in [[smtp.route]], and no mail is taken for it";
            Line::warning(CHECK, domain, found, "add it to [smtp] domains")
        }));
        lines
    }

    fn takes(&self, domain: &str) -> bool {
        self.asked.is_empty() && !self.public || self.asked.iter().any(|own| covers(own, domain))
    }

    fn taken(&self, config: &Config) -> Line {
        match (self.asked.is_empty(), self.public) {
            (true, true) => Line::fault(
                CHECK,
                "",
                "no policy has recipients and [smtp] domains is absent: all mail is refused",
                "[smtp] domains = [\"x.gov.vn\"], or recipients in a policy",
            ),
            (true, false) if config.smtp.domains.is_none() => Line::ok(
                CHECK,
                "",
                "any recipient, since only this host can connect: the server in front decides",
            ),
            (true, false) => Line::fault(CHECK, "", "none: all mail is refused", "name some"),
            _ => Line::ok(CHECK, "", self.asked.join(", ")),
        }
    }

    fn own_name(&self, config: &Config) -> Line {
        let name = config.smtp.hostname.as_str();
        match name.contains('.') {
            true => Line::ok("hostname", "", name),
            false if self.public || config.milter.is_some() => Line::warning(
                "hostname",
                "",
                format!("{name}: other servers and tags know the gate by it"),
                "[smtp] hostname = the name that the MX record has",
            ),
            false => Line::ok("hostname", "", name),
        }
    }
}

/// All recipients of policies in force.
fn claimed(rules: &RuleSet) -> Vec<String> {
    let force = rules.policies().filter(|policy| policy.status == Status::InForce);
    force.flat_map(|policy| policy.recipients.iter().cloned()).collect()
}

fn under_base(rules: &RuleSet, domain: &str) -> Option<Line> {
    let policy = rules.pick(&Address::new(&format!("postmaster@{domain}")));
    (policy.id == "base").then(|| {
        let found = "no regulation: judged under base alone";
        Line::warning(CHECK, domain, found, "add it to the recipients of its policy")
    })
}

fn covers(domain: &str, name: &str) -> bool {
    let name = name.rsplit_once('@').map_or(name, |(_, domain)| domain);
    Address::new(&format!("x@{name}")).is_under(&domain.to_lowercase())
}
