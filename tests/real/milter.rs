//! Real mail servers that ask the gate by milter, with the README's own lines.

use super::support::{
    Client, Deliver, EICAR, Fake, GTUBE, INSTREAM, Postfix, Sendmail, Sink, eventually, free_port,
    letter, letter_with, read_until, readme,
};
use crate::wire::gate::{Gate, Setup};
use congthu::config::Config;
use congthu::store::records::record::Message;
use congthu::store::records::{Files, Line, Record, Span};
use congthu::tomlfile::Source;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::runtime::Runtime;

const TG: &str = "vanthu@tiengiang.gov.vn";
const BT: &str = "bdt@bdt.binhthuan.gov.vn";

/// A gate as the README has it, with `more` in its section, on this port.
fn gate(runtime: &Runtime, port: u16, more: &str) -> Gate {
    let toml = readme("toml milter").replace(":2526", &format!(":{port}")) + more;
    let config = Config::parse(&Source::new("README.md", toml.into_bytes()).unwrap()).unwrap();
    let unused = format!("maildir:{}", std::env::temp_dir().join("congthu-unused").display());
    let setup = Setup::to(&[unused]).with(|own| {
        (own.milter, own.engine) = (config.milter, config.engine);
        own.smtp.hostname = config.smtp.hostname;
    });
    runtime.block_on(setup.start())
}

/// Postfix with the README's lines and this filter.
fn postfix(sink: &Sink, port: u16, more: &str) -> Option<Postfix> {
    let main = readme("main.cf").replace(":2526", &format!(":{port}"));
    Postfix::start(Deliver::Smtp(sink.port), None, &format!("{main}{more}"))
}

fn send(port: u16, to: &str, bytes: &[u8]) -> String {
    let (mut client, _) = Client::connect(port);
    client.say("EHLO mx.mail.example");
    client.letter("nguoigui@mail.example", &[to], bytes)
}

fn messages(gate: &Gate) -> Vec<Message> {
    gate.records.flush();
    let lines = Files::of(&gate.dir.path().join("state")).read(Span::default()).unwrap();
    let message = |line| match line {
        Ok(Line::Record(Record::Message(message))) => Some(*message),
        _ => None,
    };
    lines.filter_map(message).collect()
}

/// A letter with what a transport must not touch: dots, trailing blanks, eight bits.
fn plain() -> Vec<u8> {
    let mut mail = letter_with(&[0; 200_000]);
    mail.extend_from_slice("..two dots\r\n.\tone\r\nblank \r\nĐường về\r\n".as_bytes());
    mail
}

fn legacy() -> Vec<u8> {
    b"From: a@mail.example\r\nDate: Sun, 22 Nov 2026 10:00:00 +0700\r\nMessage-ID: <2@mail.example>\r\n\
        Subject:x\r\nX-Folded: a\r\n\t b\r\nMIME-Version: 1.0\r\n\
        Content-Type: text/plain; charset=windows-1258\r\n\
        Content-Transfer-Encoding: quoted-printable\r\n\r\nTi=EA=ECng Vi=EA=F2t\r\n"
        .to_vec()
}

/// What both servers must do alike.
fn asks(port: u16, gate: &Gate, sink: &Sink, plain: &[u8]) {
    assert!(send(port, TG, plain).starts_with("250 2.0.0"));
    let taken = eventually("the letter", || sink.taken().pop());
    let end = &taken.bytes[taken.bytes.len().saturating_sub(100)..];
    assert!(taken.bytes.ends_with(plain), "bytes out differ: … {}", end.escape_ascii());
    assert!(!String::from_utf8_lossy(&taken.bytes).contains("X-Congthu"));

    let virus = send(port, TG, &letter_with(EICAR.as_bytes()));
    let lines: Vec<&str> = virus.lines().collect();
    assert!(lines[0].starts_with("550-5.7.1 [") && lines[1].starts_with("550 5.7.1 "), "{virus}");

    assert!(send(port, TG, &legacy()).starts_with("250 2.0.0"));
    let tagged = eventually("the tagged letter", || sink.taken().into_iter().nth(1));
    let text = String::from_utf8_lossy(&tagged.bytes).into_owned();
    assert!(text.starts_with("X-Congthu: congthu.tiengiang.gov.vn; verdict=tag;"), "{text}");
    assert!(tagged.bytes.ends_with(&legacy()), "the field is the only change: {text}");

    // Another policy's recipient is put off, the first one has the letter.
    let (mut client, _) = Client::connect(port);
    client.say("EHLO mx.mail.example");
    assert!(client.say("MAIL FROM:<nguoigui@mail.example>").starts_with("250"));
    assert!(client.say(&format!("RCPT TO:<{TG}>")).starts_with("250"));
    let put_off = client.say(&format!("RCPT TO:<{BT}>"));
    assert!(put_off.starts_with("452-4.5.3 ["), "{put_off}");
    assert!(client.say("QUIT").starts_with("221"));
    let records = messages(gate);
    assert_eq!(records.len(), 3, "{records:#?}");
    for record in &records {
        assert_eq!(record.door, "milter");
        assert_eq!(record.client.ip.as_deref(), Some("127.0.0.1"));
        assert_eq!(record.client.helo, "mx.mail.example");
        assert!(record.queue.is_some(), "the server's own id: {record:?}");
    }
}

