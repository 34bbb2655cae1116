//! What the records say of letters that went through the door.

use super::client::{Client, Code};
use super::gate::{Gate, Setup};
use super::log::Log;
use super::next_hop::{Act, NextHop, Script};
use crate::support::Small;
use congthu::store::records::record::{Message, Recipient};
use congthu::store::records::{Files, Line, Record, Span};
use congthu::verdict::Action;

const GTUBE: [&str; 2] =
    ["XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-", "ANTI-UBE-TEST-EMAIL*C.34X"];

pub fn records(gate: &Gate) -> Vec<Record> {
    gate.records.flush();
    let lines = Files::of(&gate.dir.path().join("state")).read(Span::default()).unwrap();
    let record = |line| match line {
        Ok(Line::Record(record)) => record,
        other => panic!("{other:?}"),
    };
    lines.map(record).collect()
}

fn messages(gate: &Gate) -> Vec<Message> {
    let message = |record| match record {
        Record::Message(message) => Some(*message),
        _ => None,
    };
    records(gate).into_iter().filter_map(message).collect()
}

fn with_program() -> Vec<u8> {
    b"Message-ID: <1@client.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nxin chao\r\n\
      --b\r\nContent-Disposition: attachment; filename=\"a.exe\"\r\n\r\nMZ program\r\n--b--\r\n"
        .to_vec()
}

#[tokio::test]
async fn a_refused_letter_is_one_record_with_rule_and_facts_and_no_text() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let reply = Client::letter(gate.address, &with_program()).await;
    let [message] = &messages(&gate)[..] else { panic!("{:?}", records(&gate)) };
    assert!(reply.contains(&format!("[{}]", message.id)), "{reply} {message:?}");
    assert_eq!((message.verdict, message.outcome.as_str()), (Action::Reject, "refused"));
    assert_eq!(message.reply.get(..9), Some("550 5.7.1"));
    assert_eq!(message.sender, "a@client.example");
    assert_eq!(message.recipients, ["b@here.example"]);
    assert_eq!(message.client.ip.as_deref(), Some("127.0.0.1"));
    assert_eq!(message.message_id.as_deref(), Some("1@client.example"));
    assert_eq!(message.bytes, with_program().len() as u64);
    assert!(message.whole && !message.copy && !message.secret);
    let finding = &message.findings[0];
    assert_eq!((finding.name.as_str(), finding.part.as_str()), ("executable.found", "2"));
    assert!(finding.rule.starts_with("base.toml:"), "{finding:?}");
    let part = message.parts.iter().find(|part| part.path.starts_with('2')).unwrap();
    assert_eq!(part.names, ["a.exe"]);
    // sha256sum of `MZ program`
    let hash = "5cf8bd86fb0eba6bcc2d2cf7ad8ccd9d5a8b2f3a9bf2bd2dbd8fdc7c0e6ee0c3";
    assert_eq!(part.sha256.as_deref().map(str::len), Some(hash.len()));
    assert_eq!(message.rules, gate.rules.load().hash());
    assert!(!message.policy_hash.is_empty() && !message.settings.is_empty());
    let line = serde_json::to_string(&message).unwrap();
    assert!(!line.contains("xin chao"), "{line}");
}

#[tokio::test]
async fn a_full_disk_for_records_stops_no_letter() {
    let Some(small) = Small::mount() else {
        println!("skipped: cannot mount a small file system");
        return;
    };
    let next = NextHop::start(Script::new()).await;
    let state = small.0.path().to_owned();
    let mut gate =
        Setup::to(&[next.upstream()]).with(|config| config.state.dir = state.clone()).start().await;
    let _ = std::fs::write(state.join("ballast"), vec![0; 1 << 20]);
    let plain = b"Subject: x\r\n\r\nbody\r\n";
    for _ in 0..30 {
        Client::letter(gate.address, plain).await.expect_code("250 2.0.0 taken");
    }
    Client::letter(gate.address, &with_program()).await.expect_code("550");
    gate.records.flush();
    assert_eq!(next.messages().len(), 30);
    assert!(gate.records.missing() > 20, "{} are missing", gate.records.missing());
    // Room again: the records go on, behind a line that says what is missing.
    std::fs::remove_file(state.join("ballast")).unwrap();
    Client::letter(gate.address, plain).await.expect_code("250 2.0.0 taken");
    gate.records.flush();
    let lines: Vec<Line> =
        Files::of(&state).read(Span::default()).unwrap().map(Result::unwrap).collect();
    let missing = lines.iter().find_map(|line| match line {
        Line::Record(Record::Gap(gap)) => Some(gap.missing),
        _ => None,
    });
    assert_eq!(missing, Some(gate.records.missing()));
    assert!(matches!(lines.last(), Some(Line::Record(Record::Message(_)))), "{lines:?}");
    gate.stop().await;
}

