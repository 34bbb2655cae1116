//! The wire: client, gate and next hop on loopback sockets, with faults on every side.

mod bytes;
pub mod client;
mod comebacks;
mod copies;
pub mod directory;
mod extensions;
mod faults;
pub mod gate;
mod kill;
mod ledger;
pub mod log;
mod mending;
mod names;
pub mod next_hop;
pub mod records;
mod relaying;
pub mod release;
mod reload;
mod routes;
pub mod script;
mod steps;
mod tls;
mod trust;
mod unasked;
mod verdicts;
