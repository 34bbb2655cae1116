//! clamd, rspamd and spamd on this host: where their settings say, where they usually are, and where a
//! process of their name listens. Each is asked who it is.

use super::Args;
use crate::command::host::{self, Place};
use crate::command::peer::{self, Peer};
use bytesize::ByteSize;
use std::fs;

/// What was found, the first of each being taken.
#[derive(Default)]
pub(super) struct Engines {
    pub(super) clamav: Option<String>,
    pub(super) rspamd: Option<String>,
    pub(super) spamassassin: Option<String>,
    /// clamd's own limits in bytes, where its settings can be read and are of the one that is taken.
    pub(super) stream_max: Option<u64>,
    pub(super) scan_max: Option<u64>,
    others: Vec<String>,
}

/// Where Debian and Red Hat have the settings of clamd.
const CLAMD_CONF: [&str; 3] =
    ["/etc/clamav/clamd.conf", "/etc/clamd.d/scan.conf", "/etc/clamd.conf"];

impl Engines {
    /// Looks, except where an answer was given.
    pub(super) async fn find(args: &Args) -> Engines {
        let running = host::listening();
        let at = |program: &str| -> Vec<String> {
            let same = running.iter().filter(|(name, _)| name.starts_with(program));
            same.map(|(_, place)| near(place)).collect()
        };
        let settings = Settings::read();
        let mut found = Engines::default();
        let clamd = [settings.places(), usual(&CLAMD), at("clamd")].concat();
        found.clamav = found.first(&args.clamav, clamd, Peer::Clamd).await;
        let rspamd = [usual(&["127.0.0.1:11333"]), at("rspamd")].concat();
        let url = args.rspamd.clone();
        found.rspamd = found.first(&url, rspamd, Peer::Http(None)).await.map(|at| match url {
            Some(url) => url,
            None => format!("http://{at}"),
        });
        // spamd is a program of Perl, which names itself.
        let spamd = [usual(&["127.0.0.1:783"]), at("spamd"), at("perl")].concat();
        found.spamassassin = found.first(&args.spamassassin, spamd, Peer::Spamd).await;
        if found.clamav.as_ref().is_some_and(|at| settings.places().contains(at)) {
            (found.stream_max, found.scan_max) =
                (settings.size("StreamMaxLength"), settings.size("MaxScanSize"));
        }
        found
    }

    /// What was named, else the first place that is what it should be; all others are told.
    async fn first(
        &mut self,
        named: &Option<String>,
        mut places: Vec<String>,
        wanted: Peer,
    ) -> Option<String> {
        if let Some(named) = named {
            return (named != "none").then(|| named.clone());
        }
        let mut seen = Vec::new();
        places.retain(|place| {
            !seen.contains(place) && {
                seen.push(place.clone());
                true
            }
        });
        let mut taken = None;
        for place in places {
            let peer = peer::identify(&peer::target(&place)).await;
            let rspamd = matches!(&peer, Peer::Http(Some(name)) if name.starts_with("rspamd"));
            let fits = match wanted {
                // Its controller speaks HTTP too, and shows pages.
                Peer::Http(_) => rspamd && scans(&place).await,
                _ => peer == wanted,
            };
            match (fits, &taken) {
                (true, None) => taken = Some(place),
                (true, Some(_)) => self.others.push(place),
                (false, _) => {}
            }
        }
        taken
    }

    pub(super) fn describe(&self) -> Vec<String> {
        let names =
            [("clamd", &self.clamav), ("rspamd", &self.rspamd), ("spamd", &self.spamassassin)];
        let told = |(name, place): (&str, &Option<String>)| match place {
            Some(place) => format!("found {name} at {place}"),
            None => format!("found no {name}"),
        };
        let mut lines: Vec<String> = names.into_iter().map(told).collect();
        if !self.others.is_empty() {
            lines.push(format!("also there: {}", self.others.join(", ")));
        }
        lines
    }
}

/// Whether this worker of rspamd scans: the controller wants a password for that.
async fn scans(place: &str) -> bool {
    let question = b"POST /checkv2 HTTP/1.0\r\nContent-Length: 15\r\n\r\nSubject: x\r\n\r\nx";
    let answer = peer::ask(&peer::target(place), question).await.unwrap_or_default();
    String::from_utf8_lossy(&answer).lines().next().is_some_and(|line| line.contains(" 200 "))
}

const CLAMD: [&str; 3] =
    ["unix:/run/clamav/clamd.ctl", "unix:/run/clamd.scan/clamd.sock", "127.0.0.1:3310"];

fn usual(places: &[&str]) -> Vec<String> {
    places.iter().map(|place| (*place).to_owned()).collect()
}

/// How the gate, on this host, would reach it.
fn near(place: &Place) -> String {
    match place {
        Place::Tcp(address) if address.ip().is_unspecified() => {
            format!("127.0.0.1:{}", address.port())
        }
        place => place.to_string(),
    }
}

/// clamd.conf, where it can be read.
struct Settings(Vec<(String, String)>);

impl Settings {
    fn read() -> Settings {
        let text = CLAMD_CONF.iter().find_map(|file| fs::read_to_string(file).ok());
        let text = text.unwrap_or_default();
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
        let pairs = lines.filter_map(|line| line.split_once(char::is_whitespace));
        Settings(pairs.map(|(key, value)| (key.to_owned(), value.trim().to_owned())).collect())
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str())
    }

    fn places(&self) -> Vec<String> {
        let socket = self.get("LocalSocket").map(|path| format!("unix:{}", path.trim_matches('"')));
        let port = self.get("TCPSocket");
        let host = self.get("TCPAddr").filter(|host| *host != "0.0.0.0").unwrap_or("127.0.0.1");
        socket.into_iter().chain(port.map(|port| format!("{host}:{port}"))).collect()
    }

    /// clamd's `25M` is what the gate calls `25 MiB`.
    fn size(&self, key: &str) -> Option<u64> {
        let text = self.get(key)?;
        let binary = match text.to_ascii_uppercase().trim_end_matches(['K', 'M', 'G']) {
            digits if digits.len() == text.len() => text.to_owned(),
            _ => format!("{text}iB"),
        };
        binary.parse::<ByteSize>().ok().map(|size| size.as_u64())
    }
}
