//! Several next hops: in order, by domain, over LMTP; and a balancer in front.

use super::client::{Client, Code};
use super::gate::Setup;
use super::next_hop::{Act, NextHop, Script};
use congthu::config::Route;
use tokio::net::TcpListener;

const LETTER: &[u8] = b"Subject: x\r\n\r\nbody\r\n";

/// An address where nobody listens.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().to_string()
}

#[tokio::test]
async fn the_second_next_hop_takes_over() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[nobody().await, next.upstream()]).start().await;
    Client::letter(gate.address, LETTER).await.expect_code("250 2.0.0 taken");
    assert_eq!(next.messages(), [LETTER]);
}

#[tokio::test]
async fn a_busy_greeting_is_no_outage_but_the_next_one_is_asked() {
    let busy = Script::new().on("GREETING", Act::Say("220 one.example"));
    let one =
        NextHop::start(busy.on("GREETING", Act::SayClose("421 4.7.0 too many connections"))).await;
    let two = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[one.upstream(), two.upstream()]).start().await;
    Client::letter(gate.address, LETTER).await.expect_code("250");
    assert_eq!(two.messages(), [LETTER]);
    Client::letter(gate.address, LETTER).await.expect_code("250");
    assert_eq!(one.messages(), [LETTER]);
}

#[tokio::test]
async fn a_failover_that_cannot_honour_what_is_used_is_a_451() {
    let one = NextHop::start(Script::offering(&["SMTPUTF8", "8BITMIME"])).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let gate = Setup::to(&[one.upstream(), address.to_string()]).start().await;
    let mut client = Client::connect(gate.address).await;
    assert!(client.ask("EHLO client.example").await.contains("SMTPUTF8"));
    let two = NextHop::listen(TcpListener::bind(address).await.unwrap(), Script::offering(&[]));
    drop(one);
    let mail = "MAIL FROM:<h\u{1ed9}p@client.example> SMTPUTF8";
    client.ask(mail).await.expect_code("451 4.3.2 [");
    client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
    assert_eq!(two.commands("MAIL"), ["MAIL FROM:<a@client.example>"]);
}

#[tokio::test]
async fn domains_go_to_their_servers_one_a_transaction() {
    let usual = NextHop::start(Script::new()).await;
    let other = NextHop::start(Script::new()).await;
    let route =
        Route { domains: vec!["Other.example".to_owned()], upstream: vec![other.upstream()] };
    let gate = Setup::to(&[usual.upstream()]).with(|c| c.smtp.route = vec![route]).start().await;
    let mut client = Client::hello(gate.address).await;
    client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
    client.ask("RCPT TO:<b@sub.other.example>").await.expect_code("250");
    client.ask("RCPT TO:<b@here.example>").await.expect_code("452 4.5.3");
    client.data(LETTER).await.expect_code("250");
    client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
    client.ask("RCPT TO:<b@here.example>").await.expect_code("250");
    client.ask("RCPT TO:<b@other.example>").await.expect_code("452 4.5.3");
    client.data(LETTER).await.expect_code("250");
    assert_eq!(other.commands("RCPT"), ["RCPT TO:<b@sub.other.example>"]);
    assert_eq!(usual.commands("RCPT"), ["RCPT TO:<b@here.example>"]);
    assert_eq!((usual.messages().len(), other.messages().len()), (1, 1));
}

#[tokio::test]
async fn with_routes_a_sender_that_the_next_hop_refuses_is_refused_at_rcpt() {
    let usual = NextHop::start(Script::new().on("MAIL", Act::Say("550 5.7.1 not you"))).await;
    let other = NextHop::start(Script::new()).await;
    let route =
        Route { domains: vec!["other.example".to_owned()], upstream: vec![other.upstream()] };
    let gate = Setup::to(&[usual.upstream()]).with(|c| c.smtp.route = vec![route]).start().await;
    let mut client = Client::hello(gate.address).await;
    client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
    assert_eq!(client.ask("RCPT TO:<b@here.example>").await, "550 5.7.1 not you\r\n");
    client.ask("RCPT TO:<b@other.example>").await.expect_code("250");
    client.data(LETTER).await.expect_code("250");
    assert_eq!(other.messages(), [LETTER]);
}

