//! `congthu serve`: the gate at work, from the start message to the last session's end.

mod announcement;
mod listeners;
mod signals;

use super::setup::{Setup, complain, runtime};
use super::{CONFIG, SYSTEM, logging};
use crate::config::{Config, RulesMode};
use crate::metrics;
use crate::pipeline::Pipeline;
use crate::relay::{Relay, Times};
use crate::rules::{RuleSet, Watch};
use crate::serve::housekeeping::keep_house;
use crate::serve::{Comebacks, Door, Held, Parts, Reload, freshness, http, watch};
use crate::store::{Records, Store, records};
pub(super) use announcement::attachments;
use announcement::{Listening, announcement, message_limit};
use arc_swap::ArcSwap;
use listeners::listeners;
use signals::{AskRules, Signals};
use std::fmt::Display;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How long sessions may go on after SIGTERM; systemd kills after 90 seconds.
const GRACE: Duration = Duration::from_secs(75);

/// Runs the command.
pub(super) fn run(config: Option<&Path>) -> ExitCode {
    // Before there are threads.
    let held = match Held::take() {
        Ok(held) => held,
        Err(problem) => return complain(SYSTEM, &problem),
    };
    let setup = match Setup::load(config) {
        Ok(setup) => setup,
        Err(code) => return code,
    };
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(code) => return code,
    };
    // Dropped before the runtime, which carries the last spans away.
    match logging::start(&setup.config.log, runtime.handle()) {
        Ok(_telling) => runtime.block_on(serve(setup, held)).unwrap_or_else(|code| code),
        Err(code) => code,
    }
}

/// Everything is opened and bound before anything is announced.
async fn serve(setup: Setup, held: Held) -> Result<ExitCode, ExitCode> {
    let fail = |code| move |problem: String| complain(code, &problem);
    let pipeline = setup.pipeline()?;
    let relay = relay(&setup).map_err(fail(CONFIG))?;
    let (store, records, comebacks) = folders(&setup.config, &relay).map_err(fail(SYSTEM))?;
    let (proxy, milter, pages) = listeners(&setup.config, held).await.map_err(fail(SYSTEM))?;
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
    tokio::spawn(signals.obey(door.clone(), rereading, listening.status(), stop.clone()));
    // A gate that is asked by milter alone hands nothing on.
    let relays = !listening.smtp.is_empty();
    tokio::spawn(warn_of_next_hops(relay.clone(), limit, relays));
    tokio::spawn(watch::watch(engines, stop.clone()));
    tokio::spawn(house(&config)?);
    let refresh = refresh(pipeline, relay.clone(), records.clone());
    show(http::serve(pages, recorder, ready(relay, relays), refresh, stop.clone()));
    listening.tell();
    tokio::join!(proxy.serve(door.clone(), stop.clone(), GRACE), milter.serve(door, stop, GRACE));
    records.flush();
    tracing::info!("Stopped.");
    Ok(ExitCode::SUCCESS)
}

/// Reads rules again when their files change, and when somebody asks for it.
fn keep_rules(
    watch: Option<Watch>,
    rules: Arc<ArcSwap<RuleSet>>,
    config: &Config,
    stop: CancellationToken,
) -> AskRules {
    let (ask, asked) = mpsc::unbounded_channel();
    tokio::spawn(freshness::watch(rules.clone()));
    metrics::rules_generation(1);
    if let Some(watch) = watch {
        let observe = config.rules.mode == RulesMode::Observe;
        tokio::spawn(Reload::new(watch, rules, observe).keep(asked, stop));
    }
    ask
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
