//! Postfix as it is used here, with a stand-in for the filter: what it adds, what it keeps.

use super::support::{Client, Deliver, Postfix, Sink, eventually, letter_with};

/// A letter with what a transport must not touch: dots, trailing blanks, eight bits.
fn letter() -> Vec<u8> {
    let mut mail = letter_with(&[0; 200_000]);
    mail.extend_from_slice("..two dots\r\n.\tone\r\nblank \r\nĐường về\r\n".as_bytes());
    mail
}

fn send(port: u16, to: &str) -> String {
    let (mut client, greeting) = Client::connect(port);
    assert!(greeting.starts_with("220 mx.tiengiang.gov.vn"), "{greeting}");
    assert!(client.say("EHLO mx.mail.example").contains("8BITMIME"));
    let reply = client.letter("nguoigui@mail.example", &[to], &letter());
    assert!(client.say("QUIT").starts_with("221"));
    reply
}

#[test]
fn a_real_postfix_delivers_into_a_maildir_and_relays_for_nobody() {
    let Some(postfix) = Postfix::start(Deliver::Maildir, None, "") else { return };
    for port in [postfix.front, postfix.back] {
        assert!(send(port, "vanthu@tiengiang.gov.vn").starts_with("250 2.0.0"));
        let refused = send(port, "ai@elsewhere.example");
        assert!(refused.starts_with("554 5.7.1"), "{refused}");
    }
    let mails = eventually("two letters", || Some(postfix.maildir()).filter(|m| m.len() == 2));
    // Postfix keeps mail with LF line ends, below the lines that it prepends.
    let sent = String::from_utf8(letter()).unwrap().replace("\r\n", "\n");
    for mail in mails {
        assert!(mail.ends_with(sent.as_bytes()), "{}", String::from_utf8_lossy(&mail));
    }
}

#[test]
fn a_real_postfix_asks_a_filter_before_it_queues() {
    let filter = Sink::answering(|command| match command {
        "RCPT TO:<KHOA@TIENGIANG.GOV.VN>" => Some("550 5.2.1 locked"),
        _ => None,
    });
    let port = filter.port;
    let Some(postfix) = Postfix::start(Deliver::Maildir, Some(port), "") else { return };
    let reply = send(postfix.front, "vanthu@tiengiang.gov.vn");
    assert_eq!(reply, "250 taken", "the filter's own reply is passed on");
    assert_eq!(send(postfix.front, "khoa@tiengiang.gov.vn"), "550 5.2.1 locked");
    let [taken] = &filter.taken()[..] else { panic!("{:?}", filter.taken()) };
    assert!(taken.commands[0].starts_with("EHLO "), "{:?}", taken.commands);
    assert!(taken.commands.contains(&"RCPT TO:<vanthu@tiengiang.gov.vn>".to_owned()));
    // In front of a filter Postfix prepends its Received line, and changes nothing below.
    assert!(taken.bytes.starts_with(b"Received: from mx.mail.example "));
    assert!(taken.bytes.ends_with(&letter()));
    assert_eq!(postfix.maildir().len(), 0, "a filter that keeps the letter ends its way");
}

#[test]
fn a_real_postfix_relays_to_a_server_behind() {
    let sink = Sink::start();
    let Some(postfix) = Postfix::start(Deliver::Smtp(sink.port), None, "") else { return };
    let (mut client, _) = Client::connect(postfix.back);
    let offered = client.say("EHLO gate.mail.example");
    assert!(offered.contains("XCLIENT") && offered.contains("XFORWARD"), "{offered}");
    let believed = client.say("XCLIENT ADDR=192.0.2.7 NAME=mx.mail.example HELO=mx.mail.example");
    assert!(believed.starts_with("220"), "{believed}");
    client.say("EHLO gate.mail.example");
    let reply = client.letter("", &["vanthu@tiengiang.gov.vn"], &letter());
    assert!(reply.starts_with("250 2.0.0"), "{reply}");
    let taken = eventually("the letter", || sink.taken().pop());
    assert!(taken.commands.iter().any(|command| command.starts_with("MAIL FROM:<>")));
    assert!(taken.bytes.ends_with(&letter()));
    assert!(String::from_utf8_lossy(&taken.bytes).contains("[192.0.2.7]"), "the client's address");
}
