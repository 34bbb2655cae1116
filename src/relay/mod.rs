//! Next hops: where letters go once they are let in.
//!
//! One connection belongs to one client session and is never shared, because
//! the next hop was told whose connection it is (XCLIENT). Nothing is queued: what
//! cannot be handed on is answered 4xx, and the sender keeps it.

mod client;
mod examine;
mod failure;
mod health;
mod introduction;
mod line;
mod maildir;
mod opening;
mod passage;
mod route;
mod tls;
mod wire;

pub use examine::{Examined, Look};
pub use failure::{Cause, Failure, Step};
pub use health::{Health, Hop};
pub use introduction::Introduction;
pub use passage::{Delivery, Form, Passage, Ready, Said};
pub use route::{NextHop, Relay, Target, Times};
