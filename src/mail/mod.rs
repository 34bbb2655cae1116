//! The message as it stands: envelope, MIME, names, types, and the budget of looking at it.
//!
//! Parsing never fails: it returns a value and its defects.

mod budget;
mod envelope;
mod filetype;
mod message;
mod section;
mod fold;
pub mod name;

pub use budget::{Budget, Limits, Spent, Trip};
pub use envelope::{Address, Client, Envelope};
pub use filetype::{Family, FileType};
pub use message::{Defect, Leaf, Message, Weight};
pub use fold::fold;
