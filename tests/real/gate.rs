//! The gate between two listeners of a real Postfix, as the guide puts it.

use super::support::{
    Client, Deliver, EICAR, Postfix, Sink, eventually, free_port, letter_with, readme,
};
use crate::wire::gate::{Gate, Setup};
use congthu::config::Config;
use congthu::tomlfile::Source;
use std::process::Command;
use tokio::runtime::Runtime;

/// Postfix in front, the gate, Postfix behind, a server that remembers every byte.
struct Line {
    postfix: Postfix,
    gate: Gate,
    sink: Sink,
    runtime: Runtime,
}

impl Line {
    fn start() -> Option<Line> {
        let (runtime, sink, port) = (Runtime::new().unwrap(), Sink::start(), free_port());
        let postfix = Postfix::start(Deliver::Smtp(sink.port), Some(port), "")?;
        // The README's configuration, with the ports of this test.
        let toml = readme("toml")
            .replace(":2525", &format!(":{port}"))
            .replace(":10026", &format!(":{}", postfix.back));
        let source = Source::new("README.md", toml.into_bytes()).unwrap();
        let smtp = Config::parse(&source).unwrap().smtp;
        let setup = Setup::to(&smtp.upstream).with(|config| config.smtp = smtp.clone());
        let gate = runtime.block_on(setup.start());
        Some(Line { postfix, gate, sink, runtime })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.runtime.block_on(self.gate.stop());
    }
}

fn send(port: u16, to: &str, bytes: &[u8]) -> String {
    let (mut client, _) = Client::connect(port);
    client.say("EHLO mx.mail.example");
    client.letter("nguoigui@mail.example", &[to], bytes)
}

/// A letter with what a transport must not touch: dots, trailing blanks, eight bits.
fn letter() -> Vec<u8> {
    let mut mail = letter_with(&[0; 200_000]);
    mail.extend_from_slice("..two dots\r\n.\tone\r\nblank \r\nĐường về\r\n".as_bytes());
    mail
}

#[test]
fn a_real_postfix_on_both_sides() {
    let Some(line) = Line::start() else { return };
    let front = line.postfix.front;
    let reply = send(front, "vanthu@tiengiang.gov.vn", &letter());
    assert!(reply.starts_with("250 2.0.0"), "{reply}");
    let taken = eventually("the letter", || line.sink.taken().pop());
    assert!(taken.bytes.ends_with(&letter()), "bytes out differ from bytes in");
    let head =
        String::from_utf8_lossy(&taken.bytes[..taken.bytes.len() - letter().len()]).into_owned();
    // Both Postfixes say where it came from; the gate adds nothing of its own.
    let own = head.lines().filter(|line| !line.starts_with(['\t', ' ']));
    assert!(own.clone().all(|line| line.starts_with("Received: ")), "{head}");
    assert_eq!(own.count(), 2, "{head}");

    let virus = send(front, "vanthu@tiengiang.gov.vn", &letter_with(EICAR.as_bytes()));
    assert!(virus.starts_with("550-5.7.1") || virus.starts_with("550 5.7.1"), "{virus}");
    let large = letter_with(&vec![b'a'; (50 << 20) + 1]);
    let refused = send(front, "vanthu@tiengiang.gov.vn", &large);
    assert!(refused.starts_with("552"), "{refused}");
    let passed = send(front, "nguoinhan@mail.example", &large);
    assert!(passed.starts_with("250 2.0.0"), "no such limit there: {passed}");
    let relayed = send(line.gate.address.port(), "ai@elsewhere.example", &letter());
    assert!(relayed.starts_with("554 5.7.1"), "an open relay: {relayed}");
    by_swaks(&line);
    assert_eq!(eventually("all", || Some(line.sink.taken()).filter(|t| t.len() == 3)).len(), 3);
}

fn by_swaks(line: &Line) {
    let server = format!("127.0.0.1:{}", line.postfix.front);
    let mut swaks = Command::new("swaks");
    swaks.args(["--server", &server, "--to", "vanthu@tiengiang.gov.vn"]);
    swaks.args(["--from", "nguoigui@mail.example", "--helo", "mx.mail.example"]);
    let output = swaks.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
