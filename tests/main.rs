//! All tests, in one binary: each module says what it holds.

#![allow(unreachable_pub, reason = "a test binary exports nothing")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panic")]
#![allow(clippy::too_many_lines, reason = "a table of cases is read from top to bottom")]

mod active;
mod architecture;
mod archives;
mod check_command;
mod checks;
mod clauses;
mod comebacks;
mod config;
#[path = "../benches/containers.rs"]
#[allow(unreachable_pub, reason = "with `letters`")]
mod containers;
mod corpus;
mod deploy;
mod dialogues;
mod directory;
mod doctor;
mod documents;
mod engines;
mod evasion;
mod facts;
mod filetype;
mod first_day;
mod fuzz;
mod grafana;
mod guides;
mod hostile;
mod init;
mod instructions;
#[path = "../benches/letters.rs"]
#[allow(unreachable_pub, reason = "the letters are shared with the bench")]
mod letters;
mod licences;
mod log_lines;
mod metrics;
mod milter;
mod names;
mod notices;
mod part_checks;
mod pipeline;
mod polyglots;
mod real;
mod records;
mod records_command;
mod replay;
mod rules;
mod secrets;
mod serve_command;
mod service;
mod smtp;
mod soak;
mod spans;
mod spool;
mod store;
mod support;
mod text;
mod text_mails;
mod types_corpus;
mod views;
mod wire;
mod worker;
mod worst;