#[test]
fn a_real_postfix_asks_by_milter() {
    let (runtime, sink, port) = (Runtime::new().unwrap(), Sink::start(), free_port());
    let mut gate = gate(&runtime, port, "");
    let Some(postfix) = postfix(&sink, port, "") else { return };
    asks(postfix.front, &gate, &sink, &plain());
    on_hold(&postfix, &gate);
    in_chunks(&postfix, &sink);
    from_the_command_line(&postfix, &gate, &sink);
    runtime.block_on(gate.stop());
    let away = send(postfix.front, TG, &letter("x"));
    assert!(away.starts_with("451 4.7.1"), "a gate that is away lets nothing pass: {away}");
}

/// What waits for a person is in Postfix's own queue, and both sides name it alike.
fn on_hold(postfix: &Postfix, gate: &Gate) {
    assert!(send(postfix.front, TG, &letter(GTUBE)).starts_with("250 2.0.0"));
    let record = messages(gate).pop().unwrap();
    assert_eq!((record.outcome.as_str(), record.copy), ("held", false));
    let queue = record.queue.unwrap();
    let dir = postfix.server.dir.path();
    assert!(dir.join("queue/hold").join(&queue).exists(), "{queue} is not on hold");
    let cat = Command::new("postcat").arg("-c").arg(dir.join("etc")).args(["-q", &queue]).output();
    let text = String::from_utf8_lossy(&cat.unwrap().stdout).into_owned();
    assert!(text.contains("X-Congthu: ") && text.contains(&format!("id={}", record.id)), "{text}");
}

/// BDAT (RFC 3030): the filter sees what a client of DATA would have sent.
fn in_chunks(postfix: &Postfix, sink: &Sink) {
    for (bytes, answer) in [(plain(), "250"), (letter_with(EICAR.as_bytes()), "550-5.7.1 [")] {
        let before = sink.taken().len();
        let (mut client, _) = Client::connect(postfix.front);
        assert!(client.say("EHLO mx.mail.example").contains("CHUNKING"));
        client.say("MAIL FROM:<nguoigui@mail.example>");
        client.say(&format!("RCPT TO:<{TG}>"));
        let (first, last) = bytes.split_at(1234.min(bytes.len() / 2));
        client.send(&[format!("BDAT {}\r\n", first.len()).as_bytes(), first].concat());
        assert!(client.reply().starts_with("250"));
        client.send(&[format!("BDAT {} LAST\r\n", last.len()).as_bytes(), last].concat());
        let reply = client.reply();
        assert!(reply.starts_with(answer), "{reply}");
        if answer == "250" {
            let taken = eventually("the letter", || sink.taken().into_iter().nth(before));
            assert!(taken.bytes.ends_with(&bytes), "bytes out differ from bytes in");
        }
    }
}

/// `sendmail` and cron: Postfix must not be refused a recipient there, and the gravest policy counts.
fn from_the_command_line(postfix: &Postfix, gate: &Gate, sink: &Sink) {
    let (before, judged) = (sink.taken().len(), messages(gate).len());
    let etc = postfix.server.dir.path().join("etc");
    let mut sendmail = Command::new("/usr/sbin/sendmail");
    sendmail.arg("-C").arg(etc).args(["-f", "cron@mail.example", TG, BT]).stdin(Stdio::piped());
    let mut sending = sendmail.spawn().unwrap();
    sending.stdin.take().unwrap().write_all(b"Subject: x\n\nbody\n").unwrap();
    assert!(sending.wait().unwrap().success());
    let taken = eventually("the letter", || sink.taken().into_iter().nth(before));
    assert!(taken.bytes.ends_with(b"\r\n\r\nbody\r\n"));
    let record = messages(gate).into_iter().nth(judged).unwrap();
    assert_eq!(record.recipients, [TG, BT]);
    assert_eq!((record.verdict.name(), record.outcome.as_str()), ("accept", "passed"));
}

#[test]
fn a_real_postfix_waits_while_it_hears_signs_of_life() {
    let (runtime, sink, port) = (Runtime::new().unwrap(), Sink::start(), free_port());
    // An engine that takes longer than Postfix waits for a silent filter.
    let engine = runtime.block_on(Fake::start(|mut stream| async move {
        read_until(&mut stream, INSTREAM).await;
        tokio::time::sleep(Duration::from_secs(6)).await;
        let _ = stream.write_all(b"stream: OK\0").await;
    }));
    let more = format!("progress_seconds = 1\n[engine.clamav]\naddress = \"{}\"\n", engine.address);
    let mut gate = gate(&runtime, port, &more);
    let Some(postfix) = postfix(&sink, port, "milter_content_timeout = 3s\n") else { return };
    let reply = send(postfix.front, TG, &letter("x"));
    assert!(reply.starts_with("250 2.0.0"), "{reply}");
    runtime.block_on(gate.stop());
}

#[test]
fn a_real_sendmail_asks_by_milter() {
    let (runtime, sink, port) = (Runtime::new().unwrap(), Sink::start(), free_port());
    let mut gate = gate(&runtime, port, "");
    let line = readme("mc").replace(":2526", &format!(":{port}"));
    let Some(sendmail) = Sendmail::start(&line, sink.port) else { return };
    // To its next hop it hands on seven bits of every octet, whoever asks for more.
    asks(sendmail.port, &gate, &sink, &letter_with(&[0; 200_000]));
    assert!(send(sendmail.port, TG, &letter(GTUBE)).starts_with("250 2.0.0"));
    let record = messages(&gate).pop().unwrap();
    assert_eq!(record.outcome, "held");
    let held = eventually("a letter on hold", || sendmail.held().pop());
    assert!(held.contains(&format!("congthu {}: spam.score", record.id)), "{held}");
    runtime.block_on(gate.stop());
}
