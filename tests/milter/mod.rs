//! The milter door: the protocol by itself, the door behind it, and both doors over one corpus.

mod actions;
mod corpus;
mod door;
mod hostile;
pub mod mta;
mod protocol;
mod script;
