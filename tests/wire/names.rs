//! What a client calls itself is said to the next hop behind XCLIENT: its trouble, nobody else's.

use super::client::{Client, Code};
use super::gate::Setup;
use super::next_hop::{Act, NextHop, Script};

const LETTER: &[u8] = b"Subject: x\r\n\r\nbody\r\n";
const OFFER: &[&str] = &["XCLIENT ADDR HELO"];

/// Our own name is taken, the client's is met with this.
fn meeting(ehlo: Act, helo: Option<Act>) -> Script {
    let script = Script::offering(OFFER);
    let script = script.on("EHLO", Act::Say("250-next.example\n250 XCLIENT ADDR HELO"));
    let script = script.on("EHLO", ehlo);
    helo.into_iter().fold(script, |script, act| script.on("HELO", act))
}

#[tokio::test]
async fn a_name_that_the_next_hop_refuses_is_the_clients_and_no_outage() {
    let never = "501 5.5.2 Syntactically invalid argument";
    let later = "450 4.7.1 <bad_host>: Helo command rejected: Host not found";
    for (script, words) in [
        (meeting(Act::Say("501 5.5.2 what"), Some(Act::Say(never))), never),
        (meeting(Act::Say(later), None), later),
    ] {
        let one = NextHop::start(Script::offering(OFFER)).await;
        let two = NextHop::start(Script::offering(OFFER)).await;
        let gate = Setup::to(&[one.upstream(), two.upstream()]).start().await;
        one.plays(script);
        let mut client = Client::connect(gate.address).await;
        client.ask("EHLO bad_host").await.expect_code("250");
        assert_eq!(client.ask("MAIL FROM:<a@client.example>").await, format!("{words}\r\n"));
        assert!(gate.relay.hops().all(|hop| hop.is_up()));
        assert!(
            two.commands("XCLIENT").is_empty(),
            "another next hop was asked for a better answer"
        );
        Client::letter(gate.address, LETTER).await.expect_code("250");
        assert_eq!(one.messages(), [LETTER]);
    }
}

#[tokio::test]
async fn a_next_hop_that_hangs_up_at_a_clients_name_is_no_outage() {
    for act in [Act::Close, Act::SayClose("421 4.7.0 not you"), Act::Say("what?")] {
        let one = NextHop::start(Script::offering(OFFER)).await;
        let two = NextHop::start(Script::offering(OFFER)).await;
        let gate = Setup::to(&[one.upstream(), two.upstream()]).start().await;
        one.plays(meeting(act, None));
        let mut client = Client::connect(gate.address).await;
        client.ask("EHLO bad_host").await.expect_code("250");
        // The other may know better.
        client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
        assert_eq!(two.commands("MAIL").len(), 1);
        assert!(gate.relay.hops().all(|hop| hop.is_up()));
    }
}
