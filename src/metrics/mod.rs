//! Every metric: its name, its help text, and the one function that moves it.
//!
//! Names follow the conventions of Prometheus: base units, `_total` on counters.

use crate::verdict::{Cause, Mode, Verdict};
use ::metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::time::Duration;

/// Messages that got their verdict.
const MESSAGES: &str = "congthu_messages_total";
/// What came of messages.
const OUTCOMES: &str = "congthu_outcomes_total";
/// Bytes of these messages.
const BYTES: &str = "congthu_bytes_total";
/// Findings, shadow ones included.
const FINDINGS: &str = "congthu_findings_total";
/// What was not examined.
const UNSCANNED: &str = "congthu_unscanned_total";
/// Seconds of a check on one message.
const CHECK_SECONDS: &str = "congthu_check_seconds";
/// Seconds from the last byte to the verdict.
const VERDICT_SECONDS: &str = "congthu_verdict_seconds";
/// Caught panics.
const PANICS: &str = "congthu_panics_total";
/// Children that did not do their work.
const WORKER_FAILURES: &str = "congthu_worker_failures_total";
/// Jobs in line.
const WAITING: &str = "congthu_waiting";
/// Bytes of a budget in use.
const BUDGET: &str = "congthu_budget_used_bytes";
/// Sessions at the moment.
const SESSIONS: &str = "congthu_sessions";
/// Sessions turned away.
const TURNED_AWAY: &str = "congthu_sessions_refused_total";
/// Connections of mail servers that did not end in order.
const MILTER_FAILURES: &str = "congthu_milter_failures_total";
/// Whether a next hop answers.
const NEXT_HOP_UP: &str = "congthu_next_hop_up";
/// What next hops answered to the final dot.
const RELAYED: &str = "congthu_relayed_total";
/// Deliveries that may have happened.
const DELIVERY_UNKNOWN: &str = "congthu_delivery_unknown_total";
/// Final line ends that were added.
const LINE_ENDS_ADDED: &str = "congthu_line_ends_added_total";
/// Handshakes with next hops that failed.
const TLS_FALLBACKS: &str = "congthu_next_hop_tls_fallbacks_total";
/// Whether a next hop relays for anybody.
const OPEN_RELAY: &str = "congthu_next_hop_open_relay";
/// Copies that a rule wanted and the store did not take.
const COPIES_MISSING: &str = "congthu_copies_missing_total";
/// Letters in the store.
const KEPT: &str = "congthu_kept_letters";
/// Verdict records that could not be written.
const RECORDS_MISSING: &str = "congthu_records_missing_total";
/// Names in a directory.
const DIRECTORY_NAMES: &str = "congthu_directory_names";
/// Age of a directory.
const DIRECTORY_AGE: &str = "congthu_directory_age_seconds";
/// Whether a directory is too old.
const DIRECTORY_STALE: &str = "congthu_directory_stale";
/// Sets of rules that were loaded.
const RULES_GENERATION: &str = "congthu_rules_generation";
/// Rule files that could not be loaded.
const RULES_FAILURES: &str = "congthu_rules_reload_failures_total";
/// The running build.
const BUILD: &str = "congthu_build_info";

/// Upper bounds in seconds: from the time of a check on a short letter to that of a lost engine.
const SECONDS: &[f64] = &[
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0, 30.0, 60.0,
];

