//! All tests, in one binary: each module says what it holds.

mod architecture;
mod dialogues;
mod smtp;
mod archives;
mod check_command;
mod checks;
mod corpus;
mod filetype;
mod hostile;
mod licences;
mod names;
mod pipeline;
mod rules;
mod spool;
mod support;
mod types_corpus;
mod config;
mod rules;
mod spool;
mod store;
