//! `congthu doctor`: every kind of fault is named, with what would be right; a fit gate is called fit.

mod faults;
mod hop;
mod peers;
mod real;
mod world;

use super::support;
pub use hop::Hop;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// One run: the exit code, and a value a line.
pub struct Look {
    pub code: Option<i32>,
    pub lines: Vec<Value>,
}

/// Runs it on a configuration in this folder.
pub fn look(dir: &Path, config: &str, more: &[&str]) -> Look {
    fs::write(dir.join("congthu.toml"), config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_congthu"));
    let output = command.args(["doctor", "--json"]).args(more).current_dir(dir).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")));
    Look { code: output.status.code(), lines: lines.collect() }
}

impl Look {
    /// The lines of a check.
    pub fn of(&self, check: &str) -> Vec<&Value> {
        self.lines.iter().filter(|line| line["check"] == check).collect()
    }

    /// That a line of this check is in this state and says this, in what it found or advises.
    #[track_caller]
    pub fn says(&self, case: &str, state: &str, check: &str, words: &str) {
        let fits = |line: &&Value| {
            let text = format!("{} {} {}", line["about"], line["found"], line["advice"]);
            line["state"] == state && text.contains(words)
        };
        let of = self.of(check);
        assert!(
            of.iter().any(fits),
            "{case}: no {state} of {check} with {words:?} in {:#?}",
            self.lines
        );
        for line in &self.lines {
            let wrong = line["state"] != "ok";
            assert_eq!(wrong, line["advice"] != "", "what would be right? {line}");
        }
    }

    /// All faults, in words.
    pub fn faults(&self) -> Vec<String> {
        let faults = self.lines.iter().filter(|line| line["state"] == "fault");
        faults.map(ToString::to_string).collect()
    }
}

/// A configuration with nothing wrong in it: this next hop, listeners on free ports.
pub fn sound(hop: &Hop) -> String {
    format!(
        "[smtp]\nlisten = [\"127.0.0.1:0\"]\nhostname = \"gate.example\"\nreceived = true\n\
         upstream = [\"{}\"]\ndomains = [\"tiengiang.gov.vn\"]\n[http]\nlisten = \"127.0.0.1:0\"\n",
        hop.address
    )
}

#[test]
fn a_gate_with_nothing_wrong_is_fit() {
    let dir = tempfile::tempdir().unwrap();
    let hop = Hop::default().start();
    let seen = look(dir.path(), &sound(&hop), &[]);
    assert_eq!((seen.code, seen.faults()), (Some(0), Vec::new()));
    seen.says("fit", "ok", "path.eicar", "51/2016");
    seen.says("fit", "ok", "next_hop.relay", "550 5.7.1 no relaying");
    seen.says("fit", "ok", "next_hop.recipient", "postmaster@tiengiang.gov.vn");
    seen.says("fit", "warning", "engine.clamav", "apt install clamav-daemon");
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["congthu.toml"], "it leaves nothing behind");
    let text = Command::new(env!("CARGO_BIN_EXE_congthu"))
        .arg("doctor")
        .current_dir(dir.path())
        .output()
        .unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.lines().last().unwrap().starts_with("fit: "), "{text}");
    assert!(hop.heard().iter().all(|line| line != "DATA"), "nothing is delivered");
}
