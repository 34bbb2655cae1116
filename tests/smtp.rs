//! SMTP in small: the DATA codec against a byte-wise model, replies that no peer can break.

use bytes::BytesMut;
use congthu::smtp::data::{Decoder, Encoder};
use congthu::smtp::trace::Hops;
use congthu::smtp::{Command, Extension, Extensions, Reader, Reply};
use proptest::prelude::*;

/// The decoder as one would write it first: byte by byte, obviously right, and slow.
#[derive(Clone, Copy, PartialEq)]
enum S {
    AfterCrlf,
    Text,
    Cr,
    Dot,
    DotCr,
}

/// Content, whether anything was bare, and how much was taken where the end was met.
fn model(input: &[u8]) -> (Vec<u8>, bool, Option<usize>) {
    let (mut state, mut bare, mut out) = (S::AfterCrlf, false, Vec::new());
    for (i, &b) in input.iter().enumerate() {
        state = match (state, b) {
            (S::AfterCrlf, b'.') => S::Dot,
            (S::Dot, b'\r') => S::DotCr,
            (S::DotCr, b'\n') => return (out, bare, Some(i + 1)),
            (s, b) => {
                if s == S::DotCr {
                    out.push(b'\r');
                }
                let after_cr = matches!(s, S::Cr | S::DotCr);
                if after_cr && b != b'\n' || !after_cr && b == b'\n' {
                    bare = true;
                }
                out.push(b);
                match b {
                    b'\r' => S::Cr,
                    b'\n' if after_cr => S::AfterCrlf,
                    _ => S::Text,
                }
            }
        };
    }
    (out, bare, None)
}

fn decode(input: &[u8], pieces: usize) -> (Vec<u8>, bool, Option<usize>) {
    let (mut decoder, mut out, mut before) = (Decoder::default(), Vec::new(), 0);
    for piece in input.chunks(pieces) {
        if let Some(taken) = decoder.push(piece, &mut out) {
            return (out, decoder.bare(), Some(before + taken));
        }
        before += piece.len();
    }
    (out, decoder.bare(), None)
}

fn encode(input: &[u8], pieces: usize) -> Vec<u8> {
    let (mut encoder, mut out) = (Encoder::default(), Vec::new());
    input.chunks(pieces).for_each(|piece| encoder.push(piece, &mut out));
    encoder.end(&mut out);
    out
}

/// Bytes that matter to the codec.
fn sharp() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'.'), Just(b'x'), any::<u8>()];
    prop::collection::vec(byte, 0..60)
}

/// Messages with proper line ends.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![Just(b'.'), any::<u8>()].prop_filter("line", |b| !b"\r\n".contains(b));
    let line = prop::collection::vec(byte, 0..6);
    (prop::collection::vec(line, 0..12), any::<bool>()).prop_map(|(lines, whole)| {
        let mut out = lines.join(&b"\r\n"[..]);
        if whole && !out.is_empty() {
            out.extend_from_slice(b"\r\n");
        }
        out
    })
}

proptest! {
    #[test]
    fn the_decoder_is_the_model_however_the_bytes_are_cut(input in sharp(), pieces in 1usize..9) {
        prop_assert_eq!(decode(&input, pieces), model(&input));
    }

    #[test]
    fn what_is_encoded_is_decoded(message in lines(), out in 1usize..9, back in 1usize..9) {
        let wire = encode(&message, out);
        let (got, bare, taken) = decode(&wire, back);
        let mut want = message;
        if !want.is_empty() && !want.ends_with(b"\r\n") {
            want.extend_from_slice(b"\r\n");
        }
        prop_assert_eq!((got, bare, taken), (want, false, Some(wire.len())));
    }

    #[test]
    fn any_line_is_a_command_or_a_fault(line in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = Command::parse(&line);
    }

    #[test]
    fn any_mail_line_is_a_command_or_a_fault(rest in "[ -~]{0,40}|[<@:\">\\\\ ab.=]{0,20}") {
        let parsed = Command::parse(format!("MAIL FROM:{rest}").as_bytes());
        if let Ok(Command::Mail(mail)) = parsed {
            // What goes to the next hop must be one path and nothing else.
            let again = Command::parse(format!("MAIL FROM:<{}>", mail.path.raw).as_bytes());
            prop_assert!(matches!(again, Ok(Command::Mail(m)) if m.path == mail.path));
        }
    }

    #[test]
    fn a_reply_is_safe_on_the_wire(code in 200u16..600, text in "(5\\.7\\.1 )?\\PC{0,900}\\p{Cc}{0,3}", utf8: bool) {
        let mut wire = Vec::new();
        Reply::new(code, text).write(utf8, &mut wire);
        let text = String::from_utf8(wire.clone()).unwrap();
        for line in text.split_inclusive("\r\n") {
            prop_assert!(line.len() <= 512 && line.ends_with("\r\n"));
            prop_assert!(!line.trim_end_matches("\r\n").contains(char::is_control));
            prop_assert!(utf8 || line.is_ascii());
        }
        let read = Reader::default().push(&mut BytesMut::from(&wire[..])).unwrap().unwrap();
        prop_assert_eq!(read.code, code);
    }

    #[test]
    fn any_bytes_are_a_reply_or_garbage(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Reader::default().push(&mut BytesMut::from(&bytes[..]));
    }
}

