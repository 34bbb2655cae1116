//! The answers, and the file that they become: every line with its reason, since it is read years later.

use super::ask::Asker;
use super::engines::Engines;
use super::postfix::Postfix;
use super::{Args, Way};
use jiff::{ToSpan, Zoned};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The unit of the package that holds the SMTP port, on 127.0.0.1:2525 as shipped.
const SOCKET: &str = "/lib/systemd/system/congthu.socket";

/// Days of observing.
const DAYS: i64 = 14;

/// All that the file says.
pub(super) struct Answers {
    way: Way,
    hostname: String,
    domains: Vec<String>,
    upstream: Vec<String>,
    listen: String,
    exchange: bool,
    engines: Engines,
    /// The folder below which the gate keeps what is its own.
    own: &'static str,
}

impl Answers {
    /// Flags first, then what was found, then somebody at a terminal; an error says what is missing.
    pub(super) fn of(
        args: &Args,
        postfix: Option<&Postfix>,
        engines: Engines,
        asker: &Asker,
        output: &Path,
    ) -> Result<Answers, String> {
        let way = way(args, postfix, asker)?;
        let domains = domains(args, postfix, way, asker)?;
        let upstream = upstream(args, postfix, way, asker)?;
        let hostname = match &args.hostname {
            Some(name) => name.clone(),
            None => asker.ask("The gate's name", &name(way, postfix, &domains)),
        };
        let usual = match way {
            Way::Proxy => postfix.and_then(|p| p.filter.clone()).unwrap_or("127.0.0.1:2525".into()),
            Way::Milter => {
                postfix.and_then(|p| p.milter.clone()).unwrap_or("127.0.0.1:2526".into())
            }
            Way::Front => "0.0.0.0:25".to_owned(),
        };
        let listen = args.listen.clone().unwrap_or_else(|| asker.ask("Where to listen", &usual));
        let exchange = args.exchange;
        let own = if output.starts_with("/etc") { "/var/lib/congthu" } else { "var" };
        Ok(Answers { way, hostname, domains, upstream, listen, exchange, engines, own })
    }

    /// The configuration.
    pub(super) fn text(&self) -> String {
        let today = Zoned::now().date();
        let mut text = format!(
            "# Written by `congthu init` on {today}. Try it: congthu doctor. All keys: README.md.\n\n"
        );
        self.smtp(&mut text);
        if self.way == Way::Milter {
            let _ = write!(
                text,
                "\n[milter]\n# Postfix: smtpd_milters = inet:… or unix:…; the gate is the last one.\n\
                 listen = {}\n",
                quoted(&self.listen)
            );
        }
        let until = today.checked_add(DAYS.days()).unwrap_or(today);
        let _ = write!(
            text,
            "\n[rules]\n# The first {DAYS} days: only viruses and executables act, all else is counted. Then\n\
             # `congthu rules replay --since {DAYS}d --enforced` shows what would change, and\n\
             # `congthu rules promote` ends it.\n\
             mode          = \"observe\"\nobserve_until = \"{until}\"\n"
        );
        self.engines(&mut text);
        let own = self.own;
        let _ = write!(
            text,
            "\n# Letters on their way, letters kept for a person, records of what came of each.\n\
             [spool]\ndir = \"{own}/spool\"\n\n[quarantine]\nstore = \"fs:{own}/quarantine\"\n\n\
             [state]\ndir = \"{own}/state\"\n"
        );
        text
    }

