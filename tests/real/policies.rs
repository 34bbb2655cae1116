//! Recipients of three policies in one letter, sent by a real Postfix: each is answered under its own.

use super::support::{Client, Deliver, Postfix, Sink, eventually};
use crate::wire::gate::Setup;
use tokio::runtime::Runtime;

/// Postfix tries again after seconds, not after its five minutes.
const IMPATIENT: &str = "queue_run_delay = 1s\nminimal_backoff_time = 1s\nmaximal_backoff_time = 2s\n\
     bounce_queue_lifetime = 0";

/// A letter with a picture, which Bình Thuận's list of formats does not have.
const LETTER: &str = "From: <nguoigui@mail.example>\r\nSubject: Ban do\r\nMIME-Version: 1.0\r\n\
    Content-Type: image/gif; name=bando.gif\r\nContent-Disposition: attachment; filename=bando.gif\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nR0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7\r\n";

#[test]
fn each_recipient_is_delivered_or_refused_under_its_own_policy() {
    let (runtime, sink) = (Runtime::new().unwrap(), Sink::start());
    let setup = Setup::to(&[format!("127.0.0.1:{}", sink.port)]);
    let mut gate = runtime.block_on(setup.start());
    let Some(postfix) = Postfix::start(Deliver::Smtp(gate.address.port()), None, IMPATIENT) else {
        return;
    };
    let (mut client, _) = Client::connect(postfix.back);
    client.say("EHLO mx.mail.example");
    let to = [
        "an@tiengiang.gov.vn",
        "binh@angiang.gov.vn",
        "chi@bdt.binhthuan.gov.vn",
        "dung@tiengiang.gov.vn",
    ];
    let reply = client.letter("nguoigui@mail.example", &to, LETTER.as_bytes());
    assert!(reply.starts_with("250 2.0.0"), "{reply}");
    let recipients = || {
        let of = |commands: &[String]| -> Vec<String> {
            let named = commands.iter().filter(|command| command.starts_with("RCPT TO:"));
            let mut named: Vec<String> = named
                .map(|line| line.trim_start_matches("RCPT TO:").replace(['<', '>'], ""))
                .collect();
            named.sort();
            named
        };
        let taken = sink.taken();
        let mut all: Vec<Vec<String>> = taken
            .iter()
            .filter(|letter| {
                letter.commands.iter().any(|command| command.starts_with("MAIL FROM:<n"))
            })
            .map(|letter| of(&letter.commands))
            .collect();
        all.sort();
        all
    };
    // A letter whose first attempt was on its way when the queue was run is not looked at again by
    // itself for as long as Postfix pleases.
    let mut looks = 0;
    let delivered = eventually("two letters", || {
        looks += 1;
        if looks % 50 == 0 {
            postfix.flush();
        }
        Some(recipients()).filter(|all| all.len() >= 2)
    });
    let one = |names: &[&str]| -> Vec<String> { names.iter().map(|n| (*n).to_owned()).collect() };
    let expected =
        [one(&["an@tiengiang.gov.vn", "dung@tiengiang.gov.vn"]), one(&["binh@angiang.gov.vn"])];
    assert_eq!(delivered, expected);
    let log = eventually("the refusal", || {
        Some(postfix.server.log()).filter(|log| log.contains("muc III.3 Noi quy 189/QD-BDT"))
    });
    let refused = log.lines().find(|line| line.contains("muc III.3")).unwrap();
    assert!(refused.contains("to=<chi@bdt.binhthuan.gov.vn>"), "{refused}");
    assert!(log.contains("452 4.5.3"), "{log}");
    runtime.block_on(gate.stop());
}
