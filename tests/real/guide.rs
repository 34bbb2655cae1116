//! The guides' own lines: Postfix behind the gate, and the gate taken out of the path and put back.

use super::support::{
    Client, Deliver, EICAR, Postfix, Sink, block, eventually, free_port, letter, letter_with,
    readme,
};
use crate::wire::gate::{Gate, Setup};
use congthu::config::Config;
use congthu::tomlfile::Source;
use std::process::Command;
use tokio::runtime::Runtime;

const TO: &str = "vanthu@tiengiang.gov.vn";

fn send(port: u16, bytes: &[u8]) -> String {
    let (mut client, _) = Client::connect(port);
    client.say("EHLO mx.mail.example");
    client.letter("nguoigui@mail.example", &[TO], bytes)
}

fn parse(toml: String) -> Config {
    Config::parse(&Source::new("guide", toml.into_bytes()).unwrap()).unwrap()
}

/// Runs the commands of a block on this Postfix, whose ports are not those of the guide.
fn run(postfix: &Postfix, kind: &str, gate: u16) {
    let commands = block("deploy/README.md", kind)
        .replace("smtp/inet", &format!("127.0.0.1:{}/inet", postfix.front))
        .replace(":2525", &format!(":{gate}"))
        .replace(":2526", &format!(":{gate}"));
    let mut shell = Command::new("sh");
    shell.args(["-e", "-c", &commands]);
    shell.env("MAIL_CONFIG", postfix.server.dir.path().join("etc"));
    let output = shell.output().unwrap();
    assert!(output.status.success(), "{kind}: {output:?}");
}

/// With the gate a virus is refused, without it it passes, and with it it is refused again.
fn there_and_back(postfix: &Postfix, sink: &Sink, gate: u16, way: &str) {
    let virus = letter_with(EICAR.as_bytes());
    assert!(send(postfix.front, &virus).starts_with("550"), "before");
    run(postfix, &format!("sh out {way}"), gate);
    // Postfix reads anew within a second, and finishes sessions at hand as they began.
    eventually("mail past the gate", || {
        send(postfix.front, &virus).starts_with("250").then_some(())
    });
    eventually("the letter", || sink.taken().pop());
    run(postfix, &format!("sh back {way}"), gate);
    eventually("the gate", || send(postfix.front, &virus).starts_with("550").then_some(()));
    assert!(send(postfix.front, &letter("x")).starts_with("250"), "after");
}

#[test]
fn a_real_postfix_goes_on_without_the_proxy_and_takes_it_back() {
    let (runtime, sink, port) = (Runtime::new().unwrap(), Sink::start(), free_port());
    let Some(postfix) = Postfix::start(Deliver::Smtp(sink.port), Some(port), "") else { return };
    let toml = readme("toml").replace(":2525", &format!(":{port}"));
    let smtp = parse(toml.replace(":10026", &format!(":{}", postfix.back))).smtp;
    let setup = Setup::to(&smtp.upstream).with(|config| config.smtp = smtp.clone());
    let mut gate: Gate = runtime.block_on(setup.start());
    there_and_back(&postfix, &sink, port, "proxy");
    runtime.block_on(gate.stop());
}

#[test]
fn a_real_postfix_goes_on_without_the_milter_and_takes_it_back() {
    let (runtime, sink, port) = (Runtime::new().unwrap(), Sink::start(), free_port());
    let milter = parse(readme("toml milter").replace(":2526", &format!(":{port}"))).milter;
    let unused = format!("maildir:{}", std::env::temp_dir().join("congthu-unused").display());
    let setup = Setup::to(&[unused]).with(|config| config.milter = milter);
    let mut gate = runtime.block_on(setup.start());
    let main = readme("main.cf").replace(":2526", &format!(":{port}"));
    let Some(postfix) = Postfix::start(Deliver::Smtp(sink.port), None, &main) else { return };
    there_and_back(&postfix, &sink, port, "milter");
    runtime.block_on(gate.stop());
}

#[test]
fn a_real_postfix_behind_the_gate_is_fit() {
    let Some(postfix) = Postfix::guided(Deliver::Maildir) else { return };
    let dir = tempfile::tempdir().unwrap();
    let toml = block("deploy/README.md", "toml behind")
        .replace("0.0.0.0:25", "127.0.0.1:0")
        .replace("10.0.0.5:25", &format!("127.0.0.1:{}", postfix.front));
    // Postfix of the tests has the name that the guide gives to the gate.
    let toml =
        toml.replace("mx.tiengiang", "gate.tiengiang") + "[http]\nlisten = \"127.0.0.1:0\"\n";
    let seen = crate::doctor::look(dir.path(), &toml, &[]);
    assert_eq!((seen.code, seen.faults()), (Some(0), Vec::new()));
    seen.says("Postfix", "ok", "next_hop.client", "XCLIENT");
    seen.says("Postfix", "ok", "next_hop.relay", "relays for nobody");
}
