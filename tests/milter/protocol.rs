//! The protocol by itself: what is asked for, what goes out, and the bytes that come together.

use super::mta::{self, ACTIONS, STEPS};
use bytes::BytesMut;
use congthu::milter::{Fault, PACKET, Response, Session, Step, Wanted};
use proptest::prelude::*;

const HOLD: Wanted = Wanted { hold: true };

fn packet(command: u8, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len() + 1).unwrap();
    [&length.to_be_bytes(), &[command][..], data].concat()
}

fn offer(version: u32, actions: u32, steps: u32) -> Vec<u8> {
    let words: Vec<u8> = [version, actions, steps].iter().flat_map(|w| w.to_be_bytes()).collect();
    packet(b'O', &words)
}

fn step(session: &mut Session, bytes: &[u8]) -> Step {
    session.next(&mut BytesMut::from(bytes))
}

/// The answer to an offer: its three words, and what is behind them.
fn answer(wanted: Wanted, version: u32, actions: u32, steps: u32) -> ([u32; 3], Vec<u8>) {
    let mut session = Session::new(wanted);
    let said = step(&mut session, &offer(version, actions, steps));
    let Step::Say(response) = said else { panic!("{said:?}") };
    let mut out = Vec::new();
    response.write(&session.agreed(), &mut out);
    let word = |at: usize| u32::from_be_bytes(out[at..at + 4].try_into().unwrap());
    assert_eq!((word(0) as usize, out[4]), (out.len() - 4, b'O'));
    ([word(5), word(9), word(13)], out[17..].to_vec())
}

fn agreed(steps: u32) -> Session {
    let mut session = Session::new(HOLD);
    assert!(matches!(step(&mut session, &offer(6, ACTIONS, steps)), Step::Say(_)));
    session
}

#[test]
fn only_what_is_needed_and_offered_is_asked_for() {
    // Inserting a header field, holding, naming macros; no replies but to RCPT, DATA and body.
    assert_eq!(answer(HOLD, 6, ACTIONS, STEPS).0, [6, 0x121, 0x16_7580]);
    assert_eq!(answer(Wanted::default(), 6, ACTIONS, STEPS).0, [6, 0x101, 0x16_7580]);
    assert_eq!(answer(HOLD, 7, u32::MAX, u32::MAX).0, [6, 0x121, 0x16_7580]);
    assert_eq!(answer(HOLD, 2, 0x3f, 0x7f), ([2, 0x21, 0], Vec::new()));
    assert_eq!(answer(HOLD, 6, 0, 0), ([6, 0, 0], Vec::new()));
    let macros = answer(HOLD, 6, ACTIONS, STEPS).1;
    assert!(macros.starts_with(b"\0\0\0\0j {daemon_name} {client_addr}\0\0\0\0\x01"), "{macros:?}");
    assert!(macros.ends_with(b"\0\0\0\x05i\0"), "{macros:?}");
}

#[test]
fn a_server_that_waits_for_every_answer_gets_every_answer() {
    let mut session = agreed(0);
    for (command, data) in [(b'C', &b"x\0U"[..]), (b'H', b"x\0"), (b'U', b"FOO\0")] {
        assert_eq!(step(&mut session, &packet(command, data)), Step::Say(Response::Continue));
    }
    for (command, data) in [
        (b'M', &b"<a@x.example>\0"[..]),
        (b'R', b"<b@x.example>\0"),
        (b'T', b""),
        (b'L', b"a\0b\0"),
        (b'N', b""),
        (b'B', b"x"),
        (b'E', b""),
    ] {
        let asked = step(&mut session, &packet(command, data));
        assert!(!matches!(asked, Step::Read | Step::Garbage(_)), "{asked:?}");
        assert_eq!(session.answer(Response::Continue), Some(Response::Continue), "{command}");
    }
}

