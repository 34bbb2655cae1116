//! The wire: client, gate and next hop on loopback sockets, with faults on every side.

mod bytes;
mod client;
mod faults;
pub mod gate;
mod next_hop;
mod relaying;
mod trust;
mod verdicts;
