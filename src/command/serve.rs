//! `congthu serve`: the gate at work, from the start message to the last session's end.

use super::setup::{Setup, complain, runtime};
use super::{CONFIG, SYSTEM};
use crate::config::{Config, RulesMode};
use crate::metrics;
use crate::pipeline::Pipeline;
use crate::relay::{Relay, Times};
use crate::rules::{Directory, RuleSet, Watch};
use crate::serve::housekeeping::keep_house;
use crate::serve::{Comebacks, Door, Milter, Parts, Proxy, Reload, freshness, http, watch};
use crate::store::{Records, Store, records};
use arc_swap::ArcSwap;
use std::fmt::Display;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// How long sessions may go on after SIGTERM; systemd kills after 90 seconds.
const GRACE: Duration = Duration::from_secs(75);

/// Runs the command.
pub(super) fn run(config: Option<&Path>) -> ExitCode {
    let setup = match Setup::load(config) {
        Ok(setup) => setup,
        Err(code) => return code,
    };
    start_logging();
    match runtime() {
        Ok(runtime) => runtime.block_on(serve(setup)).unwrap_or_else(|code| code),
        Err(code) => code,
    }
}

/// Lines on standard output; `RUST_LOG` chooses what is said.
fn start_logging() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = std::io::stdout().is_terminal();
    // A log that nobody reads any more must not end a session: by default a failed write is
    // reported with `eprintln!`, which panics when that pipe is broken too.
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_target(false)
        .log_internal_errors(false)
        .init();
}

/// Everything is opened and bound before anything is announced.
async fn serve(setup: Setup) -> Result<ExitCode, ExitCode> {
    let fail = |code| move |problem: String| complain(code, &problem);
    let pipeline = setup.pipeline()?;
    let relay = relay(&setup).map_err(fail(CONFIG))?;
    let (store, records, comebacks) = folders(&setup.config, &relay).map_err(fail(SYSTEM))?;
    let (proxy, milter, pages) = listeners(&setup.config).await.map_err(fail(SYSTEM))?;
    let recorder = metrics::install().map_err(|error| complain(SYSTEM, &error.to_string()))?;

    let unread = unread(&pipeline);
    let (smtp, asked, shown) = (proxy.addresses(), milter.names(), pages.local_addr().ok());
    let listening = Listening { smtp, milter: asked, pages: shown };
    let announcement = announcement(&setup, &listening, unread.as_deref());
    let Setup { config, rules, engines, watch, .. } = setup;
    let limit = message_limit(&rules);
    let rules = Arc::new(ArcSwap::from_pointee(rules));
    let parts = Parts {
        rules: rules.clone(),
        pipeline: pipeline.clone(),
        relay: relay.clone(),
        store,
        records: records.clone(),
        comebacks,
    };
    let door = Arc::new(Door::new(&config, parts, &proxy.addresses()).map_err(fail(CONFIG))?);
    let signals = Signals::catch().map_err(fail(SYSTEM))?;
    // Nobody may be reading it.
    let _ = std::io::stdout().write_all(announcement.as_bytes());
    let stop = CancellationToken::new();
    let rereading = keep_rules(watch, rules, &config, stop.clone());
    tokio::spawn(signals.obey(door.clone(), rereading, stop.clone()));
    // A gate that is asked by milter alone hands nothing on.
    let relays = !listening.smtp.is_empty();
    tokio::spawn(warn_of_next_hops(relay.clone(), limit, relays));
    tokio::spawn(watch::watch(engines, stop.clone()));
    tokio::spawn(house(&config)?);
    let refresh = refresh(pipeline, relay.clone(), records.clone());
    show(http::serve(pages, recorder, ready(relay, relays), refresh, stop.clone()));
    let asked = milter.serve(door.clone(), stop.clone(), GRACE);
    tokio::join!(proxy.serve(door, stop, GRACE), asked);
    records.flush();
    tracing::info!("Stopped.");
    Ok(ExitCode::SUCCESS)
}

/// Reads rules again when their files change; who notifies the value asks for a look.
fn keep_rules(
    watch: Option<Watch>,
    rules: Arc<ArcSwap<RuleSet>>,
    config: &Config,
    stop: CancellationToken,
) -> Arc<Notify> {
    let asked = Arc::new(Notify::new());
    tokio::spawn(freshness::watch(rules.clone()));
    metrics::rules_generation(1);
    if let Some(watch) = watch {
        let observe = config.rules.mode == RulesMode::Observe;
        tokio::spawn(Reload::new(watch, rules, observe).keep(asked.clone(), stop));
    }
    asked
}

/// Why there are no children to read 7z, RAR and PDF, if that is so.
fn unread(pipeline: &Pipeline) -> Option<String> {
    let unread = pipeline.try_worker().err();
    if let Some(problem) = &unread {
        tracing::error!(problem, "7z, RAR and PDF are not read.");
    }
    unread
}

