//! `congthu worker`: the child that reads 7z, RAR and PDF. Nobody calls it by hand.

use super::SYSTEM;
use super::setup::complain;
use crate::archive::worker;
use std::process::ExitCode;

/// Runs the command.
pub(super) fn run(memory: u64) -> ExitCode {
    match worker::serve(memory) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => complain(SYSTEM, &problem),
    }
}
