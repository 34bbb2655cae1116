//! One message unfolded: every part, attachment and archive member, each looked at once.
//!
//! Checks read facts and never extract.

pub mod active;
mod head;
mod leaf;
mod part;
mod passwords;
mod text;
mod unfold;

pub use crate::mail::Field;
pub use head::{Head, Read};
pub use part::{Active, Ambiguity, Deed, Facts, Note, Obstacle, Part, Role, Trouble};
pub use text::Text;
pub use unfold::{unfold, unfold_file};
