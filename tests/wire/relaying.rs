//! Towards the next hop: the client's own words, its replies back, and what happens when it goes.

use super::client::{Client, Code};
use super::gate::Setup;
use super::next_hop::{Act, NextHop, Script};
use tokio::net::TcpListener;

const LETTER: &[u8] = b"Subject: x\r\n\r\nbody\r\n";

#[tokio::test]
async fn what_is_offered_is_what_all_next_hops_offer() {
    let one =
        NextHop::start(Script::offering(&["SIZE 5000", "8BITMIME", "DSN", "AUTH PLAIN", "XOORG"]))
            .await;
    let two =
        NextHop::start(Script::offering(&["SIZE 9000", "8BITMIME", "CHUNKING", "STARTTLS"])).await;
    let gate = Setup::to(&[one.upstream(), two.upstream()]).start().await;
    let mut client = Client::connect(gate.address).await;
    let offered = client.ask("EHLO client.example").await;
    assert_eq!(
        offered,
        "250-mx.example\r\n250-SIZE 5000\r\n250-8BITMIME\r\n250 LIMITS RCPTDOMAINMAX=1\r\n"
    );
}

#[tokio::test]
async fn words_go_and_replies_come_back_verbatim() {
    let script = Script::new()
        .on("MAIL", Act::Say("250 2.1.0 Sender <a> noted"))
        .on("RCPT", Act::Say("550 5.1.1 <x@here.example>: nobody\n".trim_end()))
        .on("RCPT", Act::Say("250 2.1.5 There"))
        .on("DOT", Act::Say("250-2.0.0 Ok:\n250 2.0.0 queued as 4XYZ"));
    let next = NextHop::start(script).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut client = Client::hello(gate.address).await;
    let mail = "MAIL FROM:<\"A b\"@Client.Example> SIZE=100 BODY=8BITMIME RET=HDRS ENVID=x+2By";
    assert_eq!(client.ask(mail).await, "250 2.1.0 Sender <a> noted\r\n");
    let refused = client.ask("RCPT TO:<x@here.example>").await;
    assert_eq!(refused, "550 5.1.1 <x@here.example>: nobody\r\n");
    let rcpt = "RCPT TO:<@route.example:B@Here.Example> NOTIFY=NEVER ORCPT=rfc822;B@Here.Example";
    assert_eq!(client.ask(rcpt).await, "250 2.1.5 There\r\n");
    let reply = client.data(LETTER).await;
    assert_eq!(reply, "250-2.0.0 Ok:\r\n250 2.0.0 queued as 4XYZ\r\n");
    assert_eq!(next.commands("MAIL"), [mail]);
    let passed = "RCPT TO:<B@Here.Example> NOTIFY=NEVER ORCPT=rfc822;B@Here.Example";
    assert_eq!(next.commands("RCPT"), ["RCPT TO:<x@here.example>", passed]);
}

#[tokio::test]
async fn xclient_introduces_the_client_and_ehlo_is_said_again() {
    let next =
        NextHop::start(Script::offering(&["XCLIENT NAME ADDR PROTO HELO", "XFORWARD NAME ADDR"]))
            .await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    gate.relay.offers().await;
    Client::letter(gate.address, LETTER).await.expect_code("250");
    let heard = next.heard().pop().unwrap().commands;
    let said: Vec<&String> = heard.iter().filter(|line| !line.starts_with('<')).take(3).collect();
    assert_eq!(said[0], "EHLO mx.example");
    assert_eq!(
        said[1],
        "XCLIENT NAME=[TEMPUNAVAIL] ADDR=127.0.0.1 PROTO=ESMTP HELO=client.example"
    );
    assert_eq!(said[2], "EHLO client.example");
    assert!(next.commands("XFORWARD").is_empty());
}

