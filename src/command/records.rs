//! `congthu records`: why a letter was refused on 3 March, in one command.

use super::setup::complain;
use super::when::{Day, When, local};
use super::{CONFIG, NO_INPUT};
use crate::config::Config;
use crate::store::records::record::{Deed, Finding, Message, Recipient, Record};
use crate::store::records::{Files, Line, Span};
use crate::verdict::Mode;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Which letters.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Configuration file [default: ./congthu.toml, /etc/congthu/congthu.toml, built in]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// From then on: `7d`, `12h`, `2026-03-03`, `2026-03-03T08:00`.
    #[arg(long, value_name = "WHEN")]
    since: Option<When>,
    /// Until then; a day is meant with all its hours.
    #[arg(long, value_name = "WHEN")]
    until: Option<When>,
    /// On this day: `2026-03-03`, `today`, `yesterday`.
    #[arg(long, value_name = "DAY", conflicts_with_all = ["since", "until"])]
    day: Option<Day>,
    /// The id in brackets that the reply and the log show.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Part of the sender's address.
    #[arg(long, value_name = "TEXT")]
    sender: Option<String>,
    /// Part of a recipient's address.
    #[arg(long, value_name = "TEXT")]
    recipient: Option<String>,
    /// Address of the client.
    #[arg(long, value_name = "IP")]
    client: Option<String>,
    /// Message-ID, with or without its angle brackets.
    #[arg(long, value_name = "ID")]
    message_id: Option<String>,
    /// What came of it: relayed, kept, deferred, refused, unknown, abandoned; by milter passed, held.
    #[arg(long, value_name = "WORD")]
    outcome: Option<String>,
    /// A finding such as executable.found, or a family such as virus.
    #[arg(long, value_name = "NAME")]
    finding: Option<String>,
    /// SHA-256 of a part, or its beginning.
    #[arg(long, value_name = "HEX")]
    sha256: Option<String>,
    /// The records as they are, one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(args: Args) -> ExitCode {
    let config = match &args.config {
        Some(path) => Config::load(path),
        None => Config::find(),
    };
    let config = match config {
        Ok(config) => config,
        Err(errors) => return complain(CONFIG, &errors.to_string()),
    };
    match print(&args, &Files::of(&config.state.dir)) {
        Ok(damaged) if damaged.is_empty() => ExitCode::SUCCESS,
        Ok(damaged) => {
            let lines =
                if damaged.len() == 1 { "line is no record" } else { "lines are no records" };
            let what = format!("{lines} (torn off by a crash, or damaged), left out");
            eprintln!("congthu: {} {what}: {}", damaged.len(), damaged.join(", "));
            ExitCode::SUCCESS
        }
        // A closed pipe is the reader's choice (`records | head`).
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => complain(NO_INPUT, &format!("records cannot be read: {error}")),
    }
}

/// Prints what fits; the places of damaged lines.
fn print(args: &Args, files: &Files) -> io::Result<Vec<String>> {
    let (mut out, mut damaged) = (io::stdout().lock(), Vec::new());
    let mut shown = 0_usize;
    // What people did with the letters that are shown is shown too, whenever they did it.
    let mut ids: BTreeSet<String> = args.id.iter().cloned().collect();
    for line in files.read(args.span())? {
        let record = match line? {
            Line::Damaged(place) => {
                damaged.push(place);
                continue;
            }
            Line::Record(record) => record,
        };
        if args.wants(&record) {
            shown += 1;
            if let Record::Message(message) = &record {
                ids.insert(message.id.clone());
            }
            out.write_all(args.text(&record).as_bytes())?;
        }
    }
    if !ids.is_empty() {
        shown += later(args, files, &ids, &mut out)?;
    }
    if shown == 0 && !args.json {
        writeln!(out, "no record fits")?;
    }
    Ok(damaged)
}

/// What was done with these letters, at any time.
fn later(
    args: &Args,
    files: &Files,
    ids: &BTreeSet<String>,
    out: &mut impl Write,
) -> io::Result<usize> {
    let mut shown = 0;
    for line in files.actions()? {
        if let Line::Record(record @ Record::Action(_)) = line?
            && matches!(&record, Record::Action(deed) if ids.contains(&deed.id))
        {
            shown += 1;
            out.write_all(args.text(&record).as_bytes())?;
        }
    }
    Ok(shown)
}

impl Args {
    fn span(&self) -> Span {
        match self.day {
            Some(day) => day.span(),
            None => Span {
                since: self.since.map(|when| when.first()),
                until: self.until.map(|when| when.last()),
            },
        }
    }