#[tokio::test]
async fn every_outcome_has_its_record() {
    let script = Script::new().on("DOT", Act::Say("451 4.3.0 full")).on("DOT", Act::Say("554 no"));
    let next = NextHop::start(script.on("DOT", Act::Close)).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let plain = b"Subject: x\r\n\r\nbody\r\n".to_vec();
    let kept = format!("Subject: x\r\n\r\n{}\r\n", GTUBE.concat()).into_bytes();
    let outcomes = ["deferred", "refused", "unknown", "relayed", "kept"];
    for letter in [&plain, &plain, &plain, &plain, &kept] {
        Client::letter(gate.address, letter).await;
    }
    let messages = messages(&gate);
    let seen: Vec<&str> = messages.iter().map(|message| message.outcome.as_str()).collect();
    assert_eq!(seen, outcomes);
    assert!(messages[0].reply.starts_with("451") && messages[4].copy);
    assert!(messages[0].next_hop.is_some());
}

#[tokio::test]
async fn the_last_refusal_of_a_session_is_told_recorded_and_logged_alike() {
    let (log, _guard) = Log::listen();
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).with(|c| c.limits.errors = 1).start().await;
    let mut client = Client::recipient(gate.address).await;
    client.data(&with_program()).await.expect_code("550 5.7.1 [");
    client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
    client.ask("RCPT TO:<b@here.example>").await.expect_code("250");
    // One refusal too many is a refusal all the same; what follows ends the session.
    client.data(&with_program()).await.expect_code("550 5.7.1 [");
    assert_eq!(client.reply().await, "421 4.7.0 Too many errors\r\n");
    assert!(client.is_closed().await);
    let told = messages(&gate).into_iter().map(|message| (message.outcome, message.reply));
    for (outcome, reply) in told {
        assert_eq!((outcome.as_str(), reply.get(..9)), ("refused", Some("550 5.7.1")));
    }
    let lines = log.messages();
    let refused = |line: &String| line.contains("outcome=\"refused\"");
    assert!(lines.len() == 2 && lines.iter().all(refused), "{lines:?}");
    // A refused command counts the same way.
    let mut client = Client::hello(gate.address).await;
    client.raw(b"X\r\nMAIL FROM:<a@client.example> XYZ\r\nNOOP\r\n").await;
    for code in ["500", "555", "421 4.7.0 Too many"] {
        client.reply().await.expect_code(code);
    }
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn a_refused_recipient_is_a_record_too() {
    let script = Script::new().on("RCPT", Act::Say("550 5.1.1 nobody"));
    let next = NextHop::start(script).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut client = Client::hello(gate.address).await;
    client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
    client.ask("RCPT TO:<x@here.example>").await.expect_code("550");
    let [Record::Recipient(Recipient { sender, recipient, reply, .. })] = &records(&gate)[..]
    else {
        panic!("{:?}", records(&gate))
    };
    assert_eq!((sender.as_str(), recipient.as_str()), ("a@client.example", "x@here.example"));
    assert_eq!(reply, "550 5.1.1 nobody");
}

#[tokio::test]
async fn ten_thousand_files_are_one_bounded_record() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut letter = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_vec();
    for number in 0..3000 {
        let part = format!(
            "--b\r\nContent-Disposition: attachment; filename=\"{number}.exe\"\r\n\r\nMZ\r\n"
        );
        letter.extend_from_slice(part.as_bytes());
    }
    letter.extend_from_slice(b"--b--\r\n");
    Client::letter(gate.address, &letter).await.expect_code("550");
    let [message] = &messages(&gate)[..] else { panic!() };
    assert_eq!(message.parts.len() + message.more_parts, 3000);
    assert_eq!((message.findings.len(), message.parts.len()), (500, 500));
    assert!(message.more_findings >= 2500);
}
