//! The message as it stands: envelope, MIME, names, types, and the budget of looking at it.
//!
//! Parsing never fails: it returns a value and its defects.

mod budget;
pub mod encoded_word;
mod envelope;
mod filetype;
mod fold;
pub mod header;
mod message;
pub mod name;
mod quoted;
mod section;
mod view;
mod words;

pub use budget::{Budget, Haste, Limits, Spent, Trip};
pub use envelope::{Address, Client, Direction, Envelope, Words};
pub use filetype::{Family, FileType, Other, is_tar_header};
pub use fold::fold;
pub use message::{Defect, Field, Leaf, Message, Weight};
pub use quoted::FilesInText;
pub use view::{Construct, VIEWS};
pub use words::{Letters, Tokens};
