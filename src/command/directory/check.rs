//! `congthu directory check`: a list, line by line, against the scheme of the regulation.

use super::{Answer, all, policy, read, unreadable};
use crate::directory::{Audit, Rows, Rulebook, audit};
use crate::mail::Address;
use crate::rules::{Policy, RuleSet};
use std::path::PathBuf;

/// Which list.
#[derive(clap::Args)]
pub(super) struct Args {
    /// CSV with heads such as address, name, unit, kind, born; in Vietnamese too
    file: PathBuf,
    /// Policy whose scheme holds [default: that of each address]
    #[arg(long, value_name = "ID")]
    policy: Option<String>,
}

/// Runs the command: 1 where something is against the regulation.
pub(super) fn run(args: &Args, rules: &RuleSet) -> Answer {
    let fixed = args.policy.as_deref().map(|id| policy(rules, id)).transpose()?;
    let source = read(&args.file)?;
    let mut rows = Rows::new(&source, true).map_err(|errors| unreadable(&errors))?;
    let all = all(&mut rows)?;
    let found = audit(&rows, &all, |address| match fixed {
        Some(policy) => rulebook(policy),
        None => rulebook(rules.pick(&Address::new(address))),
    });
    Ok((text(&found), u8::from(!found.errors.is_empty())))
}

fn rulebook(policy: &Policy) -> Option<Rulebook<'_>> {
    let of = &policy.directory;
    of.scheme.map(|scheme| Rulebook { scheme, places: &of.places })
}

/// Everything that was found, then the sums.
fn text(audit: &Audit) -> String {
    let mut text = String::new();
    for (word, list) in [("error", &audit.errors), ("warning", &audit.warnings)] {
        for remark in list {
            text += &format!("{word}: {remark}\n\n");
        }
    }
    let Audit { errors, warnings, entries, unnamed, unrequested } = audit;
    text += &format!("{entries} entries: {} errors, {} warnings\n", errors.len(), warnings.len());
    if *unnamed > 0 {
        text += &format!("{unnamed} could not be held against a scheme: no name, or no scheme\n");
    }
    if *unrequested > 0 {
        text += &format!("{unrequested} name no written request (number and date)\n");
    }
    text
}
