//! `congthu rules test` and `rules explain FILE`: mails judged, and every rule that was asked.

use crate::command::check::with_crlf;
use crate::command::setup::{Setup, complain, runtime};
use crate::command::{NO_INPUT, USAGE};
use crate::facts::Facts;
use crate::mail::{Address, Client, Envelope};
use crate::pipeline::Pipeline;
use crate::rules::{Context, Example, PartView, Policy, Step};
use crate::verdict::{Judged, Mode, Verdict};
use bytes::Bytes;
use std::fmt::Write;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// As whose mail a file is explained.
#[derive(clap::Args)]
pub(super) struct As {
    /// Judge under this policy [default: by recipient, else base]
    #[arg(long, value_name = "ID")]
    policy: Option<String>,
    /// Envelope sender.
    #[arg(long, value_name = "ADDR", default_value = "")]
    from: String,
    /// Envelope recipient, which picks the policy unless --policy does.
    #[arg(long, value_name = "ADDR")]
    rcpt: Option<String>,
    /// Address of the client that sent it.
    #[arg(long, value_name = "IP")]
    client: Option<IpAddr>,
}

/// A pipeline for mails in files.
struct Bench {
    pipeline: Pipeline,
    runtime: Runtime,
}

impl Bench {
    fn new(setup: &mut Setup) -> Result<Bench, ExitCode> {
        // The mails are in memory already; nothing is written anywhere.
        setup.config.spool.memory = u64::MAX;
        setup.config.limits.arrival_memory = u64::MAX;
        Ok(Bench { runtime: runtime()?, pipeline: setup.pipeline()? })
    }

    fn judge(&self, policy: &Arc<Policy>, envelope: Envelope, mail: Vec<u8>) -> (Verdict, Facts) {
        self.runtime.block_on(async {
            let mail = with_crlf(Bytes::from(mail));
            let envelope = Envelope { size: Some(mail.len() as u64), ..envelope };
            match self.pipeline.begin(envelope, policy.clone(), "check") {
                Ok(mut intake) => {
                    intake.feed(mail).await;
                    let (verdict, facts, _) = intake.finish().await.release();
                    (verdict, facts)
                }
                Err(reply) => (Verdict { reply, ..Verdict::default() }, Facts::default()),
            }
        })
    }
}

fn envelope(from: &str, rcpt: Option<&str>, ip: Option<IpAddr>) -> Envelope {
    Envelope {
        id: "check".to_owned(),
        client: Client { ip, ..Client::default() },
        sender: Address::new(from),
        recipients: rcpt.map(Address::new).into_iter().collect(),
        time: Some(jiff::Timestamp::now()),
        ..Envelope::default()
    }
}

/// Runs the examples of all rules: each gets its verdict, and by that rule, even where the first
/// days hold rules back.
pub(super) fn examples(mut setup: Setup) -> ExitCode {
    let Some(dir) = setup.watch.as_ref().map(|watch| watch.dir().to_owned()) else {
        return complain(USAGE, "the rules are those built in, which have no mails beside them");
    };
    let bench = match Bench::new(&mut setup) {
        Ok(bench) => bench,
        Err(code) => return code,
    };
    let (mut ran, mut wrong, mut missing) = (0, 0, 0);
    for policy in setup.rules.acting().policies() {
        for rule in policy.rules().filter(|rule| policy.owns(rule)) {
            for example in &rule.examples {
                let path = beside(&dir, &rule.place, &example.mail);
                // The mails of shipped rules stay with the source of the program.
                if !rule.place.starts_with("local/") && !path.exists() {
                    missing += 1;
                    continue;
                }
                ran += 1;
                if let Err(message) = example_of(&bench, policy, &rule.place, example, &path) {
                    wrong += 1;
                    println!("{}: {}: {message}", rule.place, example.mail);
                }
            }
        }
    }
    println!("{ran} examples, {wrong} wrong");
    if missing > 0 {
        println!("{missing} mails of shipped rules are not here; they come with the source");
    }
    ExitCode::from(u8::from(wrong > 0))
}

