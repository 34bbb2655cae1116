//! `congthu quarantine release`: out through the next hop, with a pass for what a person overrode.
//!
//! The pass covers the findings for which the letter was kept and is good for this one release. The
//! letter is judged once more before it goes: what nobody has seen (a signature that is new since)
//! stops it, until the person names that finding too.

use super::{Desk, Who, each, show};
use crate::checks::POISON;
use crate::command::setup::{Setup, complain, runtime};
use crate::command::{CONFIG, SYSTEM, USAGE};
use crate::pipeline::Pipeline;
use crate::relay::{Relay, Times};
use crate::serve::release::{Released, Way};
use crate::store::{Held, Locked, State, Step};
use crate::verdict::{self, Cause, Mode, Verdict};
use bytes::Bytes;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use tokio::runtime::Runtime;

/// Which letters.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Ids, as `list` shows them.
    #[arg(value_name = "ID", required_unless_present = "recheck")]
    ids: Vec<String>,
    #[command(flatten)]
    who: Who,
    /// A finding that stops the release and that you answer for; several.
    #[arg(long, value_name = "FINDING")]
    pass: Vec<String>,
    /// Send once more what was perhaps delivered: it is not in the mail server behind.
    #[arg(long)]
    again: bool,
    /// Judge letters again that were kept because an engine could not look, and let out what is
    /// clean now; without ids, all of them.
    #[arg(long)]
    recheck: bool,
}

/// What a release needs.
struct Gate {
    setup: Setup,
    pipeline: Pipeline,
    relay: Relay,
    runtime: Runtime,
}

/// Runs the command.
pub(super) fn run(desk: &Desk, args: &Args, config: Option<&Path>) -> ExitCode {
    if !args.recheck && args.who.reason.trim().is_empty() {
        return complain(USAGE, "--reason is missing: it stands in the records for good");
    }
    let gate = match Gate::open(config) {
        Ok(gate) => gate,
        Err(code) => return code,
    };
    let all = || -> Result<Vec<String>, ExitCode> {
        let ids = desk.store.letters();
        ids.map_err(|error| complain(SYSTEM, &format!("the store cannot be read: {error}")))
    };
    if args.recheck {
        let ids = match if args.ids.is_empty() { all() } else { Ok(args.ids.clone()) } {
            Ok(ids) => ids,
            Err(code) => return code,
        };
        let waits = |id: &String| desk.store.held(id).is_ok_and(|held| is_engines(&held));
        let ids: Vec<String> = ids.into_iter().filter(waits).collect();
        return each(&ids, |id| gate.recheck(desk, id, args));
    }
    each(&args.ids, |id| gate.release(desk, id, args))
}

impl Gate {
    fn open(config: Option<&Path>) -> Result<Gate, ExitCode> {
        let mut setup = Setup::load(config)?;
        // One letter at a time, read whole.
        setup.config.spool.memory = u64::MAX;
        setup.config.limits.arrival_memory = u64::MAX;
        let command = Duration::from_secs(setup.config.limits.next_hop_seconds);
        let relay = Relay::new(&setup.config.release(), Times { command, ..Times::default() });
        let relay = relay.map_err(|problem| complain(CONFIG, &problem))?;
        let pipeline = setup.pipeline()?;
        Ok(Gate { setup, pipeline, relay, runtime: runtime()? })
    }

    /// A person lets it out.
    fn release(&self, desk: &Desk, id: &str, args: &Args) -> Result<(), String> {
        let letter = desk.locked(id)?;
        may_go(&letter.held, args.again)?;
        let new = self.unseen(&letter.held, &args.pass)?;
        if !new.is_empty() {
            let names = new.into_iter().collect::<Vec<_>>().join(", ");
            return Err(format!(
                "{id}: not released: {names} would stop it now, and it was not kept for that; if \
                 you answer for it: --pass {names}"
            ));
        }
        let passed: Vec<&str> = pass(&letter.held, &args.pass).into_iter().collect();
        let passed = format!("pass for {}", passed.join(", "));
        self.send(desk, letter, &args.who, &passed)
    }

    /// An engine that could not look then may look now.
    fn recheck(&self, desk: &Desk, id: &str, args: &Args) -> Result<(), String> {
        let mut letter = desk.locked(id)?;
        let verdict = self.judge(&letter.held)?;
        let stops: BTreeSet<&str> = stops(&verdict).collect();
        if stops.is_empty() {
            return self.send(desk, letter, &args.who, "judged again: nothing stops it");
        }
        let names = stops.into_iter().collect::<Vec<_>>().join(", ");
        let by = args.who.name();
        let noted = letter.note(Step::Judged, &by, &names, Vec::new());
        noted.map_err(|error| format!("{id}: {error}"))?;
        println!("{id}: stays: {names}");
        Ok(())
    }

