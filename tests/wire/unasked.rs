//! A next hop that answers what nobody asked: its next answer is not the one to our next word.

use super::client::{Client, Code};
use super::gate::Setup;
use super::next_hop::{Act, NextHop, Script};
use metrics_exporter_prometheus::PrometheusBuilder;

const LETTER: &[u8] = b"Subject: x\r\n\r\nbody\r\n";

/// How often the gate heard such an answer.
fn unasked(text: &str) -> usize {
    let mut lines = text.lines().filter(|l| l.starts_with("congthu_next_hop_unasked_total{"));
    lines.next().map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
}

#[tokio::test]
async fn a_yes_before_the_final_dot_is_no_answer_to_it() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _guard = ::metrics::set_default_local_recorder(&recorder);
    let early = Act::Say("354 go on\n250 2.0.0 taken early");
    let script = Script::new().on("DATA", early).on("DOT", Act::Say("451 4.3.0 not stored"));
    let next = NextHop::start(script).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    Client::letter(gate.address, LETTER).await.expect_code("451 4.4.2 [");
    next.left_alone().await;
    // The dot did not go out: it cannot have been stored, and nobody has to wonder.
    assert!(next.messages().is_empty() && next.commands("DOT").is_empty());
    let metrics = recorder.handle().render();
    assert_eq!(unasked(&metrics), 1, "{metrics}");
    let deferred = "congthu_outcomes_total{outcome=\"deferred\",door=\"smtp\"} 1";
    assert!(metrics.contains(deferred), "{metrics}");
    assert!(!metrics.contains("congthu_delivery_unknown_total 1"), "{metrics}");
    Client::letter(gate.address, LETTER).await.expect_code("451 4.3.0 not stored");
}

#[tokio::test]
async fn a_yes_before_the_last_chunk_is_no_answer_to_it() {
    let early = Act::Say("250 2.0.0 octets\n250 2.0.0 taken early");
    let script = Script::offering(&["CHUNKING"]).on("OCTETS", early);
    let next = NextHop::start(script).await;
    let gate = Setup::to(&[next.upstream()]).observing().start().await;
    let mut client = Client::recipient(gate.address).await;
    client.raw(format!("BDAT {} LAST\r\n", LETTER.len()).as_bytes()).await;
    client.raw(LETTER).await;
    client.reply().await.expect_code("451 4.4.2 [");
    assert_eq!(next.commands("BDAT"), [format!("BDAT {}", LETTER.len())]);
}

#[tokio::test]
async fn a_next_hop_out_of_step_is_spoken_with_anew_once_and_then_no_more() {
    let twice = "250 2.0.0 fine\n250 2.0.0 and fine";
    for verb in ["MAIL", "RCPT"] {
        let recorder = PrometheusBuilder::new().build_recorder();
        let _guard = ::metrics::set_default_local_recorder(&recorder);
        let next = NextHop::start(Script::new().on(verb, Act::Say(twice))).await;
        let gate = Setup::to(&[next.upstream()]).start().await;
        Client::letter(gate.address, LETTER).await.expect_code("250 2.0.0 taken");
        assert_eq!(next.messages(), [LETTER]);
        assert_eq!(unasked(&recorder.handle().render()), 1);
        let always = Script::new().on(verb, Act::Say(twice)).on(verb, Act::Say(twice));
        next.plays(always);
        let mut client = Client::hello(gate.address).await;
        client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
        let mut said = client.ask("RCPT TO:<b@here.example>").await;
        if said.starts_with("250") {
            said = client.ask("DATA").await;
            said.expect_code("354");
            client.raw(b"x\r\n.\r\n").await;
            said = client.reply().await;
        }
        said.expect_code("451 4.4.2 [");
        assert_eq!(next.messages().len(), 1);
        assert_eq!(unasked(&recorder.handle().render()), 3);
    }
}

#[tokio::test]
async fn what_is_said_while_nobody_asks_is_not_the_next_answer() {
    // A refusal of the recipient, heard as the answer to DATA's forerunner, would be another's.
    for (aside, counted) in [("250 2.0.0 taken", 1), ("4", 1), ("421 4.4.2 idle", 0)] {
        let recorder = PrometheusBuilder::new().build_recorder();
        let _guard = ::metrics::set_default_local_recorder(&recorder);
        let next = NextHop::start(Script::new()).await;
        let gate = Setup::to(&[next.upstream()]).start().await;
        let mut client = Client::recipient(gate.address).await;
        next.interjects(aside).await;
        client.data(LETTER).await.expect_code("250 2.0.0 taken");
        assert_eq!(next.messages(), [LETTER]);
        assert_eq!(unasked(&recorder.handle().render()), counted, "{aside}");
        // On a connection of its own, and the first one heard no more of it.
        assert_eq!(next.commands("MAIL").len(), 2, "{aside}");
        assert_eq!(next.commands("DATA").len(), 1, "{aside}");
    }
}
