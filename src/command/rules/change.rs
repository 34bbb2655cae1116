//! `congthu rules promote` and `allow`: what administrators do to rules without an editor.
//!
//! Both write into `local/` and nowhere else, and nothing before the whole set was read again and
//! found right.

use crate::command::setup::complain;
use crate::command::{CONFIG, SYSTEM, USAGE};
use crate::rules::{Edits, Rule, RuleSet, is_hard, quoted};
use crate::tomlfile::{Error, hint};
use crate::verdict::{Catalogue, Mode};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use std::path::Path;
use std::process::ExitCode;

/// Days that an exception may last.
const DAYS_MAX: u32 = 366;

/// What is to act from now on.
#[derive(clap::Args)]
pub(super) struct Promote {
    /// Rules in shadow, by file:line or by id, which reaches every policy that has a rule of this
    /// id; none: what `mode = "observe"` holds back.
    rules: Vec<String>,
    /// Only the rules of this policy's own.
    #[arg(long, value_name = "ID", requires = "rules")]
    policy: Option<String>,
    /// Every rule in shadow, and what `observe` holds back.
    #[arg(long, conflicts_with = "rules")]
    all: bool,
}

/// What is let in for a time.
#[derive(clap::Args)]
pub(super) struct Allow {
    /// The finding, such as attachment.type.
    finding: String,
    /// Why, for whoever reads it in a year.
    #[arg(long)]
    note: String,
    /// The policy in which it is let in.
    #[arg(long, value_name = "ID", default_value = "base")]
    policy: String,
    /// Networks that it comes from.
    #[arg(long, value_name = "NET")]
    client: Vec<String>,
    /// Senders; only beside --client, since anybody can write any sender.
    #[arg(long, value_name = "ADDR")]
    sender: Vec<String>,
    /// Recipients.
    #[arg(long, value_name = "ADDR")]
    rcpt: Vec<String>,
    /// File names, such as *.dwg.
    #[arg(long, value_name = "GLOB")]
    name: Vec<String>,
    /// For so many days.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=i64::from(DAYS_MAX)))]
    days: u32,
    /// Who lets it in.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// Ends `observe` or shadows.
pub(super) fn promote(
    dir: Option<&Path>,
    rules: &RuleSet,
    what: &Promote,
    catalogue: &Catalogue,
) -> ExitCode {
    let Some(dir) = dir else { return no_folder() };
    let shadows = shadows(rules, what.policy.as_deref());
    if let Some(unknown) = what.rules.iter().find(|name| !shadows.iter().any(|rule| is(rule, name)))
    {
        let known: Vec<&str> = shadows.iter().filter_map(|rule| rule.id.as_deref()).collect();
        let of = what.policy.as_ref().map(|policy| format!(" of {policy}")).unwrap_or_default();
        let message = format!("no rule{of} in shadow is called `{unknown}`");
        return complain(USAGE, &(message + &hint(unknown, &known)));
    }
    let mut edits = Edits::of(dir);
    match edited(&mut edits, rules, what, &shadows) {
        Err(error) => complain(CONFIG, &error.to_string()),
        Ok(said) if said.is_empty() => {
            println!("Nothing is held back: no policy observes and no rule is in shadow.");
            ExitCode::SUCCESS
        }
        Ok(said) => finish(&edits, &said, catalogue),
    }
}

/// Edits what is asked for; a line for each.
fn edited(
    edits: &mut Edits,
    rules: &RuleSet,
    what: &Promote,
    shadows: &[&Rule],
) -> Result<Vec<String>, Error> {
    let remark = format!("Từ {}: thi hành (congthu rules promote).", today());
    let mut said = Vec::new();
    if (what.all || what.rules.is_empty()) && edits.enforce(rules)? {
        said.push("observing ends: all rules act".to_owned());
    }
    for rule in shadows.iter().filter(|rule| what.all || named(rule, &what.rules)) {
        let place = rule.changed.as_ref().unwrap_or(&rule.place);
        edits.promote(place, rule.id.as_deref(), &remark)?;
        let findings = rule.findings.join(", ");
        said.push(format!("{}: {} {findings}", rule.place, rule.action.name()));
    }
    Ok(said)
}

/// The rules in shadow, each once; of one policy alone where it is named.
fn shadows<'r>(rules: &'r RuleSet, only: Option<&str>) -> Vec<&'r Rule> {
    let policies = rules.policies().filter(|policy| only.is_none_or(|only| policy.id == only));
    let own = policies.flat_map(|policy| {
        policy.rules().filter(|rule| policy.owns(rule) && rule.mode == Mode::Shadow)
    });
    own.collect()
}

