//! Every metric: the one function that moves it. Names and help texts stand in `list.rs`.

mod list;

pub use list::{METRICS, Metric, markdown};

use crate::verdict::{Cause, Judged, Mode, Verdict};
use ::metrics::{Histogram, counter, gauge, histogram};
use list::*;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// Upper bounds in seconds: from the time of a check on a short letter to that of a lost engine.
const SECONDS: &[f64] = &[
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0, 30.0, 60.0,
];

/// Whether there is a recorder.
static INSTALLED: AtomicBool = AtomicBool::new(false);

/// Installs the recorder and says what each metric means. Once per process.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .install_recorder()?;
    INSTALLED.store(true, Ordering::Relaxed);
    for metric in METRICS {
        metric.describe();
    }
    // What is worth an alarm at its first increase must be there before it.
    for counted in
        [RECORDS_MISSING, COPIES_MISSING, DELIVERY_UNKNOWN, DEFERRED_AGAIN, RELOAD_FAILURES]
    {
        counter!(counted).absolute(0);
    }
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(handle)
}

/// Counts a verdict and everything in it.
pub fn judged(verdict: &Verdict, bytes: u64, door: &'static str, took: Duration) {
    let policy = verdict.policy.clone();
    let action = verdict.action.name();
    counter!(MESSAGES, "verdict" => action, "policy" => policy.clone(), "door" => door)
        .increment(1);
    counter!(BYTES, "verdict" => action, "policy" => policy.clone(), "door" => door)
        .increment(bytes);
    histogram!(VERDICT_SECONDS, "door" => door, "size" => size_class(bytes))
        .record(took.as_secs_f64());
    if let Some(would) = verdict.in_shadow() {
        counter!(SHADOW, "would" => would.name(), "policy" => policy).increment(1);
    }
    found(verdict);
}

/// Counts the findings of a verdict, of a message or of a recipient.
pub fn found(verdict: &Verdict) {
    for judged in verdict.findings.iter().filter(|judged| judged.mode != Mode::Off) {
        one_found(judged, &verdict.policy);
    }
}

/// Counts a finding, by itself and under the article that its rule cites.
fn one_found(judged: &Judged, policy: &str) {
    let (name, mode) = (judged.finding.kind.name, judged.mode.name());
    counter!(FINDINGS, "finding" => name, "mode" => mode).increment(1);
    if let Some(article) = &judged.article {
        let (policy, article) = (policy.to_owned(), article.clone());
        let action = judged.action.name();
        counter!(ARTICLES, "policy" => policy, "article" => article, "action" => action, "mode" => mode)
            .increment(1);
    }
    if let Some(cause) = judged.finding.cause {
        unscanned(name.split('.').next().unwrap_or(name), cause);
    }
}

/// The class of a message of so many bytes: the lanes of the pipeline, and what takes seconds.
fn size_class(bytes: u64) -> &'static str {
    match bytes {
        0..=0x1_0000 => "64KiB",
        0x1_0001..=0x10_0000 => "1MiB",
        0x10_0001..=0x100_0000 => "16MiB",
        _ => "more",
    }
}

/// Counts what came of a message whose content had begun.
pub fn ended(outcome: &'static str, door: &'static str) {
    counter!(OUTCOMES, "outcome" => outcome, "door" => door).increment(1);
}

/// Notes the time from a client's final dot to the answer, next hop included.
pub fn answered(door: &'static str, time: Duration) {
    histogram!(ANSWER_SECONDS, "door" => door).record(time.as_secs_f64());
}

/// Counts a letter that is deferred for a cause of its own and was so before.
pub fn deferred_again() {
    counter!(DEFERRED_AGAIN).increment(1);
}

/// Shows the age of an engine's signatures.
pub fn signature_age(engine: &'static str, age: Duration) {
    gauge!(SIGNATURE_AGE, "engine" => engine).set(age.as_secs_f64());
}

/// Shows whether an engine answered when it was last asked for its version.
pub fn engine_up(engine: &'static str, up: bool) {
    gauge!(ENGINE_UP, "engine" => engine).set(f64::from(u8::from(up)));
}

/// Shows when the certificate of a file ends, in seconds since 1970.
pub fn certificate_ends(file: &str, seconds: i64) {
    gauge!(CERTIFICATE_ENDS, "file" => file.to_owned()).set(seconds as f64);
}

/// Shows how many bytes are kept.
pub fn kept_bytes(bytes: u64) {
    gauge!(KEPT_BYTES).set(bytes as f64);
}

/// Counts something that was not examined.
fn unscanned(check: &'static str, cause: Cause) {
    counter!(UNSCANNED, "check" => check, "cause" => cause.name()).increment(1);
}

/// Notes how long a check or an engine took on one message.
///
/// Each letter meets some twenty checks, so their histograms are looked up once and not each time.
pub fn check_took(check: &'static str, time: Duration) {
    static OF_CHECKS: RwLock<BTreeMap<&str, Histogram>> = RwLock::new(BTreeMap::new());
    // What is looked up before there is a recorder would stay without one.
    if !INSTALLED.load(Ordering::Relaxed) {
        return;
    }
    let seconds = time.as_secs_f64();
    if let Some(histogram) = OF_CHECKS.read().unwrap_or_else(PoisonError::into_inner).get(check) {
        return histogram.record(seconds);
    }
    let histogram = histogram!(CHECK_SECONDS, "check" => check);
    histogram.record(seconds);
    OF_CHECKS.write().unwrap_or_else(PoisonError::into_inner).insert(check, histogram);
}

/// Shows which set of rules since the start is in use.
pub fn rules_generation(generation: u64) {
    gauge!(RULES_GENERATION).set(generation as f64);
}

/// Counts rule files that could not be loaded.
pub fn rules_not_reloaded() {
    counter!(RELOAD_FAILURES).increment(1);
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

/// Counts a reply of a next hop to nothing that was said.
pub fn unasked(next_hop: &str) {
    counter!(UNASKED, "next_hop" => next_hop.to_owned()).increment(1);
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
