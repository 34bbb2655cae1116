//! What every subcommand needs first: configuration, rules, runtime; and one way to complain.

use super::{CONFIG, SYSTEM};
use crate::checks::{self, Checks};
use crate::config::{Config, RulesMode};
use crate::engines::Engines;
use crate::pipeline::Pipeline;
use crate::rules::{RuleSet, Watch};
use std::path::Path;
use std::process::ExitCode;

/// Configuration and rules, read and checked.
pub(super) struct Setup {
    pub(super) config: Config,
    pub(super) rules: RuleSet,
    /// Where the rules came from, for the start message.
    pub(super) rules_from: String,
    pub(super) engines: Engines,
    /// The folder that they came from, under watch; `None` where they are compiled in.
    pub(super) watch: Option<Watch>,
}

impl Setup {
    /// Reads everything; every mistake is printed, and the exit code is 78.
    pub(super) fn load(config: Option<&Path>) -> Result<Setup, ExitCode> {
        let config = load(config)?;
        let dir = RuleSet::folder(config.rules.dir.as_deref());
        let watch = dir.map(|dir| Watch::new(dir, &checks::catalogue()));
        let (mut rules, rules_from) =
            RuleSet::open(config.rules.dir.as_deref(), &checks::catalogue())
                .map_err(|errors| complain(CONFIG, &errors.to_string()))?;
        if config.rules.mode == RulesMode::Observe {
            rules = rules.observing();
        }
        let engines =
            Engines::new(&config.engine).map_err(|error| complain(CONFIG, &error.to_string()))?;
        Ok(Setup { config, rules, rules_from, engines, watch })
    }

    /// The pipeline over this configuration.
    pub(super) fn pipeline(&self) -> Result<Pipeline, ExitCode> {
        // By this name even after an upgrade has replaced the file: the same build answers.
        let itself = Path::new("/proc/self/exe");
        let program = match itself.exists() {
            true => itself.to_owned(),
            false => std::env::current_exe()
                .map_err(|error| complain(SYSTEM, &format!("cannot find itself: {error}")))?,
        };
        Pipeline::with_worker(&self.config, Checks::all(&self.engines), program)
            .map_err(|error| complain(SYSTEM, &error.to_string()))
    }
}

/// The configuration alone; every mistake is printed, and the exit code is 78.
pub(super) fn load(config: Option<&Path>) -> Result<Config, ExitCode> {
    let config = match config {
        Some(path) => Config::load(path),
        None => Config::find(),
    };
    config.map_err(|error| complain(CONFIG, &error.to_string()))
}

/// Says what is wrong on standard error, and gives the exit code.
pub(super) fn complain(code: u8, message: &str) -> ExitCode {
    eprintln!("congthu: {message}");
    ExitCode::from(code)
}

/// The threads for everything that waits.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, ExitCode> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| complain(SYSTEM, &format!("cannot start threads: {error}")))
}
