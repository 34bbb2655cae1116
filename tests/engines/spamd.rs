//! SpamAssassin's spamd: a score on our scale, or a cause.

use super::support::{Fake, GTUBE, LETTER, Spamd, letter, letter_with, run};
use super::{assert_failure, assert_no_answer, tap};
use bytes::Bytes;
use congthu::config::Spamassassin;
use congthu::engines;
use congthu::spool::Spool;
use congthu::verdict::Cause;
use std::path::Path;

fn asked(address: &str) -> engines::Spamd {
    engines::Spamd::new(&Spamassassin { address: address.to_owned() }).unwrap()
}

#[test]
fn a_real_spamd() {
    run(async {
        let mut real = Spamd::start();
        let spamd = asked(&real.address);
        let (score, _) = spamd.scan(tap(letter(GTUBE))).await.unwrap();
        assert!(score.points >= 1000.0, "{score:?}");
        assert!(score.detail.starts_with("spamd 1000"), "{score:?}");
        assert!(score.detail.contains("GTUBE"), "{score:?}");
        for mail in [letter("Kính gửi Sở."), letter_with(&vec![0; 300_000])] {
            let (score, _) = spamd.scan(tap(mail)).await.unwrap();
            assert!(score.points < 5.0, "{score:?}");
        }
        let (score, _) = spamd.scan(tap("")).await.unwrap();
        assert!(score.detail.contains("EMPTY_MESSAGE"), "{score:?}");
        let outcome = spamd.scan(tap(vec![b'a'; (2 << 20) + 1])).await;
        assert_failure("large", outcome, Cause::EngineLimit, "2097152");
        real.server.signal("STOP");
        assert_no_answer(spamd.scan(tap(letter(GTUBE)))).await;
        real.server.signal("CONT");
        assert!(spamd.scan(tap(letter(GTUBE))).await.unwrap().0.points >= 5.0);
        real.server.kill();
        assert_failure("killed", spamd.scan(tap(letter(""))).await, Cause::EngineDown, "refused");
    });
}

/// A case, an answer, its cause, and words that say why.
const NONE: &[(&str, &str, Cause, &str)] = &[
    ("silence", "", Cause::EngineDown, "closed without an answer"),
    ("another server", "HTTP/1.1 200 OK\r\n\r\n", Cause::EngineDown, "not an answer of spamd"),
    ("half", "SPAMD/1.1 0 EX_OK\r\nSpam: Tr", Cause::EngineDown, "not an answer"),
    ("an error", "SPAMD/1.0 76 Bad header line\r\n\r\n", Cause::EngineDown, "Bad header"),
    ("tired", "SPAMD/1.0 79 Timeout\r\n\r\n", Cause::Timeout, "79"),
    (
        "half the rules",
        "SPAMD/1.1 0 EX_OK\r\nContent-length: 55\r\nSpam: True ; 7.0 / 5.0\r\n\r\nGTUBE,",
        Cause::EngineDown,
        "half an answer",
    ),
    (
        "no length",
        "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 7.0 / 5.0\r\n\r\n",
        Cause::EngineDown,
        "half an answer",
    ),
    (
        "no threshold",
        "SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nSpam: True ; 7.0 / 0.0\r\n\r\n",
        Cause::EngineDown,
        "not an answer",
    ),
    (
        "no number",
        "SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nSpam: True ; nan / 5.0\r\n\r\n",
        Cause::EngineDown,
        "not an answer",
    ),
];
#[test]
fn answers_that_are_none() {
    run(async {
        for (case, answer, cause, words) in NONE {
            let fake = Fake::answering(LETTER, *answer).await;
            let outcome = asked(&fake.address).scan(tap(letter_with(b""))).await;
            assert_failure(case, outcome, *cause, words);
        }
        let fake = Fake::answering(LETTER, "x".repeat(1 << 20)).await;
        let outcome = asked(&fake.address).scan(tap(letter_with(b""))).await;
        assert_failure("a flood", outcome, Cause::EngineDown, "without end");
    });
}

#[test]
fn scores_are_on_one_scale() {
    run(async {
        for (figures, points) in [("5.6 / 5.0", 5.6), ("-2 / 10", -1.0), ("6.5 / 6.5", 5.0)] {
            let answer = format!(
                "SPAMD/1.1 0 EX_OK\r\nContent-length: 4\r\nSpam: x ; {figures}\r\n\r\nA,B\n"
            );
            let fake = Fake::answering(LETTER, answer).await;
            let (score, _) = asked(&fake.address).scan(tap(letter_with(b""))).await.unwrap();
            assert!((score.points - points).abs() < 1e-9, "{figures}: {score:?}");
            assert!(score.detail.ends_with(": A, B"), "{score:?}");
        }
    });
}

#[test]
fn a_message_cut_off_has_no_score() {
    run(async {
        let spool = Spool::create(Path::new("/nonexistent"), 1000);
        spool.write(Bytes::from(letter(""))).await.unwrap();
        let tap = spool.tap();
        std::mem::drop(spool);
        let outcome = asked("127.0.0.1:1").scan(tap).await;
        assert_failure("cut off", outcome, Cause::Unreadable, "cut off");
    });
}