/// What is done every hour with kept letters.
fn house(config: &Config) -> Result<impl Future<Output = ()> + use<>, ExitCode> {
    let unusable =
        |error: io::Error| complain(SYSTEM, &format!("the store cannot be used: {error}"));
    let store = Store::at(&config.quarantine).map_err(unusable)?;
    let files = records::Files::open(&config.state.dir).map_err(unusable)?;
    Ok(keep_house(store, files, config.quarantine.days))
}

/// Serves the pages beside the mail; without them mail goes on.
fn show(pages: impl Future<Output = io::Result<()>> + Send + 'static) {
    tokio::spawn(async move {
        if let Err(error) = pages.await {
            tracing::error!(%error, "The HTTP pages ended.");
        }
    });
}

/// The folders that the gate writes: better known now to be writable than at the first letter.
fn folders(config: &Config, relay: &Relay) -> Result<(Store, Records, Comebacks), String> {
    if !config.smtp.listen.is_empty() {
        relay.open_folders()?;
    }
    let refused = |setting: &str, place: &dyn Display, error: io::Error| {
        format!("{setting}: cannot write to {place}: {error}; make it writable or name another")
    };
    let spool = &config.spool.dir;
    fs::create_dir_all(spool)
        .and_then(|()| tempfile::tempfile_in(spool).map(drop))
        .map_err(|error| refused("[spool] dir", &spool.display(), error))?;
    let store = Store::open(&config.quarantine)
        .map_err(|error| refused("[quarantine] store", &config.quarantine.store, error))?;
    let state = &config.state.dir;
    let unwritable = |error| refused("[state] dir", &state.display(), error);
    let comebacks = Comebacks::open(state).map_err(unwritable)?;
    let terms = records::Terms::of(&config.state);
    let records = Records::open(state, terms).map_err(unwritable)?;
    Ok((store, records, comebacks))
}

/// The listeners, bound.
async fn listeners(config: &Config) -> Result<(Proxy, Milter, TcpListener), String> {
    let proxy = Proxy::bind(&config.smtp.listen)
        .await
        .map_err(|error| format!("[smtp] listen: {error}"))?;
    let milter = Milter::bind(config.milter.as_ref())
        .await
        .map_err(|error| format!("[milter] listen: {error}"))?;
    let address = &config.http.listen;
    let pages = TcpListener::bind(address)
        .await
        .map_err(|error| format!("[http] listen: cannot listen on {address}: {error}"))?;
    Ok((proxy, milter, pages))
}

/// The next hops, and the times that they have.
fn relay(setup: &Setup) -> Result<Relay, String> {
    let command = Duration::from_secs(setup.config.limits.next_hop_seconds);
    Relay::new(&setup.config.smtp, Times { command, ..Times::default() })
}

/// 200 while a next hop is up, where mail is handed on: the listeners are bound before the pages
/// are served.
fn ready(relay: Relay, relays: bool) -> http::Readiness {
    Arc::new(move || {
        let down = relay.hops().filter(|hop| hop.is_down());
        match relays && relay.is_down() {
            true => down.map(|hop| format!("next hop {} is down", hop.name)).collect(),
            false => Vec::new(),
        }
    })
}

/// Brings the gauges of budgets, next hops and records up to date.
fn refresh(pipeline: Pipeline, relay: Relay, records: Records) -> Arc<dyn Fn() + Send + Sync> {
    Arc::new(move || {
        metrics::records_missing(records.missing());
        for (budget, bytes) in pipeline.in_use() {
            metrics::budget_used(budget, bytes);
        }
        for hop in relay.hops() {
            metrics::next_hop_up(&hop.name, hop.is_up());
        }
    })
}

/// What is caught from the moment on that anybody knows of us: uncaught, a SIGHUP would end us.
struct Signals {
    term: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn catch() -> Result<Signals, String> {
        let caught = |kind| signal(kind).map_err(|error| format!("cannot catch signals: {error}"));
        Ok(Signals {
            term: caught(SignalKind::terminate())?,
            interrupt: caught(SignalKind::interrupt())?,
            hangup: caught(SignalKind::hangup())?,
        })
    }

    /// SIGTERM or SIGINT: no new sessions; messages on their way are finished. SIGHUP:
    /// certificates, keys and rules are read again; if one is wrong, the old ones stay.
    async fn obey(mut self, door: Arc<Door>, rules: Arc<Notify>, stop: CancellationToken) {
        loop {
            tokio::select! {
                _ = self.term.recv() => break,
                _ = self.interrupt.recv() => break,
                _ = self.hangup.recv() => {
                    rules.notify_one();
                    read_certificates(&door);
                }
            }
        }
        stop.cancel();
        tracing::info!("Stopping: messages on their way are finished first.");
    }
}

fn read_certificates(door: &Door) {
    match door.reload_tls() {
        Ok(()) => tracing::info!("Certificates were read again."),
        Err(error) => tracing::error!(error, "Certificates stay as they were."),
    }
}

