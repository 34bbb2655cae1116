//! Numbers: of processes from `/proc`, of samples by rank, in tables.

use std::collections::HashSet;
use std::fs;

/// The value at this share of sorted values; 0 of none.
pub fn percentile(sorted: &[f64], share: f64) -> f64 {
    let at = (share * sorted.len().saturating_sub(1) as f64).round() as usize;
    sorted.get(at).copied().unwrap_or(0.0)
}

/// The middle one.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    percentile(&sorted, 0.5)
}

/// Seconds of processor time of a process and all that it started, ended children included.
pub fn cpu(pid: u32) -> f64 {
    // USER_HZ is 100 on every Linux that we know of; `getconf CLK_TCK` says so.
    let ticks: u64 = family(pid).iter().filter_map(|pid| stat(*pid)).map(|s| s.ticks).sum();
    ticks as f64 / 100.0
}

/// Seconds of processor time of our children that have ended.
pub fn ended_children() -> f64 {
    stat(std::process::id()).map_or(0.0, |stat| stat.ended as f64 / 100.0)
}

/// Seconds that all processors together were busy since the machine's start.
pub fn busy() -> f64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let ticks: Vec<u64> = line.split_whitespace().filter_map(|field| field.parse().ok()).collect();
    // user, nice, system, idle, iowait, irq, softirq, steal
    let idle: u64 = ticks.iter().skip(3).take(2).sum();
    (ticks.iter().take(8).sum::<u64>() - idle) as f64 / 100.0
}

/// The most memory that a process had resident since [`forget_peak`], in MB.
pub fn peak_rss(pid: u32) -> f64 {
    status(pid, "VmHWM:")
}

/// Memory that a process has resident now, in MB.
pub fn rss(pid: u32) -> f64 {
    status(pid, "VmRSS:")
}

/// Open descriptors of a process.
pub fn descriptors(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}

/// Lets the peak begin anew (proc(5), clear_refs).
pub fn forget_peak(pid: u32) {
    let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
}

fn status(pid: u32, field: &str) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().unwrap_or(0.0);
    kib * 1024.0 / 1e6
}

struct Stat {
    parent: u32,
    /// Its own and those of its ended children.
    ticks: u64,
    ended: u64,
}

/// Fields 4 and 14 to 17 of proc(5), stat.
fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let times = fields.get(11..15)?.iter().filter_map(|field| field.parse::<u64>().ok());
    let (ticks, ended) = (times.clone().sum(), times.skip(2).sum());
    Some(Stat { parent: fields.get(1)?.parse().ok()?, ticks, ended })
}

/// A process and everything below it.
fn family(pid: u32) -> HashSet<u32> {
    let numbers = fs::read_dir("/proc").into_iter().flatten().flatten();
    let all: Vec<(u32, u32)> = numbers
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, stat(pid)?.parent)))
        .collect();
    let mut family = HashSet::from([pid]);
    while let Some((child, _)) =
        all.iter().find(|(child, parent)| family.contains(parent) && !family.contains(child))
    {
        family.insert(*child);
    }
    family
}
