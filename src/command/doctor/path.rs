//! Letters through the gate's own way: EICAR must be refused under every policy, a plain letter must not.

use super::report::Line;
use crate::command::setup::Setup;
use crate::mail::{Address, Client, Envelope};
use crate::pipeline::Pipeline;
use crate::rules::{Policy, Status};
use crate::verdict::{Action, Verdict};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The test virus, in two pieces: no scanner shall find it in this program.
const EICAR: [&str; 2] =
    ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"];

/// The test spam (SpamAssassin's; rspamd knows it too), in two pieces likewise.
const GTUBE: [&str; 2] =
    ["XJS*C4JDBQADN1.NSBN3*2IDNEN*", "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"];

/// Seconds that a verdict may take here; the gate itself may wait longer.
const VERDICT: u64 = 20;

/// For all letters together: behind an engine that hangs each would wait as long as its verdict may take.
const WHOLE: Duration = Duration::from_secs(60);

const HEAD: &str = "From: <postmaster@localhost>\r\nTo: <postmaster@localhost>\r\nSubject: congthu \
    doctor\r\nDate: Thu, 1 Jan 2026 00:00:00 +0700\r\nMessage-ID: <doctor@localhost>\r\n\
    MIME-Version: 1.0\r\n";

/// A letter with the test virus attached.
pub(super) fn eicar() -> Vec<u8> {
    letter(&[("", "xin chao"), ("eicar.txt", &EICAR.concat())])
}

/// A letter with the test spam.
pub(super) fn gtube() -> Vec<u8> {
    format!("{HEAD}\r\n{}\r\n", GTUBE.concat()).into_bytes()
}

/// A letter of so many bytes at most, with the test virus as its last attachment.
pub(super) fn large(bytes: usize) -> Bytes {
    let virus = EICAR.concat();
    let empty = letter(&[("", "xin chao"), ("a.txt", ""), ("eicar.txt", &virus)]).len();
    // Lines as mailers write them.
    const LINE: &str =
        "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 01234\r\n";
    let filler = LINE.repeat(bytes.saturating_sub(empty) / LINE.len());
    letter(&[("", "xin chao"), ("a.txt", &filler), ("eicar.txt", &virus)]).into()
}

fn letter(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut text = format!("{HEAD}Content-Type: multipart/mixed; boundary=doctor\r\n");
    for (name, content) in parts {
        text += "\r\n--doctor\r\nContent-Type: text/plain\r\n";
        if !name.is_empty() {
            text += &format!("Content-Disposition: attachment; filename={name}\r\n");
        }
        text += &format!("\r\n{content}\r\n");
    }
    (text + "\r\n--doctor--\r\n").into_bytes()
}

/// Sends letters through a pipeline as the gate would build it.
pub(super) async fn look(setup: &mut Setup) -> Vec<Line> {
    setup.config.limits.verdict_seconds = setup.config.limits.verdict_seconds.min(VERDICT);
    let Ok(pipeline) = setup.pipeline() else {
        return vec![Line::fault("path", "", "the threads cannot be started", "see above")];
    };
    let mut lines = Vec::new();
    lines.push(match pipeline.try_worker() {
        Ok(()) => Line::ok("path.worker", "", "7z, RAR and PDF are read"),
        Err(error) => Line::fault(
            "path.worker",
            "",
            format!("7z, RAR and PDF are not read: {error}"),
            "[limits] worker_memory; the gate must be able to start itself again",
        ),
    });
    let by = Instant::now() + WHOLE;
    for policy in setup.rules.policies().filter(|policy| policy.status == Status::InForce) {
        let virus = judge(&pipeline, policy, eicar(), by).await;
        lines.push(refused(policy, virus));
        let plain = letter(&[("", "Kinh gui Van phong, xin gui bao cao thang nay.")]);
        lines.push(passed(policy, judge(&pipeline, policy, plain, by).await));
    }
    lines
}

async fn judge(
    pipeline: &Pipeline,
    policy: &Arc<Policy>,
    letter: Vec<u8>,
    by: Instant,
) -> Option<Verdict> {
    let address = Address::new("postmaster@localhost");
    let envelope = Envelope {
        id: "doctor".to_owned(),
        client: Client { ip: Some([127, 0, 0, 1].into()), ..Client::default() },
        sender: address.clone(),
        recipients: vec![address],
        size: Some(letter.len() as u64),
        time: Some(jiff::Timestamp::now()),
        ..Envelope::default()
    };
    let judging = async {
        let mut intake = pipeline.begin(envelope, policy.clone(), "check").ok()?;
        intake.feed(letter.into()).await;
        Some(intake.finish().await.release().0)
    };
    timeout_at(by, judging).await.ok().flatten()
}

fn refused(policy: &Policy, verdict: Option<Verdict>) -> Line {
    const CHECK: &str = "path.eicar";
    match verdict {
        Some(verdict) if verdict.action == Action::Reject => {
            Line::ok(CHECK, &policy.id, verdict.reply.english)
        }
        Some(verdict) => Line::fault(
            CHECK,
            &policy.id,
            format!("a letter with EICAR ends as {}", verdict.action.name()),
            "which rule decides: congthu rules explain virus.found",
        ),
        None => {
            Line::fault(CHECK, &policy.id, "no verdict in time", "[limits] and engines: see above")
        }
    }
}

fn passed(policy: &Policy, verdict: Option<Verdict>) -> Line {
    const CHECK: &str = "path.letter";
    match verdict {
        Some(verdict) if verdict.action <= Action::Tag => {
            Line::ok(CHECK, &policy.id, format!("a plain letter ends as {}", verdict.action.name()))
        }
        Some(verdict) => {
            let names: Vec<&str> =
                verdict.findings.iter().map(|judged| judged.finding.kind.name).collect();
            let (action, names) = (verdict.action.name(), names.join(", "));
            let found = format!("a plain letter ends as {action}: {names}");
            Line::fault(CHECK, &policy.id, found, "so would all mail; an engine: see above")
        }
        None => {
            Line::fault(CHECK, &policy.id, "no verdict in time", "[limits] and engines: see above")
        }
    }
}