#[test]
fn an_empty_message_ends_and_a_first_dot_is_taken_off() {
    assert_eq!(decode(b".\r\n", 1), (Vec::new(), false, Some(3)));
    assert_eq!(decode(b"..leading\r\n.\r\n", 3).0, b".leading\r\n");
}

#[test]
fn a_reply_is_read_in_any_pieces() {
    let wire = b"250-one\r\n250-two\r\n250 three\r\n250 next\r\n";
    for cut in 0..wire.len() {
        let (mut reader, mut input) = (Reader::default(), BytesMut::from(&wire[..cut]));
        let first = reader.push(&mut input).unwrap();
        input.extend_from_slice(&wire[cut..]);
        let reply = first.or_else(|| reader.push(&mut input).unwrap()).unwrap();
        assert_eq!(reply.lines, ["one", "two", "three"]);
        assert_eq!(&input[..], b"250 next\r\n");
    }
}

#[test]
fn garbage_of_a_next_hop_is_told_apart() {
    for bad in ["hello\r\n", "25\r\n", "999 x\r\n", "250-a\r\n550 b\r\n", "\r\n", "250+x\r\n"] {
        assert!(Reader::default().push(&mut BytesMut::from(bad)).is_err(), "{bad:?}");
    }
    let endless = "250-x\r\n".repeat(20_000);
    assert!(Reader::default().push(&mut BytesMut::from(&endless[..])).is_err());
    let endless = "2".repeat(100_000);
    assert!(Reader::default().push(&mut BytesMut::from(&endless[..])).is_err());
}

#[test]
fn a_long_reply_repeats_its_status() {
    let mut wire = Vec::new();
    Reply::new(550, format!("5.7.1 {}", "word ".repeat(200))).write(false, &mut wire);
    let text = String::from_utf8(wire).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() > 1);
    assert!(lines[0].starts_with("550-5.7.1 word"));
    assert!(lines.last().unwrap().starts_with("550 5.7.1 word"));
}

#[test]
fn exchange_offers_more_than_is_passed_on() {
    let lines = "mail.example Hello [10.0.0.1]\nSIZE 37748736\nPIPELINING\nDSN\nENHANCEDSTATUSCODES\n\
                 STARTTLS\nX-ANONYMOUSTLS\nAUTH NTLM\nX-EXPS GSSAPI NTLM\n8BITMIME\nBINARYMIME\nCHUNKING\n\
                 XEXCH50\nXRDST\nXSHADOWREQUEST";
    let reply = Reply { code: 250, lines: lines.lines().map(str::to_owned).collect() };
    let exchange = Extensions::read(&reply);
    let offered = exchange.meet(&Extensions::local().with(Extension::Dsn));
    let rendered = offered.render("mx.example").lines;
    let want = [
        "mx.example",
        "SIZE 37748736",
        "PIPELINING",
        "ENHANCEDSTATUSCODES",
        "8BITMIME",
        "DSN",
        "CHUNKING",
    ];
    assert_eq!(rendered, want);
}

#[test]
fn received_lines_are_counted_in_the_header_only() {
    let mail = b"Received: a\r\n by b\r\nRECEIVED: c\r\nX-Received: d\r\nSubject: Received:\r\n\r\nReceived: e\r\n";
    for pieces in 1..mail.len() {
        let mut hops = Hops::default();
        mail.chunks(pieces).for_each(|piece| hops.push(piece));
        assert_eq!(hops.count(), 2, "{pieces}");
    }
}
