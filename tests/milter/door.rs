//! The door: sessions, messages and recipients, and what is remembered of each.

use super::actions::kept;
use super::mta::{Mta, Said, codes, reply, setup};
use crate::support::{GTUBE, letter, letter_with};
use crate::wire::gate::Gate;
use crate::wire::log::Log;
use congthu::store::records::{Files, Line, Record, Span};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UnixStream};

const TG: &str = "vanthu@tiengiang.gov.vn";
const AG: &str = "vanthu@angiang.gov.vn";
const BT: &str = "bdt@binhthuan.gov.vn";
const OUTSIDE: &str = "b@here.example";

/// A program: `binhthuan-2012` refuses it in its own words.
fn program() -> Vec<u8> {
    letter_with(b"MZ\x90\0\x03\0\0\0\x04")
}

/// What is written beside the one letter that is kept.
fn record(gate: &Gate) -> String {
    let id = kept(gate).pop().expect("a kept letter");
    fs::read_to_string(gate.kept().join(id).join("envelope.json")).unwrap()
}

#[tokio::test]
async fn several_messages_and_clients_come_over_one_connection() {
    let gate = setup("").start().await;
    let mut mta = Mta::greeted(&gate).await;
    assert_eq!(codes(&mta.letter(OUTSIDE, &letter("một")).await), "a");
    assert_eq!(codes(&mta.letter(BT, &program()).await), "y");
    assert_eq!(
        codes(&mta.letter(OUTSIDE, &letter("hai")).await),
        "a",
        "a refusal ends one message"
    );
    mta.send(b'K', b"").await;
    mta.client("198.51.100.4", 25).await;
    assert_eq!(codes(&mta.letter(OUTSIDE, &letter("ba")).await), "a");
    mta.send(b'Q', b"").await;
    assert!(mta.is_closed().await);
}

#[tokio::test]
async fn abort_drops_a_message_at_any_point() {
    let gate = setup("").start().await;
    let mut mta = Mta::greeted(&gate).await;
    for stage in 0..6 {
        mta.envelope("a@client.example", &[BT]).await;
        if stage > 0 {
            mta.send(b'T', b"").await;
            assert_eq!(mta.hear().await.unwrap().0, b'c');
        }
        if stage > 1 {
            mta.send(b'L', b"Subject\0 x\0").await;
        }
        if stage > 2 {
            mta.send(b'N', b"").await;
        }
        if stage > 3 {
            mta.send(b'B', b"x\r\n").await;
            assert_eq!(mta.hear().await.unwrap().0, b'c');
        }
        if stage < 5 {
            mta.send(b'A', b"").await;
        }
        // Another one begins as if nothing had been; the last without ABORT.
        assert_eq!(codes(&mta.letter(OUTSIDE, &letter("x")).await), "a", "at stage {stage}");
    }
}

#[tokio::test]
async fn recipients_of_other_rules_come_in_a_transaction_of_their_own() {
    let gate = setup("").start().await;
    let mut mta = Mta::greeted(&gate).await;
    let said = mta.envelope("a@client.example", &[BT, TG, BT]).await;
    assert_eq!(codes(&said), "cyc");
    assert!(reply(&said[1]).starts_with("452-4.5.3 ["), "{said:?}");
    assert_eq!(codes(&mta.content(&letter("x")).await), "a");
}

#[tokio::test]
async fn the_directory_is_asked_of_mail_that_may_be_refused() {
    let list = "address;state;kind;target;name\nkhoa@tiengiang.gov.vn;locked;;;Trần Khoa\n";
    let mut setup = setup("");
    setup.rules = crate::wire::directory::rules(list, "").1;
    let gate = setup.start().await;
    let mut mta = Mta::greeted(&gate).await;
    let said =
        mta.envelope("a@client.example", &["khoa@tiengiang.gov.vn", "ai@angiang.gov.vn"]).await;
    assert_eq!(codes(&said), "yc");
    assert!(reply(&said[0]).starts_with("550-5.2.1 ["), "{said:?}");
    gate.records.flush();
    let files = Files::of(&gate.dir.path().join("state"));
    let Some(Ok(Line::Record(Record::Recipient(record)))) =
        files.read(Span::default()).unwrap().next()
    else {
        panic!("no record")
    };
    assert_eq!(
        (record.door.as_str(), record.recipient.as_str()),
        ("milter", "khoa@tiengiang.gov.vn")
    );
    // What came by no SMTP would be stuck.
    let mut mta = Mta::agreed(&gate).await;
    mta.client("127.0.0.1", 0).await;
    assert_eq!(codes(&mta.envelope("a@client.example", &["khoa@tiengiang.gov.vn"]).await), "c");
}

#[tokio::test]
async fn recipients_have_a_limit() {
    let gate = setup("").with(|config| config.limits.recipients = 2).start().await;
    let mut mta = Mta::greeted(&gate).await;
    let said =
        mta.envelope("a@client.example", &["a@x.example", "b@x.example", "c@x.example"]).await;
    assert_eq!(codes(&said), "ccy");
    assert!(reply(&said[2]).starts_with("452-4.5.3 ["), "{said:?}");
}

