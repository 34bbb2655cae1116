//! What the operators decide: rule files, read and checked before use.
//!
//! A set of rules is loaded whole or not at all; once loaded, nothing in it can fail.

mod compile;
mod condition;
mod cover;
mod directory;
mod domains;
mod edit;
mod file;
mod files;
mod lists;
mod load;
mod moment;
mod order;
mod own;
mod policy;
mod possible;
mod reply;
mod rule;
mod ruleset;
mod schema;
mod sets;
pub mod settings;
mod table;
mod watch;

pub use compile::is_hard;
pub use directory::Directory;
pub use domains::Domains;
pub use edit::{Edits, quoted};
pub use file::{Example, Status};
pub use lists::{Hit, Lists, Place};
pub use load::Errors;
pub use moment::day;
pub use policy::{Context, PartView, Policy, ROLES};
pub use rule::{Rule, Step};
pub use ruleset::RuleSet;
pub use schema::schema;
pub use table::markdown;
pub use watch::{Look, Watch};