fn named(rule: &Rule, names: &[String]) -> bool {
    names.iter().any(|name| is(rule, name))
}

fn is(rule: &Rule, name: &str) -> bool {
    rule.id.as_deref() == Some(name) || rule.place == name || rule.changed.as_deref() == Some(name)
}

/// Writes an exception with an end.
pub(super) fn allow(
    dir: Option<&Path>,
    rules: &RuleSet,
    what: &Allow,
    catalogue: &Catalogue,
) -> ExitCode {
    let Some(dir) = dir else { return no_folder() };
    let Some(policy) = rules.policy(&what.policy) else {
        let known: Vec<&str> = rules.policies().map(|policy| policy.id.as_str()).collect();
        let message = format!("no policy `{}`{}", what.policy, hint(&what.policy, &known));
        return complain(USAGE, &message);
    };
    let until = match today().checked_add(i64::from(what.days).days()) {
        Ok(until) => until,
        Err(error) => return complain(USAGE, &error.to_string()),
    };
    if let Err(message) = may(what, policy.catalogue()) {
        return complain(USAGE, &message);
    }
    let mut edits = Edits::of(dir);
    if let Err(error) = edits.add(&policy.id, &exception(what, until)) {
        return complain(CONFIG, &error.to_string());
    }
    let said = format!("{} is let in until {until}, policy {}", what.finding, policy.id);
    finish(&edits, &[said], catalogue)
}

/// What no exception is made of.
fn may(what: &Allow, catalogue: &Catalogue) -> Result<(), String> {
    let finding = &what.finding;
    if catalogue.find(finding).is_none() {
        let known: Vec<&str> = catalogue.iter().map(|kind| kind.name).collect();
        return Err(format!("unknown finding `{finding}`{}", hint(finding, &known)));
    }
    if is_hard(finding) {
        return Err(format!(
            "no exception is made of `{finding}`: viruses, executables and secrets"
        ));
    }
    if what.client.is_empty() && what.rcpt.is_empty() && what.name.is_empty() {
        return Err("say for whom or what: --client, --rcpt or --name".to_owned());
    }
    if what.note.trim().is_empty() || what.note.chars().any(char::is_control) {
        return Err("--note says why, in one line".to_owned());
    }
    Ok(())
}

/// The rule as it is written.
fn exception(what: &Allow, until: Date) -> String {
    let lists = [
        ("client", &what.client),
        ("sender", &what.sender),
        ("recipient", &what.rcpt),
        ("name", &what.name),
    ];
    let conditions: Vec<String> = lists
        .into_iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(key, list)| {
            let words: Vec<String> = list.iter().map(|word| quoted(word)).collect();
            format!("{key} = [{}]", words.join(", "))
        })
        .collect();
    let by = what
        .by
        .clone()
        .or_else(|| std::env::var("SUDO_USER").or(std::env::var("USER")).ok())
        .unwrap_or_default();
    let note = quoted(format!("{by} {}: {}", today(), what.note).trim_start());
    format!(
        "[[rule]]\nfinding = {}\nwhere   = {{ {} }}\naction  = \"accept\"\nuntil   = \"{until}\"\nnote    = {note}\n",
        quoted(&what.finding),
        conditions.join(", ")
    )
}

/// Reads all rules as they will be, then writes.
fn finish(edits: &Edits, said: &[String], catalogue: &Catalogue) -> ExitCode {
    if let Err(errors) = edits.check(catalogue) {
        return complain(
            CONFIG,
            &format!("nothing was written, since this would be wrong:\n\n{errors}"),
        );
    }
    if let Err(error) = edits.write() {
        return complain(SYSTEM, &format!("cannot write: {error}"));
    }
    said.iter().for_each(|line| println!("{line}"));
    edits.files().for_each(|file| println!("written: {}", file.display()));
    println!("The running gate takes it within seconds.");
    ExitCode::SUCCESS
}

fn no_folder() -> ExitCode {
    complain(CONFIG, "the rules are those built in; copy rules/ to /etc/congthu/rules first")
}

/// The day in Việt Nam.
fn today() -> Date {
    crate::rules::day(Timestamp::now())
}
