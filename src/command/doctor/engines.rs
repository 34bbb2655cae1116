//! Engines: reached as the gate reaches them, shown EICAR and GTUBE, and held to their limits.

use super::report::Line;
use crate::command::peer::{self, Peer};
use crate::config::{self, Config, OneOrMore};
use crate::engines::{self, Answer, Clamd, Failure, Score, Spamd, signatures_made};
use crate::mail::Envelope;
use crate::rules::RuleSet;
use crate::spool::Spool;
use crate::verdict::Cause;
use jiff::{SignedDuration, Timestamp};
use std::future::Future;
use std::time::Duration;
use tokio::time::timeout;

/// For a letter as large as can be.
const PATIENCE: Duration = Duration::from_secs(30);

/// For a question that costs nothing.
const SHORT: Duration = Duration::from_secs(5);

/// For a score; rules that ask the network have their own time.
const SCORE: Duration = Duration::from_secs(15);

/// Signatures older than this do not know what is sent today; `alerts.yml` says the same.
const STALE_DAYS: i64 = 3;

const CLAMD: &str = "engine.clamav";

/// Looks at every engine that is configured.
pub(super) async fn look(config: &Config, rules: &RuleSet) -> Vec<Line> {
    let limit = rules.policy("base").map_or(0, |base| base.settings.limits.message);
    let mut lines = Vec::new();
    match &config.engine.clamav {
        Some(clamav) => {
            for address in clamav.address.all() {
                lines.extend(clamd(clamav, address, limit).await);
            }
        }
        None => lines.push(Line::warning(
            CLAMD,
            "",
            "no virus engine: of viruses only EICAR and what is an executable are stopped",
            "apt install clamav-daemon; [engine.clamav] address = \"unix:/run/clamav/clamd.ctl\"",
        )),
    }
    if let Some(rspamd) = &config.engine.rspamd {
        lines.push(self::rspamd(rspamd).await);
    }
    if let Some(spamd) = &config.engine.spamassassin {
        lines.push(self::spamd(spamd).await);
    }
    if config.engine.rspamd.is_none() && config.engine.spamassassin.is_none() {
        let advice = "[engine.rspamd] url = \"http://127.0.0.1:11333\"";
        lines.push(Line::warning("engine.spam", "", "no spam engine", advice));
    }
    lines
}

/// One of the addresses, by itself: behind the first the gate would never show a second that is wrong.
async fn clamd(config: &config::Clamav, address: &str, limit: u64) -> Vec<Line> {
    let own = config::Clamav { address: OneOrMore::One(address.to_owned()), ..config.clone() };
    let clamd = match Clamd::new(&own) {
        Ok(clamd) => clamd,
        Err(error) => return vec![Line::fault(CLAMD, address, error, "correct it")],
    };
    let version = match within_time(SHORT, clamd.version()).await {
        Ok(version) => version,
        Err(failure) => return vec![down(CLAMD, address, &failure, Peer::Clamd).await],
    };
    let mut lines = vec![Line::ok(CLAMD, address, &version)];
    lines.extend(signatures(address, &version));
    lines.push(match within(clamd.scan_bytes(super::path::eicar().into())).await {
        Ok(Answer::Found(names)) => {
            Line::ok("engine.clamav.eicar", address, format!("found: {}", names.join(", ")))
        }
        Ok(Answer::Clean(_)) => Line::fault(
            "engine.clamav.eicar",
            address,
            "it says that EICAR is clean",
            "it has no signatures: run freshclam, look into /var/lib/clamav",
        ),
        Err(failure) => Line::fault("engine.clamav.eicar", address, failure, "its log says why"),
    });
    lines.extend(depth(&clamd, address, limit).await);
    lines
}

/// Their age, where the version tells it.
fn signatures(address: &str, version: &str) -> Option<Line> {
    const CHECK: &str = "engine.clamav.signatures";
    let made = signatures_made(version)?;
    let age = Timestamp::now().duration_since(made);
    let found = format!("of {made}");
    Some(if age > SignedDuration::from_hours(24 * STALE_DAYS) {
        let found = format!("{found}, {} days old", age.as_hours() / 24);
        Line::warning(CHECK, address, found, "systemctl status clamav-freshclam")
    } else if age < SignedDuration::from_hours(-24) {
        let found = format!("{found}, which is not yet");
        Line::warning("clock", address, found, "set the clock of this host, or of clamd's")
    } else {
        Line::ok(CHECK, address, found)
    })
}

