//! `congthu quarantine`: kept letters, for the person who judges them.
//!
//! It works beside a running gate: a letter that is released or deleted is locked meanwhile. Who
//! looked at a letter, let it out or removed it, and why, is recorded.

mod export;
mod list;
mod release;
mod show;

use super::setup::{complain, load};
use super::{NO_INPUT, SYSTEM, USAGE};
use crate::config::Config;
use crate::store::records::record::now;
use crate::store::records::{Deed, Files};
use crate::store::{Held, Locked, Store};
use std::env;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

/// What to do with kept letters.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Configuration file [default: ./congthu.toml, /etc/congthu/congthu.toml, built in]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// List kept letters: what waits for judgement, and what became of the others.
    List(list::Args),
    /// Show why a letter is kept and what was done with it; this is recorded.
    Show(show::Args),
    /// Let letters out through the next hop, as the client that brought them.
    Release(release::Args),
    /// Remove letters for ever; their records stay.
    Delete(Delete),
    /// Copy letters into a folder, byte for byte; this is recorded.
    Export(export::Args),
}

/// Which letters, and who is answerable.
#[derive(clap::Args)]
struct Delete {
    /// Ids, as `list` shows them.
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    #[command(flatten)]
    who: Who,
}

/// Who does it, and why: both stand in the records.
#[derive(clap::Args)]
struct Who {
    /// Who decides [default: the user of this terminal]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why.
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

impl Who {
    fn name(&self) -> String {
        let user = || ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|name| env::var(name).ok());
        self.by.clone().or_else(user).unwrap_or_else(|| "unknown".to_owned())
    }
}

/// Runs the command.
pub(super) fn run(args: Args) -> ExitCode {
    let config = match load(args.config.as_deref()) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let desk = match Desk::open(&config) {
        Ok(desk) => desk,
        Err(error) => return complain(SYSTEM, &format!("the store cannot be used: {error}")),
    };
    match args.action {
        Action::List(args) => list::run(&desk, &args),
        Action::Show(args) => show::run(&desk, &args),
        Action::Release(more) => release::run(&desk, &more, args.config.as_deref()),
        Action::Delete(args) => delete(&desk, &args),
        Action::Export(args) => export::run(&desk, &args),
    }
}

/// The store, and the book of who did what.
struct Desk {
    store: Store,
    files: Files,
}

impl Desk {
    fn open(config: &Config) -> io::Result<Desk> {
        let store = Store::at(&config.quarantine)?;
        let files = Files::open(&config.state.dir)?;
        Ok(Desk { store, files })
    }

    /// The letter of this id; a word for people where there is none.
    fn held(&self, id: &str) -> Result<Held, String> {
        self.store.held(id).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => format!("{id}: no such letter; see `quarantine list`"),
            _ => format!("{id}: {error}"),
        })
    }

    /// The letter, for oneself.
    fn locked(&self, id: &str) -> Result<Locked, String> {
        match self.held(id)?.lock() {
            Ok(Some(letter)) => Ok(letter),
            Ok(None) => Err(format!("{id}: somebody else is at it just now")),
            Err(error) => Err(format!("{id}: {error}")),
        }
    }

    /// Writes down what is done, before or after it.
    fn note(&self, held: &Held, what: &str, who: &Who, detail: &str) -> Result<(), String> {
        let deed = Deed {
            time: now(),
            id: held.envelope.id.clone(),
            what: what.to_owned(),
            by: who.name(),
            reason: who.reason.clone(),
            sender: held.envelope.sender.clone(),
            recipients: held.envelope.recipients.clone(),
            detail: detail.to_owned(),
        };
        let failed = |error| format!("{}: it cannot be recorded: {error}", held.envelope.id);
        self.files.note(&deed).map_err(failed)
    }
}

/// Removes letters; the record is written first, since nothing is left afterwards to tell.
fn delete(desk: &Desk, args: &Delete) -> ExitCode {
    if args.who.reason.trim().is_empty() {
        return complain(USAGE, "--reason is missing: it stands in the records for good");
    }
    each(&args.ids, |id| {
        let letter = desk.locked(id)?;
        desk.note(&letter.held, "deleted", &args.who, "")?;
        desk.store.remove(letter).map_err(|error| format!("{id}: {error}"))?;
        println!("{id}: deleted");
        Ok(())
    })
}

/// Goes through letters; one that fails stops no other.
fn each(ids: &[String], mut job: impl FnMut(&str) -> Result<(), String>) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for id in ids {
        if let Err(message) = job(id) {
            code = complain(NO_INPUT, &message);
        }
    }
    code
}
