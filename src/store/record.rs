//! What is kept beside a letter: envelope and verdict as JSON, for people and for release.

use crate::mail::Envelope;
use crate::verdict::{Judged, Verdict};
use serde_json::{Value, json};

/// The envelope, as release will need it again.
pub(super) fn envelope(envelope: &Envelope) -> Vec<u8> {
    let client = &envelope.client;
    let recipients: Vec<String> = envelope.recipients.iter().map(ToString::to_string).collect();
    pretty(&json!({
        "id": envelope.id,
        "time": jiff::Timestamp::now().to_string(),
        "client": {
            "ip": client.ip.map(|ip| ip.to_string()),
            "port": client.port,
            "name": client.name,
            "helo": client.helo,
            "esmtp": client.esmtp,
            "tls": client.tls,
        },
        "sender": envelope.sender.to_string(),
        "recipients": recipients,
        "direction": envelope.direction.name(),
        "smtputf8": envelope.smtputf8,
        "size": envelope.size,
    }))
}

/// The verdict with every finding and its rule.
pub(super) fn verdict(verdict: &Verdict) -> Vec<u8> {
    let findings: Vec<Value> = verdict.findings.iter().map(judged).collect();
    pretty(&json!({
        "verdict": verdict.action.name(),
        "code": verdict.reply.code.basic,
        "enhanced": verdict.reply.code.enhanced,
        "text": verdict.reply.text,
        "policy": verdict.policy,
        "findings": findings,
        "spam": verdict.spam,
    }))
}

fn judged(judged: &Judged) -> Value {
    let finding = &judged.finding;
    json!({
        "name": finding.kind.name,
        "action": judged.action.name(),
        "mode": judged.mode.name(),
        "part": finding.part,
        "detail": finding.detail,
        "file": finding.name,
        "what": finding.what,
        "cause": finding.cause.map(|cause| cause.name()),
        "grade": finding.grade.map(|grade| grade.name()),
        "value": finding.value,
        "limit": finding.limit,
        "article": judged.article,
        "rule": judged.rule,
    })
}

fn pretty(value: &Value) -> Vec<u8> {
    // `Display` of a value cannot fail; `#` spreads it over lines.
    format!("{value:#}\n").into_bytes()
}
