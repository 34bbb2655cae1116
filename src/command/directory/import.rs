//! `congthu directory import`: another program's list → the directory, whole and at once.

use super::{Answer, Problem, SYSTEM, all, export, ldap, policy, read, unreadable, usage};
use crate::directory::{self, Column, Entry, Merged, Rows, Snapshot, merge, write};
use crate::rules::RuleSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// From where, to where.
#[derive(clap::Args)]
pub(super) struct Args {
    /// A CSV file (Excel's too), an .ldif file, or ldap://HOST[:PORT], ldaps://HOST
    source: String,
    /// Directory file to write [default: that of the policies, if there is one only]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Policy whose directory is written
    #[arg(long, value_name = "ID", conflicts_with = "output")]
    policy: Option<String>,
    /// Write even if fewer than half of the mailboxes would be left
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    asking: ldap::Asking,
}

/// What was read: entries, and the columns that the source knows of.
pub(super) struct List {
    pub(super) entries: Vec<Entry>,
    pub(super) columns: Vec<Column>,
    /// What a person should know.
    pub(super) notes: Vec<String>,
}

/// Runs the command.
pub(super) fn run(args: &Args, rules: &RuleSet) -> Answer {
    let output = match (&args.output, &args.policy) {
        (Some(file), _) => file.clone(),
        (None, Some(id)) => {
            let file = policy(rules, id)?.directory.file.clone();
            file.ok_or_else(|| usage(format!("policy `{id}` has no directory file")))?
        }
        (None, None) => export::only(rules)?.to_owned(),
    };
    let list = taken(args)?;
    let old = match output.exists() {
        true => from_file(&output)?.entries,
        false => Vec::new(),
    };
    let before = old.len();
    let merged = merge(list.entries, old, &list.columns);
    if merged.entries.len() * 2 < before && !args.force {
        let left = merged.entries.len();
        let message = format!(
            "only {left} of {before} mailboxes would be left, so nothing was written; if that is right: --force"
        );
        return Err(Problem { code: 1, message });
    }
    let text = write(&merged.entries);
    check(&output, &text)?;
    replace(&output, &text).map_err(|error| Problem {
        code: SYSTEM,
        message: format!("cannot write {}: {error}", output.display()),
    })?;
    Ok((told(&output, &merged, &list.notes), 0))
}

/// What the source says.
fn taken(args: &Args) -> Result<List, Problem> {
    let path = Path::new(&args.source);
    let ldif = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("ldif"));
    match (ldap::is_server(&args.source), ldif) {
        (true, _) => ldap::from_server(&args.source, &args.asking),
        (_, true) => ldap::from_file(path),
        _ => from_file(path),
    }
}

/// A list of another program, or the directory itself.
fn from_file(path: &Path) -> Result<List, Problem> {
    let source = read(path)?;
    let mut rows = Rows::new(&source, true).map_err(|errors| unreadable(&errors))?;
    let entries = all(&mut rows)?.into_iter().map(|row| row.entry).collect();
    let notes = match rows.passed_over() {
        0 => Vec::new(),
        columns => {
            vec![format!("{columns} columns say nothing to a directory and were passed over")]
        }
    };
    Ok(List { entries, columns: rows.columns(), notes })
}

/// What is written must be what the gate will load.
fn check(output: &Path, text: &str) -> Result<(), Problem> {
    let name = format!("{} (as it would be written)", output.display());
    let source = directory::source(name, text.as_bytes().to_vec());
    let source = source.map_err(|error| unreadable(&[error]))?;
    Snapshot::of(&source, SystemTime::now()).map(drop).map_err(|errors| unreadable(&errors))
}

/// The new file takes the place of the old one at once, and only when it is on the disk. The
/// gate never sees half of it.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    // Its readers are those of the old file: names and telephone numbers are in it.
    if let Ok(old) = path.metadata() {
        file.as_file().set_permissions(old.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path)?;
    std::fs::File::open(folder)?.sync_all()
}

fn told(output: &Path, merged: &Merged, notes: &[String]) -> String {
    let Merged { entries, added, gone, revoked } = merged;
    let (file, count) = (output.display(), entries.len());
    let mut text = format!("{file}: {count} entries, {added} new, {gone} gone\n");
    for address in revoked {
        text += &format!("  {address} stays revoked: lift that in {file} itself\n");
    }
    for note in notes {
        text += &format!("  note: {note}\n");
    }
    text
}
