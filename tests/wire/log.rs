//! One line a message: whole in what matters, and short whatever a sender puts into it.

use super::client::{Client, Code};
use super::gate::Setup;
use super::next_hop::{Act, NextHop, Script};
use crate::support::Said;
use congthu::config::LogFormat;
use congthu::serve::Lines;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

/// What is logged on this thread.
pub struct Log(Said);

impl Log {
    /// Listens until the guard is dropped.
    pub fn listen() -> (Log, DefaultGuard) {
        let said = Said::default();
        let writer = said.clone();
        let lines = Lines::new(LogFormat::Text, false, move || writer.clone());
        let guard = tracing::subscriber::set_default(registry().with(lines));
        (Log(said), guard)
    }

    /// The lines about messages.
    pub fn messages(&self) -> Vec<String> {
        self.0
            .text()
            .lines()
            .filter(|line| line.contains(" INFO Message. "))
            .map(str::to_owned)
            .collect()
    }
}

#[tokio::test]
async fn a_mail_of_many_findings_to_many_people_is_one_short_line() {
    let (log, _guard) = Log::listen();
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut client = Client::connect(gate.address).await;
    client.ask("EHLO client.example").await.expect_code("250");
    client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
    for number in 0..50 {
        client.ask(&format!("RCPT TO:<number.{number}@here.example>")).await.expect_code("250");
    }
    let mut letter = b"Subject: chuyen rieng\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\n\r\nLoi trong thu.\r\n"
        .to_vec();
    for number in 0..300 {
        letter.extend_from_slice(
            format!(
                "--b\r\nContent-Disposition: attachment; filename=\"{number}.exe\"\r\n\r\nMZ\r\n"
            )
            .as_bytes(),
        );
    }
    letter.extend_from_slice(b"--b--\r\n");
    client.data(&letter).await.expect_code("550");
    let [line] = &log.messages()[..] else { panic!("{:?}", log.messages()) };
    assert!(line.contains("executable.found×300"), "{line}");
    // Neither here nor in any other line.
    let all = log.0.text();
    assert!(!all.contains("chuyen rieng") && !all.contains("Loi trong thu"), "{all}");
    assert!(line.contains("number.9@here.example,+40\""), "{line}");
    assert!(!line.contains("number.10@"), "{line}");
    assert!(line.contains("verdict=\"reject\" outcome=\"refused\""), "{line}");
    assert!(line.len() < 2000, "{} octets: {line}", line.len());
}

#[tokio::test]
async fn a_verdict_is_not_an_outcome() {
    let (log, _guard) = Log::listen();
    let long: &'static str = Box::leak(format!("554 5.7.0 {}", "no ".repeat(150)).into_boxed_str());
    let script = Script::new().on("DOT", Act::Say("451 4.3.0 full")).on("DOT", Act::Say(long));
    let next = NextHop::start(script.on("DOT", Act::Close)).await;
    let gate = Setup::to(&[next.upstream()]).observing().start().await;
    let letter = b"Subject: x\r\n\r\nbody\r\n".to_vec();
    let loops = [b"Received: x\r\n".repeat(50), letter.clone()].concat();
    let bare = b"Subject: x\r\n\r\nbare\nline feed\r\n".to_vec();
    let expected = ["deferred", "refused", "unknown", "refused", "refused", "relayed"];
    for letter in [&letter, &letter, &letter, &loops, &bare, &letter] {
        Client::letter(gate.address, letter).await;
    }
    let lines = log.messages();
    assert_eq!(lines.len(), expected.len());
    for (line, outcome) in lines.iter().zip(expected) {
        let both = format!("verdict=\"accept\" outcome=\"{outcome}\"");
        assert!(line.contains(&both) && line.len() < 700, "{outcome}: {line}");
    }
    assert!(lines[1].contains("no…\"") || lines[1].contains("n…\"") || lines[1].contains(" …\""));
}
