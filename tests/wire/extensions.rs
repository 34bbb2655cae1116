//! CHUNKING, SMTPUTF8, 8BITMIME, DSN: offered when the next hop does, and passed on whole.

use super::client::{Client, Code};
use super::gate::Setup;
use super::next_hop::{NextHop, Script};

const CHUNKING: &[&str] = &["SIZE 100000000", "PIPELINING", "8BITMIME", "CHUNKING", "BINARYMIME"];

async fn chunks(client: &mut Client, pieces: &[&[u8]]) -> String {
    let last = pieces.len() - 1;
    for (at, piece) in pieces.iter().enumerate() {
        let end = if at == last { " LAST" } else { "" };
        client.raw(format!("BDAT {}{end}\r\n", piece.len()).as_bytes()).await;
        client.raw(piece).await;
        if at < last {
            client.reply().await.expect_code("250");
        }
    }
    client.reply().await
}

#[tokio::test]
async fn what_comes_by_bdat_leaves_by_bdat_byte_for_byte() {
    let next = NextHop::start(Script::offering(CHUNKING)).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut client = Client::connect(gate.address).await;
    let offered = client.ask("EHLO client.example").await;
    assert!(offered.contains("CHUNKING") && !offered.contains("BINARYMIME"), "{offered}");
    client.ask("MAIL FROM:<a@client.example> BODY=8BITMIME").await.expect_code("250");
    client.ask("RCPT TO:<b@here.example>").await.expect_code("250");
    // No stuffing, no line end added, and the bare LF that Microsoft 365 sends so.
    let pieces: [&[u8]; 3] = [b".\r\nbare\nlf", b"\r\n.\r", b"\n..no end"];
    chunks(&mut client, &pieces).await.expect_code("250");
    assert_eq!(next.messages(), [pieces.concat()]);
    assert!(next.commands("DATA").is_empty());
}

#[tokio::test]
async fn a_bare_line_feed_never_comes_by_bdat_and_leaves_by_data() {
    // The next hop offered CHUNKING when it was asked, and does so no longer.
    let next = NextHop::start(Script::offering(CHUNKING)).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut client = Client::hello(gate.address).await;
    next.offers(&["8BITMIME"]);
    for (piece, code) in [(&b"bare\nlf\r\n"[..], "451 4.3.2 ["), (b"proper\r\nno end", "250")] {
        client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
        client.ask("RCPT TO:<b@here.example>").await.expect_code("250");
        chunks(&mut client, &[piece]).await.expect_code(code);
    }
    assert_eq!(next.messages(), [b"proper\r\nno end\r\n"]);
}

#[tokio::test]
async fn a_next_hop_that_left_before_bdat_is_asked_once_more() {
    let next = NextHop::start(Script::offering(CHUNKING)).await;
    let gate = Setup::to(&[next.upstream()]).observing().start().await;
    let mut client = Client::recipient(gate.address).await;
    next.drop_idle().await;
    chunks(&mut client, &[b"x\r\n"]).await.expect_code("250");
    assert_eq!(next.messages(), [b"x\r\n"]);
}

#[tokio::test]
async fn an_international_letter_keeps_its_addresses() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut client = Client::hello(gate.address).await;
    let mail = "MAIL FROM:<hộp.thư@tỉnh.example> SMTPUTF8 BODY=8BITMIME";
    client.ask(mail).await.expect_code("250");
    let rcpt = "RCPT TO:<người.nhận@here.example> NOTIFY=SUCCESS,DELAY";
    client.ask(rcpt).await.expect_code("250");
    client.data("Subject: thư\r\n\r\nchữ\r\n".as_bytes()).await.expect_code("250");
    assert_eq!(
        (next.commands("MAIL"), next.commands("RCPT")),
        (vec![mail.to_owned()], vec![rcpt.to_owned()])
    );
}

#[tokio::test]
async fn a_trickling_sender_is_sent_away_and_a_slow_one_is_not() {
    let next = NextHop::start(Script::new()).await;
    let setup = Setup::to(&[next.upstream()]).with(|c| {
        (c.limits.rate_seconds, c.limits.minimum_rate) = (1, 1000);
    });
    let gate = setup.start().await;
    let mut client = Client::recipient(gate.address).await;
    client.ask("DATA").await.expect_code("354");
    client.raw(b"x").await;
    client.reply().await.expect_code("421 4.4.2 The message comes too slowly");
    assert!(client.is_closed().await);

    let setup = Setup::to(&[next.upstream()]).with(|c| {
        (c.limits.rate_seconds, c.limits.minimum_rate) = (0, 1000);
    });
    let gate = setup.start().await;
    Client::letter(gate.address, b"x\r\n").await.expect_code("250");
}
