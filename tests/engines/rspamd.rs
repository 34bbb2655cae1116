//! rspamd: a score on our scale, or a cause; the envelope reaches it.

use super::support::{Fake, GTUBE, LETTER, Rspamd, letter, letter_with, read_until, run};
use super::{assert_failure, assert_no_answer, tap};
use congthu::engines;
use congthu::mail::{Address, Client, Envelope};
use congthu::verdict::Cause;
use std::sync::{Arc, Mutex};

fn asked(url: &str) -> engines::Rspamd {
    engines::Rspamd::new(&congthu::config::Rspamd { url: url.to_owned() }).unwrap()
}

fn envelope() -> Envelope {
    Envelope {
        id: "4cX1".to_owned(),
        client: Client {
            ip: Some("192.0.2.7".parse().unwrap()),
            name: Some("mx.mail.example".to_owned()),
            helo: "mx\r\nPass: all".to_owned(),
            ..Client::default()
        },
        sender: Address::new("nguoigui@mail.example"),
        recipients: vec![Address::new("a@tiengiang.gov.vn"), Address::new("b@tiengiang.gov.vn")],
        ..Envelope::default()
    }
}

#[test]
fn a_real_rspamd() {
    run(async {
        let mut real = Rspamd::start();
        let (rspamd, envelope) = (asked(&real.url), envelope());
        let (score, _) = rspamd.scan(tap(letter(GTUBE)), &envelope).await.unwrap();
        assert!(score.points >= 5.0, "{score:?}");
        assert!(score.detail.contains("reject, GTUBE"), "{score:?}");
        for mail in [letter("Kính gửi Sở."), letter_with(&vec![0; 3_000_000]), Vec::new()] {
            let (score, _) = rspamd.scan(tap(mail), &envelope).await.unwrap();
            assert!(score.points < 5.0, "{score:?}");
        }
        let outcome = rspamd.scan(tap(vec![b'a'; 53 << 20]), &envelope).await;
        assert_failure("large", outcome, Cause::EngineLimit, "52428800");
        real.server.signal("STOP");
        assert_no_answer(rspamd.scan(tap(letter(GTUBE)), &envelope)).await;
        real.server.signal("CONT");
        assert!(rspamd.scan(tap(letter(GTUBE)), &envelope).await.unwrap().0.points >= 5.0);
        real.server.kill();
        let outcome = rspamd.scan(tap(letter("")), &envelope).await;
        assert_failure("killed", outcome, Cause::EngineDown, "refused");
    });
}

fn http(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn answers_that_are_none() {
    let down = Cause::EngineDown;
    let scored = r#"{"score":7.0,"required_score":15.0,"action":"no action"}"#;
    let cases: &[(&str, String, Cause, &str)] = &[
        ("silence", String::new(), down, "127.0.0.1"),
        ("another server", "220 mx ESMTP\r\n".to_owned(), down, "127.0.0.1"),
        ("half", http("200 OK", scored).replace("action\"}", ""), down, "127.0.0.1"),
        ("no JSON", http("200 OK", "pong"), down, "not an answer of rspamd"),
        ("other JSON", http("200 OK", "{\"error\":\"busy\"}"), down, "not an answer of rspamd"),
        ("5xx", http("503 Busy", "{\"error\":\"no\"}"), down, "503"),
        ("4xx", http("404 Not found", scored), down, "404"),
        ("no threshold", http("200 OK", &scored.replace("15.0", "0")), down, "threshold"),
        ("no number", http("200 OK", &scored.replace("7.0", "1e999")), down, "not an answer"),
        (
            "skipped",
            http("200 OK", &scored.replace("\"score\"", "\"is_skipped\":true,\"score\"")),
            Cause::EngineLimit,
            "skipped",
        ),
    ];
    run(async {
        for (case, answer, cause, words) in cases {
            let fake = Fake::answering(LETTER, answer.as_str()).await;
            let rspamd = asked(&format!("http://{}", fake.address));
            let outcome = rspamd.scan(tap(letter_with(b"")), &envelope()).await;
            assert_failure(case, outcome, *cause, words);
        }
        let flood = format!("HTTP/1.1 200 OK\r\n\r\n{}", " ".repeat(5 << 20));
        let fake = Fake::answering(LETTER, flood).await;
        let rspamd = asked(&format!("http://{}", fake.address));
        let outcome = rspamd.scan(tap(letter_with(b"")), &envelope()).await;
        assert_failure("a flood", outcome, down, "length limit");
    });
}

#[test]
fn the_envelope_reaches_it_and_cannot_forge_headers() {
    run(async {
        let seen = Arc::<Mutex<Vec<u8>>>::default();
        let keep = seen.clone();
        let fake = Fake::start(move |mut stream| {
            let keep = keep.clone();
            async move {
                let read = read_until(&mut stream, LETTER).await;
                *keep.lock().unwrap() = read;
            }
        })
        .await;
        let mail = letter_with(&vec![7; 200_000]);
        let rspamd = asked(&format!("http://{}/base/", fake.address));
        rspamd.scan(tap(mail.clone()), &envelope()).await.unwrap_err();
        let seen = seen.lock().unwrap().clone();
        let end = seen.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
        assert!(seen[end..] == mail, "the message differs");
        let head = String::from_utf8(seen[..end].to_vec()).unwrap().to_lowercase();
        assert!(head.starts_with("post /base/checkv2 http/1.1\r\n"), "{head}");
        for line in [
            "ip: 192.0.2.7",
            "helo: mx??pass: all",
            "hostname: mx.mail.example",
            "queue-id: 4cx1",
            "from: <nguoigui@mail.example>",
            "rcpt: <a@tiengiang.gov.vn>",
            "rcpt: <b@tiengiang.gov.vn>",
            &format!("content-length: {}", mail.len()),
        ] {
            assert!(head.contains(&format!("\r\n{line}\r\n")), "{line}: {head}");
        }
    });
}

#[test]
fn a_url_that_is_none_is_refused_with_what_would_be_right() {
    for url in ["", "127.0.0.1:11333", "https://127.0.0.1:11333", "http://u:p@127.0.0.1", "ftp://a"]
    {
        let refused = engines::Rspamd::new(&congthu::config::Rspamd { url: url.to_owned() });
        let problem = refused.expect_err(url).to_string();
        assert!(problem.starts_with("engine.rspamd.url: "), "{problem}");
        assert!(problem.contains("http://127.0.0.1:11333"), "{problem}");
    }
}
