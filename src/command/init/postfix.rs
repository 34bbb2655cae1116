//! What Postfix on this host is set up for, as `postconf` tells it.

use super::Way;
use std::process::Command;

/// A Postfix.
#[derive(Clone, Debug, Default)]
pub(super) struct Postfix {
    pub(super) hostname: String,
    /// Domains that stand in main.cf by themselves; tables are not read.
    pub(super) domains: Vec<String>,
    /// The listener behind the gate, where there is one.
    pub(super) behind: Option<String>,
    /// Where it expects the gate.
    pub(super) filter: Option<String>,
    pub(super) milter: Option<String>,
}

impl Postfix {
    /// Asks `postconf`; `MAIL_CONFIG` names another folder than /etc/postfix, as it does for Postfix.
    pub(super) fn find() -> Option<Postfix> {
        let hostname = one("myhostname")?;
        let names = ["mydestination", "relay_domains", "virtual_mailbox_domains"];
        let mut domains: Vec<String> =
            names.iter().filter_map(|name| one(name)).flat_map(|text| literal(&text)).collect();
        domains.sort();
        domains.dedup();
        domains.retain(|domain| *domain != hostname && !domain.starts_with("localhost"));
        let mut postfix = Postfix { hostname, domains, ..Postfix::default() };
        postfix.milter = one("smtpd_milters").and_then(|text| milter(&text));
        for service in run(&["-M"]).unwrap_or_default().lines() {
            postfix.service(service);
        }
        Some(postfix)
    }

    /// `127.0.0.1:10026 inet n - - - - smtpd -o name=value -o …`
    fn service(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.get(1) != Some(&"inet") || words.get(7) != Some(&"smtpd") {
            return;
        }
        let option =
            |name: &str| words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        if let Some(filter) = option("smtpd_proxy_filter") {
            self.filter = Some(filter.to_owned());
        }
        let told = ["smtpd_authorized_xclient_hosts", "smtpd_authorized_xforward_hosts"];
        if let Some(name) = words.first().filter(|_| told.iter().any(|name| option(name).is_some()))
        {
            self.behind = Some(match name.contains(':') {
                true => (*name).to_owned(),
                false => format!("127.0.0.1:{name}"),
            });
        }
    }

    /// The way for which it is set up, as far as that can be seen.
    pub(super) fn way(&self) -> Option<Way> {
        match (&self.filter, &self.milter) {
            (Some(_), _) => Some(Way::Proxy),
            (None, Some(_)) => Some(Way::Milter),
            _ => None,
        }
    }

    pub(super) fn describe(&self) -> String {
        let or = |what: &Option<String>| what.clone().unwrap_or_else(|| "none".to_owned());
        format!(
            "found Postfix {}: smtpd_proxy_filter {}, listener behind the gate {}, milter {}",
            self.hostname,
            or(&self.filter),
            or(&self.behind),
            or(&self.milter)
        )
    }
}

/// The value of one parameter.
fn one(name: &str) -> Option<String> {
    // -x: `$mydomain` and its like are replaced.
    let text = run(&["-h", "-x", name])?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn run(arguments: &[&str]) -> Option<String> {
    let output = Command::new("postconf").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The domains of a list; `hash:/etc/postfix/domains` and the like are tables.
fn literal(text: &str) -> Vec<String> {
    let words = text.split([',', ' ', '\t', '\n']).map(str::trim);
    let plain = words.filter(|word| word.contains('.') && !word.contains([':', '/', '$']));
    plain.map(str::to_lowercase).collect()
}

/// The last of `inet:127.0.0.1:11332, unix:/run/m.sock`: where the gate stands.
fn milter(text: &str) -> Option<String> {
    let last = text.split([',', ' ']).map(str::trim).rfind(|word| !word.is_empty())?;
    Some(last.strip_prefix("inet:").unwrap_or(last).to_owned())
}
