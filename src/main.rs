//! The binary: hands over to `command`.

use std::process::ExitCode;

/// A letter is a few hundred small allocations, often freed by another thread; and what a burst
/// of large letters took goes back to the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    congthu::command::run()
}
