//! `congthu quarantine list`.

use super::Desk;
use crate::command::SYSTEM;
use crate::command::setup::complain;
use crate::command::when::{When, local};
use crate::store::{Index, Row};
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::json;
use std::io::Write;
use std::process::ExitCode;

/// Which letters.
#[derive(clap::Args)]
pub(super) struct Args {
    /// All of them, also those that were released.
    #[arg(long)]
    all: bool,
    /// Kept from then on: `7d`, `2026-03-03`.
    #[arg(long, value_name = "WHEN")]
    since: Option<When>,
    /// Kept until then.
    #[arg(long, value_name = "WHEN")]
    until: Option<When>,
    /// Part of the sender's address.
    #[arg(long, value_name = "TEXT")]
    sender: Option<String>,
    /// Part of a recipient's address.
    #[arg(long, value_name = "TEXT")]
    recipient: Option<String>,
    /// waiting, copy, partly, perhaps, released
    #[arg(long, value_name = "WORD")]
    state: Option<String>,
    /// A finding such as archive.encrypted, or the beginning of one.
    #[arg(long, value_name = "NAME")]
    finding: Option<String>,
    /// One JSON object a letter.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(desk: &Desk, args: &Args) -> ExitCode {
    let rows = match Index::open(&desk.store).and_then(|index| index.all()) {
        Ok(rows) => rows,
        Err(error) => return complain(SYSTEM, &format!("the store cannot be read: {error}")),
    };
    let rows: Vec<Row> = rows.into_iter().filter(|row| args.wants(row)).collect();
    let text = if args.json { lines(&rows) } else { table(&rows) };
    // A closed pipe is the reader's choice (`list | head`).
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

impl Args {
    fn wants(&self, row: &Row) -> bool {
        let holds = |wanted: &Option<String>, found: &str| {
            let within = |wanted: &String| found.to_lowercase().contains(&wanted.to_lowercase());
            wanted.as_ref().is_none_or(within)
        };
        let named = |wanted: &String| {
            row.findings.split(' ').any(|finding| finding.starts_with(wanted.as_str()))
        };
        let time = |when: jiff::Timestamp| crate::store::records::record::stamp(when);
        let state = match &self.state {
            Some(state) => row.state == *state,
            None => self.all || row.state != "released",
        };
        state
            && holds(&self.sender, &row.sender)
            && holds(&self.recipient, &row.recipients)
            && self.finding.as_ref().is_none_or(named)
            && self.since.is_none_or(|since| row.time >= time(since.first()))
            && self.until.is_none_or(|until| row.time <= time(until.last()))
    }
}

fn table(rows: &[Row]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["kept", "id", "state", "from", "to", "bytes", "why"]);
    for row in rows {
        let new = if row.seen { "" } else { " (new)" };
        let why = if row.secret {
            format!("{} (kept apart)", row.findings)
        } else {
            row.findings.clone()
        };
        table.add_row([
            local(&row.time),
            row.id.clone(),
            format!("{}{new}", row.state),
            row.sender.clone(),
            row.recipients.clone(),
            row.bytes.to_string(),
            why,
        ]);
    }
    format!("{table}\n\n{} letters\n", rows.len())
}

fn lines(rows: &[Row]) -> String {
    let line = |row: &Row| {
        let Row {
            id, time, sender, recipients, bytes, policy, verdict, state, seen, secret, ..
        } = row;
        let recipients: Vec<&str> = recipients.split(' ').collect();
        let findings: Vec<&str> = row.findings.split(' ').filter(|name| !name.is_empty()).collect();
        let line = json!({
            "id": id, "time": time, "sender": sender, "recipients": recipients, "bytes": bytes,
            "policy": policy, "verdict": verdict, "findings": findings, "state": state,
            "seen": seen, "secret": secret,
        });
        format!("{line}\n")
    };
    rows.iter().map(line).collect()
}
