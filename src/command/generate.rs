//! `congthu generate`: man pages and completions, from the command line's own definitions. For
//! packages; hidden from people.

use super::setup::complain;
use super::{Arguments, SYSTEM};
use clap::{Args as ClapArgs, CommandFactory, ValueEnum};
use clap_complete::Shell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to write, and where.
#[derive(ClapArgs)]
pub(super) struct Args {
    what: What,
    /// A folder; it is made where it is missing.
    folder: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// One page a subcommand.
    Man,
    /// For bash, zsh and fish.
    Completions,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> ExitCode {
    let written = fs::create_dir_all(&args.folder).and_then(|()| match args.what {
        What::Man => man(&args.folder),
        What::Completions => completions(&args.folder),
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(SYSTEM, &format!("{}: {error}", args.folder.display())),
    }
}

fn man(folder: &Path) -> io::Result<()> {
    clap_mangen::generate_to(Arguments::command().disable_help_subcommand(true), folder)
}

fn completions(folder: &Path) -> io::Result<()> {
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        clap_complete::generate_to(shell, &mut Arguments::command(), "congthu", folder)?;
    }
    Ok(())
}
