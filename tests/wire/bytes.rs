//! Bytes out equal bytes in: through socket, gate and socket, whatever they are.

use super::client::{Client, Code, stuffed};
use super::gate::Setup;
use super::next_hop::{NextHop, Script};
use proptest::prelude::*;
use std::fs;
use tokio::runtime::Runtime;

/// Messages as no mailer writes them: dots, no final line end, long lines, NUL, 8-bit.
fn messages() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        3 => Just(b'.'), 3 => Just(b'a'), 1 => Just(0u8), 2 => any::<u8>()
    ];
    let short = prop::collection::vec(byte, 0..8);
    let long = (any::<u8>(), 900usize..3000).prop_map(|(byte, count)| vec![byte; count]);
    let line = prop_oneof![8 => short, 1 => long].prop_map(|line| {
        line.into_iter().filter(|byte| !b"\r\n".contains(byte)).collect::<Vec<u8>>()
    });
    let lines = prop::collection::vec(line, 0..40);
    (lines, any::<bool>(), any::<bool>()).prop_map(|(lines, header, end)| {
        let mut out = if header { b"Subject: x\r\n\r\n".to_vec() } else { Vec::new() };
        out.extend(lines.join(&b"\r\n"[..]));
        if end {
            out.extend_from_slice(b"\r\n");
        }
        out
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn bytes_out_equal_bytes_in(letters in prop::collection::vec((messages(), 1usize..700), 1..4)) {
        Runtime::new().unwrap().block_on(async {
            let next = NextHop::start(Script::new()).await;
            let gate = Setup::to(&[next.upstream()]).observing().start().await;
            let mut client = Client::recipient(gate.address).await;
            for (at, (letter, pieces)) in letters.iter().enumerate() {
                if at > 0 {
                    client.ask("MAIL FROM:<>").await.expect_code("250");
                    client.ask("RCPT TO:<b@here.example>").await.expect_code("250");
                }
                client.ask("DATA").await.expect_code("354");
                for piece in stuffed(letter).chunks(*pieces) {
                    client.raw(piece).await;
                }
                client.reply().await.expect_code("250");
            }
            let want: Vec<Vec<u8>> = letters.iter().map(|(letter, _)| completed(letter)).collect();
            assert_eq!(next.messages(), want);
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn octets_of_any_chunks_leave_as_they_came(
        chunks in prop::collection::vec(prop::collection::vec(octet(), 0..400), 1..8),
        pieces in 1usize..900,
    ) {
        Runtime::new().unwrap().block_on(async {
            let next = NextHop::start(Script::offering(&["CHUNKING", "8BITMIME"])).await;
            let gate = Setup::to(&[next.upstream()]).observing().start().await;
            let mut client = Client::recipient(gate.address).await;
            let (last, mut said) = (chunks.len() - 1, Vec::new());
            for (at, chunk) in chunks.iter().enumerate() {
                let end = if at == last { " LAST" } else { "" };
                said.extend(format!("BDAT {}{end}\r\n", chunk.len()).into_bytes());
                said.extend(chunk);
            }
            // RFC 3030 §4.2: chunks may be pipelined.
            for piece in said.chunks(pieces) {
                client.raw(piece).await;
            }
            for _ in &chunks {
                client.reply().await.expect_code("250");
            }
            assert_eq!(next.messages(), [chunks.concat()]);
        });
    }
}

/// What DATA could not carry as it is, more often than chance has it.
fn octet() -> impl Strategy<Value = u8> {
    prop_oneof![2 => Just(b'\r'), 2 => Just(b'\n'), 2 => Just(b'.'), 1 => Just(0), 4 => any::<u8>()]
}

/// One missing final CRLF is added.
fn completed(letter: &[u8]) -> Vec<u8> {
    let mut out = letter.to_vec();
    if !out.is_empty() && !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out
}

#[tokio::test]
async fn a_large_letter_goes_through_the_disk_unchanged() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).observing().start().await;
    let line = b".dots and \xc3\xa1\xff bytes, eighty of them to the line or nearly so, again and again\r\n";
    let mut letter = b"Subject: large\r\n\r\n".to_vec();
    letter.extend(line.repeat(40_000));
    Client::letter(gate.address, &letter).await.expect_code("250 2.0.0 taken");
    assert!(next.messages() == [letter], "{} messages", next.messages().len());
}

#[tokio::test]
async fn a_maildir_holds_the_bytes_as_received() {
    let dir = tempfile::tempdir().unwrap();
    let maildir = format!("maildir:{}", dir.path().display());
    let gate = Setup::to(&[maildir]).observing().start().await;
    let letter = b"Subject: x\r\n\r\n.dot\r\n..\r\nlast\r\n";
    Client::letter(gate.address, letter).await.expect_code("250 2.0.0");
    let new: Vec<_> = fs::read_dir(dir.path().join("new")).unwrap().map(Result::unwrap).collect();
    assert_eq!(new.len(), 1);
    assert_eq!(fs::read(new[0].path()).unwrap(), letter);
    assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
}

#[tokio::test]
async fn an_empty_message_ends() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).observing().start().await;
    Client::letter(gate.address, b"").await.expect_code("250");
    assert_eq!(next.messages(), [b""]);
}

#[tokio::test]
async fn smuggled_ends_are_refused_whatever_the_rules_say() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).observing().start().await;
    for end in ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\r\n\x00.\r\n\n"] {
        let mut client = Client::recipient(gate.address).await;
        client.ask("DATA").await.expect_code("354");
        let smuggled = format!("a{end}MAIL FROM:<evil@other.example>\r\n.\r\n");
        client.raw(smuggled.as_bytes()).await;
        client.reply().await.expect_code("550");
    }
    assert!(next.messages().is_empty());
    assert!(next.commands("DATA").is_empty());
}
