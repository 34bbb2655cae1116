//! The first day of an administrator: the lines of the README, in order, beside a gate at work.

use crate::records_command::refused;
use crate::rules::folder;
use crate::serve_command::Gate;
use crate::support::{eventually, readme};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// The rules of a fresh installation, and a gate that keeps records for ever.
fn install() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::rename(folder(&[]).keep(), dir.path().join("rules")).unwrap();
    fs::remove_dir(dir.path().join("rules/local")).unwrap();
    let records = dir.path().join("var/state/records");
    fs::create_dir_all(&records).unwrap();
    let line = serde_json::to_string(&refused()).unwrap() + "\n";
    fs::write(records.join("2026-03-03.jsonl"), line).unwrap();
    dir
}

const LETTER: &[u8] = "Subject: thu\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
    Trúng thưởng XỔ SỐ hôm nay.\r\n"
    .as_bytes();

/// How many sets of rules the gate has taken.
fn generation(gate: &Gate) -> String {
    let page = gate.page("/metrics");
    page.lines().find(|line| line.starts_with("congthu_rules_generation ")).unwrap().to_owned()
}

/// Runs a line and waits until the gate has taken what it changed.
fn edit(gate: &Gate, line: &str) -> String {
    let before = generation(gate);
    let said = well(gate.dir.path(), line);
    eventually("the new rules", || (generation(gate) != before).then_some(()));
    said
}

fn well(dir: &Path, line: &str) -> String {
    let (code, said) = readme::run(dir, line);
    assert_eq!(code, Some(0), "{line}\n{said}");
    said
}

#[test]
fn the_lines_of_the_readme_make_a_first_day() {
    let lines = readme::commands("The first day of an administrator");
    let [mkdir, write, check, explain, test, seen, replay, promote, end, allow, why] = &lines[..]
    else {
        panic!("other lines: {lines:#?}")
    };
    let more = "[rules]\nmode = \"observe\"\n[state]\nrecords_days = 0\n";
    let (gate, log) = Gate::launch(install(), more);
    std::thread::spawn(move || log.for_each(drop));
    let dir = gate.dir.path();
    fs::write(dir.join("a.eml"), LETTER).unwrap();

    well(dir, mkdir);
    edit(&gate, write);
    assert!(well(dir, check).contains("rules: all rules are right"));
    let said = well(dir, explain);
    for words in [
        "accept 250 2.0.0, policy base, which observes",
        "words.noi-dung-cam in 1: entry 1 (local/base.toml:2)",
        "changed at local/base.toml:3: always: holds, and decides",
        "→ quarantine in shadow: counted and shown, not acted upon",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    assert!(well(dir, test).starts_with("0 examples, 0 wrong\n"));

    // In shadow it is counted and goes on its way.
    assert!(gate.send("b@tiengiang.gov.vn", LETTER).starts_with("250"));
    assert_eq!(gate.delivered().len(), 1);
    let said = eventually("the record", || {
        Some(well(dir, seen)).filter(|said| said.contains("words.noi-dung-cam"))
    });
    assert!(said.contains("accept → relayed") && said.contains("shadow"), "{said}");
    let said = well(dir, replay);
    assert!(said.contains("accept → quarantine"), "{said}");
    assert!(said.contains("words.noi-dung-cam base.toml:"), "{said}");

    // Promoted, it still only observes; then it acts.
    assert!(edit(&gate, promote).contains("quarantine words.noi-dung-cam"));
    assert!(gate.send("b@tiengiang.gov.vn", LETTER).starts_with("250"));
    assert_eq!(gate.delivered().len(), 2);
    assert!(edit(&gate, end).contains("observing ends: all rules act"));
    let kept = gate.send("b@tiengiang.gov.vn", LETTER);
    assert!(kept.starts_with("250 2.0.0 ["), "{kept}");
    assert_eq!(gate.delivered().len(), 2, "a person decides");
    assert!(edit(&gate, allow).contains("archive.encrypted is let in until "));
    let local = fs::read_to_string(dir.join("rules/local/base.toml")).unwrap();
    assert!(
        local.contains("client = [\"10.1.0.0/16\"]") && local.contains("hồ sơ của Sở Xây dựng")
    );

    let said = well(dir, why);
    for words in ["reject → refused", "mục III.3", "binhthuan-2012.toml:31", "550 5.7.1"] {
        assert!(said.contains(words), "{words}\n{said}");
    }
}
