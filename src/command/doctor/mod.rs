//! `congthu doctor`: reaches everything as the gate would, tries it, and says what is wrong and what
//! would be right. Nothing is delivered and nothing is changed.

mod certificates;
mod clock;
mod dns;
mod domains;
mod engines;
mod folders;
mod hops;
mod listeners;
mod names;
mod path;
mod report;
mod rules;

use super::CONFIG;
use super::setup::{Setup, runtime};
use crate::checks;
use crate::config::{Config, RulesMode};
use crate::engines::Engines;
use crate::rules::RuleSet;
use crate::tomlfile::Error;
use dns::Resolver;
use domains::Domains;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use report::{Line, Report};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where to look.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Configuration file [default: ./congthu.toml, /etc/congthu/congthu.toml, built in]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One JSON object a line instead of text.
    #[arg(long)]
    json: bool,
    /// Whom to ask about MX, MTA-STS and TLSA records [default: /etc/resolv.conf]
    #[arg(long, value_name = "IP:PORT")]
    resolver: Option<SocketAddr>,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> ExitCode {
    let mut report = Report::new(args.json);
    let place = match &args.config {
        Some(path) => Some(path.as_path()),
        None => Config::place(),
    };
    let setup = match read(place, &mut report) {
        Ok(setup) => setup,
        Err(mistakes) => {
            report.show(mistakes);
            report.end();
            return ExitCode::from(CONFIG);
        }
    };
    match runtime() {
        Ok(runtime) => runtime.block_on(look(setup, place, args, &mut report)),
        Err(code) => return code,
    }
    ExitCode::from(u8::from(!report.end()))
}

/// Configuration and rules; or all that is wrong in them, without which nothing can be tried.
fn read(place: Option<&Path>, report: &mut Report) -> Result<Setup, Vec<Line>> {
    let all = |check, errors: &[Error]| errors.iter().map(|error| wrong(check, error)).collect();
    let loaded = place.map_or_else(|| Ok(Config::default()), Config::load);
    let config = loaded.map_err(|errors| -> Vec<Line> { all("configuration", &errors.0) })?;
    let about = place.map_or("built in".to_owned(), |path| path.display().to_string());
    let engines = Engines::new(&config.engine)
        .map_err(|error| vec![Line::fault("configuration", &about, error, "correct the file")])?;
    report.show([Line::ok("configuration", about, "read")]);
    let opened = RuleSet::open(config.rules.dir.as_deref(), &checks::catalogue());
    let (rules, rules_from) = opened.map_err(|errors| -> Vec<Line> { all("rules", &errors.0) })?;
    let rules = match config.rules.mode {
        RulesMode::Observe => rules.observing(),
        RulesMode::Enforce => rules,
    };
    Ok(Setup { config, rules, rules_from, engines, watch: None })
}

/// A mistake in a file, in one line.
fn wrong(check: &'static str, error: &Error) -> Line {
    let about = match error.line {
        0 => error.file.clone(),
        line => format!("{}:{line}:{}", error.file, error.column),
    };
    Line::fault(check, about, &error.message, "correct the file")
}

/// All that is looked at, in the order in which one would set it up.
async fn look(mut setup: Setup, place: Option<&Path>, args: &Args, report: &mut Report) {
    let config = setup.config.clone();
    let at = rules::Place { config: &config, changed: place.and_then(changed) };
    report.show(rules::look(&at, &setup.rules, &setup.rules_from));
    let domains = Domains::of(&config, &setup.rules);
    report.show(domains.look(&config, &setup.rules));
    report.show(listeners::look(&config).await);
    report.show(folders::look(&config));
    let mut certificates = certificates::look(&config, domains.public);
    report.show(std::mem::take(&mut certificates.lines));
    let (lines, greetings) = hops::look(&config, &setup.rules, &domains).await;
    report.show(lines);
    report.show(engines::look(&config, &setup.rules).await);
    report.show(path::look(&mut setup).await);
    let resolver = Resolver::new(args.resolver);
    report.show(names::look(&config, &domains, &certificates, resolver).await);
    report.show(clock::look(&config, &greetings).await);
}

/// The day of the last change to a file.
fn changed(path: &Path) -> Option<Date> {
    let changed = jiff::Timestamp::try_from(path.metadata().ok()?.modified().ok()?).ok()?;
    Some(changed.to_zoned(TimeZone::system()).date())
}
