//! What replay prints: each letter that would change, and how many by rule.

use super::letter::Fate;
use crate::store::records::record::Message;
use crate::verdict::{Action, Mode, Verdict};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{self, StdoutLock, Write};

/// Counts, and prints as it goes.
pub(super) struct Summary {
    out: StdoutLock<'static>,
    json: bool,
    same: u64,
    /// From what to what, and by which rule.
    changed: BTreeMap<(Action, Action), u64>,
    rules: BTreeMap<(String, Action, Action), u64>,
    unknown: BTreeMap<String, u64>,
    /// Records that are not there.
    pub(super) missing: u64,
}

impl Summary {
    pub(super) fn new(json: bool) -> Summary {
        Summary {
            out: io::stdout().lock(),
            json,
            same: 0,
            changed: BTreeMap::new(),
            rules: BTreeMap::new(),
            unknown: BTreeMap::new(),
            missing: 0,
        }
    }

    /// One letter.
    pub(super) fn add(&mut self, message: &Message, fate: Fate) -> io::Result<()> {
        match fate {
            Fate::Unknown(why) => {
                self.print(message, None, &why)?;
                *self.unknown.entry(why).or_default() += 1;
            }
            Fate::Verdict(verdict) => {
                let to = match verdict.action {
                    // It was deferred too often then, and would be now.
                    Action::Tempfail if message.held => Action::Quarantine,
                    action => action,
                };
                if to == message.verdict {
                    self.same += 1;
                    return Ok(());
                }
                let rule = rule(message, &verdict);
                self.print(message, Some(to), &rule)?;
                *self.changed.entry((message.verdict, to)).or_default() += 1;
                *self.rules.entry((rule, message.verdict, to)).or_default() += 1;
            }
        }
        Ok(())
    }

    fn print(&mut self, message: &Message, to: Option<Action>, why: &str) -> io::Result<()> {
        let Message { id, time, sender, recipients, verdict: from, .. } = message;
        if self.json {
            let line = json!({
                "id": id, "time": time, "sender": sender, "recipients": recipients,
                "from": from, "to": to, "why": why,
            });
            return writeln!(self.out, "{line}");
        }
        let (from, to) = (from.name(), to.map_or("cannot tell", Action::name));
        let recipients = recipients.join(", ");
        writeln!(self.out, "{time}  {id}  {from} → {to}  <{sender}> to {recipients}: {why}")
    }

    /// The sums.
    pub(super) fn end(&mut self) -> io::Result<()> {
        if self.json {
            return Ok(());
        }
        let changed: u64 = self.changed.values().sum();
        let unknown: u64 = self.unknown.values().sum();
        let (same, all) = (self.same, self.same + changed + unknown);
        let out = &mut self.out;
        writeln!(
            out,
            "{all} letters: {same} as they were, {changed} would change, {unknown} cannot be told"
        )?;
        for ((from, to), count) in &self.changed {
            writeln!(out, "  {count:7}  {} → {}", from.name(), to.name())?;
        }
        if changed > 0 {
            writeln!(out, "by rule:")?;
        }
        for ((rule, from, to), count) in &self.rules {
            writeln!(out, "  {count:7}  {rule}: {} → {}", from.name(), to.name())?;
        }
        if unknown > 0 {
            writeln!(out, "cannot be told:")?;
        }
        for (why, count) in &self.unknown {
            writeln!(out, "  {count:7}  {why}")?;
        }
        if self.missing > 0 {
            writeln!(out, "{} records of that time are missing or damaged", self.missing)?;
        }
        Ok(())
    }
}

/// The rule that makes the change: the one that decides now, else the one that decided then.
fn rule(message: &Message, verdict: &Verdict) -> String {
    let now = verdict.findings.iter().find(|judged| judged.mode == Mode::Enforce);
    let then = message.findings.iter().find(|finding| finding.mode == Mode::Enforce);
    let now = now.map(|judged| (judged.action, judged.finding.kind.name, &judged.rule));
    let then = then.map(|finding| (finding.action, finding.name.as_str(), &finding.rule));
    let milder = verdict.action < message.verdict;
    match if milder { then.or(now) } else { now.or(then) } {
        Some((_, finding, rule)) => format!("{finding} {rule}"),
        None => "no rule".to_owned(),
    }
}
