//! What `check` prints: a table for people, or one JSON object a message.

use crate::facts::Facts;
use crate::rules::Policy;
use crate::verdict::{Action, Reply, Verdict};
use comfy_table::{ContentArrangement, Table, presets};
use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::Number;
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

/// A mail that was judged.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) facts: Facts,
    pub(super) bytes: u64,
    pub(super) took: Duration,
}

impl Judged {
    /// A mail that the pipeline had no room for.
    pub(super) fn refused(reply: Reply, policy: &Policy, bytes: u64) -> Judged {
        let action = Action::Tempfail;
        let policy = policy.id.clone();
        let verdict = Verdict { action, reply, policy, ..Verdict::default() };
        Judged { verdict, bytes, ..Judged::default() }
    }
}

/// Prints verdicts as they come, and counts them.
pub(super) struct Report {
    json: bool,
    progress: ProgressBar,
    table: Table,
    counts: BTreeMap<Action, usize>,
    unreadable: usize,
}

impl Report {
    /// A report in JSON or as a table; progress is shown only beside a table on a terminal.
    pub(super) fn new(json: bool, terminal: bool) -> Report {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(["verdict", "mail", "policy", "finding", "part", "detail", "rule"]);
        let shown = terminal && !json;
        let progress = if shown { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        Report { json, progress, table, counts: BTreeMap::new(), unreadable: 0 }
    }

    /// Adds one mail, in the order given.
    pub(super) fn add(&mut self, path: String, judged: Result<Judged, String>) {
        self.progress.inc(1);
        self.progress.set_message(path.clone());
        match judged {
            Ok(judged) => {
                *self.counts.entry(judged.verdict.action).or_default() += 1;
                match self.json {
                    true => print_line(&Line::new(&path, &judged)),
                    false => self.rows(&path, &judged),
                }
            }
            Err(error) => {
                self.unreadable += 1;
                match self.json {
                    true => print_line(&Unreadable { path: &path, error: &error }),
                    false => {
                        self.table.add_row(["error", &path, "", "", "", &error, ""]);
                    }
                }
            }
        }
    }

    /// One row a finding; the verdict stands in the first.
    fn rows(&mut self, path: &str, judged: &Judged) {
        let verdict = &judged.verdict;
        if verdict.findings.is_empty() {
            self.table.add_row([verdict.action.name(), path, &verdict.policy, "", "", "", ""]);
        }
        for (index, found) in verdict.findings.iter().enumerate() {
            let head = match index {
                0 => [verdict.action.name(), path, verdict.policy.as_str()],
                _ => ["", "", ""],
            };
            let finding = &found.finding;
            let name = format!("{} → {}", finding.kind.name, found.action.name());
            let rest = [&name, &finding.part, &finding.detail, &found.rule];
            self.table.add_row(head.into_iter().chain(rest.into_iter().map(String::as_str)));
        }
    }

    /// Ends the report.
    pub(super) fn end(&self) {
        self.progress.finish_and_clear();
        if self.json {
            return;
        }
        let total: usize = self.counts.values().sum();
        let counts: Vec<String> = self
            .counts
            .iter()
            .map(|(action, count)| format!("{count} {}", action.name()))
            .collect();
        // A closed pipe is the reader's choice (`check … | head`).
        let _ =
            writeln!(std::io::stdout(), "{}\n\n{total} judged: {}", self.table, counts.join(", "));
        if self.unreadable > 0 {
            eprintln!("{} could not be read", self.unreadable);
        }
    }

    /// Whether anything could not be read.
    pub(super) fn unreadable(&self) -> bool {
        self.unreadable > 0
    }

    /// Whether this verdict was given.
    pub(super) fn saw(&self, action: Action) -> bool {
        self.counts.contains_key(&action)
    }
}

fn print_line(line: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(line) {
        let _ = writeln!(std::io::stdout(), "{text}");
    }
}

#[derive(Serialize)]
struct Unreadable<'a> {
    path: &'a str,
    error: &'a str,
}

/// One message; the fields are the contract with whoever reads them.
#[derive(Serialize)]
struct Line<'a> {
    path: &'a str,
    verdict: Action,
    code: u16,
    enhanced: &'a str,
    text: &'a str,
    policy: &'a str,
    findings: Vec<FindingLine<'a>>,
    parts: Vec<PartLine<'a>>,
    bytes: u64,
    attachment_bytes: u64,
    spam: Option<Number>,
    micros: u64,
}

#[derive(Serialize)]
struct FindingLine<'a> {
    name: &'a str,
    action: Action,
    mode: &'a str,
    part: &'a str,
    detail: &'a str,
    article: Option<&'a str>,
    rule: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grade: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<Number>,
}

#[derive(Serialize)]
struct PartLine<'a> {
    path: &'a str,
    name: Option<&'a str>,
    role: &'a str,
    declared: Option<&'a str>,
    detected: &'a str,
    bytes: u64,
}

impl<'a> Line<'a> {
    fn new(path: &'a str, judged: &'a Judged) -> Line<'a> {
        let Judged { verdict, facts, bytes, took } = judged;
        Line {
            path,
            verdict: verdict.action,
            code: verdict.reply.code.basic,
            enhanced: verdict.reply.code.enhanced,
            text: &verdict.reply.text,
            policy: &verdict.policy,
            findings: verdict.findings.iter().map(FindingLine::new).collect(),
            parts: facts.parts.iter().map(PartLine::new).collect(),
            bytes: *bytes,
            attachment_bytes: facts.attachment_bytes,
            spam: verdict.spam.and_then(number),
            micros: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        }
    }
}

impl<'a> FindingLine<'a> {
    fn new(judged: &'a crate::verdict::Judged) -> FindingLine<'a> {
        let finding = &judged.finding;
        FindingLine {
            name: finding.kind.name,
            action: judged.action,
            mode: judged.mode.name(),
            part: &finding.part,
            detail: &finding.detail,
            article: judged.article.as_deref(),
            rule: &judged.rule,
            cause: finding.cause.map(|cause| cause.name()),
            grade: finding.grade.map(|grade| grade.name()),
            value: finding.value.and_then(number),
            limit: finding.limit.and_then(number),
        }
    }
}

impl<'a> PartLine<'a> {
    fn new(part: &'a crate::facts::Part) -> PartLine<'a> {
        PartLine {
            path: &part.path,
            name: part.name(),
            role: part.role.name(),
            declared: part.declared.as_deref(),
            detected: part.detected.mime,
            bytes: part.size,
        }
    }
}

/// A whole number without a point: sizes are bytes.
fn number(value: f64) -> Option<Number> {
    match value.fract() == 0.0 && value.abs() < 9e15 {
        true => Some(Number::from(value as i64)),
        false => Number::from_f64(value),
    }
}
