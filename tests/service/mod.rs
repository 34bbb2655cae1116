//! The gate as a service: sockets that are held for it, what it tells its manager, the unit.

mod manager;
mod notify;
mod restart;
mod sockets;
