//! `congthu init`: looks what is on this host, asks what it cannot know, and writes a configuration with
//! its reasons beside it.

mod ask;
mod engines;
mod postfix;
mod text;

use super::setup::{complain, runtime};
use super::{CANNOT_CREATE, SYSTEM, USAGE};
use crate::config::Config;
use crate::tomlfile::Source;
use ask::Asker;
use engines::Engines;
use postfix::Postfix;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use text::Answers;

/// What is known already; the rest is found or asked.
#[derive(clap::Args)]
pub(super) struct Args {
    /// How mail reaches the gate [default: what Postfix on this host is set up for]
    #[arg(long, value_enum)]
    way: Option<Way>,
    /// The gate's name in greetings, EHLO and tags; not the name of the mail server.
    #[arg(long, value_name = "NAME")]
    hostname: Option<String>,
    /// A domain that mail is taken for; several times for several.
    #[arg(long, value_name = "NAME")]
    domain: Vec<String>,
    /// The mail server behind: host:port, lmtp:…, maildir:PATH; several times for several.
    #[arg(long, value_name = "ADDRESS")]
    upstream: Vec<String>,
    /// Where to listen.
    #[arg(long, value_name = "IP:PORT")]
    listen: Option<String>,
    /// The mail server behind is Exchange: it learns the client's address by a Received line only.
    #[arg(long)]
    exchange: bool,
    /// clamd, as unix:PATH or host:port; none: without it [default: looked for]
    #[arg(long, value_name = "ADDRESS")]
    clamav: Option<String>,
    /// rspamd, as http://host:port; none: without it [default: looked for]
    #[arg(long, value_name = "URL")]
    rspamd: Option<String>,
    /// spamd, as host:port or unix:PATH; none: without it [default: looked for]
    #[arg(long, value_name = "ADDRESS")]
    spamassassin: Option<String>,
    /// The file to write; -: standard output [default: /etc/congthu/congthu.toml, where that folder is,
    /// else congthu.toml]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Ask nothing: take what was found.
    #[arg(long)]
    yes: bool,
    /// Write over a file that is there.
    #[arg(long)]
    force: bool,
}

/// How mail reaches the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Way {
    /// Postfix on this host hands each letter over before it queues it (smtpd_proxy_filter).
    Proxy,
    /// Postfix or Sendmail on this host asks by milter.
    Milter,
    /// The gate listens on port 25 itself, before another server.
    Front,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> ExitCode {
    let output = args.output.clone().unwrap_or_else(usual);
    let to_file = output != Path::new("-");
    // Better known before any question than after the last.
    if to_file && !args.force && output.symlink_metadata().is_ok() {
        return exists(&output);
    }
    let postfix = Postfix::find();
    let engines = match runtime() {
        Ok(runtime) => runtime.block_on(Engines::find(args)),
        Err(code) => return code,
    };
    postfix.iter().map(Postfix::describe).chain(engines.describe()).for_each(|l| eprintln!("{l}"));
    let asker = Asker::new(args.yes);
    let answers = match Answers::of(args, postfix.as_ref(), engines, &asker, &output) {
        Ok(answers) => answers,
        Err(problem) => return complain(USAGE, &problem),
    };
    let text = answers.text();
    if let Err(problem) = check(&text) {
        return complain(USAGE, &problem);
    }
    if !to_file {
        print!("{text}");
        return ExitCode::SUCCESS;
    }
    if let Err(code) = write(&output, &text, args.force) {
        return code;
    }
    println!("{}", answers.next(&output));
    ExitCode::SUCCESS
}

/// Where the service looks for it, else here.
fn usual() -> PathBuf {
    let etc = Path::new("/etc/congthu");
    if etc.is_dir() { etc.join("congthu.toml") } else { "congthu.toml".into() }
}

/// An answer that is no address shows here, with its line.
fn check(text: &str) -> Result<(), String> {
    let source = Source::new("congthu.toml", text.into()).map_err(|error| error.to_string())?;
    Config::parse(&source).map(|_| ()).map_err(|errors| errors.to_string())
}

fn exists(output: &Path) -> ExitCode {
    let problem = format!(
        "{} is there already, and stays as it is; --force writes over it, -o names another",
        output.display()
    );
    complain(CANNOT_CREATE, &problem)
}

/// Writes it at once or not at all; what came there in the meantime stays too.
fn write(output: &Path, text: &str, force: bool) -> Result<(), ExitCode> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => exists(output),
        _ => complain(SYSTEM, &format!("{} cannot be written: {error}", output.display())),
    };
    let beside = output.with_extension("toml.new");
    let mut file = OpenOptions::new();
    // The service reads it, as another user than root, who writes it; there is no secret in it.
    let mut file =
        file.write(true).create(true).truncate(true).mode(0o644).open(&beside).map_err(failed)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    let placed = written.and_then(|()| match force {
        true => fs::rename(&beside, output),
        // A link is made only where nothing is.
        false => fs::hard_link(&beside, output).and_then(|()| fs::remove_file(&beside)),
    });
    placed.map_err(|error| {
        let _ = fs::remove_file(&beside);
        failed(error)
    })
}
