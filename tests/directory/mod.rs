//! The directory: how names are formed, and what a list of mailboxes says.

mod command;
mod import;
mod ldap;
mod lists;
mod schemes;

use congthu::checks;
use congthu::directory::source;
use congthu::rules::RuleSet;
use congthu::tomlfile::Source;
use std::path::Path;

/// The shipped rules.
fn shipped() -> RuleSet {
    let rules = RuleSet::load(Path::new("rules"), &checks::catalogue());
    rules.unwrap_or_else(|errors| panic!("{errors}"))
}

/// A list as a file.
fn list(text: &str) -> Source {
    source("danhba.csv".to_owned(), text.as_bytes().to_vec()).unwrap()
}