/// The words of the gravest policy decide, whichever recipient came first.
async fn of_many(mta: &mut Mta, to: &[&str]) -> Vec<Said> {
    let said = mta.envelope("a@client.example", to).await;
    assert!(codes(&said).chars().all(|code| code == 'c'), "a recipient was refused: {said:?}");
    mta.content(&letter_with(b"{\\rtf1 a}")).await
}

#[tokio::test]
async fn mail_that_came_by_no_smtp_is_judged_under_the_gravest_policy() {
    let gate = setup("").with(|config| config.limits.recipients = 1).start().await;
    for to in [[BT, TG, OUTSIDE], [OUTSIDE, TG, BT]] {
        let mut mta = Mta::agreed(&gate).await;
        mta.client("127.0.0.1", 0).await;
        let said = of_many(&mut mta, &to).await;
        assert!(reply(&said[0]).contains("189/QD-BDT"), "{said:?}");
    }
}

#[tokio::test]
async fn a_mail_program_cannot_come_back_and_is_refused_no_recipient() {
    let gate = setup("").start().await;
    let mut mta = Mta::greeted(&gate).await;
    mta.macros(b'M', &[("i", "4XyZ"), ("{auth_type}", "PLAIN")]).await;
    let said = of_many(&mut mta, &[OUTSIDE, AG, BT]).await;
    assert!(reply(&said[0]).contains("189/QD-BDT"), "{said:?}");
    // The next message of the session did not log in.
    let said = mta.envelope("a@client.example", &[BT, TG]).await;
    assert_eq!(codes(&said), "cy");
}

#[tokio::test]
async fn mail_leaves_when_its_sender_logged_in_or_nobody_here_gets_it() {
    for (auth, to, direction) in [
        (false, &[TG][..], "in"),
        (false, &[OUTSIDE], "out"),
        (true, &[TG], "out"),
        (true, &[OUTSIDE, TG], "out"),
    ] {
        let gate = setup("reinject = \"127.0.0.1:10026\"").start().await;
        let mut mta = Mta::greeted(&gate).await;
        if auth {
            mta.macros(b'M', &[("{auth_type}", "LOGIN")]).await;
        }
        mta.envelope("a@client.example", to).await;
        assert_eq!(codes(&mta.content(&letter(GTUBE)).await), "d");
        let record = record(&gate);
        assert!(record.contains(&format!("\"direction\": \"{direction}\"")), "{to:?}: {record}");
    }
}

#[tokio::test]
async fn the_line_of_the_log_names_both_ids() {
    let (log, _guard) = Log::listen();
    let gate = setup("").start().await;
    let mut mta = Mta::greeted(&gate).await;
    mta.envelope("a@client.example", &[OUTSIDE]).await;
    mta.macros(b'E', &[("i", "4XyZ\u{7}")]).await;
    let said = mta.content(&letter(GTUBE)).await;
    let reason = String::from_utf8(said[1].1.clone()).unwrap();
    let id = reason.split([' ', ':']).nth(1).unwrap();
    gate.records.flush();
    let files = Files::of(&gate.dir.path().join("state"));
    let mut lines = files.read(Span::default()).unwrap();
    let Some(Ok(Line::Record(Record::Message(record)))) = lines.next() else { panic!("no record") };
    assert_eq!((record.id.as_str(), record.door.as_str()), (id, "milter"));
    assert_eq!((record.outcome.as_str(), record.copy), ("held", false));
    assert!(record.queue.is_some_and(|queue| queue.starts_with("4XyZ")));
    let [line] = &log.messages()[..] else { panic!("{:?}", log.messages()) };
    for word in [
        &format!("id={id}"),
        "door=\"milter\"",
        "queue=\"4XyZ",
        "client=\"192.0.2.7\"",
        "outcome=\"held\"",
    ] {
        assert!(line.contains(word), "{word}: {line}");
    }
    assert!(!line.contains('\u{7}'), "{line}");
}

/// A virus engine that takes a letter and says nothing before it is told to.
async fn slow_engine() -> (TcpListener, String) {
    let engine = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = engine.local_addr().unwrap().to_string();
    (engine, address)
}

