//! congthu: an inbound mail filter. `src/ARCHITECTURE.md` is the map of this tree.
//!
//! The way of a message: `serve` (a door) → `pipeline` (begin, feed, finish) →
//! `facts` (unfolded once) → `checks` (findings) → `rules` (actions) →
//! `verdict` → `relay` or `store`.

pub mod archive;
pub mod checks;
pub mod command;
pub mod config;
pub mod directory;
pub mod engines;
pub mod facts;
pub mod mail;
pub mod metrics;
pub mod milter;
pub mod pipeline;
pub mod relay;
pub mod rules;
pub mod serve;
pub mod smtp;
pub mod spool;
pub mod store;
pub mod text;
pub mod tomlfile;
pub mod verdict;