#[tokio::test]
async fn lmtp_takes_one_recipient_a_transaction() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[format!("lmtp:{}", next.upstream())]).start().await;
    let mut client = Client::recipient(gate.address).await;
    client.ask("RCPT TO:<c@here.example>").await.expect_code("452 4.5.3");
    client.data(LETTER).await.expect_code("250 2.0.0 taken");
    assert_eq!(next.commands("LHLO").last().unwrap(), "LHLO mx.example");
    assert!(next.commands("EHLO").is_empty());
    assert_eq!(next.messages(), [LETTER]);
}

#[tokio::test]
async fn a_gate_before_itself_is_a_configuration_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let setup = Setup::to(std::slice::from_ref(&address)).with(|c| c.smtp.listen = vec![address]);
    let error = setup.try_start().await.err().unwrap();
    assert!(error.contains("loop"), "{error}");
}

const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

#[tokio::test]
async fn a_balancer_tells_whose_connection_it_is() {
    let v4 = [
        V2,
        b"\x21\x11\x00\x0c",
        &[192, 0, 2, 7, 10, 0, 0, 1],
        &4000u16.to_be_bytes(),
        &25u16.to_be_bytes(),
    ]
    .concat();
    let local = [V2, b"\x20\x00\x00\x00"].concat();
    let cases: [(&[u8], &str); 5] = [
        (b"PROXY TCP4 192.0.2.7 10.0.0.1 4000 25\r\n", "192.0.2.7"),
        (b"PROXY TCP6 2001:db8::7 ::1 4000 25\r\n", "IPV6:2001:db8::7"),
        (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
        (&v4, "192.0.2.7"),
        (&local, "127.0.0.1"),
    ];
    for (header, ip) in cases {
        let next = NextHop::start(Script::offering(&["XCLIENT ADDR"])).await;
        let trusted = vec!["127.0.0.1".to_owned()];
        let gate = Setup::to(&[next.upstream()]).with(|c| c.smtp.trusted = trusted).start().await;
        let mut client = Client::connect(gate.address).await;
        for byte in header {
            client.raw(&[*byte]).await;
        }
        client.ask("EHLO client.example").await.expect_code("250");
        client.ask("MAIL FROM:<>").await.expect_code("250");
        assert_eq!(next.commands("XCLIENT"), [format!("XCLIENT ADDR={ip}")]);
        // The balancer is trusted, its clients are not.
        let spoken_for = ip != "127.0.0.1";
        client.ask("RSET").await.expect_code("250");
        let code = if spoken_for { "550" } else { "220" };
        client.ask("XCLIENT ADDR=198.51.100.1").await.expect_code(code);
    }
}

#[tokio::test]
async fn a_stranger_is_no_balancer_and_a_broken_header_no_client() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut client = Client::connect(gate.address).await;
    client.ask("PROXY TCP4 192.0.2.7 10.0.0.1 4000 25").await.expect_code("500");

    let trusted = vec!["127.0.0.1".to_owned()];
    let gate = Setup::to(&[next.upstream()]).with(|c| c.smtp.trusted = trusted).start().await;
    for broken in ["PROXY TCP4 nonsense\r\n".to_owned(), format!("PROXY {}", "x".repeat(200))] {
        let mut client = Client::connect(gate.address).await;
        client.raw(broken.as_bytes()).await;
        assert!(client.is_closed().await);
    }
}

#[tokio::test]
async fn clients_behind_a_balancer_are_counted_by_their_own_address() {
    let next = NextHop::start(Script::new()).await;
    let setup = Setup::to(&[next.upstream()]).with(|c| {
        c.smtp.trusted = vec!["127.0.0.1".to_owned()];
        c.limits.per_client = 1;
    });
    let gate = setup.start().await;
    let mut open = Vec::new();
    // One /64 is one client.
    for (ip, code) in
        [("2001:db8::1", "250"), ("2001:db8::ffff:2", "421 4.3.2"), ("2001:db8:1::1", "250")]
    {
        let mut client = Client::connect(gate.address).await;
        client.raw(format!("PROXY TCP6 {ip} ::1 4000 25\r\n").as_bytes()).await;
        client.raw(b"EHLO client.example\r\n").await;
        client.reply().await.expect_code(code);
        open.push(client);
    }
}
