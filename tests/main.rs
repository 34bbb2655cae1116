//! All tests, in one binary: each module says what it holds.

mod architecture;
mod engines;
mod real;
mod spool;
mod support;
