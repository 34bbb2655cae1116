//! `congthu rules replay`: other rules, tried on the letters of the last days before they act.

mod letter;
mod recall;
mod summary;

use super::setup::{Setup, complain, runtime};
use super::when::When;
use super::{CONFIG, NO_INPUT};
use crate::checks;
use crate::config::RulesMode;
use crate::rules::RuleSet;
use crate::store::Store;
use crate::store::records::{Files, Line, Record, Span};
use letter::Trial;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use summary::Summary;

/// Which rules, on which letters.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Configuration file [default: ./congthu.toml, /etc/congthu/congthu.toml, built in]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Letters from then on: `7d`, `12h`, `2026-03-03`.
    #[arg(long, value_name = "WHEN", default_value = "7d")]
    since: When,
    /// Letters until then.
    #[arg(long, value_name = "WHEN")]
    until: Option<When>,
    /// As if rules in shadow acted, and `observe` were over.
    #[arg(long)]
    enforced: bool,
    /// One JSON object a letter that would change or cannot be told.
    #[arg(long)]
    json: bool,
    /// Folder of rule files to try [default: the rules at work]
    dir: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> ExitCode {
    let trial = match trial(args) {
        Ok(trial) => trial,
        Err(code) => return code,
    };
    let mut summary = Summary::new(args.json);
    match replay(args, &trial, &mut summary) {
        Ok(()) => ExitCode::SUCCESS,
        // A closed pipe is the reader's choice (`replay | head`).
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => complain(NO_INPUT, &format!("records cannot be read: {error}")),
    }
}

/// The rules, and all that is at hand to try them with.
fn trial(args: &Args) -> Result<(Trial, Files), ExitCode> {
    let mut setup = Setup::load(args.config.as_deref())?;
    if let Some(dir) = &args.dir {
        let loaded = RuleSet::load(dir, &checks::catalogue());
        setup.rules = loaded.map_err(|errors| complain(CONFIG, &errors.to_string()))?;
        if setup.config.rules.mode == RulesMode::Observe {
            setup.rules = setup.rules.observing();
        }
    }
    if args.enforced {
        setup.rules = setup.rules.enforcing();
    }
    // Engines are not asked again; and copies are read whole, in memory.
    setup.engines = Default::default();
    setup.config.spool.memory = u64::MAX;
    setup.config.limits.arrival_memory = u64::MAX;
    let files = Files::of(&setup.config.state.dir);
    let pipeline = setup.pipeline()?;
    let store = Store::at(&setup.config.quarantine).ok();
    Ok((Trial { rules: setup.rules, store, pipeline, runtime: runtime()? }, files))
}

fn replay(args: &Args, (trial, files): &(Trial, Files), summary: &mut Summary) -> io::Result<()> {
    let span = Span { since: Some(args.since.first()), until: args.until.map(|when| when.last()) };
    for line in files.read(span)? {
        match line? {
            Line::Record(Record::Message(message)) => {
                summary.add(&message, trial.fate(&message))?
            }
            Line::Record(Record::Gap(gap)) => summary.missing += gap.missing,
            Line::Record(_) => {}
            Line::Damaged(_) => summary.missing += 1,
        }
    }
    summary.end()
}
