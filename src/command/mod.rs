//! The command line: one file a subcommand. Exit codes are those of sysexits.h where one fits.

mod check;
mod directory;
mod doctor;
mod generate;
mod host;
mod init;
mod logging;
mod peer;
mod quarantine;
mod records;
mod replay;
mod rules;
mod serve;
mod setup;
mod text;
#[cfg(feature = "otlp")]
mod traces;
mod when;
mod worker;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// The gate before a mail server: checks each message while it arrives, then relays it byte for
/// byte or refuses it.
#[derive(Parser)]
#[command(name = "congthu", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the gate.
    Serve {
        /// Configuration file [default: ./congthu.toml, /etc/congthu/congthu.toml, built in]
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Judge mails in files, mboxes, Maildirs and folders; nothing is changed.
    Check(check::Arguments),
    /// Look at the rules.
    Rules(rules::Args),
    /// Names of mailboxes, and lists of them.
    Directory(directory::Args),
    /// Look whether the gate is fit: reach every engine and next hop, try EICAR, compare limits.
    ///
    /// Exit codes: 0 fit, 1 a fault, 78 the configuration or a rule file is wrong.
    Doctor(doctor::Args),
    /// Write a configuration for this host, with its reasons beside it.
    Init(init::Args),
    /// Ask what came of letters, and why: who, when, which rule, which article.
    Records(records::Args),
    /// Look after kept letters: list, show, release, delete, export.
    Quarantine(quarantine::Args),
    /// Read 7z, RAR and PDF from standard input; the gate starts this by itself.
    #[command(hide = true)]
    Worker {
        /// Address space in bytes.
        #[arg(long)]
        memory: u64,
    },
    /// Write man pages or completions; packages are made with it.
    #[command(hide = true)]
    Generate(generate::Args),
    /// Show which encoding texts are in, and print them in Unicode.
    Text(text::Args),
}

/// Wrong arguments (EX_USAGE).
const USAGE: u8 = 64;
/// Input that cannot be read (EX_NOINPUT).
const NO_INPUT: u8 = 66;
/// The system lacks something: a port, a thread (EX_OSERR).
const SYSTEM: u8 = 71;
/// A file that may not be written over (EX_CANTCREAT).
const CANNOT_CREATE: u8 = 73;
/// Come back later (EX_TEMPFAIL).
const TEMPORARY: u8 = 75;
/// Configuration or rules are wrong (EX_CONFIG).
const CONFIG: u8 = 78;

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // --help and --version come this way too, and are no mistake.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    match arguments.command {
        Command::Serve { config } => serve::run(config.as_deref()),
        Command::Check(arguments) => check::run(arguments),
        Command::Rules(arguments) => rules::run(arguments),
        Command::Quarantine(arguments) => quarantine::run(arguments),
        Command::Directory(arguments) => directory::run(arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Records(arguments) => records::run(arguments),
        Command::Worker { memory } => worker::run(memory),
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Text(arguments) => text::run(arguments),
    }
}