    fn smtp(&self, text: &mut String) {
        let (listen, hostname) = (quoted(&self.listen), quoted(&self.hostname));
        let _ = match self.way {
            Way::Milter => {
                write!(text, "[smtp]\n# Postfix hands nothing on: it asks.\nlisten   = []\n")
            }
            Way::Proxy => write!(
                text,
                "[smtp]\n# Postfix in front (smtpd_proxy_filter); nobody else can connect.\n\
                 listen   = [{listen}]\n# The listener of Postfix behind the gate.\nupstream = {}\n\
                 # Postfix in front says whose mail it is (XFORWARD).\ntrusted  = [\"127.0.0.1\"]\n",
                list(&self.upstream)
            ),
            Way::Front => write!(
                text,
                "[smtp]\n# Where the Internet sends its mail.\nlisten   = [{listen}]\n\
                 # The mail server behind; several: tried in order.\nupstream = {}\n",
                list(&self.upstream)
            ),
        };
        let _ = write!(
            text,
            "# In greetings, EHLO and tags; not the mail server's own name, or mail would seem to loop.\n\
             hostname = {hostname}\n"
        );
        self.mail(text);
        if self.way == Way::Front {
            self.tls(text);
        }
    }

    /// Whose mail is taken, and what the server behind is told of its client.
    fn mail(&self, text: &mut String) {
        if !self.domains.is_empty() && self.way != Way::Milter {
            let _ = write!(
                text,
                "# Mail is taken for these and no others: the mail server behind trusts the gate.\n\
                 domains  = {}\n",
                list(&self.domains)
            );
        }
        if self.exchange {
            let _ = write!(
                text,
                "# Exchange has neither XCLIENT nor XFORWARD: one Received line tells it the client.\n\
                 received = true\n"
            );
        }
    }

    fn tls(&self, text: &mut String) {
        let live = format!("/etc/letsencrypt/live/{}", self.hostname);
        let there = fs::metadata(format!("{live}/fullchain.pem")).is_ok();
        let mark = if there { "" } else { "# " };
        let far = self.upstream.iter().any(|hop| !hop.starts_with("127.") && !hop.contains(":/"));
        let _ = write!(
            text,
            "\n[smtp.tls]\n# STARTTLS for those who send here; SIGHUP reads the files again.\n\
             {mark}cert     = [\"{live}/fullchain.pem\"]\n{mark}key      = [\"{live}/privkey.pem\"]\n"
        );
        if far {
            let _ = write!(
                text,
                "# Towards the mail server: TLS where it is offered, with any certificate.\n\
                 upstream = \"opportunistic\"\n"
            );
        }
    }

    /// Those that were found; the others as comments, with what they would be for.
    fn engines(&self, text: &mut String) {
        let own = &self.engines;
        let none = "Without one only EICAR is known as a virus: apt install clamav-daemon.";
        let why = if own.clamav.is_some() { "clamd looks for viruses." } else { none };
        let clamd = ("clamav", "address", &own.clamav, "unix:/run/clamav/clamd.ctl", why);
        let why = "rspamd scores; its normal worker, not the controller.";
        let rspamd = ("rspamd", "url", &own.rspamd, "http://127.0.0.1:11333", why);
        let why = "spamd of SpamAssassin scores.";
        let spamd = ("spamassassin", "address", &own.spamassassin, "127.0.0.1:783", why);
        for (section, key, found, usual, why) in [clamd, rspamd, spamd] {
            let mark = if found.is_some() { "" } else { "# " };
            let value = quoted(found.as_deref().unwrap_or(usual));
            let _ = write!(text, "\n# {why}\n{mark}[engine.{section}]\n{mark}{key} = {value}\n");
            if section == "clamav" && found.is_some() {
                limits(text, own);
            }
        }
    }

    /// What to do next.
    pub(super) fn next(&self, output: &Path) -> String {
        let output = output.display();
        let put = match self.way {
            Way::Proxy => "\nthen the lines for master.cf: README.md, \"In front of Postfix\"",
            Way::Milter => "\nthen the lines for main.cf: README.md, \"As a milter\"",
            Way::Front if self.exchange => "\nthen the connector: deploy/README.md, \"Exchange\"",
            Way::Front => "",
        };
        // Who installed the package has sockets that systemd holds.
        let held = match self.way {
            Way::Proxy => "",
            _ if !Path::new(SOCKET).exists() => "",
            Way::Milter => {
                "\nthen the socket units for a milter alone: deploy/README.md, \"Service\""
            }
            Way::Front => "\nthen port 25 in congthu.socket: deploy/README.md, \"Service\"",
        };
        format!("{output} is written; now: congthu doctor --config {output}{held}{put}")
    }
}