    fn send(&self, desk: &Desk, mut letter: Locked, who: &Who, pass: &str) -> Result<(), String> {
        let id = letter.held.envelope.id.clone();
        // Before and after: a crash in between leaves the first line, and the letter says the rest.
        desk.note(&letter.held, "releasing", who, pass)?;
        let smtp = &self.setup.config.smtp;
        let way = Way { relay: &self.relay, hostname: &smtp.hostname, received: smtp.received };
        let released = self.runtime.block_on(way.release(&mut letter, &who.name()));
        let released = released.map_err(|error| format!("{id}: {error}"))?;
        let (what, words) = match &released {
            Released::Done(reply) => ("released", reply),
            Released::Partly(why) => ("released in part", why),
            Released::Refused(why) => ("not released", why),
            Released::Unknown(why) => ("perhaps released", why),
        };
        desk.note(&letter.held, what, who, words)?;
        match released {
            Released::Done(_) => {
                println!("{id}: {what}: {}", show::shown(words));
                Ok(())
            }
            Released::Unknown(_) => {
                Err(format!("{id}: {what}: {words}\n{}", id_line(&letter.held)))
            }
            _ => Err(format!("{id}: {what}: {words}")),
        }
    }

    /// Findings that would stop the letter now and for which there is no pass.
    fn unseen(&self, held: &Held, passed: &[String]) -> Result<BTreeSet<String>, String> {
        let verdict = self.judge(held)?;
        let pass = pass(held, passed);
        Ok(stops(&verdict).filter(|name| !pass.contains(name)).map(str::to_owned).collect())
    }

    /// The verdict of this moment. A letter that brought the gate down is not parsed again.
    fn judge(&self, held: &Held) -> Result<Verdict, String> {
        if held.kept.findings.iter().any(|finding| finding.name == POISON.name) {
            return Ok(Verdict::default());
        }
        let envelope = held.envelope.recall();
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", envelope.id);
        let bytes = Bytes::from(held.message().map_err(|error| failed(&error))?);
        let picked = envelope.recipients.first().map(|rcpt| self.setup.rules.pick(rcpt));
        let base = || self.setup.rules.policy("base");
        let Some(policy) = picked.or_else(base).cloned() else {
            return Err(failed(&"no policy"));
        };
        let id = envelope.id.clone();
        self.runtime.block_on(async {
            let begun = self.pipeline.begin(envelope, policy, "release");
            let mut intake = begun.map_err(|reply| format!("{id}: {}", reply.english))?;
            intake.feed(bytes).await;
            Ok(intake.finish().await.release().0)
        })
    }
}

/// Whether a letter in this state may be sent.
fn may_go(held: &Held, again: bool) -> Result<(), String> {
    let id = &held.envelope.id;
    match held.state() {
        State::Released => Err(format!("{id}: all recipients have it already")),
        State::Perhaps if !again => Err(format!("{id}: {}{}", show::PERHAPS, id_line(held))),
        State::Copy if held.kept.verdict != verdict::Action::Reject && !again => Err(format!(
            "{id}: this is a copy of a letter that was let through; if it did not arrive: --again"
        )),
        _ => Ok(()),
    }
}

/// By what the letter is found in the mail server behind.
fn id_line(held: &Held) -> String {
    let header = if held.secret { Vec::new() } else { show::header(held) };
    let id = header.into_iter().find(|(name, _)| *name == "msg-id").map(|(_, id)| id);
    format!("Message-ID: <{}>", show::shown(&id.unwrap_or_default()))
}

/// What the person who releases it has seen, or answers for.
fn pass<'a>(held: &'a Held, more: &'a [String]) -> BTreeSet<&'a str> {
    let seen = held.kept.acted().map(|finding| finding.name.as_str());
    seen.chain(more.iter().map(String::as_str)).collect()
}

/// Findings that stop a letter.
fn stops(verdict: &Verdict) -> impl Iterator<Item = &'static str> {
    let acts = verdict.findings.iter().filter(|judged| {
        judged.mode == Mode::Enforce && judged.action >= verdict::Action::Quarantine
    });
    acts.map(|judged| judged.finding.kind.name)
}

/// Whether it waits for nothing but an engine that could not look.
fn is_engines(held: &Held) -> bool {
    let engines = |cause: Option<Cause>| {
        matches!(cause, Some(Cause::EngineDown | Cause::EngineLimit | Cause::Timeout))
    };
    let mut acted = held.kept.acted().peekable();
    held.state() == State::Waiting
        && acted.peek().is_some()
        && acted.all(|finding| engines(finding.cause))
}
