//! The binary: hands over to `command`.

use std::process::ExitCode;

/// A letter is many short-lived allocations on two threads, and a large one gives its memory back
/// when it has passed: glibc's allocator is slower at the first and keeps the second. Without huge
/// pages (`no_thp`): of these it would keep whole ones, of which a corner is in use.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    congthu::command::run()
}
