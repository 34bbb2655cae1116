//! One message unfolded: every part, attachment and archive member, each looked at once.
//!
//! Checks read facts and never extract.

mod part;

pub use part::{Facts, Obstacle, Part, Role, Trouble};