#[test]
fn an_older_server_tells_neither_of_data_nor_of_the_space_before_a_value() {
    let mut session = agreed(0);
    let mut content = Vec::new();
    for (command, data) in [
        (b'M', &b"<a@x.example>\0"[..]),
        (b'R', b"<b@x.example>\0"),
        (b'L', b"Subject\0x\0"),
        (b'L', b"X-Tab\0\ty\0"),
        (b'B', b"body\r\n"),
        (b'E', b"end\r\n"),
    ] {
        let mut input = BytesMut::from(&packet(command, data)[..]);
        let mut steps = Vec::new();
        loop {
            match session.next(&mut input) {
                Step::Read => break,
                Step::Content(bytes) => content.extend_from_slice(&bytes),
                step => steps.push(step),
            }
            session.answer(Response::Continue);
        }
        assert_eq!(steps.contains(&Step::Begin), content.len() == 12, "{steps:?}");
        assert_eq!(steps.contains(&Step::End), command == b'E', "{steps:?}");
    }
    assert_eq!(content, b"Subject: x\r\nX-Tab:\ty\r\n\r\nbody\r\nend\r\n");
}

#[test]
fn skip_answers_a_piece_of_the_body_and_nothing_else() {
    for (steps, skipped) in [(STEPS, Response::Skip), (STEPS & !0x400, Response::Continue)] {
        let mut session = agreed(steps & !0x4_0080);
        step(&mut session, &packet(b'M', b"<>\0"));
        step(&mut session, &packet(b'T', b""));
        for (command, data, said) in [
            (b'L', &b"a\0 b\0"[..], Response::Continue),
            (b'N', b"", Response::Continue),
            (b'B', b"x", skipped),
        ] {
            assert!(matches!(step(&mut session, &packet(command, data)), Step::Content(_)));
            assert_eq!(session.answer_content(false), Some(said), "{command}");
        }
    }
}

#[test]
fn what_cannot_be_understood_is_told_apart() {
    let told = |bytes: &[u8]| match step(&mut Session::new(HOLD), bytes) {
        Step::Garbage(fault) => fault,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        told(b"GET / HTTP/1.1\r\n").to_string(),
        "this is no milter client, it begins with `GET `"
    );
    assert_eq!(told(b"\0\0\0\0"), Fault::Length([0; 4]));
    assert_eq!(told(&[0xff; 5]), Fault::Length([0xff; 4]));
    let most = u32::try_from(PACKET).unwrap();
    assert_eq!(step(&mut Session::new(HOLD), &most.to_be_bytes()), Step::Read);
    assert_eq!(told(&(most + 1).to_be_bytes()), Fault::Length((most + 1).to_be_bytes()));
    assert_eq!(told(&packet(b'M', b"<>\0")), Fault::Order(b'M'));
    assert_eq!(told(&offer(1, 0, 0)), Fault::Version(1));
    assert_eq!(told(&packet(b'O', b"short")), Fault::Malformed(b'O'));
    assert_eq!(told(&[offer(6, 0, 0), packet(b'?', b"")].concat()[17..]), Fault::Unknown(b'?'));
}

