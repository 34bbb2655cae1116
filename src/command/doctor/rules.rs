//! The rules: whether all files are right, what has had its time, and whether they act.

use super::report::Line;
use crate::config::{Config, RulesMode};
use crate::rules::RuleSet;
use jiff::Zoned;
use jiff::civil::Date;

const CHECK: &str = "rules";

/// The configuration, and when its file was changed last.
pub(super) struct Place<'a> {
    pub(super) config: &'a Config,
    pub(super) changed: Option<Date>,
}

/// Looks at rules that were read without a mistake.
pub(super) fn look(place: &Place, rules: &RuleSet, from: &str) -> Vec<Line> {
    let ids: Vec<&str> = rules.policies().map(|policy| policy.id.as_str()).collect();
    let mut lines = vec![Line::ok(CHECK, from, ids.join(", "))];
    let now = jiff::Timestamp::now();
    for policy in rules.policies() {
        let over = policy.rules().filter(|rule| policy.owns(rule) && rule.is_over(now));
        lines.extend(over.map(|rule| {
            let found = "has ended and does nothing any more";
            Line::warning(CHECK, &rule.place, found, "take it out, or give it another `until`")
        }));
    }
    for (file, directory) in rules.directories() {
        let about = file.display().to_string();
        let names = directory.snapshot().map_or(0, |snapshot| snapshot.len());
        lines.push(match directory.is_stale(std::time::SystemTime::now()) {
            true => Line::warning(
                "directory",
                about,
                format!("{names} names; stale, so it refuses nobody"),
                "congthu directory import, by a timer",
            ),
            false => Line::ok("directory", about, format!("{names} names")),
        });
    }
    lines.push(mode(place, rules, Zoned::now().date()));
    lines
}

/// Whether all rules act; since when not, and until when.
fn mode(place: &Place, rules: &RuleSet, today: Date) -> Line {
    const CHECK: &str = "rules.mode";
    let config = place.config;
    if !rules.policies().any(|policy| policy.observes()) {
        let promoted = match config.rules.mode {
            RulesMode::Observe => ", promoted in the rule files",
            RulesMode::Enforce => "",
        };
        return Line::ok(CHECK, "", format!("enforce: all rules act{promoted}"));
    }
    let since = place.changed.map(|day| format!(" (the configuration is of {day})"));
    let what = format!(
        "observe{}: only viruses and executables act, all else is counted",
        since.unwrap_or_default()
    );
    let end = "congthu rules replay --since 14d --enforced shows what would change, congthu rules \
               promote ends it";
    match config.rules.observe_until.as_deref().and_then(|until| until.parse::<Date>().ok()) {
        Some(until) if until < today => {
            Line::warning(CHECK, "", format!("{what}; that was to end on {until}"), end)
        }
        Some(until) => Line::ok(CHECK, "", format!("{what}; until {until}")),
        None => {
            let advice = format!("write [rules] observe_until = a date; {end}");
            Line::warning(CHECK, "", format!("{what}; nothing says until when"), advice)
        }
    }
}
