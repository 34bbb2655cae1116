//! `deploy/`: the package, the unit, what stands in front of the gate and beside it.

mod balancer;
mod bans;
mod config;
mod lifecycle;
mod package;
mod tuesday;
mod unit;
