//! clamd: clean only what it saw whole; every way to fail is a cause.

use super::support::{Clamd, EICAR, Fake, INSTREAM, letter_with, run};
use super::{assert_failure, assert_no_answer, tap};
use bytes::Bytes;
use congthu::config::{Clamav, OneOrMore};
use congthu::engines::{self, Answer};
use congthu::spool::Spool;
use congthu::verdict::Cause;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

/// Settings of the real one: small limits, so that small letters meet them.
const SMALL: &str = "StreamMaxLength 1M\nMaxFileSize 600K\nAlertExceedsMax yes";

fn asked(addresses: &[&str], stream_max: u64) -> engines::Clamd {
    let address = OneOrMore::More(addresses.iter().map(|&a| a.to_owned()).collect());
    engines::Clamd::new(&Clamav { address, stream_max, scan_max: 100 << 20 }).unwrap()
}

/// A letter of some size that no engine minds.
fn clean(bytes: usize) -> Vec<u8> {
    letter_with(&b"So Tai nguyen va Moi truong. ".repeat(bytes / 29 * 3 / 4))
}

#[test]
fn a_real_clamd() {
    run(async {
        let mut real = Clamd::start(SMALL);
        let clamd = engines::Clamd::new(&real.config(25 << 20)).unwrap();
        assert!(clamd.version().await.unwrap().starts_with("ClamAV 1."));
        finds_and_clears(&clamd).await;
        meets_limits(&clamd, &real).await;
        follows_a_sender(&real).await;
        stands_in_for_another(&real).await;
        real.server.signal("STOP");
        assert_no_answer(clamd.scan(tap(clean(1000)))).await;
        assert_no_answer(clamd.scan(tap(clean(500_000)))).await;
        real.server.signal("CONT");
        finds_and_clears(&clamd).await;
        real.server.kill();
        assert_failure("killed", clamd.scan(tap(clean(9))).await, Cause::EngineDown, "refused");
        assert_failure("killed", clamd.version().await, Cause::EngineDown, "refused");
    });
}

async fn finds_and_clears(clamd: &engines::Clamd) {
    for size in [0, 1000, 400_000] {
        let answer = clamd.scan(tap(clean(size))).await.unwrap();
        assert!(matches!(answer, Answer::Clean(_)), "{size}: {answer:?}");
    }
    for bytes in [letter_with(EICAR.as_bytes()), EICAR.into()] {
        match clamd.scan_bytes(Bytes::from(bytes)).await.unwrap() {
            Answer::Found(names) => assert_eq!(names, ["Eicar-Test.UNOFFICIAL"]),
            Answer::Clean(_) => panic!("EICAR is clean"),
        }
    }
    assert!(matches!(clamd.scan(tap("")).await, Ok(Answer::Clean(_))), "nothing at all");
}

async fn meets_limits(clamd: &engines::Clamd, real: &Clamd) {
    let socket = format!("unix:{}", real.socket.display());
    let by_socket = asked(&[&socket], 25 << 20);
    // clamd says so and closes while we still write; the answer must be heard all the same.
    for size in [1_500_000, 5_000_000, 20_000_000] {
        for clamd in [clamd, &by_socket] {
            let outcome = clamd.scan(tap(clean(size))).await;
            assert_failure("StreamMaxLength", outcome, Cause::EngineLimit, "size limit exceeded");
        }
    }
    let outcome = clamd.scan(tap(clean(800_000))).await;
    assert_failure("MaxFileSize", outcome, Cause::EngineLimit, "Limits.Exceeded");
    let modest = asked(&[&real.address], 300_000);
    let outcome = modest.scan(tap(clean(400_000))).await;
    assert_failure("stream_max", outcome, Cause::EngineLimit, "300000 bytes");
    assert!(matches!(modest.scan(tap(vec![b'a'; 300_000])).await, Ok(Answer::Clean(_))));
    // Growing beyond it while it arrives.
    let spool = Spool::create(Path::new("/nonexistent"), 1 << 20);
    spool.write(Bytes::from(clean(200_000))).await.unwrap();
    let scan = tokio::spawn({
        let tap = spool.tap();
        async move { modest.scan(tap).await }
    });
    tokio::task::yield_now().await;
    spool.write(Bytes::from(clean(200_000))).await.unwrap();
    assert_failure("grown", scan.await.unwrap(), Cause::EngineLimit, "300000 bytes");
}

