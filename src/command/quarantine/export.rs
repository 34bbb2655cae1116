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
    /// Ids, as `list` shows them.
    #[arg(required = true, value_name = "ID")]
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
    each(&args.ids, |id| {
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

/// Readable by its owner alone, as the letter itself; what is there already stays.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(to)?;
    file.write_all(&fs::read(from)?)?;
    file.sync_all()
}
