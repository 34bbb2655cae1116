//! `congthu rules` as an administrator calls it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn rules(dir: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_congthu"));
    let output: Output = command.arg("rules").args(arguments).current_dir(dir).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The shipped rules in a folder of their own.
fn copied() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("rules")).unwrap();
    for entry in fs::read_dir("rules").unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, dir.path().join("rules").join(path.file_name().unwrap())).unwrap();
    }
    dir
}

#[test]
fn check_counts_what_is_right() {
    for (dir, from) in [(copied(), "rules"), (tempfile::tempdir().unwrap(), "built in")] {
        let (code, out, err) = rules(dir.path(), &["check"]);
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        assert!(out.contains(&format!("{from}: all rules are right (hash ")), "{out}");
        assert!(out.contains("for bdt.binhthuan.gov.vn, bdt@binhthuan.gov.vn"), "{out}");
        assert!(out.contains("replaced, for history only"), "{out}");
    }
}

#[test]
fn check_tells_all_that_is_wrong_and_ends_with_78() {
    let dir = copied();
    let path = dir.path().join("rules/angiang-2016.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("virus.found", "virus.fond").replace("spam.score", "spam.scor"))
        .unwrap();
    for arguments in [&["check"][..], &["check", "rules"], &["list"], &["explain", "virus.found"]] {
        let (code, out, err) = rules(dir.path(), arguments);
        assert_eq!((code, out.as_str()), (78, ""), "{arguments:?}");
        assert_eq!(err.matches("did you mean `virus.found`?").count(), 1, "{err}");
        assert_eq!(err.matches("did you mean `spam.score`?").count(), 2, "{err}");
        assert!(err.contains("rules/angiang-2016.toml:24:11: "), "{err}");
    }
    let (code, _, err) = rules(dir.path(), &["check", "nowhere"]);
    assert_eq!(code, 78);
    assert!(err.contains("nowhere: cannot be read"), "{err}");
}

#[test]
fn a_folder_without_base_is_not_passed_over() {
    let dir = copied();
    fs::remove_file(dir.path().join("rules/base.toml")).unwrap();
    let (code, _, err) = rules(dir.path(), &["check"]);
    assert_eq!(code, 78);
    assert!(err.contains("rules/base.toml: is missing"), "{err}");
}

#[test]
fn the_configured_folder_comes_first_and_a_wrong_configuration_is_told() {
    let dir = copied();
    fs::rename(dir.path().join("rules"), dir.path().join("mine")).unwrap();
    fs::write(dir.path().join("congthu.toml"), "[rules]\ndir = \"mine\"\n").unwrap();
    let (code, out, _) = rules(dir.path(), &["check"]);
    assert_eq!(code, 0);
    assert!(out.contains("mine: all rules are right"), "{out}");
    fs::write(dir.path().join("congthu.toml"), "[rules]\ndirs = \"mine\"\n").unwrap();
    let (code, _, err) = rules(dir.path(), &["list"]);
    assert_eq!(code, 78);
    assert!(err.contains("congthu.toml:2:1: unknown key `dirs`; did you mean `dir`?"), "{err}");
}

#[test]
fn list_and_explain_name_article_file_and_line() {
    let dir = copied();
    let (code, out, _) = rules(dir.path(), &["list"]);
    assert_eq!(code, 0);
    assert!(
        out.contains("189/QĐ-BDT, 2012-04-11") && out.contains("its own rules, then those of base")
    );
    let (code, out, _) = rules(dir.path(), &["explain", "attachment.type"]);
    assert_eq!(code, 0);
    let line = out.lines().find(|line| line.contains("binhthuan-2012 ")).unwrap();
    for word in ["reject", "mục III.3", "binhthuan-2012.toml:"] {
        assert!(line.contains(word), "{line}");
    }
    let (code, _, err) = rules(dir.path(), &["explain", "attachment.types"]);
    assert_eq!(code, 64);
    let says =
        "`attachment.types` is neither a finding nor a file; did you mean `attachment.type`?";
    assert!(err.contains(says), "{err}");
}

#[test]
fn explain_knows_findings_of_lists_and_exceptions_that_end() {
    let dir = copied();
    fs::create_dir(dir.path().join("rules/local")).unwrap();
    let text = "[words.xo-so]\nphrases = [\"xổ số\"]\n[sender.cu]\naddress = [\"a.example\"]\n\
        [[rule]]\nfinding = \"words.xo-so\"\nwhere = { client = \"10.0.0.0/8\" }\naction = \"accept\"\n\
        until = \"2020-01-31\"\n[[rule]]\nfinding = \"words.xo-so\"\naction = \"tag\"\n\
        [[rule]]\nid = \"noi-dung-cam\"\nmode = \"shadow\"\n";
    fs::write(dir.path().join("rules/local/base.toml"), text).unwrap();
    let explain = |name: &str| rules(dir.path(), &["explain", name]);
    let (code, out, err) = explain("words.xo-so");
    assert_eq!((code, err.as_str()), (0, ""));
    for words in [
        "client 10.0.0.0/8; until 2020-01-31, which is over",
        "local/base.toml:5",
        "local/base.toml:10",
        "tiengiang-2016",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    // No rule speaks of it, so it is counted.
    let (code, out, _) = explain("sender.cu");
    assert!(code == 0 && out.contains("accept") && out.contains("local/base.toml:3"), "{out}");
    assert!(explain("words.noi-dung-cam").1.contains("changed at local/base.toml:13"));
    let (code, _, err) = explain("words.xo-to");
    assert_eq!((code, err.contains("did you mean `words.xo-so`?")), (64, true), "{err}");
}
