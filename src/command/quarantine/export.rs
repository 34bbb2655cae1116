//! `congthu quarantine export`: copies for a hand-over, byte for byte.

use super::{Desk, Who, each};
use crate::command::SYSTEM;
use crate::command::setup::complain;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Which letters, and where to.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Ids, as `list` shows them [default: all letters but those with a secrecy stamp]
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// The folder; each letter becomes ID.eml with ID.envelope.json and ID.verdict.json beside it.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    who: Who,
}

/// Runs the command.
pub(super) fn run(desk: &Desk, args: &Args) -> ExitCode {
    if let Err(error) = fs::create_dir_all(&args.output) {
        return complain(SYSTEM, &format!("{}: {error}", args.output.display()));
    }
    let ids = match if args.ids.is_empty() { all(desk) } else { Ok(args.ids.clone()) } {
        Ok(ids) => ids,
        Err(error) => return complain(SYSTEM, &format!("the store cannot be read: {error}")),
    };
    each(&ids, |id| {
        let letter = desk.locked(id)?;
        if letter.held.secret {
            return Err(format!("{id}: a letter with a secrecy stamp is not copied anywhere"));
        }
        desk.note(&letter.held, "exported", &args.who, &args.output.display().to_string())?;
        for (from, to) in [
            ("message.eml", "eml"),
            ("envelope.json", "envelope.json"),
            ("verdict.json", "verdict.json"),
        ] {
            let to = args.output.join(format!("{id}.{to}"));
            copy(&letter.held.dir.join(from), &to)
                .map_err(|error| format!("{}: {error}", to.display()))?;
        }
        println!("{}", args.output.join(format!("{id}.eml")).display());
        Ok(())
    })
}

/// Every letter that may be copied; how many may not is told.
fn all(desk: &Desk) -> std::io::Result<Vec<String>> {
    let secret = |id: &String| desk.store.held(id).is_ok_and(|held| held.secret);
    let (apart, ids): (Vec<_>, Vec<_>) = desk.store.letters()?.into_iter().partition(secret);
    if !apart.is_empty() {
        eprintln!("congthu: letters with a secrecy stamp, which are not copied: {}", apart.len());
    }
    Ok(ids)
}

/// Readable by its owner alone, as the letter itself; what is there already stays.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(to)?;
    file.write_all(&fs::read(from)?)?;
    file.sync_all()
}
