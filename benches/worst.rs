//! What the dearest letters of 64 MB cost: none may take more than two seconds of processor time.
//!
//! Processor time of this process and its children, never the clock: a busy machine changes nothing.

use crate::letters::{DENSE, WORST};
use crate::support::gate::{Gate, judge};
use std::fs;

/// Seconds of processor time that one letter may take.
pub const MOST: f64 = 2.0;

/// Bytes of a letter.
const SIZE: usize = 64_000_000;

/// Measures all letters, prints each, and returns the dearest with its seconds.
pub fn measure() -> (&'static str, f64) {
    let gate = Gate::with_worker();
    let costs = WORST.iter().chain(DENSE).map(|(name, make)| {
        let mut mail = make(SIZE);
        // The pieces that letters are made of have line ends that count twice.
        mail.truncate(SIZE);
        let cost = cost(&gate, &mail);
        println!("{name:28} {:9} bytes {cost:7.3} s", mail.len());
        (*name, cost)
    });
    costs.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap()
}

/// Seconds that a letter costs.
pub fn cost(gate: &Gate, mail: &[u8]) -> f64 {
    let before = spent();
    judge(gate, "base", mail);
    spent() - before
}

/// Seconds of processor time that this process has spent: of all threads that live, and of children that have ended.
pub fn spent() -> f64 {
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
