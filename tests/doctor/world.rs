//! What the world is told of the gate: MX, MTA-STS and TLSA out of a DNS server of our own.

use super::{Hop, Look, look, sound};
use domain::base::{Message, MessageBuilder, Name, Rtype, Ttl};
use domain::rdata::{Mx, Tlsa, Txt};
use std::fs;
use std::net::UdpSocket;
use std::path::Path;

/// What a zone holds.
#[derive(Clone, Copy, Default)]
struct Zone {
    mx: Option<&'static str>,
    sts: bool,
    tlsa: Option<&'static [u8]>,
}

/// Answers questions out of it, from a thread that ends with the process.
fn serve(zone: Zone) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let mut heard = [0; 2048];
        while let Ok((length, from)) = socket.recv_from(&mut heard) {
            let answer = answer(zone, &heard[..length]);
            socket.send_to(&answer, from).unwrap();
        }
    });
    address
}

fn answer(zone: Zone, question: &[u8]) -> Vec<u8> {
    let question = Message::from_octets(question).unwrap();
    let asked = question.first_question().unwrap();
    let (name, ttl) = (asked.qname(), Ttl::from_secs(60));
    let mut answer = MessageBuilder::new_vec()
        .start_answer(&question, domain::base::iana::Rcode::NOERROR)
        .unwrap();
    match asked.qtype() {
        Rtype::MX => {
            if let Some(mx) = zone.mx {
                let mx: Name<Vec<u8>> = mx.parse().unwrap();
                answer.push((name, ttl, Mx::new(10, mx))).unwrap();
            }
        }
        Rtype::TXT if zone.sts => {
            let text: Txt<Vec<u8>> = Txt::build_from_slice(b"v=STSv1; id=1;").unwrap();
            answer.push((name, ttl, text)).unwrap();
        }
        Rtype::TLSA => {
            if let Some(data) = zone.tlsa {
                let tlsa = Tlsa::new(3.into(), 1.into(), 0.into(), data);
                answer.push((name, ttl, tlsa)).unwrap();
            }
        }
        _ => {}
    }
    answer.finish()
}

/// A gate that the Internet can reach, with a certificate for its name.
fn seen(zone: Zone, hostname: &str) -> Look {
    let dir = tempfile::tempdir().unwrap();
    for file in ["ec.pem", "ec.key"] {
        fs::copy(Path::new("fixtures/smtp/tls").join(file), dir.path().join(file)).unwrap();
    }
    let config = sound(&Hop::default().start())
        .replace("listen = [\"127.0.0.1:0\"]\nhost", "listen = [\"0.0.0.0:0\"]\nhost")
        .replace("gate.example", hostname)
        .replace("received", "tls = { cert = [\"ec.pem\"], key = [\"ec.key\"] }\nreceived");
    look(dir.path(), &config, &["--resolver", &serve(zone)])
}

/// The public key of that certificate, as TLSA 3 1 0 has it.
fn key() -> &'static [u8] {
    let run = |arguments: &[&str], input: Vec<u8>| {
        use std::io::Write;
        use std::process::{Command, Stdio};
        let mut openssl = Command::new("openssl");
        openssl.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = openssl.spawn().unwrap();
        child.stdin.take().unwrap().write_all(&input).unwrap();
        child.wait_with_output().unwrap().stdout
    };
    let pem = run(&["x509", "-noout", "-pubkey"], fs::read("fixtures/smtp/tls/ec.pem").unwrap());
    run(&["pkey", "-pubin", "-outform", "DER"], pem).leak()
}

#[test]
fn is_held_against_the_gates_name_and_certificate() {
    let fine = Zone { mx: Some("mx.example"), sts: true, tlsa: Some(key()) };
    let all = seen(fine, "mx.example");
    all.says("fine", "ok", "mx", "mx.example");
    all.says("fine", "ok", "mta_sts", "mta-sts.tiengiang.gov.vn/.well-known");
    all.says("fine", "ok", "tlsa", "one is that of a certificate");
    assert_eq!(all.code, Some(0), "{:?}", all.faults());

    let other = seen(Zone { mx: Some("other.example"), ..fine }, "mx.example");
    other.says("MX", "warning", "mx", "none is the gate's name");
    seen(Zone { mx: None, ..fine }, "mx.example").says("none", "warning", "mx", "no MX record");
    let stale = seen(Zone { tlsa: Some(b"another key"), ..fine }, "mx.example");
    stale.says("TLSA", "fault", "tlsa", "DANE");
    assert_eq!(stale.code, Some(1));
    let named = seen(fine, "elsewhere.test");
    named.says("MTA-STS", "fault", "mta_sts", "no certificate here bears the name");
    let silent = seen(Zone { mx: Some("mx.example"), ..Zone::default() }, "mx.example");
    assert!(silent.of("tlsa").is_empty() && silent.of("mta_sts").is_empty());
}