/// A command and its data.
type Told = (u8, &'static [u8]);

#[test]
fn commands_come_in_their_order() {
    const MAIL: Told = (b'M', b"<>\0");
    const RCPT: Told = (b'R', b"<a@x.example>\0");
    const DATA: Told = (b'T', b"");
    const FIELD: Told = (b'L', b"a\0b\0");
    const EOH: Told = (b'N', b"");
    const BODY: Told = (b'B', b"x");
    const EOB: Told = (b'E', b"");
    for (commands, wrong) in [
        (vec![RCPT], b'R'),
        (vec![DATA], b'T'),
        (vec![FIELD], b'L'),
        (vec![EOH], b'N'),
        (vec![BODY], b'B'),
        (vec![EOB], b'E'),
        (vec![MAIL, DATA, DATA], b'T'),
        (vec![MAIL, DATA, RCPT], b'R'),
        (vec![MAIL, EOH, FIELD], b'L'),
        (vec![MAIL, EOH, EOH], b'N'),
        (vec![MAIL, BODY, FIELD], b'L'),
        (vec![MAIL, BODY, EOB, BODY], b'B'),
        (vec![MAIL, DATA, (b'A', b""), BODY], b'B'),
        (vec![MAIL, DATA, (b'K', b""), BODY], b'B'),
        (vec![MAIL, (b'O', &[0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0])], b'O'),
    ] {
        let mut session = agreed(STEPS);
        let bytes: Vec<u8> = commands.iter().flat_map(|(c, d)| packet(*c, d)).collect();
        let mut input = BytesMut::from(&bytes[..]);
        let fault = loop {
            match session.next(&mut input) {
                Step::Garbage(fault) => break fault,
                Step::Read => panic!("{commands:?} is taken"),
                _ => drop(session.answer(Response::Continue)),
            }
        };
        assert_eq!(fault, Fault::Order(wrong), "{commands:?}");
    }
}

#[test]
fn an_envelope_has_an_end() {
    let mut session = agreed(STEPS);
    step(&mut session, &packet(b'M', b"<>\0"));
    let path = [vec![b'a'; PACKET - 2], vec![0]].concat();
    let mut count = 0;
    while !matches!(step(&mut session, &packet(b'R', &path)), Step::Garbage(Fault::Envelope)) {
        count += 1;
        assert!(count < 10, "{count} MB of recipients");
    }
}

#[test]
fn macros_are_of_their_message() {
    let mut session = agreed(STEPS);
    let tell = |session: &mut Session, command: u8, data: &[u8]| {
        step(session, &packet(command, data));
        session.answer(Response::Continue);
    };
    tell(&mut session, b'D', b"Cj\0mx.example\0{daemon_name}\0smtpd\0_\0x\0");
    tell(&mut session, b'D', b"M{auth_type}\0PLAIN\0i\x004XyZ\0");
    tell(&mut session, b'M', b"<>\0");
    assert!(session.macros().is_authenticated());
    assert_eq!(session.macros().get("daemon_name"), Some("smtpd"));
    assert_eq!(session.macros().get("_"), None, "not asked for");
    tell(&mut session, b'E', b"");
    while step(&mut session, b"") != Step::Read {
        session.answer(Response::Continue);
    }
    assert!(!session.macros().is_authenticated(), "the next message has its own");
    assert_eq!(session.macros().queue_id(), None);
    tell(&mut session, b'D', b"M{auth_type}\0PLAIN\0");
    tell(&mut session, b'D', b"Mi\x005XyZ\0");
    assert!(!session.macros().is_authenticated(), "told anew for each MAIL");
    tell(&mut session, b'K', b"");
    assert_eq!(session.macros().get("daemon_name"), None, "the next client has its own");
}

#[test]
fn clients_have_addresses_of_many_kinds() {
    for (data, ip, smtp) in [
        (&b"mx.example\x004\x10\xe1192.0.2.7\0"[..], Some("192.0.2.7"), true),
        (b"mx.example\x006\x10\xe12001:db8::7\0", Some("2001:db8::7"), true),
        (b"mx.example\x006\x10\xe1IPv6:2001:db8::7\0", Some("2001:db8::7"), true),
        (b"mx.example\x006\x10\xe1IPv6:::ffff:192.0.2.7\0", Some("192.0.2.7"), true),
        (b"localhost\x004\0\x00127.0.0.1\0", Some("127.0.0.1"), false),
        (b"localhost\0L\0\0/run/x.sock\0", None, false),
        (b"localhost\0U", None, false),
    ] {
        let mut session = agreed(STEPS);
        assert_eq!(step(&mut session, &packet(b'C', data)), Step::Read);
        assert_eq!(session.client().ip, ip.map(|ip| ip.parse().unwrap()), "{data:?}");
        assert_eq!(session.is_smtp(), smtp, "{data:?}");
    }
    let mut session = agreed(STEPS);
    step(&mut session, &packet(b'D', b"C{client_addr}\x00198.51.100.4\0"));
    step(&mut session, &packet(b'C', b"unknown\0U"));
    assert_eq!(session.client().ip, "198.51.100.4".parse().ok());
    assert_eq!(session.client().name, None);
}

fn sent(response: &Response, steps: u32) -> Vec<u8> {
    let mut out = Vec::new();
    response.write(&agreed(steps).agreed(), &mut out);
    out
}

#[test]
fn responses_go_out_as_libmilter_has_them() {
    for (response, bytes) in [
        (Response::Continue, &b"\0\0\0\x01c"[..]),
        (Response::Accept, b"\0\0\0\x01a"),
        (Response::Discard, b"\0\0\0\x01d"),
        (Response::Tempfail, b"\0\0\0\x01t"),
        (Response::Skip, b"\0\0\0\x01s"),
        (Response::Progress, b"\0\0\0\x01p"),
        (Response::Hold("x\0y".to_owned()), b"\0\0\0\x04qxy\0"),
        (Response::Insert("X-A", " b\r\n c".to_owned()), b"\0\0\0\x0fi\0\0\0\0X-A\0 b\n c\0"),
        (
            Response::reply(b"550-5.7.1 a 5%\r\n550 5.7.1 b\r\n"),
            b"\0\0\0\x1ey550-5.7.1 a 5%%\r\n550 5.7.1 b\0",
        ),
    ] {
        assert_eq!(sent(&response, STEPS), bytes, "{response:?}");
    }
    let bare = sent(&Response::Insert("X-A", " b".to_owned()), 0);
    assert_eq!(bare, b"\0\0\0\x0bi\0\0\0\0X-A\0b\0", "the server puts the space itself");
}

#[test]
fn a_reply_that_ends_the_clients_session_is_never_said() {
    for unfit in
        ["421 4.3.2 closing", "250 2.0.0 ok", "", "451 later", "550 4.7.1 x", "451 4.7.1 a\0b"]
    {
        assert_eq!(Response::reply(unfit.as_bytes()), Response::Tempfail, "{unfit}");
    }
    assert!(matches!(Response::reply(b"451 4.7.1 later\r\n"), Response::Reply(_)));
}

/// The bytes that come together of a letter that is told in packets, cut anywhere.
fn rebuild(letter: &[u8], steps: u32, cut: usize) -> Vec<u8> {
    let told = mta::Told::of(letter);
    let mut wire = [packet(b'M', b"<>\0"), packet(b'T', b"")].concat();
    for (name, value) in &told.header {
        wire.extend(packet(b'L', &[name, &b"\0"[..], value, b"\0"].concat()));
    }
    wire.extend(packet(b'N', b""));
    told.body.chunks(7).for_each(|piece| wire.extend(packet(b'B', piece)));
    wire.extend(packet(b'E', b""));
    let (mut session, mut input, mut content) = (agreed(steps), BytesMut::new(), Vec::new());
    for bytes in wire.chunks(cut) {
        input.extend_from_slice(bytes);
        loop {
            match session.next(&mut input) {
                Step::Read => break,
                Step::Content(bytes) => content.extend_from_slice(&bytes),
                Step::Garbage(fault) => panic!("{fault}"),
                _ => {}
            }
            session.answer(Response::Continue);
        }
    }
    assert!(session.is_idle());
    content
}

proptest! {
    #[test]
    fn a_letter_comes_together_however_it_is_cut(
        header in "(([A-Za-z-]{1,9}:[ \t]{0,2}[ -~]{0,12}(\r\n[ \t][!-~]{0,8}){0,2})\r\n){0,5}",
        body in "([ -~]{0,12}\r\n){0,8}",
        cut in 1usize..40,
    ) {
        let letter = [header.as_bytes(), b"\r\n", body.as_bytes()].concat();
        prop_assert_eq!(rebuild(&letter, STEPS, cut), letter);
    }

    #[test]
    fn nothing_that_is_said_breaks_it(noise in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut session = agreed(STEPS);
        let mut input = BytesMut::from(&noise[..]);
        for _ in 0..1000 {
            match session.next(&mut input) {
                Step::Read | Step::Garbage(_) | Step::Quit => return Ok(()),
                _ => drop(session.answer(Response::Continue)),
            }
        }
        prop_assert!(false, "no end");
    }
}

#[test]
fn the_next_packet_says_whether_a_message_is_taken_back() {
    let session = agreed(STEPS);
    for (bytes, back) in [
        (packet(b'A', b""), true),
        (packet(b'Q', b""), true),
        (packet(b'K', b""), true),
        (packet(b'M', b"<>\0"), false),
        (vec![0, 0, 0, 1], false),
    ] {
        assert_eq!(session.is_taken_back(&BytesMut::from(&bytes[..])), back, "{bytes:?}");
    }
}
