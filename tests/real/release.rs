//! A kept letter, released through a real Postfix: byte for byte, as whose mail it was.

use super::support::{Client, Deliver, GTUBE, Postfix, Sink, eventually};
use crate::wire::gate::Setup;
use crate::wire::release::configured;
use std::path::Path;
use std::process::Command;
use tokio::runtime::Runtime;

/// What Postfix tells of a letter to whoever is behind it.
const OFFERS: &str = "250-sink.mail.example\r\n250-8BITMIME\r\n250-DSN\r\n250 SIZE 90000000";

/// What a transport must not touch: dots, trailing blanks, eight bits, long lines.
fn letter() -> Vec<u8> {
    let long = "a".repeat(900);
    format!(
        "From: <nguoigui@mail.example>\r\nSubject: Hóa đơn \r\nDate: Sun, 22 Nov 2026 10:00:00 +0700\r\n\
         Message-ID: <1@mail.example>\r\n\r\n\
         {GTUBE}\r\n..two dots\r\n.\tone\r\nblank \r\nĐường về\r\n{long}\r\n\r\n"
    )
    .into_bytes()
}

/// Hands the letter in as a balancer does, for a client elsewhere; its id in the store.
fn keep(port: u16) -> String {
    let (mut client, _) = Client::connect(port);
    client.say("EHLO front.example");
    let believed = client.say("XCLIENT ADDR=192.0.2.7 NAME=mx.mail.example HELO=mx.mail.example");
    assert!(believed.starts_with("220"), "{believed}");
    assert!(client.say("EHLO mx.mail.example").contains("DSN"), "Postfix offers it");
    for command in [
        "MAIL FROM:<nguoigui@mail.example> RET=HDRS ENVID=QQ314159 BODY=8BITMIME",
        "RCPT TO:<vanthu@tiengiang.gov.vn> NOTIFY=DELAY,FAILURE ORCPT=rfc822;Van.Thu@tiengiang.gov.vn",
    ] {
        let reply = client.say(command);
        assert!(reply.starts_with("250"), "{command}: {reply}");
    }
    assert!(client.say("DATA").starts_with("354"));
    client.send(&crate::wire::client::stuffed(&letter()));
    let reply = client.reply();
    assert!(reply.starts_with("250 2.0.0 ["), "{reply}");
    reply[reply.find('[').unwrap() + 1..reply.find(']').unwrap()].to_owned()
}

fn quarantine(config: &Path, args: &[&str]) -> (String, Option<i32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_congthu"));
    let output = command.arg("quarantine").args(args).arg("--config").arg(config).output().unwrap();
    crate::wire::release::said(&output)
}

/// Keeps and releases through this Postfix; what arrives behind it.
fn released(postfix: &Postfix, sink: &Sink) -> super::support::Taken {
    let runtime = Runtime::new().unwrap();
    let upstream = format!("127.0.0.1:{}", postfix.back);
    let setup = Setup::to(std::slice::from_ref(&upstream))
        .with(|config| config.smtp.trusted = vec!["127.0.0.1".to_owned()]);
    let mut gate = runtime.block_on(setup.start());
    let config = configured(&gate, &upstream);
    let id = keep(gate.address.port());
    assert!(sink.taken().is_empty(), "it waits");
    let release = ["release", &id, "--by", "khoa", "--reason", "asked for by the addressee"];
    let (text, code) = quarantine(&config, &release);
    assert!(code == Some(0) && text.contains("250 2.0.0 Ok: queued as"), "{text}");
    let taken = eventually("the letter", || sink.taken().pop());
    let (text, code) = quarantine(&config, &release);
    assert!(code == Some(66) && text.contains("all recipients have it already"), "{text}");
    assert_eq!(sink.taken().len(), 1);
    runtime.block_on(gate.stop());
    taken
}

fn expect_whole(taken: &super::support::Taken) -> String {
    assert!(taken.bytes.ends_with(&letter()), "bytes out differ from bytes in");
    let said = |verb: &str| {
        let mut of = taken.commands.iter().filter(|command| command.starts_with(verb));
        let one = of.next().cloned().unwrap_or_default();
        assert!(of.next().is_none(), "{:?}", taken.commands);
        one
    };
    let (mail, rcpt) = (said("MAIL"), said("RCPT"));
    assert!(mail.starts_with("MAIL FROM:<nguoigui@mail.example> "), "{mail}");
    for word in ["RET=HDRS", "ENVID=QQ314159", "BODY=8BITMIME"] {
        assert!(mail.contains(word), "{mail}");
    }
    assert!(rcpt.starts_with("RCPT TO:<vanthu@tiengiang.gov.vn> "), "{rcpt}");
    assert!(rcpt.contains("ORCPT=rfc822;Van.Thu@tiengiang.gov.vn"), "{rcpt}");
    assert!(
        rcpt.contains("NOTIFY=") && rcpt.contains("FAILURE") && rcpt.contains("DELAY"),
        "{rcpt}"
    );
    // Above it stands what Postfix says of itself, and nothing of the gate's.
    let head = &taken.bytes[..taken.bytes.len() - letter().len()];
    let head = String::from_utf8_lossy(head).into_owned();
    let own = head.lines().filter(|line| !line.starts_with(['\t', ' ']));
    assert_eq!(own.map(|line| line.split(':').next().unwrap()).collect::<Vec<_>>(), ["Received"]);
    head
}

#[test]
fn a_released_letter_passes_a_real_postfix_as_the_clients_own() {
    let sink = Sink::answering(|verb| verb.starts_with("EHLO").then_some(OFFERS));
    let Some(postfix) = Postfix::start(Deliver::Smtp(sink.port), None, "") else { return };
    let head = expect_whole(&released(&postfix, &sink));
    assert!(head.contains("mx.mail.example") && head.contains("[192.0.2.7]"), "{head}");
}

#[test]
fn without_xclient_postfix_is_told_by_xforward() {
    let sink = Sink::answering(|verb| verb.starts_with("EHLO").then_some(OFFERS));
    let forwards = |master: String| {
        let lines = master.lines().filter(|line| !line.contains("xclient_hosts"));
        lines.map(|line| format!("{line}\n")).collect()
    };
    let postfix = Postfix::with_master(Deliver::Smtp(sink.port), None, "", forwards);
    let Some(postfix) = postfix else { return };
    expect_whole(&released(&postfix, &sink));
    let log = postfix.server.log();
    assert!(log.contains("orig_client=mx.mail.example[192.0.2.7]"), "{log}");
}
