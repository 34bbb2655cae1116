//! Instructions of the path of one message, so that a slow-down is seen on any machine.
//!
//! Two runs with different numbers of mails are counted and compared: what starting costs
//! falls out. Only `callgrind` counts alike on a busy machine; time does not.

use crate::soak::{mails, path, rule_set};
use congthu::checks;
use congthu::rules::RuleSet;
use serde::Deserialize;
use std::env;
use std::fmt::Write;
use std::fs;
use std::process::Command;

const FILE: &str = "benches/instructions.toml";

/// Names the mail and how often it goes along the path, in the process that is counted.
const TASK: &str = "CONGTHU_INSTRUCTIONS";

/// Set to write the counts instead of holding them.
const WRITE: &str = "CONGTHU_WRITE_INSTRUCTIONS";

/// A name, how the mail is made, under which rules, and how many mails the two runs take.
type Task = (&'static str, fn(u64) -> Vec<u8>, fn() -> RuleSet, [u64; 2]);

/// What is counted.
const TASKS: &[Task] = &[
    ("text-4k", mails::text, shipped, [20, 220]),
    ("zip-1m", mails::documents, shipped, [2, 8]),
    ("rules-4k", mails::text, many, [20, 220]),
];

fn shipped() -> RuleSet {
    RuleSet::builtin(&checks::catalogue()).unwrap()
}

fn many() -> RuleSet {
    RuleSet::load(rule_set::folder().path(), &checks::catalogue()).unwrap()
}

/// The file: what a mail costs, and how much more is a failure.
#[derive(Deserialize)]
struct Kept {
    margin: f64,
    text_4k: u64,
    zip_1m: u64,
    rules_4k: u64,
}

#[test]
fn the_path_of_a_message_costs_no_more_than_it_did() {
    if let Err(missing) = counting() {
        println!("skipped: {missing}");
        return;
    }
    let counts: Vec<u64> = TASKS.iter().map(|(name, .., runs)| each(name, *runs)).collect();
    if env::var_os(WRITE).is_some() {
        return write(&counts);
    }
    let kept: Kept = toml::from_str(&fs::read_to_string(FILE).unwrap()).unwrap();
    for (((name, ..), count), kept_count) in
        TASKS.iter().zip(counts).zip([kept.text_4k, kept.zip_1m, kept.rules_4k])
    {
        let more = count as f64 / kept_count as f64 - 1.0;
        println!("{name}: {count} instructions, {:+.1} %", more * 100.0);
        let hint = "find out why, or keep it with `make instructions`";
        assert!(more <= kept.margin, "{name}: {count} instructions, {kept_count} kept; {hint}");
    }
}

/// The process that is counted.
#[test]
#[ignore = "run under callgrind by the test above"]
fn one_path() {
    let Ok(task) = env::var(TASK) else { return };
    let (name, times) = task.split_once(':').unwrap();
    let (_, mail, rules, _) = TASKS.iter().find(|(known, ..)| *known == name).unwrap();
    path::walk(&rules(), &mail(0), times.parse().unwrap());
}

/// Whether instructions can be counted as they were.
fn counting() -> Result<(), &'static str> {
    let wide = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    if !wide.contains(" avx2 ") {
        return Err("no AVX2, other instructions are taken");
    }
    let valgrind = Command::new("valgrind").arg("--version").output();
    valgrind.map(drop).map_err(|_| "no valgrind (tests/install.sh)")
}

/// Instructions of one mail.
fn each(name: &str, [few, many]: [u64; 2]) -> u64 {
    (counted(name, many) - counted(name, few)) / (many - few)
}

/// Instructions of a run of so many mails, its start included.
fn counted(name: &str, times: u64) -> u64 {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("callgrind.out");
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--test-threads=1", "instructions::one_path"])
        .env(TASK, format!("{name}:{times}"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && said.contains("1 passed"), "{said}{run:?}");
    let text = fs::read_to_string(out).unwrap();
    let total = text.lines().find_map(|line| line.strip_prefix("summary: ")).unwrap();
    total.trim().parse().unwrap()
}

fn write(counts: &[u64]) {
    let mut text = String::from(
        "# Instructions of one message, from begin to verdict: `make instructions` writes them,\n\
         # tests/instructions.rs holds them. `margin` is the share by which they may grow.\n\
         margin = 0.1\n",
    );
    for ((name, ..), count) in TASKS.iter().zip(counts) {
        writeln!(text, "{} = {count}", name.replace('-', "_")).unwrap();
    }
    fs::write(FILE, text).unwrap();
}
