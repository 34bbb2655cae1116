//! A next hop that goes away between two words is asked once more, and gets everything once.

use super::client::{Client, Code};
use super::gate::Setup;
use super::next_hop::{Act, NextHop, Script};

const LETTER: &[u8] = b"Subject: x\r\n\r\nbody\r\n";

#[tokio::test]
async fn a_mended_connection_that_knows_the_client_no_more_gets_nothing() {
    // The trace line was left out because the first one knew.
    let next = NextHop::start(Script::offering(&["XFORWARD ADDR"])).await;
    let gate = Setup::to(&[next.upstream()]).with(|c| c.smtp.received = true).start().await;
    let mut client = Client::recipient(gate.address).await;
    next.drop_idle().await;
    next.offers(&[]);
    client.data(LETTER).await.expect_code("451 4.3.2");
    assert!(next.messages().is_empty());
}

/// All that an envelope can need.
const ALL: &[&str] = &["SIZE 100000000", "PIPELINING", "8BITMIME", "DSN", "SMTPUTF8", "CHUNKING"];

#[tokio::test]
async fn a_mended_connection_that_lacks_what_is_used_hears_nothing_of_the_letter() {
    let large = [LETTER, &b"and a line more\r\n".repeat(100)].concat();
    let cases: [(&str, &str, &[&str], &[u8]); 7] = [
        ("<a@c.example> RET=HDRS", "", &["8BITMIME"], LETTER),
        ("<a@c.example> ENVID=QQ314159", "", &["8BITMIME"], LETTER),
        ("<a@c.example>", " NOTIFY=NEVER", &["8BITMIME"], LETTER),
        ("<a@c.example> BODY=8BITMIME", "", &["DSN"], "Subject: x\r\n\r\nhộp\r\n".as_bytes()),
        ("<hộp@c.example> SMTPUTF8", "", &["8BITMIME"], LETTER),
        ("<a@c.example> SIZE=1000", "", &["SIZE 999"], LETTER),
        ("<a@c.example>", "", &["SIZE 999"], &large),
    ];
    for (mail, notify, offered, letter) in cases {
        let next = NextHop::start(Script::offering(ALL)).await;
        let gate = Setup::to(&[next.upstream()]).observing().start().await;
        let mut client = Client::hello(gate.address).await;
        client.ask(&format!("MAIL FROM:{mail}")).await.expect_code("250");
        client.ask(&format!("RCPT TO:<b@here.example>{notify}")).await.expect_code("250");
        next.drop_idle().await;
        next.offers(offered);
        client.data(letter).await.expect_code("451 4.3.2 [");
        assert!(next.messages().is_empty() && next.commands("DATA").is_empty(), "{mail}{notify}");
        // Word for word what the client said, or not at all: nothing was left out on the way.
        let said =
            next.commands("MAIL").into_iter().all(|said| said == format!("MAIL FROM:{mail}"));
        assert!(said, "{:?}", next.commands("MAIL"));
        // What needs nothing of it passes on the next try.
        drop(client);
        Client::letter(gate.address, LETTER).await.expect_code("250");
    }
}

#[tokio::test]
async fn a_recipient_that_needs_what_the_mended_connection_lacks_is_asked_for_later() {
    let next = NextHop::start(Script::offering(ALL)).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut client = Client::recipient(gate.address).await;
    next.drop_idle().await;
    next.offers(&["8BITMIME"]);
    client.ask("RCPT TO:<c@here.example> NOTIFY=NEVER").await.expect_code("451 4.3.2 [");
    // The others stand.
    client.data(LETTER).await.expect_code("250 2.0.0 taken");
    assert_eq!(next.commands("RCPT"), ["RCPT TO:<b@here.example>"; 2]);
}

#[tokio::test]
async fn a_mended_connection_without_bdat_never_hears_bdat() {
    // To such a server the octets of the letter would be commands.
    let letter = b"Subject: x\r\n\r\nRSET\r\nMAIL FROM:<evil@c.example>\r\nQUIT\r\n";
    for (letter, code) in [(&letter[..], "250 2.0.0 taken"), (b"bare\nlf\r\n", "451 4.3.2 [")] {
        let next = NextHop::start(Script::offering(ALL)).await;
        let gate = Setup::to(&[next.upstream()]).observing().start().await;
        let mut client = Client::recipient(gate.address).await;
        next.drop_idle().await;
        next.offers(&["8BITMIME"]);
        client.raw(format!("BDAT {} LAST\r\n", letter.len()).as_bytes()).await;
        client.raw(letter).await;
        client.reply().await.expect_code(code);
        assert!(next.commands("BDAT").is_empty());
        let taken: &[&[u8]] = if code.starts_with('2') { &[letter] } else { &[] };
        assert_eq!(next.messages(), taken);
    }
}

#[tokio::test]
async fn a_mended_connection_that_knows_the_client_by_another_word_gets_nothing() {
    // Behind XCLIENT the next hop's own rules for the client hold, behind XFORWARD they do not.
    let next = NextHop::start(Script::offering(&["XCLIENT ADDR"])).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut client = Client::recipient(gate.address).await;
    next.drop_idle().await;
    next.offers(&["XFORWARD ADDR"]);
    client.data(LETTER).await.expect_code("451 4.3.2");
    assert!(next.messages().is_empty());
}