/// Scans while the bytes arrive; a sender that pauses or vanishes changes no answer.
async fn follows_a_sender(real: &Clamd) {
    for (patience, eicar) in [(60, true), (60, false), (0, true), (0, false)] {
        let clamd = engines::Clamd::new(&real.config(25 << 20)).unwrap();
        let clamd = clamd.with_patience(Duration::from_secs(patience));
        let spool = Spool::create(Path::new("/nonexistent"), 1 << 20);
        let tap = spool.tap();
        let scan = tokio::spawn(async move { clamd.scan(tap).await });
        let mut mail = clean(300_000);
        mail.truncate(mail.len() - "--b--\r\n".len());
        mail.extend(if eicar { EICAR.bytes() } else { "".bytes() });
        for chunk in mail.chunks(10_000) {
            spool.write(Bytes::copy_from_slice(chunk)).await.unwrap();
            tokio::task::yield_now().await;
        }
        assert!(!scan.is_finished(), "an answer before the end");
        spool.finish();
        let answer = scan.await.unwrap().unwrap();
        assert_eq!(matches!(answer, Answer::Found(_)), eicar, "{patience}: {answer:?}");
    }
    let clamd = engines::Clamd::new(&real.config(25 << 20)).unwrap();
    let spool = Spool::create(Path::new("/nonexistent"), 1 << 20);
    let tap = spool.tap();
    let scan = tokio::spawn(async move { clamd.scan(tap).await });
    spool.write(Bytes::from(clean(300_000))).await.unwrap();
    tokio::task::yield_now().await;
    std::mem::drop(spool);
    assert_failure("vanished", scan.await.unwrap(), Cause::Unreadable, "cut off");
}

async fn stands_in_for_another(real: &Clamd) {
    let garbage = Fake::answering(INSTREAM, "220 mail.example ESMTP\r\n").await;
    let clamd = asked(&["unix:/nonexistent/clamd.ctl", &garbage.address, &real.address], 25 << 20);
    let answer = clamd.scan(tap(letter_with(EICAR.as_bytes()))).await;
    assert!(matches!(answer, Ok(Answer::Found(_))), "{answer:?}");
    assert!(matches!(clamd.scan(tap(clean(400_000))).await, Ok(Answer::Clean(_))));
    let clamd = asked(&["unix:/nonexistent/clamd.ctl", &real.address], 25 << 20);
    assert!(clamd.version().await.unwrap().starts_with("ClamAV"));
}

#[test]
fn answers_that_are_none() {
    let cases: &[(&str, &str, Cause, &str)] = &[
        ("silence", "", Cause::EngineDown, "closed without an answer"),
        ("half", "stream: O", Cause::EngineDown, "half an answer"),
        ("OK without an end", "stream: OK", Cause::EngineDown, "half an answer"),
        ("another server", "220 mx ESMTP\r\n\0", Cause::EngineDown, "220 mx ESMTP"),
        ("nobody's virus", "stream:  FOUND\0", Cause::EngineDown, "stream:  FOUND"),
        ("OK somewhere", "is all OK\0", Cause::EngineDown, "is all OK"),
        ("OK and more", "stream: OK ERROR\0", Cause::EngineDown, "stream: OK ERROR"),
        ("an error", "Can't create temporary file ERROR\0", Cause::EngineDown, "temporary"),
        ("a forged line", "a\r\nb=\x1b[2J\0", Cause::EngineDown, "a??b=?[2J"),
        ("limit", "INSTREAM size limit exceeded. ERROR\0", Cause::EngineLimit, "size limit"),
    ];
    run(async {
        for (case, answer, cause, words) in cases {
            let fake = Fake::answering(INSTREAM, *answer).await;
            let clamd = asked(&[&fake.address], 25 << 20);
            for size in [100, 400_000] {
                assert_failure(case, clamd.scan(tap(clean(size))).await, *cause, words);
            }
        }
        let fake = Fake::answering(INSTREAM, "x".repeat(1 << 20)).await;
        let outcome = asked(&[&fake.address], 25 << 20).scan(tap(clean(100))).await;
        assert_failure("a flood", outcome, Cause::EngineDown, "without end");
    });
}

#[test]
fn an_answer_before_the_end_of_the_question_clears_nothing() {
    run(async {
        let hasty = Fake::start(|mut stream| async move {
            let _ = stream.write_all(b"stream: OK\0").await;
        })
        .await;
        let outcome = asked(&[&hasty.address], 25 << 20).scan(tap(clean(20_000_000))).await;
        let failure = outcome.expect_err("clean, unseen");
        assert_eq!(failure.cause, Cause::EngineDown, "{failure}");
    });
}

#[test]
fn a_reason_given_while_we_still_write_is_heard() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("clamd.ctl");
        let listener = UnixListener::bind(&path).unwrap();
        let refusing = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_exact(&mut [0; 100_000]).await.unwrap();
            stream.write_all(b"INSTREAM size limit exceeded. ERROR\0").await.unwrap();
            // Closed with bytes unread: the client's next write or read is a reset.
            stream.readable().await.unwrap();
        });
        let clamd = asked(&[&format!("unix:{}", path.display())], 25 << 20);
        let outcome = clamd.scan(tap(clean(2_000_000))).await;
        refusing.await.unwrap();
        assert_failure("refused", outcome, Cause::EngineLimit, "size limit exceeded");
    });
}
