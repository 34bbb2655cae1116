//! All tests, in one binary: each module says what it holds.

mod architecture;
mod dialogues;
mod smtp;
mod check_command;
mod checks;
mod corpus;
mod hostile;
mod licences;
mod pipeline;
mod filetype;
mod rules;
mod spool;
mod support;
mod archives;
mod filetype;
mod names;
mod types_corpus;
mod rules;
mod spool;
