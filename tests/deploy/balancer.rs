//! `deploy/haproxy.cfg`: a real HAProxy before two gates, one of which is lost under load.

use crate::support::{Fate, Senders, Server, Sink, balance, eventually, free_port};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Command;

/// A gate, and its SMTP port and that of its pages.
fn gate(sink: &Sink) -> (Server, (u16, u16)) {
    Server::start("congthu", |dir| {
        let (smtp, http) = (free_port(), free_port());
        let config = format!(
            "[smtp]\nlisten = [\"127.0.0.1:{smtp}\"]\nupstream = [\"127.0.0.1:{}\"]\n\
             trusted = [\"127.0.0.1\"]\n[http]\nlisten = \"127.0.0.1:{http}\"\n",
            sink.port
        );
        fs::write(dir.join("congthu.toml"), config).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_congthu"));
        command.arg("serve");
        (command, vec![smtp, http], (smtp, http))
    })
}

/// The shipped configuration with the ports of this test.
fn haproxy(gates: &[(u16, u16); 2]) -> (Server, u16) {
    Server::start("haproxy", |dir| {
        let port = free_port();
        let mut config = fs::read_to_string("deploy/haproxy.cfg").unwrap();
        let mut put = |shipped: &str, ours: &str| {
            assert!(config.contains(shipped), "{shipped}");
            config = config.replace(shipped, ours);
        };
        put("bind :25", &format!("bind 127.0.0.1:{port}"));
        put(" check port 9125", " check");
        for (server, (smtp, http)) in ["10.0.0.11:25", "10.0.0.12:25"].iter().zip(gates) {
            put(server, &format!("127.0.0.1:{smtp} port {http}"));
        }
        let file = dir.join("haproxy.cfg");
        fs::write(&file, config).unwrap();
        let mut command = Command::new("haproxy");
        command.args(["-db", "-f"]).arg(file);
        (command, vec![port], port)
    })
}

/// One recipient of a client that has this address: what the gate's log says of it.
fn greet_from(port: u16, address: &str) {
    let mut swaks = Command::new("swaks");
    swaks.args(["--server", "127.0.0.1", "--port", &port.to_string()]);
    swaks.args(["--local-interface", address, "--to", "vanthu@tiengiang.gov.vn"]);
    let output = swaks.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn greeting(port: u16) -> String {
    let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", port)).unwrap());
    let mut line = String::new();
    let _ = stream.read_line(&mut line);
    let _ = stream.get_mut().write_all(b"QUIT\r\n");
    line
}

#[test]
fn a_real_haproxy_loses_no_letter_when_one_of_two_gates_is_killed() {
    let sink = Sink::start();
    let ((mut first, one), (second, two)) = (gate(&sink), gate(&sink));
    let (_haproxy, port) = haproxy(&[one, two]);
    eventually("a gate behind it", || greeting(port).starts_with("220 ").then_some(()));
    greet_from(port, "127.0.0.77");
    let logs = || first.log() + &second.log();
    assert!(logs().contains("client=\"127.0.0.77\""), "{}", logs());

    let senders = Senders::start(port, 8);
    let busy = |gate: &Server| gate.log().matches("outcome=\"relayed\"").count() > 20;
    eventually("mail through both", || (busy(&first) && busy(&second)).then_some(()));
    first.kill();
    let before = senders.taken();
    eventually("mail through the other", || (senders.taken() >= before + 200).then_some(()));
    let tries = senders.finish();

    balance(&tries, &sink.taken());
    // Sessions of the gate that was killed ended; nobody else noticed.
    let broken = tries.iter().filter(|one| matches!(one.fate, Fate::Broken { .. })).count();
    let put_off = tries.iter().filter(|one| !matches!(one.fate, Fate::Taken)).count();
    assert!(broken <= 8 && put_off == broken, "{broken} broken, {put_off} put off");
}
