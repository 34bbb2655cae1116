//! The pipeline without a door: built-in rules, no engines, one mail at a time.

use bytes::Bytes;
use congthu::checks::{self, Checks};
use congthu::config::Config;
use congthu::engines::Engines;
use congthu::facts::Facts;
use congthu::mail::Envelope;
use congthu::pipeline::Pipeline;
use congthu::rules::RuleSet;
use congthu::verdict::Verdict;
use tokio::runtime::Runtime;

/// A pipeline with its rules.
pub struct Gate {
    pub rules: RuleSet,
    pub pipeline: Pipeline,
    pub runtime: Runtime,
}

impl Gate {
    pub fn with_builtin_rules() -> Gate {
        let mut config = Config::default();
        config.spool.dir = std::env::temp_dir();
        Gate {
            rules: RuleSet::builtin(&checks::catalogue()).expect("the shipped rules load"),
            pipeline: Pipeline::new(&config, Checks::all(&Engines::default())).unwrap(),
            runtime: Runtime::new().unwrap(),
        }
    }
}

/// The verdict on a mail that arrives in one piece.
pub fn judge(gate: &Gate, policy: &str, mail: &[u8]) -> Verdict {
    judge_in_chunks(gate, policy, mail, mail.len().max(1)).0
}

/// The verdict, and what is known, of a mail that arrives in chunks of this size.
pub fn judge_in_chunks(gate: &Gate, policy: &str, mail: &[u8], chunk: usize) -> (Verdict, Facts) {
    let policy = gate.rules.policy(policy).expect("a policy of this name").clone();
    gate.runtime.block_on(async {
        let envelope = Envelope { id: "test".to_owned(), ..Envelope::default() };
        let mut intake = gate.pipeline.begin(envelope, policy, "test").expect("room");
        for chunk in mail.chunks(chunk) {
            if !intake.feed(Bytes::copy_from_slice(chunk)).await {
                break;
            }
        }
        let (verdict, facts, _) = intake.finish().await.release();
        (verdict, facts)
    })
}