#[tokio::test]
async fn xforward_is_the_second_choice_and_a_trace_line_the_third() {
    let next = NextHop::start(Script::offering(&["XFORWARD NAME ADDR PROTO HELO SOURCE"])).await;
    let gate = Setup::to(&[next.upstream()]).with(|c| c.smtp.received = true).start().await;
    Client::letter(gate.address, LETTER).await.expect_code("250");
    let forward =
        "XFORWARD NAME=[TEMPUNAVAIL] ADDR=127.0.0.1 PROTO=ESMTP HELO=client.example SOURCE=REMOTE";
    assert_eq!(next.commands("XFORWARD"), [forward]);
    assert_eq!(next.messages(), [LETTER]);

    // Behind one that takes several commands at once it goes out with MAIL, and a 421 to it is
    // the end of both.
    let ehlo = &["XFORWARD ADDR", "PIPELINING"];
    let script = Script::offering(ehlo).on("XFORWARD", Act::SayClose("421 4.3.2 going down"));
    let next = NextHop::start(script).await;
    let gate = Setup::to(&[next.upstream()]).with(|c| c.smtp.received = true).start().await;
    let mut client = Client::hello(gate.address).await;
    client.ask("MAIL FROM:<>").await.expect_code("421 4.3.2 going down");
    Client::letter(gate.address, LETTER).await.expect_code("250");
    assert_eq!(next.messages(), [LETTER]);

    let plain = NextHop::start(Script::offering(&[])).await;
    let gate = Setup::to(&[plain.upstream()]).with(|c| c.smtp.received = true).start().await;
    Client::letter(gate.address, LETTER).await.expect_code("250");
    let message = String::from_utf8(plain.messages().remove(0)).unwrap();
    let trace = message.strip_suffix(std::str::from_utf8(LETTER).unwrap()).unwrap();
    assert!(trace.starts_with("Received: from client.example (unknown [127.0.0.1])\r\n\tby mx.example (congthu) with ESMTP id "), "{trace}");
    assert!(trace.ends_with("\r\n") && trace.lines().all(|line| line.len() < 78));
}

#[tokio::test]
async fn an_introduction_that_is_refused_makes_room_for_the_next_one() {
    let refused = Act::Say("550 5.7.0 not from you");
    let both = &["XCLIENT ADDR", "XFORWARD ADDR"];
    let next = NextHop::start(Script::offering(both).on("XCLIENT", refused.clone())).await;
    let gate = Setup::to(&[next.upstream()]).with(|c| c.smtp.received = true).start().await;
    Client::letter(gate.address, LETTER).await.expect_code("250");
    assert_eq!(next.commands("XFORWARD"), ["XFORWARD ADDR=127.0.0.1"]);
    assert_eq!(next.messages(), [LETTER]);

    let offers: [(&str, &[&str]); 3] = [
        ("XCLIENT", &["XCLIENT ADDR"]),
        ("XFORWARD", &["XFORWARD ADDR"]),
        ("XFORWARD", &["XFORWARD ADDR", "PIPELINING"]),
    ];
    for (verb, ehlo) in offers {
        let next = NextHop::start(Script::offering(ehlo).on(verb, refused.clone())).await;
        let gate = Setup::to(&[next.upstream()]).with(|c| c.smtp.received = true).start().await;
        Client::letter(gate.address, LETTER).await.expect_code("250");
        let message = next.messages().remove(0);
        assert!(message.starts_with(b"Received: from client.example"), "{verb}");
        assert!(message.ends_with(LETTER), "{verb}");
    }
}

#[tokio::test]
async fn answers_at_every_step_are_passed_on() {
    let steps = [
        ("MAIL", "451 4.3.0 not now"),
        ("MAIL", "550 5.7.1 not you"),
        ("RCPT", "452 4.2.2 full"),
        ("RCPT", "550 5.1.1 nobody"),
        ("DATA", "451 4.3.0 not now"),
        ("DATA", "554 5.7.0 no"),
        ("DOT", "451 4.3.0 not now"),
        ("DOT", "552 5.2.3 too large for me"),
    ];
    for (verb, answer) in steps {
        let next = NextHop::start(Script::new().on(verb, Act::Say(answer))).await;
        let gate = Setup::to(&[next.upstream()]).start().await;
        let mut client = Client::hello(gate.address).await;
        let mut replies = vec![client.ask("MAIL FROM:<a@client.example>").await];
        if verb != "MAIL" {
            replies.push(client.ask("RCPT TO:<b@here.example>").await);
        }
        if verb == "DATA" || verb == "DOT" {
            replies.push(client.data(LETTER).await);
        }
        assert_eq!(replies.pop().unwrap(), format!("{answer}\r\n"), "{verb}");
        assert!(next.messages().is_empty());
        // The session goes on with another message.
        client.ask("RSET").await.expect_code("250");
        client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
    }
}

