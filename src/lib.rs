//! congthu: an inbound mail filter. `src/ARCHITECTURE.md` is the map of this tree.
//!
//! The way of a message: `serve` (a door) → `pipeline` (begin, feed, finish) →
//! `facts` (unfolded once) → `checks` (findings) → `rules` (actions) →
//! `verdict` → `relay` or `store`.

pub mod checks;
pub mod config;
pub mod engines;
pub mod facts;
pub mod mail;
pub mod rules;
pub mod spool;
pub mod verdict;
