//! `congthu check`: judges mails in files as the gate would, and changes nothing.

mod report;
mod source;

pub(super) use source::with_crlf;

use super::setup::{Setup, complain, runtime};
use super::{NO_INPUT, TEMPORARY, USAGE};
use crate::mail::{Address, Client, Envelope};
use crate::pipeline::Pipeline;
use crate::rules::Policy;
use crate::verdict::Action;
use bytes::Bytes;
use report::{Judged, Report};
use source::Mail;
use std::collections::VecDeque;
use std::io::IsTerminal;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// What to judge, and as whose mail.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Configuration file [default: ./congthu.toml, /etc/congthu/congthu.toml, built in]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Judge under this policy [default: by recipient, else base]
    #[arg(long, value_name = "ID")]
    policy: Option<String>,
    /// Envelope sender.
    #[arg(long, value_name = "ADDR", default_value = "")]
    from: String,
    /// Envelope recipient, which picks the policy unless --policy does; several: the gravest
    /// verdict counts.
    #[arg(long, value_name = "ADDR")]
    rcpt: Vec<String>,
    /// Address of the client that sent it.
    #[arg(long, value_name = "IP")]
    client: Option<IpAddr>,
    /// What the client called itself.
    #[arg(long, value_name = "NAME", default_value = "")]
    helo: String,
    /// One JSON object a message instead of a table.
    #[arg(long)]
    json: bool,
    /// Files, mbox files, Maildirs, folders, or - for standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// Runs the command.
pub(super) fn run(arguments: Arguments) -> ExitCode {
    let mut setup = match Setup::load(arguments.config.as_deref()) {
        Ok(setup) => setup,
        Err(code) => return code,
    };
    // The mails are in memory already; nothing is written anywhere.
    setup.config.spool.memory = u64::MAX;
    setup.config.limits.arrival_memory = u64::MAX;
    let policies = match policies(&arguments, &setup) {
        Ok(policies) => policies,
        Err(message) => return complain(USAGE, &message),
    };
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(code) => return code,
    };
    runtime.block_on(async {
        let pipeline = match setup.pipeline() {
            Ok(pipeline) => pipeline,
            Err(code) => return code,
        };
        let checking = Checking { pipeline, policies, envelope: envelope(&arguments) };
        let mut report = Report::new(arguments.json, std::io::stderr().is_terminal());
        checking.all(&arguments.paths, &mut report).await;
        report.end();
        exit_code(&report)
    })
}

/// The policies to judge under: the named one, else those of the recipients, else `base`.
fn policies(arguments: &Arguments, setup: &Setup) -> Result<Vec<Arc<Policy>>, String> {
    if let Some(id) = &arguments.policy {
        return match setup.rules.policy(id) {
            Some(policy) => Ok(vec![policy.clone()]),
            None => Err(format!(
                "no policy `{id}`; there are: {}",
                setup
                    .rules
                    .policies()
                    .map(|policy| policy.id.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            )),
        };
    }
    let mut policies: Vec<Arc<Policy>> =
        arguments.rcpt.iter().map(|rcpt| setup.rules.pick(&Address::new(rcpt)).clone()).collect();
    if policies.is_empty() {
        policies.extend(setup.rules.policy("base").cloned());
    }
    policies.sort_by(|a, b| a.id.cmp(&b.id));
    policies.dedup_by(|a, b| a.id == b.id);
    Ok(policies)
}

fn envelope(arguments: &Arguments) -> Envelope {
    Envelope {
        id: "check".to_owned(),
        client: Client { ip: arguments.client, helo: arguments.helo.clone(), ..Client::default() },
        sender: Address::new(&arguments.from),
        recipients: arguments.rcpt.iter().map(|rcpt| Address::new(rcpt)).collect(),
        time: Some(jiff::Timestamp::now()),
        ..Envelope::default()
    }
}

/// The gravest thing that happened decides.
fn exit_code(report: &Report) -> ExitCode {
    let refused = report.saw(Action::Reject) || report.saw(Action::Quarantine);
    ExitCode::from(match report.unreadable() {
        true => NO_INPUT,
        false if refused => 1,
        false if report.saw(Action::Tempfail) => TEMPORARY,
        false => 0,
    })
}

/// What all mails of one run share.
struct Checking {
    pipeline: Pipeline,
    policies: Vec<Arc<Policy>>,
    envelope: Envelope,
}

/// A mail being judged, or why it could not be read.
type Pending = (String, JoinHandle<Result<Judged, String>>);

impl Checking {
    /// Judges several mails at once and reports them in the order given.
    async fn all(self, paths: &[PathBuf], report: &mut Report) {
        let checking = Arc::new(self);
        let at_once = std::thread::available_parallelism().map_or(2, usize::from) * 2;
        let mut pending: VecDeque<Pending> = VecDeque::new();
        for Mail { path, bytes } in paths.iter().flat_map(|path| source::mails(path)) {
            if pending.len() >= at_once {
                take(&mut pending, report).await;
            }
            let checking = checking.clone();
            let judged = tokio::spawn(async move {
                match bytes {
                    Ok(bytes) => Ok(checking.judge(source::with_crlf(bytes)).await),
                    Err(error) => Err(error.to_string()),
                }
            });
            pending.push_back((path, judged));
        }
        while !pending.is_empty() {
            take(&mut pending, report).await;
        }
    }

    /// One mail under each policy: the gravest verdict, the first policy's where they are equal.
    async fn judge(&self, bytes: Bytes) -> Judged {
        let mut gravest: Option<Judged> = None;
        for policy in &self.policies {
            let judged = self.judge_under(policy, bytes.clone()).await;
            let graver = |other: &Judged| judged.verdict.action > other.verdict.action;
            if gravest.as_ref().is_none_or(graver) {
                gravest = Some(judged);
            }
        }
        // `policies` is never empty: `base` always exists.
        gravest.unwrap_or_default()
    }

    async fn judge_under(&self, policy: &Arc<Policy>, bytes: Bytes) -> Judged {
        let length = bytes.len() as u64;
        let envelope = Envelope { size: Some(length), ..self.envelope.clone() };
        let mut intake = match self.pipeline.begin(envelope, policy.clone(), "check") {
            Ok(intake) => intake,
            Err(reply) => return Judged::refused(reply, policy, length),
        };
        intake.feed(bytes).await;
        let (verdict, facts, took) = intake.finish().await.release();
        Judged { verdict, facts, bytes: length, took }
    }
}

/// Reports the mail that was begun first.
async fn take(pending: &mut VecDeque<Pending>, report: &mut Report) {
    if let Some((path, judged)) = pending.pop_front() {
        match judged.await {
            Ok(result) => report.add(path, result),
            Err(error) => report.add(path, Err(error.to_string())),
        }
    }
}