#[tokio::test]
async fn a_421_is_passed_on_once_and_ends_the_session() {
    let script = Script::new().on("MAIL", Act::SayClose("421 4.3.2 going down"));
    let next = NextHop::start(script).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut client = Client::hello(gate.address).await;
    assert_eq!(client.ask("MAIL FROM:<>").await, "421 4.3.2 going down\r\n");
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn after_the_final_dot_nothing_is_tried_again() {
    for act in [Act::Close, Act::SayClose("what?")] {
        let next = NextHop::start(Script::new().on("DOT", act)).await;
        let gate = Setup::to(&[next.upstream(), next.upstream()]).start().await;
        Client::letter(gate.address, LETTER).await.expect_code("451 4.4.2");
        assert_eq!(next.commands("DATA").len(), 1);
    }
}

#[tokio::test]
async fn silence_after_the_final_dot_ends_before_the_senders_patience() {
    let next = NextHop::start(Script::new().on("DOT", Act::Silence)).await;
    let setup = Setup::to(&[next.upstream()]);
    let gate = setup.in_times(|t| t.answer = std::time::Duration::from_millis(300)).start().await;
    Client::letter(gate.address, LETTER).await.expect_code("451 4.4.2");
    assert_eq!(next.commands("DATA").len(), 1);
}

#[tokio::test]
async fn no_final_dot_goes_out_when_too_little_patience_is_left() {
    let next = NextHop::start(Script::new()).await;
    let setup = Setup::to(&[next.upstream()]);
    let gate = setup.in_times(|t| t.dot = std::time::Duration::ZERO).start().await;
    Client::letter(gate.address, LETTER).await.expect_code("451 4.4.2");
    next.left_alone().await;
    assert!(next.messages().is_empty());
}

#[tokio::test]
async fn silence_at_a_step_is_a_4xx() {
    for verb in ["GREETING", "EHLO", "MAIL", "RCPT", "DATA"] {
        // Learnt first, so that the silence falls into the session.
        let next = NextHop::start(Script::new()).await;
        let port = next.address;
        let setup = Setup::to(&[next.upstream()]);
        let gate =
            setup.in_times(|t| t.command = std::time::Duration::from_millis(200)).start().await;
        gate.relay.offers().await;
        next.left_alone().await;
        drop(next);
        let listener = loop {
            match TcpListener::bind(port).await {
                Ok(listener) => break listener,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        let mut script = Script::new();
        for _ in 0..4 {
            script = script.on(verb, Act::Silence);
        }
        let next = NextHop::listen(listener, script);
        let mut client = Client::hello(gate.address).await;
        let mut reply = client.ask("MAIL FROM:<a@client.example>").await;
        if reply.starts_with("250") {
            reply = client.ask("RCPT TO:<b@here.example>").await;
        }
        if reply.starts_with("250") {
            reply = client.data(LETTER).await;
        }
        reply.expect_code("451 4.4.");
        assert!(next.messages().is_empty());
    }
}

#[tokio::test]
async fn mail_that_loops_back_is_told_so() {
    let script = Script::new().on("GREETING", Act::Say("220 next.example ESMTP"));
    let next = NextHop::start(script.on("GREETING", Act::Say("220 MX.Example ESMTP"))).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut client = Client::hello(gate.address).await;
    client.ask("MAIL FROM:<>").await.expect_code("451 4.4.6 [");
    assert!(next.commands("MAIL").is_empty());
}

#[tokio::test]
async fn fifty_hops_are_a_loop() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let letter = |hops: usize| [b"Received: x\r\n".repeat(hops), LETTER.to_vec()].concat();
    Client::letter(gate.address, &letter(49)).await.expect_code("250");
    Client::letter(gate.address, &letter(50)).await.expect_code("554 5.4.6");
    assert_eq!(next.messages().len(), 1);
}

#[tokio::test]
async fn with_no_next_hop_the_sender_may_try_its_next_mx() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let gate = Setup::to(&[address.to_string()]).start().await;
    gate.relay.probe().await;
    let mut client = Client::connect(gate.address).await;
    client.greeting.expect_code("421 4.3.2");
    assert!(client.is_closed().await);
    // It comes back, and is noticed.
    let next = NextHop::listen(TcpListener::bind(address).await.unwrap(), Script::new());
    gate.relay.probe().await;
    Client::letter(gate.address, LETTER).await.expect_code("250 2.0.0 taken");
    assert_eq!(next.messages(), [LETTER]);
}

#[tokio::test]
async fn a_next_hop_that_comes_up_after_the_gate_gets_mail_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let hour = std::time::Duration::from_secs(3600);
    let gate = Setup::to(&[address.to_string()]).in_times(|t| t.probe = hour).start().await;
    assert!(gate.relay.is_down());
    let next = NextHop::listen(TcpListener::bind(address).await.unwrap(), Script::new());
    let (_running, gate) = (&gate, gate.address);
    // Nobody probes but for the client that has just come.
    let clients: Vec<_> =
        (0..20).map(|_| tokio::spawn(async move { Client::letter(gate, LETTER).await })).collect();
    for client in clients {
        client.await.unwrap().expect_code("250 2.0.0 taken");
    }
    assert_eq!(next.messages().len(), 20);
}
