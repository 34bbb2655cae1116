//! The sheet of a look: a line a check, as text for people or as JSON for programs.

use serde_json::json;
use std::io::Write;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// As it should be.
    Ok,
    /// Mail goes on, and somebody should know.
    Warning,
    /// Mail would be lost to somebody, come in unseen, or not at all.
    Fault,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Warning => "warning",
            State::Fault => "fault",
        }
    }
}

/// What a check found.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// The kind of check: stable, for programs.
    pub(super) check: &'static str,
    /// Which one: an address, a file; empty where there is only one.
    pub(super) about: String,
    pub(super) state: State,
    pub(super) found: String,
    /// What would be right; empty where all is well.
    pub(super) advice: String,
}

impl Line {
    pub(super) fn ok(check: &'static str, about: impl Into<String>, found: impl ToString) -> Line {
        let (about, found, advice) = (about.into(), found.to_string(), String::new());
        Line { check, about, state: State::Ok, found, advice }
    }

    pub(super) fn warning(
        check: &'static str,
        about: impl Into<String>,
        found: impl ToString,
        advice: impl ToString,
    ) -> Line {
        let line = Line::ok(check, about, found);
        Line { state: State::Warning, advice: advice.to_string(), ..line }
    }

    pub(super) fn fault(
        check: &'static str,
        about: impl Into<String>,
        found: impl ToString,
        advice: impl ToString,
    ) -> Line {
        Line { state: State::Fault, ..Line::warning(check, about, found, advice) }
    }

    fn text(&self) -> String {
        let about = match self.about.is_empty() {
            true => String::new(),
            false => format!(" {}", self.about),
        };
        let (state, check, found) = (self.state.name(), self.check, &self.found);
        let advice = match self.advice.is_empty() {
            true => String::new(),
            false => format!(" → {}", self.advice),
        };
        format!("{state:8}{check}{}: {}{}", plain(&about), plain(found), plain(&advice))
    }

    fn json(&self) -> String {
        json!({"check": self.check, "about": self.about, "state": self.state.name(),
               "found": self.found, "advice": self.advice})
        .to_string()
    }
}

/// Lines as they come.
pub(super) struct Report {
    json: bool,
    seen: [usize; 3],
}

impl Report {
    pub(super) fn new(json: bool) -> Report {
        Report { json, seen: [0; 3] }
    }

    /// Shows them, in order of their checks.
    pub(super) fn show(&mut self, lines: impl IntoIterator<Item = Line>) {
        for line in lines {
            self.seen[line.state as usize] += 1;
            let text = if self.json { line.json() } else { line.text() };
            // Nobody may be reading any more.
            let _ = writeln!(std::io::stdout(), "{text}");
        }
    }

    /// Says what it comes to; whether the gate is fit.
    pub(super) fn end(&self) -> bool {
        let [ok, warnings, faults] = self.seen;
        let fit = if faults == 0 { "fit" } else { "not fit" };
        if !self.json {
            let text = format!("{fit}: {ok} ok, {warnings} warnings, {faults} faults");
            let _ = writeln!(std::io::stdout(), "{text}");
        }
        faults == 0
    }
}

/// What a peer says may hold anything; a line stays a line.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
