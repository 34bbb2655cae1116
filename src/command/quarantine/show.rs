//! `congthu quarantine show`: why a letter is kept, and what was done with it.

use super::{Desk, Who, each};
use crate::checks::POISON;
use crate::command::when::local;
use crate::store::{Held, Step};
use mail_parser::MessageParser;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::ExitCode;

/// Bytes of a message that are looked at for its header.
const HEAD: usize = 256 << 10;

/// Which letter, and what of it.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The id, as `list` shows it.
    #[arg(value_name = "ID")]
    id: String,
    /// The message itself, byte for byte, and nothing else.
    #[arg(long)]
    message: bool,
    #[command(flatten)]
    who: Who,
}

/// Runs the command.
pub(super) fn run(desk: &Desk, args: &Args) -> ExitCode {
    each(std::slice::from_ref(&args.id), |id| {
        let mut letter = desk.locked(id)?;
        if args.message && letter.held.secret {
            let dir = letter.held.dir.display();
            return Err(format!(
                "{id}: a letter with a secrecy stamp is shown nowhere; who may read it finds it in {dir}"
            ));
        }
        let what = if args.message { "read" } else { "viewed" };
        // Whoever cannot be recorded does not see it.
        desk.note(&letter.held, what, &args.who, "")?;
        let text = match args.message {
            true => letter.held.message().map_err(|error| format!("{id}: {error}"))?,
            false => text(&letter.held).into_bytes(),
        };
        let noted = letter.note(Step::Viewed, &args.who.name(), &args.who.reason, Vec::new());
        noted.map_err(|error| format!("{id}: {error}"))?;
        match io::stdout().write_all(&text) {
            // A closed pipe is the reader's choice (`show | head`).
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(format!("{id}: {error}"))
            }
            _ => Ok(()),
        }
    })
}

/// What there is to know; of a letter with a secrecy stamp nothing that names its content.
fn text(held: &Held) -> String {
    let (envelope, kept) = (&held.envelope, &held.kept);
    let client = &envelope.client;
    let ip = client.ip.as_deref().unwrap_or("-");
    let mut text = format!("{}  {}\n", envelope.id, held.state().name());
    // Writing to a text does not fail.
    let _ = writeln!(text, "kept     {}", local(&envelope.time));
    let _ = writeln!(text, "from     <{}> at {ip} ({})", envelope.sender, shown(&client.helo));
    let _ = writeln!(text, "to       {}", envelope.recipients.join(", "));
    if !held.secret {
        for (name, value) in header(held) {
            let _ = writeln!(text, "{name:8} {}", shown(&value));
        }
    }
    let _ = writeln!(text, "bytes    {}", held.bytes);
    let _ = writeln!(text, "policy   {}: {}", kept.policy, kept.verdict.name());
    for finding in &kept.findings {
        let (name, action, mode) = (&finding.name, finding.action.name(), finding.mode.name());
        let word = finding.what.as_deref().unwrap_or_default();
        let words = [finding.part.as_str(), &finding.detail, if held.secret { word } else { "" }];
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let article = finding.article.as_deref().unwrap_or("no article");
        let words = shown(&words.join(": "));
        let _ = writeln!(
            text,
            "found    {name} → {action} ({mode})  {words}  {article}  {}",
            finding.rule
        );
    }
    for event in &held.events {
        let step = serde_json::to_string(&event.step).unwrap_or_default();
        let (time, step) = (local(&event.time), step.trim_matches('"').to_owned());
        let _ = writeln!(text, "{step:8} {time} by {} {}", event.by, shown(&event.detail));
    }
    if held.perhaps().is_some() {
        text += PERHAPS;
    }
    let _ = writeln!(text, "folder   {}", held.dir.display());
    text
}

/// What a person is to do.
pub(super) const PERHAPS: &str = "perhaps delivered: the end of the message went out and its answer is not known. Look for the\n\
     Message-ID in the mail server behind; only if it is not there, `release --again`.\n";

/// What the header says of itself: Subject and Message-ID. Of a letter that brought the gate down
/// nothing is parsed.
pub(super) fn header(held: &Held) -> Vec<(&'static str, String)> {
    let poison = held.kept.findings.iter().any(|finding| finding.name == POISON.name);
    let message = if poison { Vec::new() } else { held.message().unwrap_or_default() };
    let head = message.get(..message.len().min(HEAD)).unwrap_or_default();
    let Some(header) = MessageParser::default().parse_headers(head) else { return Vec::new() };
    let fields = [("subject", header.subject()), ("msg-id", header.message_id())];
    let there = fields.into_iter().filter_map(|(name, value)| Some((name, value?.to_owned())));
    there.collect()
}

/// A sender's words, fit for a terminal.
pub(super) fn shown(text: &str) -> String {
    let fit = |c: char| if c.is_control() || crate::mail::name::is_invisible(c) { '·' } else { c };
    text.chars().map(fit).collect()
}
