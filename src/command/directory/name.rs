//! `congthu directory name`: the first name of the scheme that nobody holds.

use super::{Answer, all, policy, read, unreadable, usage};
use crate::directory::{Asked, Kind, Proposal, Row, Rows, Scheme, Taken, propose};
use crate::rules::{Policy, RuleSet};
use std::path::PathBuf;

/// Whose mailbox.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Họ và tên of a person, or the name of a body
    name: String,
    /// Policy whose scheme holds [default: the only one with a directory]
    #[arg(long, value_name = "ID")]
    policy: Option<String>,
    /// The body above: of a unit its sở or huyện, of a commune its huyện
    #[arg(long, value_name = "NAME", default_value = "")]
    unit: String,
    /// A person's year of birth
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i16).range(1900..2100))]
    born: Option<i16>,
    /// Whose it is [default: a body's where the name begins as bodies' names do]
    #[arg(long, value_enum)]
    kind: Option<Whose>,
    /// List of the mailboxes that exist [default: the policy's directory]
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Whose {
    Personal,
    Agency,
}

/// Runs the command: 1 where the scheme has no free name.
pub(super) fn run(args: &Args, rules: &RuleSet) -> Answer {
    let policy = chosen(args, rules)?;
    let id = &policy.id;
    let Some(scheme) = policy.directory.scheme else {
        return Err(usage(format!("policy `{id}` has no naming scheme: [directory] scheme")));
    };
    let kind = match args.kind {
        Some(Whose::Personal) => Kind::Personal,
        Some(Whose::Agency) => Kind::Agency,
        None => Asked::kind_of(&args.name),
    };
    let places = &policy.directory.places;
    let asked = Asked { name: &args.name, unit: &args.unit, born: args.born, kind };
    let file = args.list.as_ref().or(policy.directory.file.as_ref());
    let source = file.map(|file| read(file)).transpose()?;
    let rows = match &source {
        Some(source) => all(&mut Rows::new(source, true).map_err(|errors| unreadable(&errors))?)?,
        None => Vec::new(),
    };
    let mut proposal = propose(scheme, &asked, places, &Taken::of(&rows));
    if !scheme.is_binding() {
        let note = "this regulation has no scheme; the proposal is by Điều 4 QĐ 51/2016/QĐ-UBND";
        proposal.notes.push(note.to_owned());
    }
    if source.is_none() {
        let note = "no directory is configured, so nobody knows whether it is taken (--list)";
        proposal.notes.push(note.to_owned());
    }
    Ok((text(&proposal, scheme), u8::from(proposal.free.is_none())))
}

/// The address first, for scripts; then why.
fn text(proposal: &Proposal<'_>, scheme: Scheme) -> String {
    let article = scheme.article();
    let mut text = match &proposal.free {
        Some((address, form)) => format!("{address}\n  {form} ({article})\n"),
        None => format!("no free name ({article}): a person has to decide\n"),
    };
    for (address, row) in &proposal.held {
        let holder = row.map_or("the name of a district or a body".to_owned(), holder);
        text += &format!("  taken: {address}, {holder}\n");
    }
    for note in &proposal.notes {
        text += &format!("  note: {note}\n");
    }
    text
}

/// The policy that is meant: named, or the only one with a directory.
fn chosen<'a>(args: &Args, rules: &'a RuleSet) -> Result<&'a Policy, super::Problem> {
    if let Some(id) = &args.policy {
        return policy(rules, id).map(|policy| &**policy);
    }
    let named: Vec<&Policy> = rules
        .policies()
        .map(|policy| &**policy)
        .filter(|policy| policy.directory.scheme.is_some())
        .collect();
    let mut with_file = named.iter().filter(|policy| policy.directory.file.is_some());
    if let (Some(only), None) = (with_file.next(), with_file.next()) {
        return Ok(only);
    }
    let ids: Vec<&str> = named.iter().map(|policy| policy.id.as_str()).collect();
    Err(usage(format!("which policy? --policy {}", ids.join(" | "))))
}

fn holder(row: &Row) -> String {
    let entry = &row.entry;
    let who = if entry.name.is_empty() { entry.kind.name() } else { &entry.name };
    format!("line {}: {who}, {}", row.line, entry.state.name())
}
