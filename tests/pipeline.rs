//! Whatever breaks, there is a verdict; and however a mail arrives, it is the same one.

use crate::support::gate::{Gate, judge_in_chunks};
use crate::support::letter_with;
use bytes::Bytes;
use congthu::checks::engine::{Answer, Appetite, Ask, EngineCheck, Scanning};
use congthu::checks::{Check, Checks, PartCheck, virus};
use congthu::config::Config;
use congthu::engines::{Engines, Failure};
use congthu::facts::Part;
use congthu::mail::Envelope;
use congthu::pipeline::Pipeline;
use congthu::rules::Policy;
use congthu::verdict::{Action, Cause, Finding, Kind, Verdict};
use proptest::prelude::*;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;
use tokio::runtime::Builder;

/// A check that breaks on every part.
struct Panics;

impl Check for Panics {
    fn name(&self) -> &'static str {
        "signature"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        &[]
    }
    fn unscanned(&self) -> &'static Kind {
        &congthu::checks::signature::UNSCANNED
    }
}

impl PartCheck for Panics {
    fn inspect(&self, _: &Part, _: &Policy) -> Vec<Finding> {
        panic!("a bug")
    }
}

/// An engine that behaves in one of these ways.
#[derive(Clone, Copy)]
enum Engine {
    Down,
    Finds,
    Panics,
    Stuck,
}

impl Check for Engine {
    fn name(&self) -> &'static str {
        "virus"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        virus::KINDS
    }
    fn unscanned(&self) -> &'static Kind {
        &virus::UNSCANNED
    }
}

impl EngineCheck for Engine {
    fn engine(&self) -> &'static str {
        "stand-in"
    }
    fn appetite(&self) -> Appetite {
        Appetite::Stream
    }
    fn scan(&self, ask: Ask) -> Scanning {
        let engine = *self;
        Box::pin(async move {
            let _held = ask;
            match engine {
                Engine::Down => Err(Failure::new(Cause::EngineDown, "refused")),
                Engine::Finds => Ok(Answer::Found(vec![Finding::whole(&virus::FOUND, "V")])),
                Engine::Panics => panic!("a bug"),
                Engine::Stuck => std::future::pending().await,
            }
        })
    }
}

fn run(
    part: &'static [&'static dyn PartCheck],
    engines: &[Engine],
    mail: &'static [u8],
) -> Verdict {
    let gate = Gate::with_builtin_rules();
    let mut config = Config::default();
    config.spool.dir = std::env::temp_dir();
    let engine = engines.iter().map(|e| Arc::new(*e) as Arc<dyn EngineCheck>).collect();
    let checks = Checks { part, engine, ..Checks::all(&Engines::default()) };
    let policy = gate.rules.policy("base").unwrap().clone();
    // Paused time: the deadline of a stuck engine passes at once when nothing else can happen.
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let pipeline = Pipeline::new(&config, checks).unwrap();
        let mut intake = pipeline.begin(Envelope::default(), policy, "test").unwrap();
        intake.feed(Bytes::from_static(mail)).await;
        intake.finish().await.release().0
    })
}

const MAIL: &[u8] = b"Subject: a\r\n\r\nxin chao\r\n";

fn first(verdict: &Verdict) -> (Action, &'static str, Option<Cause>) {
    let finding = &verdict.findings[0].finding;
    (verdict.action, finding.kind.name, finding.cause)
}

#[test]
fn a_panic_is_a_finding_and_defers() {
    let verdict = run(&[&Panics], &[], MAIL);
    let want = (Action::Tempfail, "signature.unscanned", Some(Cause::Panic));
    assert_eq!(first(&verdict), want);
}

#[test]
fn every_way_an_engine_fails_defers() {
    for (engine, cause) in [
        (Engine::Down, Cause::EngineDown),
        (Engine::Panics, Cause::Panic),
        (Engine::Stuck, Cause::Timeout),
    ] {
        let verdict = run(&[], &[engine], MAIL);
        assert_eq!(first(&verdict), (Action::Tempfail, "virus.unscanned", Some(cause)));
        assert_eq!(verdict.reply.code.basic, 451);
    }
}

#[test]
fn a_virus_outweighs_a_dead_engine_in_any_order() {
    for engines in [[Engine::Finds, Engine::Down], [Engine::Down, Engine::Finds]] {
        let verdict = run(&[], &engines, MAIL);
        assert_eq!(first(&verdict), (Action::Reject, "virus.found", None));
        assert_eq!(verdict.findings.len(), 2);
    }
}

#[test]
fn a_delivery_holds_sizes_and_no_content() {
    let gate = Gate::with_builtin_rules();
    let (_, facts) = judge_in_chunks(&gate, "base", &letter_with(&[7; 100_000]), 4096);
    let sizes: Vec<u64> = facts.parts.iter().map(|part| part.size).collect();
    assert!(sizes.contains(&100_000), "{sizes:?}");
    assert!(facts.parts.iter().all(|part| part.bytes.is_empty()));
}

/// A check that finds nothing, and does this at each part.
struct Spy(fn());

impl Check for Spy {
    fn name(&self) -> &'static str {
        "signature"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        &[]
    }
    fn unscanned(&self) -> &'static Kind {
        &congthu::checks::signature::UNSCANNED
    }
}

