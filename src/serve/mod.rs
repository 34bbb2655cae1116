//! The doors: sockets, limits, times; what a letter is worth is decided elsewhere.

mod book;
mod comeback;
pub mod door;
mod enact;
mod ending;
pub mod freshness;
mod held;
pub mod housekeeping;
pub mod http;
mod id;
mod limit;
mod lines;
mod log;
pub mod milter;
pub mod proxy;
mod recipient;
pub mod release;
mod reload;
pub mod service;
mod session;
mod socket;
mod tag;
mod tls;
mod transaction;
pub mod watch;

pub use comeback::Comebacks;
pub use door::{Door, Parts};
pub use held::Held;
pub use lines::Lines;
pub use milter::Milter;
pub use proxy::Proxy;
pub use reload::{Asked, Reload};
pub use tls::certificate;
