//! The path of one message without a door: begin, feed, finish, on a runtime of one thread.
//!
//! What `perf` and `callgrind` look at; `tests/instructions.rs` counts the same.

use super::mails;
use bytes::Bytes;
use congthu::checks::{self, Checks};
use congthu::config::Config;
use congthu::engines::Engines;
use congthu::mail::Envelope;
use congthu::pipeline::Pipeline;
use congthu::rules::RuleSet;
use std::time::Instant;

/// As the door reads them.
const CHUNK: usize = 64 << 10;

/// Sends a mail of this mix so many times along the path.
pub fn run(mix: &str, times: usize) {
    let mix = mails::MIXES.iter().find(|known| mix.starts_with(known.letter)).unwrap();
    let (mail, began) = (mix.mail(), Instant::now());
    walk(&RuleSet::builtin(&checks::catalogue()).unwrap(), &mail, times);
    println!("{}: {:?} each", mix.about, began.elapsed() / times as u32);
}

/// The mail must be accepted every time: another verdict has another cost.
pub fn walk(rules: &RuleSet, mail: &[u8], times: usize) {
    let mut config = Config::default();
    config.spool.dir = std::env::temp_dir();
    let policy = rules.policy("base").unwrap().clone();
    let pipeline = Pipeline::new(&config, Checks::all(&Engines::default())).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for _ in 0..times {
        let verdict = runtime.block_on(async {
            let envelope = Envelope { id: "path".to_owned(), ..Envelope::default() };
            let mut intake = pipeline.begin(envelope, policy.clone(), "path").unwrap();
            for chunk in mail.chunks(CHUNK) {
                assert!(intake.feed(Bytes::copy_from_slice(chunk)).await);
            }
            intake.finish().await.release().0
        });
        assert_eq!(verdict.action, congthu::verdict::Action::Accept, "{verdict:?}");
    }
}
