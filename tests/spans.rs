//! What is told a collector of spans that the environment names; with the feature `otlp` its spans, in
//! any other build that nothing will come.

use crate::support::{Server, Sink, eventually, free_port, letter};
use std::fs;
use std::process::Command;

/// A gate whose environment names this collector.
fn gate(sink: &Sink, collector: &str) -> (Server, u16) {
    Server::start("congthu", |dir| {
        let port = free_port();
        let config = format!(
            "[smtp]\nlisten = [\"127.0.0.1:{port}\"]\nupstream = [\"127.0.0.1:{}\"]\n\
             hostname = \"congthu.tiengiang.example\"\n[http]\nlisten = \"127.0.0.1:0\"\n",
            sink.port
        );
        fs::write(dir.join("congthu.toml"), config).unwrap();
        let mut command = Command::new("env");
        command.arg(format!("OTEL_EXPORTER_OTLP_ENDPOINT={collector}"));
        command.args(["OTEL_BSP_SCHEDULE_DELAY=100", env!("CARGO_BIN_EXE_congthu"), "serve"]);
        (command, vec![port], port)
    })
}

fn send(port: u16) {
    let mut client = crate::support::Client::connect(port).0;
    client.say("EHLO mx.mail.example");
    let reply = client.letter("a@mail.example", &["vanthu@tiengiang.example"], &letter("cong van"));
    assert!(reply.starts_with("250 "), "{reply}");
}

/// The id of the letter, as its line tells it.
fn id(gate: &Server) -> String {
    let log = gate.dir.path().join("output.log");
    eventually("its line", || {
        let text = fs::read_to_string(&log).unwrap();
        let (_, line) = text.split_once(" INFO Message. id=")?;
        Some(line.split(' ').next()?.trim_matches('"').to_owned())
    })
}

#[cfg(not(feature = "otlp"))]
#[test]
fn a_build_without_them_says_so() {
    let sink = Sink::start();
    let (gate, port) = gate(&sink, "http://127.0.0.1:4318");
    send(port);
    assert!(!id(&gate).is_empty());
    assert!(gate.log().contains("was built without `otlp`"), "{}", gate.log());
}

#[cfg(feature = "otlp")]
mod collector {
    use super::*;
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::sync::{Arc, Mutex};

    /// One batch of spans: its first line, its body.
    fn batch(stream: TcpStream) -> std::io::Result<(String, Vec<u8>)> {
        let mut stream = BufReader::new(stream);
        let (mut first, mut length) = (String::new(), 0);
        stream.read_line(&mut first)?;
        loop {
            let mut line = String::new();
            stream.read_line(&mut line)?;
            match line.trim().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().unwrap();
                }
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?;
        Ok((first, body))
    }

    #[test]
    fn it_hears_of_each_message_by_its_id_and_of_nobodys_address() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let batches = Arc::<Mutex<Vec<(String, Vec<u8>)>>>::default();
        let heard = batches.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                heard.lock().unwrap().extend(batch(stream.unwrap()));
            }
        });
        let sink = Sink::start();
        let (gate, port) = gate(&sink, &address);
        send(port);
        let id = id(&gate);
        let has = |word: &str| {
            let batches = batches.lock().unwrap();
            let within = |body: &[u8]| memchr::memmem::find(body, word.as_bytes()).is_some();
            batches.iter().any(|(_, body)| within(body))
        };
        for word in [&*id, "message", "judge", "analyse", "deliver", "127.0.0.1", "congthu"] {
            eventually(word, || has(word).then_some(()));
        }
        assert!(!has("vanthu@") && !has("cong van"));
        let first = batches.lock().unwrap()[0].0.clone();
        assert_eq!(first, "POST /v1/traces HTTP/1.1\r\n");
    }

    #[test]
    fn one_that_is_away_costs_no_mail_and_is_told() {
        let sink = Sink::start();
        let (gate, port) = gate(&sink, &format!("http://127.0.0.1:{}", free_port()));
        send(port);
        let log = gate.dir.path().join("output.log");
        let told = || {
            let text = fs::read_to_string(&log).unwrap();
            text.lines().filter(|line| line.contains("Connection refused")).count()
        };
        eventually("a line", || (told() > 0).then_some(()));
        send(port);
        // Ended in order, it tries for the last time; an outage is told once.
        gate.signal("TERM");
        eventually("the end", || gate.log().contains(" INFO Stopped.").then_some(()));
        assert_eq!(told(), 1, "{}", gate.log());
    }
}
