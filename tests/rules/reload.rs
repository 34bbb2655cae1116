//! Rules that change on the disk: whole or not at all, and never half written.

use congthu::checks;
use congthu::rules::RuleSet;
use congthu::rules::reload::{Look, Watch};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// The shipped rules in a folder of their own, under watch.
fn watched() -> (TempDir, Watch, String) {
    let dir = tempfile::tempdir().unwrap();
    for entry in fs::read_dir("rules").unwrap().map(|entry| entry.unwrap().path()) {
        if entry.extension().is_some_and(|extension| extension == "toml") {
            fs::copy(&entry, dir.path().join(entry.file_name().unwrap())).unwrap();
        }
    }
    let rules = RuleSet::load(dir.path(), &checks::catalogue()).unwrap();
    let watch = Watch::new(dir.path(), &rules, checks::catalogue(), false);
    (dir, watch, rules.hash().to_owned())
}

/// Writes `base.toml` anew, with so much of it and something behind.
fn edit(dir: &Path, part: usize, behind: &str) {
    let whole = fs::read_to_string("rules/base.toml").unwrap();
    let cut = whole.floor_char_boundary(whole.len() * part / 100);
    fs::write(dir.join("base.toml"), whole[..cut].to_owned() + behind).unwrap();
}

#[test]
fn a_change_is_loaded_once_two_looks_have_seen_it() {
    let (dir, mut watch, hash) = watched();
    assert!(matches!(watch.look(), Look::Same));
    edit(dir.path(), 100, "# more\n");
    assert!(matches!(watch.look(), Look::Unsettled));
    let Look::Loaded(rules) = watch.look() else { panic!("not loaded") };
    assert_ne!(rules.hash(), hash);
    assert!(matches!(watch.look(), Look::Same));
}

#[test]
fn what_is_still_being_written_is_never_loaded() {
    let (dir, mut watch, _) = watched();
    for part in 1..100 {
        edit(dir.path(), part, &"#".repeat(part));
        assert!(matches!(watch.look(), Look::Unsettled), "{part}");
    }
}

#[test]
fn what_is_wrong_is_told_once_and_changes_nothing() {
    let (dir, mut watch, hash) = watched();
    for (bad, words) in [
        (&b"id = \"base\n"[..], "base.toml:1"),
        ("\u{feff}".as_bytes(), "base.toml"),
        (b"\xff\xfei\0d\0", "UTF-16"),
        (b"title = \"Quy t\xbec chung\"\n", "UTF-8"),
        (b"", "base.toml"),
    ] {
        fs::write(dir.path().join("base.toml"), bad).unwrap();
        assert!(matches!(watch.look(), Look::Unsettled));
        let Look::Wrong(errors) = watch.look() else { panic!("{words}: loaded") };
        assert!(errors.to_string().contains(words), "{words}: {errors}");
        assert!(matches!(watch.look(), Look::Same), "{words}: told twice");
    }
    edit(dir.path(), 100, "");
    watch.look();
    let Look::Loaded(rules) = watch.look() else { panic!("not loaded") };
    assert_eq!(rules.hash(), hash);
}

#[test]
fn files_that_come_go_and_are_renamed_are_changes() {
    let (dir, mut watch, _) = watched();
    let policy = dir.path().join("angiang-2016.toml");
    let aside = dir.path().join(".angiang-2016.toml.swp");
    fs::rename(&policy, &aside).unwrap();
    assert!(matches!(watch.look(), Look::Unsettled));
    let Look::Loaded(rules) = watch.look() else { panic!("not loaded") };
    assert!(rules.policy("angiang-2016").is_none());
    fs::rename(&aside, &policy).unwrap();
    assert!(matches!(watch.look(), Look::Unsettled));
    let Look::Loaded(rules) = watch.look() else { panic!("not loaded") };
    assert!(rules.policy("angiang-2016").is_some());
}

#[test]
fn an_operator_who_says_so_waits_for_no_second_look() {
    let (dir, mut watch, hash) = watched();
    edit(dir.path(), 100, "# more\n");
    let Look::Loaded(rules) = watch.load_now() else { panic!("not loaded") };
    assert_ne!(rules.hash(), hash);
    assert!(matches!(watch.look(), Look::Same));
}
