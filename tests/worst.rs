//! What the dearest letters cost: never much more than in proportion to their size, and at 64 MB
//! no more than two seconds of processor time (`make worst`).
//!
//! Processor time of this process and its children, never the clock: a busy machine changes nothing.

#[path = "../benches/worst.rs"]
mod letters;
// The letters are shared with the bench, which names the helpers so.
use crate::support;

use crate::support::gate::{Gate, judge};
use letters::WORST;
use std::fs;

/// Seconds of processor time: of all threads that live, and of children that have ended.
fn spent() -> f64 {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let threads = threads.filter_map(|task| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    // Fields 16 and 17 of proc(5), stat: user and system time of ended children, in ticks.
    let children: f64 = fields
        .split_whitespace()
        .skip(13)
        .take(2)
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum();
    threads.sum::<f64>() / 1e9 + children / 100.0
}

/// Seconds that a letter costs.
fn cost(gate: &Gate, mail: &[u8]) -> f64 {
    let before = spent();
    judge(gate, "base", mail);
    spent() - before
}

/// Below this, start-up and the scheduler are what is measured.
const NOISE: f64 = 0.03;

#[test]
fn four_times_the_letter_costs_no_more_than_eight_times() {
    let gate = Gate::with_worker();
    let mut steep = Vec::new();
    for (name, make) in WORST {
        let [small, large] = [128 << 10, 512 << 10].map(|size| cost(&gate, &make(size)));
        println!("{name:28} {:7.1} ms {:7.1} ms", small * 1e3, large * 1e3);
        if large > small.max(NOISE) * 8.0 || large > 0.5 {
            steep.push(format!("{name}: {small:.3} s, then {large:.3} s"));
        }
    }
    assert!(steep.is_empty(), "{}", steep.join("\n"));
}

/// The figure itself, for a machine with nothing else to do.
#[test]
#[ignore = "takes a minute: make worst"]
fn no_letter_of_64_megabytes_costs_more_than_two_seconds() {
    let gate = Gate::with_worker();
    let mut worst = ("", 0.0);
    let mut over = Vec::new();
    for (name, make) in WORST {
        let mut mail = make(64_000_000);
        // The pieces that letters are made of have line ends that count twice.
        mail.truncate(64_000_000);
        let cost = cost(&gate, &mail);
        println!("{name:28} {:9} bytes {cost:7.3} s", mail.len());
        if cost > 2.0 {
            over.push(format!("{name}: {cost:.3} s"));
        }
        if cost > worst.1 {
            worst = (name, cost);
        }
    }
    println!("worst message: {}, {:.3} s", worst.0, worst.1);
    assert!(over.is_empty(), "{}", over.join("\n"));
}
