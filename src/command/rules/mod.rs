//! `congthu rules`: are the files right, what do they say, what happens with a finding.

mod change;
mod trial;

use super::setup::{Setup, complain};
use super::{CONFIG, USAGE, replay};
use crate::checks;
use crate::config::{Config, RulesMode};
use crate::rules::{Policy, Rule, RuleSet, Status};
use crate::tomlfile::hint;
use crate::verdict::Mode;
use comfy_table::{ContentArrangement, Table, presets};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to do with the rules.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Read all rule files and tell every mistake.
    Check {
        /// Folder of rule files [default: that of the configuration, ./rules, /etc/congthu/rules, built in]
        dir: Option<PathBuf>,
    },
    /// List policies, their recipients and their rules.
    List,
    /// Say what each policy does with a finding, or what would happen with a mail and why.
    Explain {
        /// The finding, such as executable.found, or a file with a mail.
        name: String,
        #[command(flatten)]
        whose: trial::As,
    },
    /// Run the examples that stand in the rule files.
    Test,
    /// Print the JSON Schema of rule files, for editors.
    Schema,
    /// Let rules in shadow act, or end the days of observing.
    Promote(change::Promote),
    /// Let something in for some days: a dated exception with a note, written into local/.
    Allow(change::Allow),
    /// Try rules on the letters of the last days: which would change, from what to what.
    Replay(replay::Args),
}

/// Runs the command.
pub(super) fn run(args: Args) -> ExitCode {
    if let Action::Replay(args) = &args.action {
        return replay::run(args);
    }
    let catalogue = checks::catalogue();
    match &args.action {
        Action::Explain { name, whose }
            if catalogue.find(name).is_none() && Path::new(name).is_file() =>
        {
            return with_setup(|setup| trial::explain(setup, Path::new(name), whose));
        }
        Action::Test => return with_setup(trial::examples),
        Action::Schema => {
            println!("{:#}", crate::rules::schema(&catalogue));
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    let (dir, observe) = match place(&args.action) {
        Ok(place) => place,
        Err(code) => return code,
    };
    let (rules, from) = match RuleSet::open(dir.as_deref(), &catalogue) {
        Ok(loaded) => loaded,
        Err(errors) => return complain(CONFIG, &errors.to_string()),
    };
    let rules = if observe { rules.observing() } else { rules };
    let folder = RuleSet::folder(dir.as_deref());
    let text = match args.action {
        Action::Promote(what) => return change::promote(folder, &rules, &what, &catalogue),
        Action::Allow(what) => return change::allow(folder, &rules, &what, &catalogue),
        Action::Check { .. } => check(&rules, &from),
        Action::Explain { name, .. } => match explain(&rules, &name) {
            Ok(text) => text,
            Err(message) => return complain(USAGE, &message),
        },
        _ => list(&rules, &from),
    };
    // A closed pipe is the reader's choice (`rules list | head`).
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

/// The folder of the rules, and whether the configuration observes.
fn place(action: &Action) -> Result<(Option<PathBuf>, bool), ExitCode> {
    if let Action::Check { dir: Some(dir) } = action {
        return Ok((Some(dir.clone()), false));
    }
    let config = Config::find().map_err(|errors| complain(CONFIG, &errors.to_string()))?;
    Ok((config.rules.dir, config.rules.mode == RulesMode::Observe))
}

/// With everything that judging a mail needs.
fn with_setup(act: impl FnOnce(Setup) -> ExitCode) -> ExitCode {
    Setup::load(None).map_or_else(|code| code, act)
}

/// One line a policy, then what has had its time.
fn check(rules: &RuleSet, from: &str) -> String {
    let mut text = String::new();
    for policy in rules.policies() {
        let count = policy.rules().filter(|rule| policy.owns(rule)).count();
        text += &format!("{:16} {count:3} rules  {}\n", policy.id, recipients(policy));
    }
    let now = jiff::Timestamp::now();
    for policy in rules.policies() {
        let over = policy.rules().filter(|rule| policy.owns(rule) && rule.is_over(now));
        for (rule, until) in over.filter_map(|rule| Some((rule, rule.until?))) {
            text += &format!("{}: ended on {until} and does nothing any more\n", rule.place);
        }
    }
    text + &format!("{from}: all rules are right (hash {})\n", short(rules.hash()))
}

/// Policies with all their rules.
fn list(rules: &RuleSet, from: &str) -> String {
    let mut text = format!("Rules: {from}, hash {}\n", short(rules.hash()));
    for policy in rules.policies() {
        text += &format!("\n{}: {}\n", policy.id, policy.title);
        if !policy.source.is_empty() {
            text += &format!("  {}\n", policy.source);
        }
        text += &format!("  {}\n", recipients(policy));
        if let Some(extends) = &policy.extends {
            text += &format!("  its own rules, then those of {extends}:\n");
        }
        let own = policy.rules().filter(|rule| policy.owns(rule));
        let rows = own.map(|rule| row(rule, rule.findings.join("\n")));
        text += &format!("{}\n", table("finding", rows));
    }
    text
}

/// What each policy does with a finding; those of lists are known where the list is.
fn explain(rules: &RuleSet, name: &str) -> Result<String, String> {
    let Some(kind) = rules.policies().find_map(|policy| policy.catalogue().find(name)) else {
        let all = rules.policies().flat_map(|policy| policy.catalogue().iter());
        let known: BTreeSet<&str> = all.map(|kind| kind.name).collect();
        let known: Vec<&str> = known.into_iter().collect();
        return Err(format!("`{name}` is neither a finding nor a file{}", hint(name, &known)));
    };
    let rows = rules.policies().flat_map(|policy| {
        // What stands behind a rule without conditions is never asked.
        let all: Vec<&Rule> = policy.rules_of(name).collect();
        let last = all.iter().position(|rule| rule.is_unconditional());
        let asked = last.map_or(all.len(), |at| at + 1);
        all.into_iter().take(asked).map(|rule| row(rule, policy.id.clone()))
    });
    let table = table("policy", rows);
    let head = format!("{}: {}\n", kind.name, kind.about);
    Ok(format!("{head}In each policy the first rule that matches decides:\n\n{table}\n"))
}

fn table(first: &str, rows: impl Iterator<Item = [String; 5]>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header([first, "when", "action", "article", "rule"]);
    table.add_rows(rows);
    table
}

fn row(rule: &Rule, first: String) -> [String; 5] {
    let action = match rule.mode {
        Mode::Enforce => rule.action.name().to_owned(),
        mode => format!("{} ({})", rule.action.name(), mode.name()),
    };
    let article = rule.article.clone().unwrap_or_default();
    let over = if rule.is_over(jiff::Timestamp::now()) { ", which is over" } else { "" };
    let until = rule.until.map(|until| format!("until {until}{over}"));
    let when = [Some(rule.when()).filter(|when| !when.is_empty()), until];
    let changed = rule.changed.as_ref().map(|place| format!("\nchanged at {place}"));
    let place = rule.place.clone() + &changed.unwrap_or_default();
    [first, when.into_iter().flatten().collect::<Vec<_>>().join("; "), action, article, place]
}

fn recipients(policy: &Policy) -> String {
    match (policy.status, policy.recipients.as_slice()) {
        (Status::Replaced, _) => "replaced, for history only".to_owned(),
        (Status::InForce, []) => "for recipients of no other policy".to_owned(),
        (Status::InForce, some) => format!("for {}", some.join(", ")),
    }
}

/// Enough of a hash to tell two sets of rules apart.
fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