/// Whether it looks at all of a letter as large as the gate believes: one that stops before the end
/// says "OK" all the same.
async fn depth(clamd: &Clamd, address: &str, limit: u64) -> Vec<Line> {
    const CHECK: &str = "engine.clamav.size";
    let most = clamd.limit().min(limit);
    let advice = format!(
        "in clamd.conf StreamMaxLength, MaxFileSize and MaxScanSize at least {limit} bytes, here \
         stream_max and scan_max the same"
    );
    let letter = super::path::large(usize::try_from(most).unwrap_or(usize::MAX));
    let mut lines = vec![match within(clamd.scan_bytes(letter)).await {
        Ok(Answer::Found(_)) => {
            Line::ok(CHECK, address, format!("looks at all of a letter of {most} bytes"))
        }
        Ok(Answer::Clean(_)) => Line::fault(
            CHECK,
            address,
            format!("of a letter of {most} bytes it says OK without having looked at its end"),
            &advice,
        ),
        Err(Failure { cause: Cause::EngineLimit, detail }) => Line::fault(
            CHECK,
            address,
            format!("it takes less than the {most} bytes that stream_max promises: {detail}"),
            &advice,
        ),
        Err(failure) => Line::fault(CHECK, address, failure, "its log says why"),
    }];
    if clamd.limit() < limit {
        let found = format!(
            "looks at {} bytes, the gate takes {limit}: larger letters are examined part by part, \
             and a part beyond it is kept for a person",
            clamd.limit()
        );
        lines.push(Line::warning(CHECK, address, found, advice));
    }
    lines
}

async fn rspamd(config: &config::Rspamd) -> Line {
    const CHECK: &str = "engine.rspamd";
    let asked = match engines::Rspamd::new(config) {
        Ok(asked) => asked,
        Err(error) => return Line::fault(CHECK, &config.url, error, "correct it"),
    };
    let letter = Spool::of(super::path::gtube().into());
    let nobody = Envelope::default();
    let score = within_time(SCORE, asked.scan(letter.tap(), &nobody)).await;
    let place = config.url.trim_start_matches("http://").trim_end_matches('/');
    let place = if place.contains(':') { place.to_owned() } else { format!("{place}:11333") };
    judged(CHECK, &config.url, &place, score, Peer::Http(None)).await
}

async fn spamd(config: &config::Spamassassin) -> Line {
    const CHECK: &str = "engine.spamassassin";
    let asked = match Spamd::new(config) {
        Ok(asked) => asked,
        Err(error) => return Line::fault(CHECK, &config.address, error, "correct it"),
    };
    let letter = Spool::of(super::path::gtube().into());
    let score = within_time(SCORE, asked.scan(letter.tap())).await;
    judged(CHECK, &config.address, &config.address, score, Peer::Spamd).await
}

/// What a spam engine says of GTUBE, which every one knows.
async fn judged<T>(
    check: &'static str,
    about: &str,
    place: &str,
    score: Result<(Score, T), Failure>,
    wanted: Peer,
) -> Line {
    match score {
        Ok((score, _)) if score.points >= 5.0 => Line::ok(check, about, score.detail),
        Ok((score, _)) => Line::warning(
            check,
            about,
            format!("GTUBE has {:.1} points of 5: {}", score.points, score.detail),
            "it knows GTUBE as shipped: are its rules loaded?",
        ),
        Err(failure) => {
            Line { about: about.to_owned(), ..down(check, place, &failure, wanted).await }
        }
    }
}

/// Why it does not answer, and who is there instead.
async fn down(check: &'static str, address: &str, failure: &Failure, wanted: Peer) -> Line {
    let peer = peer::identify(&peer::target(address)).await;
    // Whatever HTTP server it is: what it answered is in the failure.
    let same = peer == wanted
        || matches!((&wanted, &peer), (Peer::Http(_), Peer::Http(Some(name))) if name.starts_with("rspamd"));
    match same {
        true => Line::fault(check, address, failure, "its log says why"),
        false => Line::fault(check, address, format!("{failure}; {peer}"), peer.advice(&wanted)),
    }
}

/// An answer in time.
async fn within<T>(asking: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    within_time(PATIENCE, asking).await
}

async fn within_time<T>(
    time: Duration,
    asking: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let late = || Err(Failure::new(Cause::Timeout, "no answer in time"));
    timeout(time, asking).await.unwrap_or_else(|_| late())
}
