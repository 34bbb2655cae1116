//! All tests, in one binary: each module says what it holds.

mod architecture;
mod config;
mod rules;
mod spool;
mod store;