    fn wants(&self, record: &Record) -> bool {
        match record {
            Record::Message(message) => self.wants_message(message),
            Record::Recipient(refused) => {
                is(&self.id, &refused.id)
                    && holds(&self.sender, &refused.sender)
                    && holds(&self.recipient, &refused.recipient)
                    && is(&self.client, refused.client.ip.as_deref().unwrap_or_default())
                    && is(&self.outcome, "refused")
                    && self.finding.is_none()
                    && self.message_id.is_none()
                    && self.sha256.is_none()
            }
            // They come below, with the letters that they are about.
            Record::Action(_) => false,
            Record::Gap(_) => self.id.is_none(),
        }
    }

    fn wants_message(&self, message: &Message) -> bool {
        let bare = |id: &str| id.trim_matches(['<', '>']).to_owned();
        let hash = |hash: &String| {
            let begins = |sha256: &String| sha256.starts_with(&hash.to_lowercase());
            message.parts.iter().any(|part| part.sha256.as_ref().is_some_and(begins))
        };
        let family = |wanted: &String| {
            let fits = |name: &str| {
                let rest = name.strip_prefix(wanted.as_str());
                rest.is_some_and(|rest| {
                    rest.is_empty() || rest.starts_with('.') || wanted.ends_with('.')
                })
            };
            message.findings.iter().any(|finding| fits(&finding.name))
        };
        is(&self.id, &message.id)
            && holds(&self.sender, &message.sender)
            && (self.recipient.is_none()
                || message.recipients.iter().any(|rcpt| holds(&self.recipient, rcpt)))
            && is(&self.client, message.client.ip.as_deref().unwrap_or_default())
            && is(&self.outcome, &message.outcome)
            && is(
                &self.message_id.as_deref().map(bare),
                message.message_id.as_deref().unwrap_or_default(),
            )
            && self.finding.as_ref().is_none_or(family)
            && self.sha256.as_ref().is_none_or(hash)
    }

    fn text(&self, record: &Record) -> String {
        match (self.json, record) {
            (true, record) => serde_json::to_string(record).unwrap_or_default() + "\n",
            (false, Record::Message(message)) => message_text(message),
            (false, Record::Recipient(refused)) => recipient_text(refused),
            (false, Record::Action(deed)) => deed_text(deed),
            (false, Record::Gap(gap)) => {
                format!(
                    "{}  {} records are missing: {}\n",
                    local(&gap.time),
                    gap.missing,
                    gap.cause
                )
            }
        }
    }
}

fn is(wanted: &Option<String>, found: &str) -> bool {
    wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(found))
}

fn holds(wanted: &Option<String>, found: &str) -> bool {
    wanted.as_ref().is_none_or(|wanted| found.to_lowercase().contains(&wanted.to_lowercase()))
}

/// A letter: the answer first, then the rule of each finding, gravest first.
fn message_text(message: &Message) -> String {
    let Message { time, id, verdict, outcome, policy, bytes, client, .. } = message;
    let mut text = format!("{}  {id}  {} → {outcome}  [{policy}]\n", local(time), verdict.name());
    let more = match message.more_recipients {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let to = message.recipients.join(", ");
    let ip = client.ip.as_deref().unwrap_or("-");
    // Writing to a text does not fail.
    let _ = writeln!(
        text,
        "    <{}> from {ip} ({}) to {to}{more}; {bytes} bytes",
        message.sender, client.helo
    );
    for finding in &message.findings {
        let _ = writeln!(text, "    {}", finding_text(finding));
    }
    if message.held {
        text += "    deferred too often: kept instead\n";
    }
    let next_hop = message.next_hop.as_deref().map(|hop| format!(" ({hop})")).unwrap_or_default();
    let _ = writeln!(text, "    answer{next_hop}: {}", shown(&message.reply));
    text
}

fn finding_text(finding: &Finding) -> String {
    let mode = match finding.mode {
        Mode::Enforce => String::new(),
        mode => format!(" ({})", mode.name()),
    };
    let article = finding.article.as_deref().unwrap_or("no article");
    let words = [&finding.part, &finding.detail].map(|word| shown(word));
    let words = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(": ");
    let (name, action, rule) = (&finding.name, finding.action.name(), &finding.rule);
    format!("{name} → {action}{mode}  {words}  {article}  {rule}")
}

fn recipient_text(refused: &Recipient) -> String {
    let Recipient { time, id, client, sender, recipient, reply, .. } = refused;
    let ip = client.ip.as_deref().unwrap_or("-");
    let head = format!("{}  {id}  recipient refused", local(time));
    format!(
        "{head}\n    <{sender}> from {ip} ({}) to {recipient}\n    answer: {}\n",
        client.helo,
        shown(reply)
    )
}

fn deed_text(deed: &Deed) -> String {
    let Deed { time, id, what, by, reason, detail, .. } = deed;
    let because = if reason.is_empty() { String::new() } else { format!(": {}", shown(reason)) };
    let detail = if detail.is_empty() { String::new() } else { format!(" ({})", shown(detail)) };
    format!("{}  {id}  {what} by {by}{because}{detail}\n", local(time))
}

/// A sender's words, fit for a terminal.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '·' } else { c }).collect()
}
