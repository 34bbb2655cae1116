//! Sockets that systemd's own tool hands over take the place of the configured ones.

use super::manager::{Manager, listens};
use crate::support::{Client, Sink, eventually, free_port, letter};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;

/// Nobody can listen on these addresses: they are for documentation.
fn config(next_hop: u16) -> String {
    format!(
        "[smtp]\nlisten = [\"192.0.2.1:25\"]\nupstream = [\"127.0.0.1:{next_hop}\"]\n\
         domains = [\"tiengiang.gov.vn\"]\n[milter]\nlisten = \"192.0.2.1:2526\"\n\
         [http]\nlisten = \"192.0.2.1:9125\"\n"
    )
}

#[test]
fn held_sockets_take_the_place_of_the_configured_ones() {
    let (sink, smtp, http) = (Sink::start(), free_port(), free_port());
    let manager = Manager::new(&config(sink.port));
    let milter = manager.dir.path().join("milter.sock");
    let (at, pages) = (format!("127.0.0.1:{smtp}"), format!("127.0.0.1:{http}"));
    let sockets =
        [("smtp", at.as_str()), ("milter", milter.to_str().unwrap()), ("http", pages.as_str())];
    let mut gate = manager.activate(&sockets);
    listens(&milter);
    // The tool binds its sockets one after another; this one is its last.
    let mut page = eventually("a listener", || TcpStream::connect(("127.0.0.1", http)).ok());
    manager.await_word("READY=1");
    let (mut client, greeting) = Client::connect(smtp);
    assert!(greeting.starts_with("220 "), "{greeting}");
    client.say("EHLO mx.mail.example");
    let reply = client.letter("a@mail.example", &["vanthu@tiengiang.gov.vn"], &letter("x"));
    assert!(reply.starts_with("250"), "{reply}");
    assert_eq!(sink.taken().len(), 1);

    page.write_all(b"GET /healthz HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    page.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");

    // SMFIC_OPTNEG of protocol 6, and its answer of the same kind.
    let mut server = UnixStream::connect(&milter).unwrap();
    server.write_all(b"\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff").unwrap();
    let mut head = [0; 5];
    server.read_exact(&mut head).unwrap();
    assert_eq!(head[4], b'O');

    let log = manager.log();
    assert_eq!(log.matches("The sockets of the service manager count").count(), 3, "{log}");
    assert!(!manager.dir.path().join("core").exists());
    gate.signal("TERM");
    assert_eq!(gate.wait(), Some(0));
    // The file is the manager's; a socket unit would listen there again.
    assert!(milter.exists());
}

#[test]
fn a_socket_that_no_door_has_is_an_error() {
    let cases = [
        (config(25), "other", "FileDescriptorName= is smtp, milter or http"),
        (
            "[smtp]\nlisten = [\"127.0.0.1:0\"]\n".to_owned(),
            "milter",
            "the configuration has no [milter] listen",
        ),
    ];
    for (config, name, words) in cases {
        let port = free_port();
        let manager = Manager::new(&config);
        let mut gate = manager.activate(&[(name, &format!("127.0.0.1:{port}"))]);
        let first = eventually("a listener", || TcpStream::connect(("127.0.0.1", port)).ok());
        assert_eq!(gate.wait(), Some(71), "{}", manager.log());
        drop(first);
        let log = manager.log();
        assert!(log.contains(words), "{log}");
        assert!(manager.never_heard("READY=1"));
    }
}
