//! The list of metrics: name, kind, labels, and what each means to an operator.
//!
//! Names follow the conventions of Prometheus: base units, `_total` on counters. The table for
//! people (`README.md` beside this file) is made of it.

use ::metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use std::fmt::Write;

pub(super) const MESSAGES: &str = "congthu_messages_total";
pub(super) const OUTCOMES: &str = "congthu_outcomes_total";
pub(super) const BYTES: &str = "congthu_bytes_total";
pub(super) const FINDINGS: &str = "congthu_findings_total";
pub(super) const ARTICLES: &str = "congthu_article_findings_total";
pub(super) const SHADOW: &str = "congthu_shadow_messages_total";
pub(super) const UNSCANNED: &str = "congthu_unscanned_total";
pub(super) const CHECK_SECONDS: &str = "congthu_check_seconds";
pub(super) const VERDICT_SECONDS: &str = "congthu_verdict_seconds";
pub(super) const ANSWER_SECONDS: &str = "congthu_answer_seconds";
pub(super) const DEFERRED_AGAIN: &str = "congthu_deferred_again_total";
pub(super) const PANICS: &str = "congthu_panics_total";
pub(super) const WORKER_FAILURES: &str = "congthu_worker_failures_total";
pub(super) const WAITING: &str = "congthu_waiting";
pub(super) const BUDGET: &str = "congthu_budget_used_bytes";
pub(super) const SESSIONS: &str = "congthu_sessions";
pub(super) const TURNED_AWAY: &str = "congthu_sessions_refused_total";
pub(super) const MILTER_FAILURES: &str = "congthu_milter_failures_total";
pub(super) const NEXT_HOP_UP: &str = "congthu_next_hop_up";
pub(super) const RELAYED: &str = "congthu_relayed_total";
pub(super) const DELIVERY_UNKNOWN: &str = "congthu_delivery_unknown_total";
pub(super) const LINE_ENDS_ADDED: &str = "congthu_line_ends_added_total";
pub(super) const TLS_FALLBACKS: &str = "congthu_next_hop_tls_fallbacks_total";
pub(super) const UNASKED: &str = "congthu_next_hop_unasked_total";
pub(super) const OPEN_RELAY: &str = "congthu_next_hop_open_relay";
pub(super) const RECORDS_MISSING: &str = "congthu_records_missing_total";
pub(super) const ENGINE_UP: &str = "congthu_engine_up";
pub(super) const SIGNATURE_AGE: &str = "congthu_signature_age_seconds";
pub(super) const CERTIFICATE_ENDS: &str = "congthu_certificate_not_after_seconds";
pub(super) const COPIES_MISSING: &str = "congthu_copies_missing_total";
pub(super) const KEPT: &str = "congthu_kept_letters";
pub(super) const KEPT_BYTES: &str = "congthu_kept_bytes";
pub(super) const RULES_GENERATION: &str = "congthu_rules_generation";
pub(super) const RELOAD_FAILURES: &str = "congthu_rules_reload_failures_total";
pub(super) const DIRECTORY_NAMES: &str = "congthu_directory_names";
pub(super) const DIRECTORY_AGE: &str = "congthu_directory_age_seconds";
pub(super) const DIRECTORY_STALE: &str = "congthu_directory_stale";
pub(super) const BUILD: &str = "congthu_build_info";

/// A metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    kind: Kind,
    /// Its labels, in no order.
    pub labels: &'static [&'static str],
    help: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Metric {
    /// Says what it means to whoever scrapes it.
    pub(super) fn describe(&self) {
        match (self.kind, self.unit()) {
            (Kind::Counter, Some(unit)) => describe_counter!(self.name, unit, self.help),
            (Kind::Counter, None) => describe_counter!(self.name, self.help),
            (Kind::Gauge, Some(unit)) => describe_gauge!(self.name, unit, self.help),
            (Kind::Gauge, None) => describe_gauge!(self.name, self.help),
            (Kind::Histogram, Some(unit)) => describe_histogram!(self.name, unit, self.help),
            (Kind::Histogram, None) => describe_histogram!(self.name, self.help),
        }
    }

    fn unit(&self) -> Option<Unit> {
        let name = self.name.strip_suffix("_total").unwrap_or(self.name);
        match name.rsplit('_').next() {
            Some("seconds") => Some(Unit::Seconds),
            Some("bytes") => Some(Unit::Bytes),
            _ => None,
        }
    }
}

const fn counter(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric { name, kind: Kind::Counter, labels, help }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, labels, help }
}

const fn histogram(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric { name, kind: Kind::Histogram, labels, help }
}

