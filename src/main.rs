//! The binary: hands over to `command`.

use std::process::ExitCode;

fn main() -> ExitCode {
    congthu::command::run()
}
