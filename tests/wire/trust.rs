//! Whom the gate believes, and for whom it relays.

use super::client::{Client, Code};
use super::gate::Setup;
use super::next_hop::{Act, NextHop, Script};

const LETTER: &[u8] = b"Subject: x\r\n\r\nbody\r\n";

#[tokio::test]
async fn a_door_to_the_world_relays_to_the_policies_domains_only() {
    let next = NextHop::start(Script::new()).await;
    let setup =
        Setup::to(&[next.upstream()]).with(|c| c.smtp.listen = vec!["0.0.0.0:0".to_owned()]);
    let gate = setup.start().await;
    let mut client = Client::hello(gate.address).await;
    client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
    for outside in ["b@here.example", "b@[127.0.0.1]", "b@gov.vn", "b@xtiengiang.gov.vn"] {
        client.ask(&format!("RCPT TO:<{outside}>")).await.expect_code("550 5.7.1 [");
    }
    for inside in ["b@tiengiang.gov.vn", "b@TanPhuoc.TienGiang.gov.vn"] {
        client.ask(&format!("RCPT TO:<{inside}>")).await.expect_code("250");
    }
    client.ask("RSET").await.expect_code("250");
    client.ask("MAIL FROM:<>").await.expect_code("250");
    client.ask("RCPT TO:<postmaster>").await.expect_code("250");
    // The next hop was never asked for them: it trusts our address.
    assert!(next.commands("RCPT").iter().all(|rcpt| !rcpt.contains("here.example")));
}

#[tokio::test]
async fn a_list_of_domains_holds_on_loopback_too() {
    let next = NextHop::start(Script::new()).await;
    let domains = Some(vec!["Here.example".to_owned()]);
    let gate = Setup::to(&[next.upstream()]).with(|c| c.smtp.domains = domains).start().await;
    let mut client = Client::hello(gate.address).await;
    client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
    client.ask("RCPT TO:<b@here.example>").await.expect_code("250");
    client.ask("RCPT TO:<b@sub.here.example>").await.expect_code("250");
    client.ask("RCPT TO:<b@tiengiang.gov.vn>").await.expect_code("550 5.7.1");
}

#[tokio::test]
async fn recipients_of_other_rules_come_in_a_transaction_of_their_own() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).with(|c| c.limits.errors = 1).start().await;
    let mut client = Client::hello(gate.address).await;
    client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
    client.ask("RCPT TO:<b@tiengiang.gov.vn>").await.expect_code("250");
    for _ in 0..4 {
        client.ask("RCPT TO:<bdt@binhthuan.gov.vn>").await.expect_code("452 4.5.3 [");
    }
    client.ask("RCPT TO:<c@tiengiang.gov.vn>").await.expect_code("250");
    client.data(LETTER).await.expect_code("250");
    assert_eq!(next.commands("RCPT").len(), 2);
}

#[tokio::test]
async fn a_trusted_peer_speaks_for_its_client() {
    let next = NextHop::start(Script::offering(&["XCLIENT NAME ADDR HELO"])).await;
    let trusted = vec!["127.0.0.0/8".to_owned()];
    let gate = Setup::to(&[next.upstream()]).with(|c| c.smtp.trusted = trusted).start().await;
    let mut client = Client::hello(gate.address).await;
    let said = "XCLIENT NAME=spike.example ADDR=IPV6:2001:db8::7";
    client.ask(said).await.expect_code("220");
    client.ask("EHLO spike.example").await.expect_code("250");
    client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
    let told = "XCLIENT NAME=spike.example ADDR=IPV6:2001:db8::7 HELO=spike.example";
    assert_eq!(next.commands("XCLIENT"), [told]);
}

#[tokio::test]
async fn what_a_trusted_peer_forwards_holds_for_one_message() {
    let next = NextHop::start(Script::offering(&["XFORWARD NAME ADDR"])).await;
    let trusted = vec!["127.0.0.1".to_owned()];
    let gate = Setup::to(&[next.upstream()]).with(|c| c.smtp.trusted = trusted).start().await;
    let mut client = Client::hello(gate.address).await;
    client.ask("XFORWARD NAME=spike.example ADDR=192.0.2.7").await.expect_code("250");
    client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
    client.ask("RCPT TO:<b@here.example>").await.expect_code("250");
    client.data(LETTER).await.expect_code("250");
    client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
    let told = [
        "XFORWARD NAME=spike.example ADDR=192.0.2.7",
        "XFORWARD NAME=[TEMPUNAVAIL] ADDR=127.0.0.1",
    ];
    assert_eq!(next.commands("XFORWARD"), told);
}

#[tokio::test]
async fn strangers_are_not_believed() {
    let next = NextHop::start(Script::offering(&["XCLIENT ADDR"])).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut client = Client::hello(gate.address).await;
    client.ask("XCLIENT ADDR=192.0.2.7").await.expect_code("550 5.7.1");
    client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
    assert_eq!(next.commands("XCLIENT"), ["XCLIENT ADDR=127.0.0.1"]);
}

#[tokio::test]
async fn a_next_hop_that_relays_for_anybody_is_named() {
    let open = NextHop::start(Script::new()).await;
    let closed = NextHop::start(Script::new().on("RCPT", Act::Say("554 5.7.1 no relaying"))).await;
    let gate = Setup::to(&[open.upstream(), closed.upstream()]).start().await;
    assert_eq!(gate.relay.open_relays().await, [open.upstream()]);
    assert!(open.commands("DATA").is_empty());
}