/// All of them, in the order in which people ask.
pub static METRICS: &[Metric] = &[
    counter(MESSAGES, &["verdict", "policy", "door"], "Messages by verdict, policy and door."),
    counter(BYTES, &["verdict", "policy", "door"], "Bytes of these messages."),
    counter(
        OUTCOMES,
        &["outcome", "door"],
        "What came of each message whose content began: relayed, passed or held by the mail server \
         (milter), kept, deferred (4xx), refused (5xx), unknown (no answer to the final dot), \
         abandoned (the client left before ours).",
    ),
    counter(FINDINGS, &["finding", "mode"], "Findings by name and mode; shadow ones do not act."),
    counter(
        ARTICLES,
        &["policy", "article", "action", "mode"],
        "Findings by the article that their rule cites.",
    ),
    counter(
        SHADOW,
        &["would", "policy"],
        "Messages that rules in shadow mode would have treated more gravely, by what they would \
         have done.",
    ),
    counter(UNSCANNED, &["check", "cause"], "What was not examined, by check and cause."),
    histogram(
        VERDICT_SECONDS,
        &["door", "size"],
        "Time from the last byte to the verdict, by size of the message (up to 64KiB, 1MiB, \
         16MiB, more).",
    ),
    histogram(CHECK_SECONDS, &["check"], "Time of a check or engine on a message."),
    histogram(
        ANSWER_SECONDS,
        &["door"],
        "Time from the client's final dot to the answer, next hop included: the delay that the \
         gate and what is behind it add.",
    ),
    counter(
        DEFERRED_AGAIN,
        &[],
        "Letters deferred for a cause of their own that had been deferred before; at the third \
         time over four hours they are kept.",
    ),
    gauge(SESSIONS, &["door"], "Sessions at the moment."),
    counter(TURNED_AWAY, &["limit"], "Sessions turned away, by limit."),
    counter(
        MILTER_FAILURES,
        &["cause"],
        "Connections of mail servers that did not end in order, by cause: garbage (no milter \
         client, or out of order), timeout, lost (in the middle of a message).",
    ),
    gauge(WAITING, &["for"], "Jobs waiting for a permit or an engine."),
    gauge(BUDGET, &["budget"], "Memory (arrival, analysis) and spool (disk) in use."),
    gauge(ENGINE_UP, &["engine"], "1 while the engine answers; asked every ten seconds."),
    gauge(SIGNATURE_AGE, &["engine"], "Age of the engine's signatures, as it tells."),
    gauge(NEXT_HOP_UP, &["next_hop"], "1 while the next hop answers."),
    counter(RELAYED, &["next_hop", "answer"], "Answers of next hops to a whole message, by class."),
    counter(
        DELIVERY_UNKNOWN,
        &[],
        "Messages whose final dot went out and got no answer: they may arrive twice (RFC 1047).",
    ),
    counter(LINE_ENDS_ADDED, &[], "Messages whose missing final CRLF was added for DATA."),
    counter(
        TLS_FALLBACKS,
        &["next_hop"],
        "Failed handshakes with a next hop, after which it was spoken with in the clear.",
    ),
    counter(
        UNASKED,
        &["next_hop"],
        "Replies of a next hop to nothing that was said: it is out of step, and what it says next is \
         not believed.",
    ),
    gauge(
        OPEN_RELAY,
        &["next_hop"],
        "1 while the next hop takes mail of anybody to anybody from our address.",
    ),
    gauge(
        KEPT,
        &["state"],
        "Letters in the store: waiting (nobody has judged them), overdue (for more than 7 days), \
         perhaps (perhaps delivered), all. Counted every hour.",
    ),
    gauge(KEPT_BYTES, &[], "Bytes of the letters in the store. Counted every hour."),
    counter(
        COPIES_MISSING,
        &[],
        "Copies that a rule wanted kept and the store did not take: full, or not writable.",
    ),
    counter(
        RECORDS_MISSING,
        &[],
        "Verdict records that could not be written: the disk is full or too slow.",
    ),
    gauge(RULES_GENERATION, &[], "Counts the sets of rules since the start, from 1."),
    counter(
        RELOAD_FAILURES,
        &[],
        "Changes of rule files that were not taken, since something in them is wrong.",
    ),
    gauge(DIRECTORY_NAMES, &["file"], "Mailboxes, groups and aliases that a directory lists."),
    gauge(DIRECTORY_AGE, &["file"], "Time since a directory was written."),
    gauge(DIRECTORY_STALE, &["file"], "1 while a directory is too old and refuses nobody."),
    gauge(CERTIFICATE_ENDS, &["file"], "When the certificate ends, in seconds since 1970."),
    counter(PANICS, &["place"], "Panics that were caught: each is a bug."),
    counter(
        WORKER_FAILURES,
        &["cause"],
        "Files that a reader of 7z, RAR or PDF failed on, by cause: start, died, memory, time, \
         garbage, deadline, panic.",
    ),
    gauge(BUILD, &["version"], "Always 1; the version is a label."),
];

/// The list as a table for people.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Metrics\n\n`GET /metrics` on `[http] listen`, in the text format of Prometheus. Made \
         from `list.rs`.\n\n| name | kind | labels | meaning |\n|---|---|---|---|\n",
    );
    for Metric { name, kind, labels, help } in METRICS {
        let kind = format!("{kind:?}").to_lowercase();
        let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
        // Writing to a text cannot fail.
        let _ = writeln!(page, "| `{name}` | {kind} | {} | {help} |", labels.join(", "));
    }
    page
}