fn way(args: &Args, postfix: Option<&Postfix>, asker: &Asker) -> Result<Way, String> {
    if let Some(way) = args.way {
        return Ok(way);
    }
    let found = match postfix {
        _ if args.exchange || !args.upstream.is_empty() => Way::Front,
        Some(postfix) => postfix.way().unwrap_or(Way::Proxy),
        None => Way::Front,
    };
    let word = |way| match way {
        Way::Proxy => "proxy",
        Way::Milter => "milter",
        Way::Front => "front",
    };
    let question = "How mail reaches the gate: proxy (Postfix here hands it over), milter (Postfix \
                    here asks), front (port 25, before another server)";
    let answer = asker.ask(question, word(found));
    let ways = [Way::Proxy, Way::Milter, Way::Front];
    let named = ways.into_iter().find(|way| word(*way) == answer);
    named.ok_or_else(|| format!("`{answer}` is no way: proxy, milter or front"))
}

/// Behind Postfix none are needed: it has decided already.
fn domains(
    args: &Args,
    postfix: Option<&Postfix>,
    way: Way,
    asker: &Asker,
) -> Result<Vec<String>, String> {
    if !args.domain.is_empty() || way != Way::Front {
        return Ok(args.domain.clone());
    }
    let found = postfix.map(|postfix| postfix.domains.join(", ")).unwrap_or_default();
    let answer = words(&asker.ask("Domains that mail is taken for", &found));
    let missing = "for which domains is mail taken? --domain x.gov.vn, once for each";
    if answer.is_empty() { Err(missing.to_owned()) } else { Ok(answer) }
}

fn upstream(
    args: &Args,
    postfix: Option<&Postfix>,
    way: Way,
    asker: &Asker,
) -> Result<Vec<String>, String> {
    if !args.upstream.is_empty() || way == Way::Milter {
        return Ok(args.upstream.clone());
    }
    let found = match (way, postfix.and_then(|postfix| postfix.behind.clone())) {
        (Way::Proxy, behind) => behind.unwrap_or_else(|| "127.0.0.1:10026".to_owned()),
        (_, behind) => behind.unwrap_or_default(),
    };
    let answer = words(&asker.ask("The mail server behind the gate", &found));
    let missing = "which mail server is behind the gate? --upstream 10.0.0.5:25";
    if answer.is_empty() { Err(missing.to_owned()) } else { Ok(answer) }
}

/// This host's name; beside Postfix another one, or the gate would take it for itself.
fn name(way: Way, postfix: Option<&Postfix>, domains: &[String]) -> String {
    if let Some(postfix) = postfix.filter(|_| way != Way::Front) {
        let domain = postfix.hostname.split_once('.').map_or("localdomain", |(_, domain)| domain);
        return format!("congthu.{domain}");
    }
    let own = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match (own.trim(), domains.first()) {
        (own, _) if own.contains('.') => own.to_owned(),
        (own, Some(domain)) if !own.is_empty() => format!("{own}.{domain}"),
        (_, Some(domain)) => format!("mx.{domain}"),
        (own, None) => own.to_owned(),
    }
}

fn words(text: &str) -> Vec<String> {
    text.split([',', ' ']).map(str::trim).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// As in clamd.conf: where they differ, large letters are kept for nothing or half looked at.
fn limits(text: &mut String, engines: &Engines) {
    for (key, size) in [("stream_max", engines.stream_max), ("scan_max", engines.scan_max)] {
        if let Some(size) = size {
            let _ = writeln!(text, "{key} = {size} # as in clamd.conf");
        }
    }
}

/// A TOML string; what would need more than this is refused when the file is read again.
fn quoted(text: &str) -> String {
    format!("{text:?}")
}

fn list(all: &[String]) -> String {
    let all: Vec<String> = all.iter().map(|one| quoted(one)).collect();
    format!("[{}]", all.join(", "))
}
