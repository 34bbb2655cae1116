//! What the operators decide: rule files, read and checked before use.
//!
//! A set of rules is loaded whole or not at all; once loaded, nothing in it can fail.

mod compile;
mod condition;
mod cover;
mod directory;
mod domains;
mod file;
mod files;
mod lists;
mod load;
mod moment;
mod order;
mod own;
mod policy;
mod reply;
mod ruleset;
mod sets;
pub mod settings;
mod table;

pub use directory::Directory;
pub use domains::Domains;
pub use file::{Example, Status};
pub use lists::{Hit, Lists, Place};
pub use load::Errors;
pub use policy::{Context, PartView, Policy, ROLES, Rule};
pub use ruleset::RuleSet;
pub use table::markdown;
