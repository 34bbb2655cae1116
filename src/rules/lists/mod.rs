//! Findings of the operators' own: lists of phrases, senders, file names and header patterns.
//!
//! `[words.x]`, `[sender.x]`, `[name.x]` and `[message.x]` in a rule file define findings that are
//! called as the table is. Everything is made ready at load: a list of ten thousand entries costs
//! a letter as much as one of ten.

mod book;
mod definition;
mod entries;
mod globs;
mod layer;
mod own;
mod phrases;
mod ready;
pub(super) mod written;

pub(super) use layer::Layer;
pub use phrases::Place;
pub use ready::{Hit, Lists};
