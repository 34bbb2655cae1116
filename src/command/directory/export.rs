//! `congthu directory export`: the lists that the regulations ask for, as CSV that spreadsheets open.

use super::{Answer, all, policy, read, unreadable, usage};
use crate::directory::{Entry, List, Rows, due, table, write};
use crate::rules::RuleSet;
use jiff::civil::Date;
use std::path::{Path, PathBuf};

/// Which list of which directory.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Directory file [default: that of the policies, if there is one only]
    file: Option<PathBuf>,
    /// Policy whose directory is meant
    #[arg(long, value_name = "ID", conflicts_with = "file")]
    policy: Option<String>,
    /// public: to be published; without-holder: agency mailboxes nobody answers for; unused: for
    /// 6 and 12 months; without-request: no written request; all: the whole directory
    #[arg(long, value_enum, default_value = "public")]
    list: Which,
    /// The day on which mailboxes are unused [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    at: Option<Date>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Which {
    Public,
    WithoutHolder,
    Unused,
    WithoutRequest,
    All,
}

/// Runs the command.
pub(super) fn run(args: &Args, rules: &RuleSet) -> Answer {
    let file = match (&args.file, &args.policy) {
        (Some(file), _) => file.clone(),
        (None, Some(id)) => {
            let file = policy(rules, id)?.directory.file.clone();
            file.ok_or_else(|| usage(format!("policy `{id}` has no directory file")))?
        }
        (None, None) => only(rules)?.to_owned(),
    };
    let source = read(&file)?;
    let mut rows = Rows::new(&source, true).map_err(|errors| unreadable(&errors))?;
    let entries: Vec<Entry> = all(&mut rows)?.into_iter().map(|row| row.entry).collect();
    let list = match args.list {
        Which::Public => List::Public,
        Which::WithoutHolder => List::WithoutHolder,
        Which::Unused => List::Unused,
        Which::WithoutRequest => List::WithoutRequest,
        Which::All => return Ok((write(&entries), 0)),
    };
    let today = args.at.unwrap_or_else(|| jiff::Zoned::now().date());
    // Excel takes a file without this mark for windows-1252, and shows Vietnamese as rubbish.
    let mark = '\u{feff}'.to_string();
    Ok((mark + &table(due::rows(list, &entries, today).into_iter()), 0))
}

/// The only directory that policies name.
pub(super) fn only(rules: &RuleSet) -> Result<&Path, super::Problem> {
    let files: Vec<&Path> = rules.directories().map(|(file, _)| file).collect();
    match files[..] {
        [file] => Ok(file),
        [] => Err(usage("no policy has a directory ([directory] file): name a file")),
        _ => Err(usage("several policies have a directory: --policy ID")),
    }
}
