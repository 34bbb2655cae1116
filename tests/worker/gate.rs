//! The whole way of a letter: children are asked where it must not wait, and answers are judged.

use super::made::{pdf, sevenz_stored};
use crate::support::gate::{Gate, judge_in_chunks};
use crate::support::letter_with;
use congthu::checks::{self, Checks};
use congthu::config::Config;
use congthu::engines::Engines;
use congthu::pipeline::Pipeline;
use congthu::rules::RuleSet;
use congthu::verdict::{Action, Cause, Verdict};
use tokio::runtime::Runtime;

fn gate(program: &str) -> Gate {
    let mut config = Config::default();
    config.spool.dir = std::env::temp_dir();
    let checks = Checks::all(&Engines::default());
    Gate {
        rules: RuleSet::builtin(&checks::catalogue()).unwrap(),
        pipeline: Pipeline::with_worker(&config, checks, program.into()).unwrap(),
        runtime: Runtime::new().unwrap(),
    }
}

fn found(verdict: &Verdict) -> Vec<(&str, &str)> {
    let findings = verdict.findings.iter();
    findings.map(|judged| (judged.finding.kind.name, judged.finding.part.as_str())).collect()
}

#[test]
fn what_a_child_finds_is_judged() {
    let gate = gate(env!("CARGO_BIN_EXE_congthu"));
    let program = [&b"MZ"[..], &[0; 58], b"\x40\0\0\0PE\0\0\x4c\x01", &[0; 60]].concat();
    let letter = letter_with(&sevenz_stored("hoa don.exe", &program, 24));
    let (verdict, facts) = judge_in_chunks(&gate, "base", &letter, 4096);
    assert_eq!(verdict.action, Action::Reject, "{verdict:?}");
    let (name, part) = found(&verdict)[0];
    assert!(name == "executable.found" && part.ends_with("/hoa don.exe"), "{verdict:?}");
    assert!(facts.parts.iter().any(|part| part.path.ends_with("/hoa don.exe")));

    // A program that unpacks itself.
    let letter = letter_with(&[program, sevenz_stored("b.txt", b"inside", 24)].concat());
    let (_, facts) = judge_in_chunks(&gate, "base", &letter, 4096);
    assert!(facts.parts.iter().any(|part| part.path.ends_with("/a.bin/b.txt")), "{facts:?}");

    let letter = letter_with(&pdf("/OpenAction << /S /Launch /F (cmd.exe) >>", &[]));
    let (verdict, facts) = judge_in_chunks(&gate, "base", &letter, 4096);
    assert_eq!(verdict.action, Action::Quarantine, "{verdict:?}");
    assert_eq!(found(&verdict)[0].0, "active.found");
    assert_eq!(facts.parts.iter().filter(|part| !part.active.is_empty()).count(), 1);

    let (verdict, _) = judge_in_chunks(&gate, "base", &letter_with(&pdf("", &[])), 4096);
    assert_eq!(verdict.action, Action::Accept, "{verdict:?}");
}

#[test]
fn a_letter_whose_reader_cannot_be_started_is_kept() {
    let gate = gate("/nonexistent");
    let letter = letter_with(&sevenz_stored("a.txt", b"x", 24));
    let (verdict, _) = judge_in_chunks(&gate, "base", &letter, 4096);
    assert_eq!(verdict.action, Action::Quarantine, "{verdict:?}");
    assert_eq!(found(&verdict)[0].0, "archive.unreadable");
    assert!(gate.pipeline.try_worker().is_err());
}

#[test]
fn a_letter_whose_reader_panics_is_deferred() {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("panics");
    let lines = r"head -c 64 >/dev/null; printf '.\002\000\000\000\001\001'";
    std::fs::write(&program, format!("#!/bin/sh\n{lines}\n")).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, executable).unwrap();
    let letter = letter_with(&sevenz_stored("a.txt", b"x", 24));
    let (verdict, _) = judge_in_chunks(&gate(program.to_str().unwrap()), "base", &letter, 4096);
    assert_eq!(verdict.action, Action::Tempfail, "{verdict:?}");
    let finding = &verdict.findings[0].finding;
    assert_eq!((finding.kind.name, finding.cause), ("archive.unscanned", Some(Cause::Panic)));
}

#[test]
fn what_a_password_of_the_letter_opened_is_told() {
    let gate = gate(env!("CARGO_BIN_EXE_congthu"));
    let locked = super::pdf::locked("1234");
    let letter = letter_with(&locked);
    let letter = String::from_utf8(letter).unwrap().replacen("Subject: ", "Subject: mk: 1234 ", 1);
    let (verdict, facts) = judge_in_chunks(&gate, "base", letter.as_bytes(), 4096);
    assert!(found(&verdict).iter().any(|(name, _)| *name == "archive.unlocked"), "{verdict:?}");
    assert_eq!(facts.unlocked.len(), 1, "{facts:?}");
}

#[test]
fn a_child_that_hangs_costs_the_letter_its_time_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("hangs");
    std::fs::write(&program, "#!/bin/sh\nexec sleep 1000\n").unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, executable).unwrap();
    let mut config = Config::default();
    config.spool.dir = std::env::temp_dir();
    config.limits.verdict_seconds = 1;
    let checks = Checks::all(&Engines::default());
    let rules = RuleSet::builtin(&checks::catalogue()).unwrap();
    let pipeline = Pipeline::with_worker(&config, checks, program).unwrap();
    let gate = Gate { rules, pipeline, runtime: Runtime::new().unwrap() };
    let letter = letter_with(&sevenz_stored("a.txt", b"x", 24));
    let (verdict, _) = judge_in_chunks(&gate, "base", &letter, 4096);
    assert_eq!(verdict.action, Action::Tempfail, "{verdict:?}");
    // A letter beside it needs no child.
    let (verdict, _) = judge_in_chunks(&gate, "base", &letter_with(b"hello"), 4096);
    assert_eq!(verdict.action, Action::Accept, "{verdict:?}");
}
