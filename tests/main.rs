//! All tests, in one binary: each module says what it holds.

mod architecture;
mod checks;
mod hostile;
mod pipeline;
mod filetype;
mod rules;
mod spool;
mod support;
