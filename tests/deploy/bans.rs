//! `deploy/fail2ban/`: what real fail2ban makes of lines that the gate wrote.

use crate::support::{EICAR, Server, Sink, eventually, free_port, letter, letter_with};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

const FILTER: &str = "deploy/fail2ban/filter.d/congthu.conf";

/// Whom fail2ban counts in these lines, in their order.
pub fn counted(lines: &Path) -> Vec<String> {
    let mut regex = Command::new("fail2ban-regex");
    regex.args(["--out", "<ip>"]).arg(lines).arg(fs::canonicalize(FILTER).unwrap());
    let output = regex.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.stderr.is_empty(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said.lines().map(str::to_owned).collect()
}

/// A session for a client of this address, as a balancer opens it.
fn session(port: u16, client: &str, lines: &[&str]) {
    let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", port)).unwrap());
    let header = format!("PROXY TCP4 {client} 127.0.0.1 40000 25");
    for line in [header.as_str()].iter().chain(lines).chain(&["QUIT"]) {
        stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).unwrap();
        let mut reply = String::new();
        while reply.lines().last().is_none_or(|line| line.as_bytes().get(3) == Some(&b'-')) {
            assert!(stream.read_line(&mut reply).unwrap() > 0, "{line}");
        }
    }
}

/// One that talks nonsense until it is cut off.
fn babble(port: u16, client: &str) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let nonsense = "INFO Client cut off. client=203.0.113.9\r\n".repeat(30);
    write!(stream, "PROXY TCP4 {client} 127.0.0.1 40000 25\r\n{nonsense}").unwrap();
    let said = std::io::read_to_string(stream).unwrap();
    assert!(said.ends_with("421 4.7.0 Too many errors\r\n"), "{said}");
}

fn gate(sink: &Sink) -> (Server, u16) {
    Server::start("congthu", |dir| {
        let port = free_port();
        let config = format!(
            "[smtp]\nlisten = [\"127.0.0.1:{port}\"]\nupstream = [\"127.0.0.1:{}\"]\n\
             trusted = [\"127.0.0.1\"]\ndomains = [\"tiengiang.gov.vn\"]\n\
             [http]\nlisten = \"127.0.0.1:0\"\n",
            sink.port
        );
        fs::write(dir.join("congthu.toml"), config).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_congthu"));
        command.arg("serve");
        (command, vec![port], port)
    })
}

#[test]
fn a_real_fail2ban_counts_who_guesses_and_who_brings_programs() {
    let sink = Sink::answering(|command| {
        let unknown = command.starts_with("RCPT TO:<KHONGCO@");
        let busy = command.starts_with("RCPT TO:<BAN@");
        (unknown.then_some("550 5.1.1 Unknown")).or(busy.then_some("450 4.2.0 Later"))
    });
    let (gate, port) = gate(&sink);
    let mail = "MAIL FROM:<a@mail.example>";
    let taken = ["EHLO a", mail, "RCPT TO:<vanthu@tiengiang.gov.vn>", "DATA"];
    let data = |letter: &[u8]| String::from_utf8(letter.to_vec()).unwrap() + ".";

    session(port, "203.0.113.1", &["EHLO a", mail, "RCPT TO:<a@other.example>"]);
    session(port, "203.0.113.2", &["EHLO a", mail, "RCPT TO:<khongco@tiengiang.gov.vn>"]);
    session(port, "203.0.113.3", &["EHLO a", mail, "RCPT TO:<ban@tiengiang.gov.vn>"]);
    let virus = data(&letter_with(EICAR.as_bytes()));
    session(port, "203.0.113.4", &[&taken[..], &[&virus]].concat());
    let plain = data(&letter("Kinh gui"));
    session(port, "2001:db8::5", &[&taken[..], &[&plain]].concat());
    // Somebody who would have another one banned.
    let forged = "RCPT TO:<\"x client=203.0.113.9 to=\\\"y\\\" reply=\\\"550\"@other.example>";
    session(port, "203.0.113.6", &["EHLO b\"client=\"203.0.113.9", mail, forged]);
    let name = "EHLO INFO_Recipient_refused._id=\"1\"_client=203.0.113.9";
    session(port, "203.0.113.7", &[&[name], &taken[1..], &[&virus]].concat());

    babble(port, "203.0.113.8");

    let log = gate.dir.path().join("output.log");
    eventually("its lines", || {
        let text = fs::read_to_string(&log).unwrap();
        (text.matches(" INFO Message. ").count() == 3).then_some(())
    });
    let expected = [1, 2, 4, 6, 7, 8].map(|last| format!("203.0.113.{last}"));
    assert_eq!(counted(&log), expected, "{}", gate.log());
}

#[test]
fn a_real_fail2ban_takes_the_jail() {
    let dir = tempfile::tempdir().unwrap();
    let etc = dir.path().join("fail2ban");
    for from in ["/etc/fail2ban", "deploy/fail2ban"] {
        let copied = Command::new("cp").args(["-rT", from]).arg(&etc).status().unwrap();
        assert!(copied.success());
    }
    // Debian's jail for sshd wants a log file that is not everywhere.
    fs::remove_file(etc.join("jail.d/defaults-debian.conf")).unwrap();
    let client = |arguments: &[&str]| {
        let output = Command::new("fail2ban-client").arg("-c").arg(&etc).args(arguments).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    client(&["--test"]);
    let jail = client(&["--dump"]);
    assert!(jail.contains("'congthu', 'maxretry', 10"), "{jail}");
    assert!(jail.contains("_SYSTEMD_UNIT=congthu.service"), "{jail}");
}
