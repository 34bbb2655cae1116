//! From answers to findings: what was found, what was not examined, the highest score.

use super::support::{Clamd, EICAR, letter, letter_with, run};
use bytes::Bytes;
use congthu::checks::engine::{Ask, EngineCheck, engines, settle};
use congthu::checks::spam;
use congthu::config::{Engine, Rspamd, Spamassassin};
use congthu::engines::{Engines, Score};
use congthu::mail::Envelope;
use congthu::rules::Policy;
use congthu::spool::Spool;
use congthu::verdict::{Cause, Finding};
use std::sync::Arc;

/// Asks about a message and then about its leaves, and puts both together.
async fn rounds(check: &dyn EngineCheck, mail: Vec<u8>, leaves: &[(&str, &[u8])]) -> Vec<Finding> {
    let tap = Spool::of(Bytes::from(mail)).tap();
    let ask = Ask { tap, envelope: Arc::<Envelope>::default(), policy: Arc::<Policy>::default() };
    let raw = check.scan(ask).await;
    let leaves =
        leaves.iter().map(|(path, bytes)| ((*path).to_owned(), Bytes::copy_from_slice(bytes)));
    let leaves = check.scan_parts(leaves.collect()).unwrap().await;
    settle(check, raw, leaves).0
}

fn brief(found: &[Finding]) -> Vec<(&'static str, &str, Option<Cause>)> {
    found.iter().map(|f| (f.kind.name, f.part.as_str(), f.cause)).collect()
}

#[test]
fn two_rounds_with_a_real_clamd() {
    run(async {
        let mut real = Clamd::start("");
        let config = Engine { clamav: Some(real.config(1000)), ..Engine::default() };
        let checks = engines(&Engines::new(&config).unwrap());
        let [virus] = &checks[..] else { panic!("{} checks", checks.len()) };
        let (large, limit) = (letter_with(&[0; 5000]), Some(Cause::EngineLimit));
        let (ham, eicar, big) = (b"text".as_slice(), EICAR.as_bytes(), [0; 2000].as_slice());
        let found = rounds(&**virus, letter(EICAR), &[]).await;
        assert_eq!(brief(&found), [("virus.found", "", None)]);
        assert_eq!(found[0].what.as_deref(), Some("Eicar-Test.UNOFFICIAL"));
        assert_eq!(found[0].detail, "clamd: Eicar-Test.UNOFFICIAL");
        // Too large as a whole: its leaves stand for it, if all of them were examined.
        let found = rounds(&**virus, large.clone(), &[]).await;
        assert_eq!(brief(&found), [("virus.unscanned", "", limit)]);
        let found = rounds(&**virus, large.clone(), &[("1", ham), ("2", ham)]).await;
        assert_eq!(brief(&found), []);
        let leaves = [("1", ham), ("2/a.zip/b", eicar), ("2/a.zip/c", big)];
        let found = rounds(&**virus, large.clone(), &leaves).await;
        assert_eq!(
            brief(&found),
            [("virus.found", "2/a.zip/b", None), ("virus.unscanned", "2/a.zip/c", limit)]
        );
        real.server.kill();
        let found = rounds(&**virus, letter(""), &[("1", ham)]).await;
        let down = Some(Cause::EngineDown);
        assert_eq!(brief(&found), [("virus.unscanned", "", down), ("virus.unscanned", "1", down)]);
    });
}

#[test]
fn the_highest_score_is_the_finding() {
    let score = |points, detail: &str| Score { points, detail: detail.to_owned() };
    let policy = Policy::default();
    let all = [score(4.9, "spamd"), score(7.0, "rspamd"), score(7.0, "another")];
    for turn in 0..all.len() {
        let mut all = all.clone();
        all.rotate_left(turn);
        let highest = spam::highest(all).unwrap();
        let finding = spam::conclude(Some(&highest), &policy).unwrap();
        assert_eq!(
            (finding.kind.name, finding.value, finding.limit),
            ("spam.score", Some(7.0), Some(5.0))
        );
        assert_eq!(finding.detail, "another");
    }
    assert_eq!(spam::conclude(None, &policy), None);
    assert_eq!(spam::conclude(Some(&score(4.99, "")), &policy), None);
    assert!(spam::conclude(Some(&score(5.0, "")), &policy).is_some());
}

#[test]
fn the_start_message_says_what_is_missing() {
    let none = Engines::new(&Engine::default()).unwrap();
    assert_eq!(none.describe(), ["no virus engine", "no spam engine"]);
    assert!(engines(&none).is_empty());
    let spam = Engine {
        clamav: None,
        rspamd: Some(Rspamd { url: "http://127.0.0.1:11333".to_owned() }),
        spamassassin: Some(Spamassassin { address: "unix:/run/spamd.sock".to_owned() }),
    };
    let engines = Engines::new(&spam).unwrap();
    assert_eq!(
        engines.describe(),
        [
            "no virus engine",
            "spam engine: rspamd at 127.0.0.1:11333, spamd at unix:/run/spamd.sock"
        ]
    );
    let wrong = Engine {
        spamassassin: Some(Spamassassin { address: "localhost".to_owned() }),
        ..Engine::default()
    };
    let refused = Engines::new(&wrong).unwrap_err().to_string();
    assert_eq!(
        refused,
        "engine.spamassassin.address: \"localhost\" is neither \"unix:PATH\" nor \"host:port\""
    );
}