fn example_of(
    bench: &Bench,
    policy: &Arc<Policy>,
    place: &str,
    example: &Example,
    path: &Path,
) -> Result<(), String> {
    let mail = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let from = example.from.as_deref().unwrap_or_default();
    let own = || {
        policy.recipients.first().map(|text| match text.contains('@') {
            true => text.clone(),
            false => format!("postmaster@{text}"),
        })
    };
    let rcpt = example.to.clone().or_else(own);
    let (verdict, _) = bench.judge(policy, envelope(from, rcpt.as_deref(), None), mail);
    let decided = verdict.findings.iter().any(|judged| judged.rule == place);
    match (verdict.action == example.expect, decided) {
        (true, true) => Ok(()),
        (false, _) => {
            let (got, want) = (verdict.action.name(), example.expect.name());
            let by = verdict
                .findings
                .first()
                .map(|judged| format!(" ({}, {})", judged.finding.kind.name, judged.rule));
            Err(format!("{got}{}, expected {want}", by.unwrap_or_default()))
        }
        (true, false) => Err("the rule decided about nothing in it".to_owned()),
    }
}

/// A mail beside its rule file.
fn beside(dir: &Path, place: &str, mail: &str) -> PathBuf {
    match place.starts_with("local/") {
        true => dir.join("local").join(mail),
        false => dir.join(mail),
    }
}

/// What would happen with a mail, and why, rule by rule.
pub(super) fn explain(mut setup: Setup, path: &Path, whose: &As) -> ExitCode {
    let mail = match std::fs::read(path) {
        Ok(mail) => mail,
        Err(error) => return complain(NO_INPUT, &format!("{}: {error}", path.display())),
    };
    let bench = match Bench::new(&mut setup) {
        Ok(bench) => bench,
        Err(code) => return code,
    };
    let picked = whose.rcpt.as_ref().map(|rcpt| setup.rules.pick(&Address::new(rcpt)).clone());
    let id = whose.policy.as_deref().unwrap_or("base");
    let Some(policy) =
        picked.filter(|_| whose.policy.is_none()).or_else(|| setup.rules.policy(id).cloned())
    else {
        return complain(USAGE, &format!("no policy `{id}`"));
    };
    let envelope = envelope(&whose.from, whose.rcpt.as_deref(), whose.client);
    let (verdict, facts) = bench.judge(&policy, envelope.clone(), mail);
    print!("{}", told(&policy, &verdict, &facts, &envelope));
    ExitCode::SUCCESS
}

/// Fact → rules asked → action, finding by finding.
fn told(policy: &Policy, verdict: &Verdict, facts: &Facts, envelope: &Envelope) -> String {
    let code = verdict.reply.code;
    let mut text =
        format!("{} {} {}, policy {}", verdict.action.name(), code.basic, code.enhanced, policy.id);
    text += if policy.observes() { ", which observes\n" } else { "\n" };
    if !verdict.reply.text.is_empty() {
        let _ = writeln!(text, "  the sender reads: {}", verdict.reply.text);
    }
    let view = |path: &str| {
        let part = facts.parts.iter().find(|part| part.path == path)?;
        let (role, names, detected) = (part.role.name(), &part.names[..], part.detected.mime);
        Some(PartView { role, names, detected })
    };
    let context = Context { envelope, part: &view };
    let present: Vec<&'static str> = verdict.findings.iter().map(|j| j.finding.kind.name).collect();
    for judged in &verdict.findings {
        let finding = &judged.finding;
        let place =
            if finding.part.is_empty() { String::new() } else { format!(" in {}", finding.part) };
        let _ = writeln!(text, "\n{}{place}: {}", finding.kind.name, finding.detail);
        for (rule, step) in policy.steps(finding, present.clone(), &context) {
            let when = if rule.when().is_empty() { "always".to_owned() } else { rule.when() };
            let changed = rule.changed.as_ref().map(|place| format!(", changed at {place}"));
            let _ = writeln!(
                text,
                "  {}{}: {when}: {}",
                rule.place,
                changed.unwrap_or_default(),
                word(step)
            );
            if let (Step::Decides, Some(note)) = (step, &rule.note) {
                let _ = writeln!(text, "    note: {note}");
            }
        }
        let _ = writeln!(text, "  → {}", outcome(judged));
    }
    if verdict.findings.is_empty() {
        text += "\nNothing was found.\n";
    }
    text
}

fn word(step: Step) -> &'static str {
    match step {
        Step::Passed => "does not hold",
        Step::Over => "is over",
        Step::Decides => "holds, and decides",
    }
}

fn outcome(judged: &Judged) -> String {
    let article = judged.article.as_ref().map(|article| format!(", {article}")).unwrap_or_default();
    let shadow = match judged.mode {
        Mode::Shadow => " in shadow: counted and shown, not acted upon",
        Mode::Enforce | Mode::Off => "",
    };
    format!("{}{shadow}{article}", judged.action.name())
}