#[tokio::test]
async fn one_connection_serves_a_session() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    gate.relay.offers().await;
    let before = next.heard().len();
    let mut client = Client::recipient(gate.address).await;
    client.data(LETTER).await.expect_code("250");
    client.ask("MAIL FROM:<c@client.example>").await.expect_code("250");
    client.ask("RSET").await.expect_code("250");
    client.ask("MAIL FROM:<d@client.example>").await.expect_code("250");
    client.ask("RCPT TO:<b@here.example>").await.expect_code("250");
    client.data(LETTER).await.expect_code("250");
    client.ask("QUIT").await.expect_code("221");
    assert_eq!(next.heard().len() - before, 1);
    assert_eq!(next.commands("RSET").len(), 1);
    assert_eq!(next.messages().len(), 2);
    next.left_alone().await;
}

#[tokio::test]
async fn a_next_hop_that_left_during_the_upload_is_asked_once_more() {
    let next = NextHop::start(Script::offering(&["XCLIENT ADDR"])).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut client = Client::recipient(gate.address).await;
    next.drop_idle().await;
    client.data(LETTER).await.expect_code("250 2.0.0 taken");
    assert_eq!(next.messages(), [LETTER]);
    let last = next.heard().pop().unwrap().commands;
    let said: Vec<&str> = last.iter().filter(|l| !l.starts_with('<')).map(|l| &l[..4]).collect();
    assert_eq!(said, ["EHLO", "XCLI", "EHLO", "MAIL", "RCPT", "DATA"]);
}

#[tokio::test]
async fn a_slow_upload_outlives_the_next_hops_patience() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).observing().start().await;
    let mut client = Client::recipient(gate.address).await;
    client.ask("DATA").await.expect_code("354");
    let half = b"a line of a large letter on a slow line\r\n".repeat(20_000);
    client.raw(&half).await;
    next.drop_idle().await;
    client.raw(&half).await;
    client.raw(b".\r\n").await;
    client.reply().await.expect_code("250 2.0.0 taken");
    assert!(next.messages() == [[half.clone(), half].concat()]);
}

#[tokio::test]
async fn five_slow_uploads_to_an_impatient_next_hop_of_five_connections_arrive_once() {
    const MOST: usize = 5;
    let next = NextHop::start(Script::new().at_most(MOST)).await;
    let gate = Setup::to(&[next.upstream()]).observing().start().await;
    gate.relay.offers().await;
    let half = |client: usize| format!("line of client {client}\r\n").repeat(20_000).into_bytes();
    let mut clients = Vec::new();
    for number in 0..MOST {
        let mut client = Client::recipient(gate.address).await;
        client.ask("DATA").await.expect_code("354");
        client.raw(&half(number)).await;
        clients.push(client);
    }
    // All places are taken until it loses patience with everybody at once.
    Client::hello(gate.address).await.ask("MAIL FROM:<>").await.expect_code("451 4.4.1");
    next.drop_idle().await;
    for (number, client) in clients.iter_mut().enumerate() {
        client.raw(&half(number)).await;
        client.raw(b".\r\n").await;
    }
    for client in &mut clients {
        client.reply().await.expect_code("250 2.0.0 taken");
    }
    let mut arrived = next.messages();
    arrived.sort();
    assert!(arrived == (0..MOST).map(|n| half(n).repeat(2)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_next_hop_that_left_between_recipients_is_asked_once_more() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut client = Client::recipient(gate.address).await;
    next.drop_idle().await;
    client.ask("RCPT TO:<c@here.example>").await.expect_code("250");
    client.data(LETTER).await.expect_code("250 2.0.0 taken");
    let last = next.heard().pop().unwrap().commands;
    let rcpts: Vec<_> = last.iter().filter(|line| line.starts_with("RCPT")).collect();
    assert_eq!(rcpts, ["RCPT TO:<b@here.example>", "RCPT TO:<c@here.example>"]);
}

#[tokio::test]
async fn a_next_hop_that_says_421_for_idleness_is_asked_once_more() {
    let next = NextHop::start(Script::new().on("DATA", Act::SayClose("421 4.4.2 idle"))).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    Client::letter(gate.address, LETTER).await.expect_code("250 2.0.0 taken");
    assert_eq!(next.messages(), [LETTER]);
}

#[tokio::test]
async fn another_answer_the_second_time_is_no_delivery() {
    let next = NextHop::start(
        Script::new().on("RCPT", Act::Say("250 2.1.5 yes")).on("RCPT", Act::Say("450 4.2.0 no")),
    )
    .await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut client = Client::recipient(gate.address).await;
    next.drop_idle().await;
    client.data(LETTER).await.expect_code("451 4.4.2");
    assert!(next.messages().is_empty());
}

#[tokio::test]
async fn an_idle_line_between_messages_costs_nothing() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut client = Client::recipient(gate.address).await;
    client.data(LETTER).await.expect_code("250");
    next.drop_idle().await;
    client.ask("MAIL FROM:<>").await.expect_code("250");
    client.ask("RCPT TO:<b@here.example>").await.expect_code("250");
    next.drop_idle().await;
    client.data(LETTER).await.expect_code("250");
    assert_eq!(next.messages().len(), 2);
}
