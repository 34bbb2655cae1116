//! All tests, in one binary: each module says what it holds.

mod architecture;
mod checks;
mod rules;
mod spool;
mod support;
mod filetype;