#[tokio::test]
async fn a_long_verdict_gives_signs_of_life() {
    let (engine, address) = slow_engine().await;
    let clamav = format!("[engine.clamav]\naddress = \"{address}\"\n");
    let setup = setup("progress_seconds = 1").with(|config| {
        let source = congthu::tomlfile::Source::new("test", clamav.into_bytes()).unwrap();
        config.engine = congthu::config::Config::parse(&source).unwrap().engine;
    });
    let gate = setup.start().await;
    let mut mta = Mta::greeted(&gate).await;
    mta.envelope("a@client.example", &[OUTSIDE]).await;
    mta.send(b'T', b"").await;
    assert_eq!(mta.hear().await.unwrap().0, b'c');
    mta.told(&letter("x")).await;
    mta.send(b'E', b"").await;
    let serving = tokio::spawn(async move {
        let mut streams = Vec::new();
        while let Ok((stream, _)) = engine.accept().await {
            streams.push(stream);
        }
    });
    for _ in 0..2 {
        assert_eq!(mta.hear().await, Some((b'p', Vec::new())));
    }
    serving.abort();
    // Its sockets are gone with it: the engine is down, and the letter has to come again.
    let said = mta.fate().await;
    assert!(reply(&said[0]).starts_with("451-4.7.1 ["), "{said:?}");
}

#[tokio::test]
async fn a_server_that_goes_away_during_a_verdict_leaves_nothing_behind() {
    for goes in [&b""[..], &[0, 0, 0, 1, b'A']] {
        let (log, _guard) = Log::listen();
        let (engine, address) = slow_engine().await;
        let clamav = format!("[engine.clamav]\naddress = \"{address}\"\n");
        let setup = setup("reinject = \"127.0.0.1:10026\"").with(|config| {
            let source = congthu::tomlfile::Source::new("test", clamav.into_bytes()).unwrap();
            config.engine = congthu::config::Config::parse(&source).unwrap().engine;
        });
        let mut gate = setup.start().await;
        let mut mta = Mta::greeted(&gate).await;
        mta.envelope("a@client.example", &[OUTSIDE]).await;
        mta.send(b'T', b"").await;
        assert_eq!(mta.hear().await.unwrap().0, b'c');
        mta.told(&letter(GTUBE)).await;
        mta.send(b'E', b"").await;
        let _asked = engine.accept().await.unwrap();
        match goes.is_empty() {
            true => drop(mta),
            false => {
                mta.raw(goes).await;
                // The connection goes on.
                assert_eq!(codes(&mta.envelope("", &[TG]).await), "c");
                mta.send(b'Q', b"").await;
                assert!(mta.is_closed().await);
            }
        }
        gate.stop().await;
        assert!(log.messages().is_empty(), "{:?}", log.messages());
        assert!(kept(&gate).is_empty());
    }
}

#[tokio::test]
async fn a_stop_finishes_the_message_at_hand_and_closes_the_others() {
    let mut gate = setup("").start().await;
    let mut idle = Mta::greeted(&gate).await;
    let mut busy = Mta::greeted(&gate).await;
    busy.envelope("a@client.example", &[OUTSIDE]).await;
    gate.stop.cancel();
    assert!(idle.is_closed().await);
    assert_eq!(codes(&busy.content(&letter("x")).await), "a");
    assert!(busy.is_closed().await);
    gate.stop().await;
}

#[tokio::test]
async fn connections_have_a_limit() {
    let gate = setup("").with(|config| config.limits.connections = 1).start().await;
    let mut first = Mta::greeted(&gate).await;
    assert!(Mta::connect(gate.milter.unwrap()).await.is_closed().await);
    assert_eq!(codes(&first.letter(OUTSIDE, &letter("x")).await), "a");
}

#[tokio::test]
async fn a_silent_server_is_let_go() {
    let gate = setup("").with(|config| config.limits.session_seconds = 1).start().await;
    assert!(Mta::greeted(&gate).await.is_closed().await);
    let gate = setup("").with(|config| config.limits.idle_seconds = 1).start().await;
    let mut mta = Mta::greeted(&gate).await;
    mta.raw(&[0, 0, 0]).await;
    assert!(mta.is_closed().await, "half a packet");
}

#[tokio::test]
async fn a_unix_socket_has_its_permissions_and_replaces_what_a_crash_left() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("milter.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let section = |mode: &str| {
        let listen = format!("[milter]\nlisten = \"unix:{}\"\nmode = \"{mode}\"\n", path.display());
        let source = congthu::tomlfile::Source::new("test", listen.into_bytes()).unwrap();
        congthu::config::Config::parse(&source).unwrap().milter
    };
    let mut gate = setup("").with(|config| config.milter = section("0620")).start().await;
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o620);
    let mut stream = UnixStream::connect(&path).await.unwrap();
    stream.write_all(b"\0\0\0\x0dO\0\0\0\x06\0\0\0\x01\0\0\0\0").await.unwrap();
    let mut answer = [0; 5];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer[4], b'O');
    drop(stream);

    // Somebody listens there: nobody takes it away.
    let again = setup("").with(|config| config.milter = section("0620")).try_start().await;
    assert!(again.err().unwrap().contains("somebody listens there already"));
    gate.stop().await;
    assert!(!path.exists(), "taken away with its listener");
    fs::write(&path, "a file").unwrap();
    let refused = setup("").with(|config| config.milter = section("0620")).try_start().await;
    assert!(refused.err().unwrap().contains("no socket"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "a file");
}
