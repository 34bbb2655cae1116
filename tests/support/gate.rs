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
    /// One that reads everything but 7z, RAR and PDF.
    pub fn with_builtin_rules() -> Gate {
        let config = config();
        Gate::around(Pipeline::new(&config, Checks::all(&Engines::default())).unwrap())
    }

    /// One that reads everything, with children of the real program.
    pub fn with_worker() -> Gate {
        let program = env!("CARGO_BIN_EXE_congthu").into();
        let checks = Checks::all(&Engines::default());
        Gate::around(Pipeline::with_worker(&config(), checks, program).unwrap())
    }

    fn around(pipeline: Pipeline) -> Gate {
        let rules = RuleSet::builtin(&checks::catalogue()).expect("the shipped rules load");
        Gate { rules, pipeline, runtime: Runtime::new().unwrap() }
    }
}

fn config() -> Config {
    let mut config = Config::default();
    config.spool.dir = std::env::temp_dir();
    config
}

/// The verdict on a mail that arrives in one piece.
pub fn judge(gate: &Gate, policy: &str, mail: &[u8]) -> Verdict {
    judge_in_chunks(gate, policy, mail, mail.len().max(1)).0
}

/// The same under an envelope.
pub fn judge_as(gate: &Gate, policy: &str, envelope: Envelope, mail: &[u8]) -> Verdict {
    judge_under(gate, policy, envelope, mail, mail.len().max(1)).0
}

/// The verdict, and what is known, of a mail that arrives in chunks of this size.
pub fn judge_in_chunks(gate: &Gate, policy: &str, mail: &[u8], chunk: usize) -> (Verdict, Facts) {
    let envelope = Envelope { id: "test".to_owned(), ..Envelope::default() };
    judge_under(gate, policy, envelope, mail, chunk)
}

fn judge_under(
    gate: &Gate,
    policy: &str,
    envelope: Envelope,
    mail: &[u8],
    chunk: usize,
) -> (Verdict, Facts) {
    let policy = gate.rules.policy(policy).expect("a policy of this name").clone();
    gate.runtime.block_on(async {
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