/// Installs the recorder and says what each metric means. Once per process.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .install_recorder()?;
    describe_counter!(MESSAGES, "Messages by verdict, policy and door.");
    describe_counter!(
        OUTCOMES,
        "What came of each message whose content began: relayed, passed or held by the mail server \
         (milter), kept, deferred (4xx), refused (5xx), unknown (no answer to the final dot), \
         abandoned (the client left before ours)."
    );
    describe_counter!(BYTES, Unit::Bytes, "Bytes of these messages.");
    describe_counter!(FINDINGS, "Findings by name and mode; shadow ones do not act.");
    describe_counter!(UNSCANNED, "What was not examined, by check and cause.");
    describe_histogram!(CHECK_SECONDS, Unit::Seconds, "Time of a check or engine on a message.");
    describe_histogram!(VERDICT_SECONDS, Unit::Seconds, "Time from the last byte to the verdict.");
    describe_counter!(PANICS, "Panics that were caught: each is a bug.");
    describe_counter!(
        WORKER_FAILURES,
        "Files that a reader of 7z, RAR or PDF failed on, by cause: start, died, memory, time, \
         garbage, deadline, panic."
    );
    describe_gauge!(WAITING, "Jobs waiting for a permit or an engine.");
    describe_gauge!(BUDGET, Unit::Bytes, "Memory and disk budget in use.");
    describe_store();
    describe_counter!(
        RECORDS_MISSING,
        "Verdict records that could not be written: the disk is full or too slow."
    );
    counter!(RECORDS_MISSING).absolute(0);
    describe_sessions();
    describe_next_hops();
    describe_gauge!(DIRECTORY_NAMES, "Mailboxes, groups and aliases that a directory lists.");
    describe_gauge!(DIRECTORY_AGE, Unit::Seconds, "Time since a directory was written.");
    describe_gauge!(DIRECTORY_STALE, "1 while a directory is too old and refuses nobody.");
    describe_rules();
    describe_gauge!(BUILD, "Always 1; the version is a label.");
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    counter!(DELIVERY_UNKNOWN).absolute(0);
    Ok(handle)
}

fn describe_sessions() {
    describe_gauge!(SESSIONS, "Sessions at the moment, by door.");
    describe_counter!(TURNED_AWAY, "Sessions turned away, by limit.");
    describe_counter!(
        MILTER_FAILURES,
        "Connections of mail servers that did not end in order, by cause: garbage (no milter \
         client, or out of order), timeout, lost (in the middle of a message)."
    );
}

fn describe_store() {
    describe_counter!(
        COPIES_MISSING,
        "Copies that a rule wanted kept and the store did not take: full, or not writable."
    );
    counter!(COPIES_MISSING).absolute(0);
    describe_gauge!(
        KEPT,
        "Letters in the store: waiting (nobody has judged them), overdue (for more than 7 days), \
         perhaps (perhaps delivered), all."
    );
}

fn describe_rules() {
    describe_gauge!(RULES_GENERATION, "Counts the sets of rules since the start, from 1.");
    describe_counter!(
        RULES_FAILURES,
        "Changes of rule files that were not taken, since something in them is wrong."
    );
    counter!(RULES_FAILURES).absolute(0);
}

fn describe_next_hops() {
    describe_gauge!(NEXT_HOP_UP, "1 while the next hop answers.");
    describe_counter!(RELAYED, "Answers of next hops to a whole message, by class.");
    describe_counter!(
        DELIVERY_UNKNOWN,
        "Messages whose final dot went out and got no answer: they may arrive twice (RFC 1047)."
    );
    describe_counter!(LINE_ENDS_ADDED, "Messages whose missing final CRLF was added for DATA.");
    describe_counter!(
        TLS_FALLBACKS,
        "Failed handshakes with a next hop, after which it was spoken with in the clear."
    );
    describe_gauge!(
        OPEN_RELAY,
        "1 while the next hop takes mail of anybody to anybody from our address."
    );
}

/// Counts a verdict and everything in it.
pub fn judged(verdict: &Verdict, bytes: u64, door: &'static str, took: Duration) {
    let policy = verdict.policy.clone();
    let action = verdict.action.name();
    counter!(MESSAGES, "verdict" => action, "policy" => policy, "door" => door).increment(1);
    counter!(BYTES, "verdict" => action, "door" => door).increment(bytes);
    histogram!(VERDICT_SECONDS, "door" => door).record(took.as_secs_f64());
    found(verdict);
}

/// Counts the findings of a verdict, of a message or of a recipient.
pub fn found(verdict: &Verdict) {
    for judged in verdict.findings.iter().filter(|judged| judged.mode != Mode::Off) {
        let name = judged.finding.kind.name;
        counter!(FINDINGS, "finding" => name, "mode" => judged.mode.name()).increment(1);
        if let Some(cause) = judged.finding.cause {
            unscanned(name.split('.').next().unwrap_or(name), cause);
        }
    }
}

/// Counts what came of a message whose content had begun.
pub fn ended(outcome: &'static str, door: &'static str) {
    counter!(OUTCOMES, "outcome" => outcome, "door" => door).increment(1);
}

/// Counts something that was not examined.
fn unscanned(check: &'static str, cause: Cause) {
    counter!(UNSCANNED, "check" => check, "cause" => cause.name()).increment(1);
}