/// Whether a next hop relays for anybody because the mail comes from us, once one is up.
async fn warn_of_next_hops(relay: Relay, limit: u64, relays: bool) {
    if !relays {
        return;
    }
    while relay.hops().any(|hop| hop.is_unknown()) || relay.is_down() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    warn_of_small_next_hops(&relay, limit);
    relay.open_relays().await;
}

/// Names next hops that take less than the gate: `SIZE` is offered as small as theirs, and the
/// administrator wonders why 50 MB do not pass.
fn warn_of_small_next_hops(relay: &Relay, limit: u64) {
    for hop in relay.hops() {
        let Some(size) = hop.offers().and_then(|offers| offers.size) else { continue };
        if size > 0 && size < limit {
            tracing::warn!(
                next_hop = %hop.name,
                size,
                attachments = attachments(size),
                "The next hop takes smaller messages than the gate; raise its limit (Postfix: \
                 message_size_limit, Exchange: MaxReceiveSize and MaxMessageSize)."
            );
        }
    }
}

/// Bytes that a whole message may have.
fn message_limit(rules: &RuleSet) -> u64 {
    rules.policy("base").map_or(0, |base| base.settings.limits.message)
}

/// How much of a message attachments can be: base64 makes 78 octets of 57 (RFC 2045 §6.8).
pub(super) fn attachments(message: u64) -> String {
    let mebibytes = (message / 78 * 57) as f64 / f64::from(1 << 20);
    format!("about {mebibytes:.0} MiB")
}

/// Where the gate can be reached.
struct Listening {
    smtp: Vec<SocketAddr>,
    milter: Vec<String>,
    pages: Option<SocketAddr>,
}

impl Listening {
    /// One line a door that is open.
    fn describe(&self, config: &Config) -> Vec<String> {
        let smtp: Vec<String> = self.smtp.iter().map(ToString::to_string).collect();
        let mut lines = Vec::new();
        if !smtp.is_empty() {
            lines.push(format!("  SMTP       {}", smtp.join(", ")));
            lines.push(format!("  next hop   {}", config.smtp.upstream.join(", ")));
        }
        if !self.milter.is_empty() {
            lines.push(format!("  milter     {}", self.milter.join(", ")));
        }
        if let Some(pages) = self.pages {
            lines.push(format!("  pages      http://{pages}/metrics /healthz /readyz"));
        }
        lines
    }
}

/// What listens, what is protected and what is not, and how to try it.
fn announcement(setup: &Setup, listening: &Listening, unread: Option<&str>) -> String {
    let mut lines = vec![format!("congthu {}", env!("CARGO_PKG_VERSION"))];
    lines.extend(listening.describe(&setup.config));
    lines.push(format!("  rules      {}: {}", setup.rules_from, ids(setup).join(", ")));
    lines.extend(setup.rules.directories().map(directory));
    let size = message_limit(&setup.rules);
    lines
        .push(format!("  size       {size} bytes a message: {} of attachments", attachments(size)));
    lines.push(format!("  kept       {}", keeper(&setup.config)));
    lines.push(
        "  protected  executables and scripts, also in archives; size; line ends; EICAR, GTUBE"
            .to_owned(),
    );
    if let Some(problem) = unread {
        lines.push(format!("  not protected: 7z, RAR and PDF are not read: {problem}"));
    }
    lines.extend(setup.engines.describe().iter().map(|line| format!("  {line}")));
    if let Some(first) = listening.smtp.first() {
        let host = match first.ip() {
            ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
            ip => ip.to_string(),
        };
        let (port, to) = (first.port(), "ai@tiengiang.gov.vn");
        lines.push(format!("try it: swaks --server {host}:{port} --to {to} --attach @FILE"));
        lines.push(format!("   or:  curl smtp://{host}:{port} --mail-rcpt {to} --crlf -T a.eml"));
    }
    lines.join("\n") + "\n"
}

/// Who has the letters that wait for a person.
fn keeper(config: &Config) -> String {
    let store = config.quarantine.store.clone();
    let holds = config.milter.as_ref().is_some_and(|milter| milter.reinject.is_none());
    match (holds, config.smtp.listen.is_empty()) {
        (false, _) => store,
        (true, true) => "by the mail server that asks".to_owned(),
        (true, false) => format!("{store}; what comes by milter, by the mail server that asks"),
    }
}

/// A directory, how large it is and how old.
fn directory((file, of): (&Path, &Directory)) -> String {
    let (file, now) = (file.display(), SystemTime::now());
    let names = of.snapshot().map_or(0, |snapshot| snapshot.len());
    let stale = if of.is_stale(now) { "; stale, so it refuses nobody" } else { "" };
    format!("  directory  {file}: {names} names{stale}")
}

fn ids(setup: &Setup) -> Vec<&str> {
    setup.rules.policies().map(|policy| policy.id.as_str()).collect()
}
