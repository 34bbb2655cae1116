//! One message unfolded: every part, attachment and archive member, each looked at once.
//!
//! Checks read facts and never extract.

mod part;
mod unfold;

pub use crate::mail::Field;
pub use part::{Active, Ambiguity, Deed, Facts, Obstacle, Part, Role, Trouble};
pub use unfold::unfold;