/// Notes how long a check or an engine took on one message.
pub fn check_took(check: &'static str, time: Duration) {
    histogram!(CHECK_SECONDS, "check" => check).record(time.as_secs_f64());
}

/// Shows which set of rules since the start is in use.
pub fn rules_generation(generation: u64) {
    gauge!(RULES_GENERATION).set(generation as f64);
}

/// Counts rule files that could not be loaded.
pub fn rules_not_reloaded() {
    counter!(RULES_FAILURES).increment(1);
}

/// Counts a caught panic.
pub fn panicked(place: &'static str) {
    counter!(PANICS, "place" => place).increment(1);
}

/// Counts a file that a child failed on.
pub fn worker_failed(cause: &'static str) {
    counter!(WORKER_FAILURES, "cause" => cause).increment(1);
}

/// Counts a job that waits, until the value is dropped.
#[must_use]
pub fn waiting(line: &'static str) -> InLine {
    gauge!(WAITING, "for" => line).increment(1.0);
    InLine { metric: WAITING, label: ("for", line) }
}

/// Counts a session, until the value is dropped.
#[must_use]
pub fn session(door: &'static str) -> InLine {
    gauge!(SESSIONS, "door" => door).increment(1.0);
    InLine { metric: SESSIONS, label: ("door", door) }
}

/// Something counted in a gauge for as long as it lives.
#[derive(Debug)]
pub struct InLine {
    metric: &'static str,
    label: (&'static str, &'static str),
}

impl Drop for InLine {
    fn drop(&mut self) {
        gauge!(self.metric, self.label.0 => self.label.1).decrement(1.0);
    }
}

/// Counts a session that a limit turned away.
pub fn turned_away(limit: &'static str) {
    counter!(TURNED_AWAY, "limit" => limit).increment(1);
}

/// Counts a connection of a mail server that did not end in order.
pub fn milter_failed(cause: &'static str) {
    counter!(MILTER_FAILURES, "cause" => cause).increment(1);
}

/// Counts a copy that could not be kept.
pub fn copy_missing() {
    counter!(COPIES_MISSING).increment(1);
}

/// Shows how many letters of a state are in the store.
pub fn kept_letters(state: &'static str, letters: usize) {
    gauge!(KEPT, "state" => state).set(letters as f64);
}

/// Shows how many verdict records are missing since the start.
pub fn records_missing(records: u64) {
    counter!(RECORDS_MISSING).absolute(records);
}

/// Shows how much of a budget is in use.
pub fn budget_used(budget: &'static str, bytes: u64) {
    gauge!(BUDGET, "budget" => budget).set(bytes as f64);
}

/// Shows whether a next hop answers.
pub fn next_hop_up(next_hop: &str, up: bool) {
    gauge!(NEXT_HOP_UP, "next_hop" => next_hop.to_owned()).set(f64::from(u8::from(up)));
}

/// Counts a next hop's answer to a whole message.
pub fn relayed(next_hop: &str, class: &'static str) {
    counter!(RELAYED, "next_hop" => next_hop.to_owned(), "answer" => class).increment(1);
}

/// Counts a message whose final dot went out and got no answer.
pub fn delivery_unknown() {
    counter!(DELIVERY_UNKNOWN).increment(1);
}

/// Counts a message whose missing final CRLF was added.
pub fn line_end_added() {
    counter!(LINE_ENDS_ADDED).increment(1);
}

/// Counts a handshake with a next hop that failed and was done without.
pub fn tls_fallback(next_hop: &str) {
    counter!(TLS_FALLBACKS, "next_hop" => next_hop.to_owned()).increment(1);
}

/// Shows how large and how old a directory is.
pub fn directory(file: &str, names: usize, age: Duration, stale: bool) {
    gauge!(DIRECTORY_NAMES, "file" => file.to_owned()).set(names as f64);
    gauge!(DIRECTORY_AGE, "file" => file.to_owned()).set(age.as_secs_f64());
    gauge!(DIRECTORY_STALE, "file" => file.to_owned()).set(f64::from(u8::from(stale)));
}

/// Shows whether a next hop relays for anybody.
pub fn open_relay(next_hop: &str, open: bool) {
    gauge!(OPEN_RELAY, "next_hop" => next_hop.to_owned()).set(f64::from(u8::from(open)));
}
