//! Mistakes in rule files: each folder of `fixtures/rules/bad` is one, laid over the shipped rules,
//! with the words that the operator reads.

use super::catalogue;
use congthu::rules::RuleSet;
use std::fs;
use std::path::Path;

#[test]
fn every_mistake_is_told_with_its_place() {
    let mut wrong = Vec::new();
    let mut folders: Vec<_> =
        fs::read_dir("fixtures/rules/bad").unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() >= 30, "only {} mistakes", folders.len());
    for folder in folders {
        let expected = fs::read_to_string(folder.join("expected.txt")).unwrap_or_default();
        let told = mistake(&folder);
        if told.trim_end() != expected.trim_end() {
            wrong
                .push(format!("== {}\n-- expected\n{expected}\n-- told\n{told}", folder.display()));
            if std::env::var_os("CONGTHU_WRITE_EXPECTED").is_some() {
                fs::write(folder.join("expected.txt"), told.trim_end().to_owned() + "\n").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What loading the folder over the shipped rules says.
fn mistake(folder: &Path) -> String {
    let dir = tempfile::tempdir().unwrap();
    for source in [Path::new("rules"), folder] {
        for entry in fs::read_dir(source).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "toml") {
                fs::copy(&path, dir.path().join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    if let Ok(edit) = fs::read_to_string(folder.join("base.toml.edit")) {
        let (find, replace) = edit.trim_end().split_once("\n-----\n").unwrap();
        let base = dir.path().join("base.toml");
        let text = fs::read_to_string(&base).unwrap();
        assert!(text.contains(find), "{}: nothing to edit", folder.display());
        fs::write(&base, text.replace(find, replace)).unwrap();
    }
    if folder.file_name().is_some_and(|name| name == "no-base") {
        fs::remove_file(dir.path().join("base.toml")).unwrap();
    }
    match RuleSet::load(dir.path(), &catalogue()) {
        Ok(_) => "was loaded".to_owned(),
        Err(errors) => errors.to_string().replace(&format!("{}/", dir.path().display()), ""),
    }
}
