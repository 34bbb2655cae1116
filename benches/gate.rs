//! `make bench` and `make soak`: the gate beside plain Postfix and the bare next hop, in one run.
//!
//! One program: it is also the generator, the sink and the path that is profiled, each in a
//! process of its own, so that the cost of one is not counted as another's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that fails ends"
)]
#![allow(unreachable_pub, missing_docs, reason = "a program exports nothing")]

mod cells;
mod client;
mod containers;
mod figures;
mod letters;
mod load;
mod mails;
mod names;
mod path;
mod rule_set;
mod rules;
mod scenes;
mod servers;
mod sink;
mod soak;
#[path = "../tests/support/mod.rs"]
#[allow(unused_imports, reason = "the servers of the tests, of which few are wanted here")]
mod support;
mod table;
mod texts;
mod worst;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// As in the program: what letters cost is in part what memory costs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let number = |name: &str| option(name).and_then(|value| value.parse::<f64>().ok());
    match arguments.first().map(String::as_str) {
        Some("sink") => {
            let idle = Duration::from_secs_f64(number("-w").unwrap_or(300.0));
            sink::run(number("-p").unwrap() as u16, idle);
        }
        Some("load") => load::run(&load::Load {
            to: option("-t").unwrap().parse().unwrap(),
            folder: option("-d").unwrap().into(),
            connections: number("-c").unwrap_or(1.0) as usize,
            letters: number("-n").map(|letters| letters as usize),
            seconds: number("-T"),
            run: option("-i").unwrap_or_default(),
        }),
        Some("path") => path::run(&arguments[1], arguments[2].parse().unwrap()),
        Some("worst") => {
            let (name, cost) = worst::measure();
            println!("dearest: {name}, {cost:.3} s");
            assert!(cost <= worst::MOST, "no letter may take {} s", worst::MOST);
        }
        Some("rules") => rules(),
        Some("texts") => texts(),
        Some("soak") => soak::run(&mails(), setting("MINUTES", 30.0)),
        _ => bench(),
    }
}

/// Measures, prints the tables, and writes them to the file that `BENCH_TABLE` names.
fn bench() {
    let seconds = setting("BENCH_SECONDS", 2.0);
    let repetitions = setting("BENCH_REPETITIONS", 3.0) as usize;
    let within = Duration::from_secs_f64(setting("BENCH_WITHIN", 140.0));
    let run = cells::Run { lab: lab(), mails: mails(), seconds, repetitions, within };
    let results = run.measure();
    let text = table::write(&run, &results);
    println!("{text}");
    if let Some(file) = std::env::var_os("BENCH_TABLE") {
        table::replace(Path::new(&file), "make bench", &text);
    }
    texts();
    rules();
}

/// The same of rules and directories, for the file that `BENCH_TABLE` names.
fn rules() {
    let next_hop = servers::next_hop(Duration::from_secs(300));
    let text = table::costs(&rules::measure(next_hop), &names::measure(next_hop));
    println!("{text}");
    if let Some(file) = std::env::var_os("BENCH_TABLE") {
        table::replace(Path::new(&file), "make rules", &text);
    }
}

/// The same of texts, for the file that `BENCH_TEXTS` names.
fn texts() {
    let (text, (name, share)) = texts::measure();
    println!("{text}\nnearest to its aim: {name}, {:.0} % of it", share * 100.0);
    if let Some(file) = std::env::var_os("BENCH_TEXTS") {
        table::replace(Path::new(&file), "make bench", &text);
    }
}

/// The folders of the mixes.
fn mails() -> PathBuf {
    mails::write(&target().join("bench-mails"))
}

fn setting(name: &str, default: f64) -> f64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// Where cargo builds.
fn target() -> PathBuf {
    let bin = Path::new(env!("CARGO_BIN_EXE_congthu"));
    bin.ancestors().nth(2).unwrap().to_owned()
}

/// The lab's generator and sink, compiled, where `CONGTHU_LAB` names its folder.
fn lab() -> Option<PathBuf> {
    let source = Path::new(&std::env::var_os("CONGTHU_LAB")?).join("smtplab.c");
    let program = target().join("smtplab");
    let built = Command::new("cc").args(["-O2", "-w", "-o"]).arg(&program).arg(&source).status();
    match built {
        Ok(status) if status.success() => Some(program),
        _ => {
            eprintln!("{} does not compile; the project's own generator is used", source.display());
            None
        }
    }
}