impl PartCheck for Spy {
    fn inspect(&self, _: &Part, _: &Policy) -> Vec<Finding> {
        self.0();
        Vec::new()
    }
}

/// Tells when the session beside this one has been served.
static SERVED: Mutex<Option<mpsc::Receiver<()>>> = Mutex::new(None);
static WAITING: [&dyn PartCheck; 1] = [&Spy(|| {
    if let Some(served) = SERVED.lock().unwrap().take() {
        served.recv_timeout(Duration::from_secs(30)).expect("nobody else was served meanwhile");
    }
})];

#[test]
fn a_small_letter_that_costs_much_stops_no_other_session() {
    // 100 members below the limit of the lane, 300 above it: few bytes, more to do.
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for number in 0..300 {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(format!("{number}"), options).unwrap();
    }
    let letter = letter_with(&writer.finish().unwrap().into_inner());
    assert!(letter.len() < 64 << 10);
    let (tell, served) = mpsc::channel();
    *SERVED.lock().unwrap() = Some(served);
    let gate = Gate::with_builtin_rules();
    let policy = gate.rules.policy("base").unwrap().clone();
    let verdict = Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let pipeline = pipeline(Config::default(), &WAITING);
        let mut intake = pipeline.begin(Envelope::default(), policy, "test").unwrap();
        intake.feed(letter.into()).await;
        // The only thread of this runtime: it serves another session only while it is free.
        let other = tokio::spawn(async move { tell.send(()).unwrap() });
        let verdict = intake.finish().await.release().0;
        other.await.unwrap();
        verdict
    });
    assert_eq!(verdict.action, Action::Accept, "{:?}", verdict.findings);
}

/// Whose analysis is watched, and the most memory that it has asked for.
static WATCHED: Mutex<(Option<Pipeline>, u64)> = Mutex::new((None, 0));
static WATCHING: [&dyn PartCheck; 1] = [&Spy(|| {
    let mut watched = WATCHED.lock().unwrap();
    let used = watched.0.as_ref().map_or(0, analysis_memory);
    watched.1 = watched.1.max(used);
})];

fn analysis_memory(pipeline: &Pipeline) -> u64 {
    pipeline.in_use().iter().find(|(name, _)| *name == "analysis").unwrap().1
}

fn pipeline(mut config: Config, part: &'static [&'static dyn PartCheck]) -> Pipeline {
    config.spool.dir = std::env::temp_dir();
    Pipeline::new(&config, Checks { part, ..Checks::all(&Engines::default()) }).unwrap()
}

#[test]
fn what_unpacks_is_paid_for_and_letters_that_grow_together_come_to_an_end() {
    const UNPACKED: usize = 40 << 20;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("a.dat", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut writer, &vec![0; UNPACKED]).unwrap();
    let letter = Bytes::from(letter_with(&writer.finish().unwrap().into_inner()));
    let mut config = Config::default();
    // Room for one of them, and for half of the next.
    config.limits.analysis_memory = 64 << 20;
    let pipeline = pipeline(config, &WATCHING);
    WATCHED.lock().unwrap().0 = Some(pipeline.clone());
    let gate = Gate::with_builtin_rules();
    let judging = (0..4).map(|_| {
        let policy = gate.rules.policy("base").unwrap().clone();
        let mut intake = pipeline.begin(Envelope::default(), policy, "test").unwrap();
        let letter = letter.clone();
        gate.runtime.spawn(async move {
            intake.feed(letter).await;
            intake.finish().await.release().0.action
        })
    });
    for action in judging.collect::<Vec<_>>() {
        assert_eq!(gate.runtime.block_on(action).unwrap(), Action::Accept);
    }
    let most = WATCHED.lock().unwrap().1;
    assert!(most >= UNPACKED as u64 && most <= 64 << 20, "{most}");
    assert_eq!(analysis_memory(&pipeline), 0);
}

/// What must not depend on how a mail arrived.
fn summary(verdict: &Verdict) -> String {
    let findings = verdict.findings.iter().map(|judged| {
        let finding = &judged.finding;
        format!("{} {} {} {:?}", finding.kind.name, finding.part, finding.detail, finding.value)
    });
    format!("{:?} {}", verdict.reply, findings.collect::<Vec<_>>().join("; "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn chunks_change_nothing(
        pieces in prop::collection::vec(
            prop_oneof![
                Just("\r\n"), Just("\r"), Just("\n"), Just("."), Just("xin chao"), Just("\0"),
                Just("Content-Type: multipart/mixed; boundary=b\r\n\r\n"), Just("--b\r\n"),
                Just("Content-Transfer-Encoding: base64\r\n\r\nTVqQ\r\n"),
            ],
            0..40,
        ),
        chunk in 1..9_usize,
    ) {
        let gate = Gate::with_builtin_rules();
        let mail = pieces.concat().into_bytes();
        let (whole, _) = judge_in_chunks(&gate, "base", &mail, mail.len().max(1));
        let (pieces, _) = judge_in_chunks(&gate, "base", &mail, chunk);
        prop_assert_eq!(summary(&whole), summary(&pieces));
    }
}
