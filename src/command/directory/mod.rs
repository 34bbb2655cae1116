//! `congthu directory`: names of mailboxes by the regulations, and lists of mailboxes.

mod check;
mod export;
mod import;
mod ldap;
mod name;

use super::setup::complain;
use super::{CONFIG, NO_INPUT, SYSTEM, USAGE};
use crate::checks;
use crate::config::Config;
use crate::directory::{self, Rows};
use crate::rules::{Policy, RuleSet};
use crate::tomlfile::{Error, Source};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// What to do with the directory.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
    /// Configuration file [default: ./congthu.toml, /etc/congthu/congthu.toml, built in]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Hold a list of mailboxes against the naming scheme of its regulation.
    Check(check::Args),
    /// Write a list that the regulations ask for, as CSV.
    Export(export::Args),
    /// Take in the list of another program, and write the directory that the gate reads.
    Import(import::Args),
    /// Propose the address of a person or a body: the first of the scheme that is free.
    Name(name::Args),
}

/// Runs the command.
pub(super) fn run(args: Args) -> ExitCode {
    let done = rules(args.config.as_deref()).and_then(|rules| match args.action {
        Action::Check(args) => check::run(&args, &rules),
        Action::Export(args) => export::run(&args, &rules),
        Action::Import(args) => import::run(&args, &rules),
        Action::Name(args) => name::run(&args, &rules),
    });
    match done {
        Ok((text, code)) => {
            // A closed pipe is the reader's choice.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::from(code)
        }
        Err(problem) => complain(problem.code, &problem.message),
    }
}

/// Why a command gives no answer.
struct Problem {
    code: u8,
    message: String,
}

fn usage(message: impl Into<String>) -> Problem {
    Problem { code: USAGE, message: message.into() }
}

fn unreadable(errors: &[Error]) -> Problem {
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    Problem { code: NO_INPUT, message: texts.join("\n\n") }
}

/// What is printed, and the exit code.
type Answer = Result<(String, u8), Problem>;

/// The rules of the configuration.
fn rules(config: Option<&Path>) -> Result<RuleSet, Problem> {
    let wrong = |message: String| Problem { code: CONFIG, message };
    let config = match config {
        Some(path) => Config::load(path),
        None => Config::find(),
    };
    let config = config.map_err(|errors| wrong(errors.to_string()))?;
    let opened = RuleSet::open(config.rules.dir.as_deref(), &checks::catalogue());
    opened.map(|(rules, _)| rules).map_err(|errors| wrong(errors.to_string()))
}

/// The policy of this name.
fn policy<'a>(rules: &'a RuleSet, id: &str) -> Result<&'a Arc<Policy>, Problem> {
    let known: Vec<&str> = rules.policies().map(|policy| policy.id.as_str()).collect();
    let unknown = || usage(format!("unknown policy `{id}`{}", crate::tomlfile::hint(id, &known)));
    rules.policy(id).ok_or_else(unknown)
}

/// A list of mailboxes, with the heads of other programs passed over.
fn read(path: &Path) -> Result<Source, Problem> {
    directory::open(path).map_err(|error| unreadable(&[error]))
}

/// All rows of a list; or every mistake in it.
fn all(rows: &mut Rows<'_>) -> Result<Vec<directory::Row>, Problem> {
    let (mut good, mut errors) = (Vec::new(), Vec::new());
    for row in rows {
        match row {
            Ok(row) => good.push(row),
            Err(wrong) => errors.extend(wrong),
        }
    }
    if errors.is_empty() { Ok(good) } else { Err(unreadable(&errors)) }
}
