//! All tests, in one binary: each module says what it holds.

mod architecture;
mod archives;
mod filetype;
mod names;
mod part_checks;
mod types_corpus;
