//! The systemd unit: how much it could do if somebody took it over.

use std::process::Command;

/// `systemd-analyze security`: 0 is nothing at all, 10 everything. What is left is the network and
/// the unix sockets of engines, which a gate is for.
const CEILING: f32 = 1.1;

#[test]
fn the_sandbox_is_as_tight_as_it_was() {
    let mut analyze = Command::new("systemd-analyze");
    analyze.args(["security", "--offline=true", "--no-pager", "deploy/systemd/congthu.service"]);
    let output = analyze.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let last = said.lines().last().unwrap_or_default();
    let exposure = last.split_whitespace().find_map(|word| word.parse::<f32>().ok());
    assert!(exposure.is_some_and(|exposure| exposure <= CEILING), "{said}");
    let readme = std::fs::read_to_string("deploy/README.md").unwrap();
    assert!(readme.contains(&format!("exposure level {}", exposure.unwrap())), "{last}");
}
